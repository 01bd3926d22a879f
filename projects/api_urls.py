"""The API routes of the floor's rooms."""

from projects.contracts.api import routes as contracts
from projects.evaluation.api import routes as evaluation
from projects.market.api import routes as market
from projects.volunteering.api import routes as volunteering

routes = [*evaluation, *contracts, *market, *volunteering]
