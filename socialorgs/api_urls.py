"""The API routes of the floor's rooms."""

from socialorgs.register.api import routes as register

routes = [*register]
