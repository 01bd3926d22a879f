"""The API routes of the floor's rooms."""

from projects.contracts.api import routes as contracts
from projects.contracts.directory.api import routes as directory
from projects.contracts.judging.api import routes as judging
from projects.contracts.services.api import routes as services
from projects.contracts.terms.api import routes as terms
from projects.evaluation.api import routes as evaluation
from projects.grants.api import routes as grants
from projects.market.api import routes as market
from projects.market.fairs.api import routes as fairs
from projects.market.sharing.api import routes as sharing
from projects.market.talents.api import routes as talents
from projects.purchasing.api import routes as purchasing
from projects.purchasing.asking.api import routes as asking
from projects.purchasing.awarding.api import routes as awarding
from projects.purchasing.catalogue.api import routes as catalogue
from projects.volunteering.api import routes as volunteering

routes = [
    *evaluation,
    *catalogue,
    *purchasing,
    *asking,
    *awarding,
    *grants,
    *contracts,
    *directory,
    *judging,
    *services,
    *terms,
    *market,
    *fairs,
    *sharing,
    *talents,
    *volunteering,
]
