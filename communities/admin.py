"""The floor's rooms on the desk, gathered for Django."""

import communities.bodies.admin
import communities.changes.admin
import communities.notices.admin
import communities.people.admin
import communities.policy.admin
import communities.territory.admin
import communities.venues.admin
