"""The API routes of the floor's rooms."""

from projects.contracts.api import routes as contracts
from projects.evaluation.api import routes as evaluation
from projects.market.api import routes as market
from projects.market.fairs.api import routes as fairs
from projects.market.sharing.api import routes as sharing
from projects.volunteering.api import routes as volunteering

routes = [*evaluation, *contracts, *market, *sharing, *fairs, *volunteering]
