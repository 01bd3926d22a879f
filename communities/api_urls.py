"""The API routes of the floor's rooms."""

from communities.bodies.api import routes as bodies
from communities.changes.api import routes as changes
from communities.notices.api import routes as notices
from communities.people.api import routes as people
from communities.policy.api import routes as policy
from communities.territory.api import routes as territory
from communities.venues.api import routes as venues

routes = [*territory, *policy, *people, *changes, *notices, *bodies, *venues]
