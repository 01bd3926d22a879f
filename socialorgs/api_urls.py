"""The API routes of the floor's rooms."""

from socialorgs.incubation.api import routes as incubation
from socialorgs.register.api import routes as register
from socialorgs.register.barring.api import routes as barring
from socialorgs.register.filing.api import routes as filing
from socialorgs.register.intake.api import routes as intake
from socialorgs.supervision.api import routes as supervision

routes = [*register, *intake, *barring, *filing, *supervision, *incubation]
