"""The API routes of the floor's rooms."""

from socialorgs.incubation.api import routes as incubation
from socialorgs.incubation.operators.api import routes as operators
from socialorgs.register.api import routes as register
from socialorgs.register.barring.api import routes as barring
from socialorgs.register.centers.api import routes as centers
from socialorgs.register.clubs.api import routes as clubs
from socialorgs.register.filing.api import routes as filing
from socialorgs.register.intake.api import routes as intake
from socialorgs.register.strengths.api import routes as strengths
from socialorgs.register.ties.api import routes as ties
from socialorgs.supervision.api import routes as supervision
from socialorgs.supervision.illegal.api import routes as illegal

routes = [
    *register,
    *barring,
    *centers,
    *clubs,
    *filing,
    *intake,
    *strengths,
    *ties,
    *supervision,
    *illegal,
    *incubation,
    *operators,
]
