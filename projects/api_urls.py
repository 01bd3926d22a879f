"""The API routes of the floor's rooms."""

from projects.contracts.api import routes as contracts
from projects.evaluation.api import routes as evaluation
from projects.purchasing.api import routes as purchasing
from projects.purchasing.awarding.api import routes as awarding
from projects.purchasing.catalogue.api import routes as catalogue
from projects.volunteering.api import routes as volunteering

routes = [*evaluation, *catalogue, *purchasing, *awarding, *contracts, *volunteering]
