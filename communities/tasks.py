"""The tasks of the floor's rooms, gathered for Celery."""

import communities.bodies.tasks
import communities.notices.tasks
import communities.people.tasks
import communities.policy.tasks
import communities.territory.tasks
