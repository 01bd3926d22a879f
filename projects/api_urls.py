"""The API routes of the floor's rooms."""

from projects.contracts.api import routes as contracts
from projects.evaluation.api import routes as evaluation
from projects.grants.api import routes as grants
from projects.volunteering.api import routes as volunteering

routes = [*evaluation, *grants, *contracts, *volunteering]
