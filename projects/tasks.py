"""The tasks of the floor's rooms, gathered for Celery."""

import projects.contracts.tasks
import projects.evaluation.tasks
import projects.grants.tasks
import projects.market.tasks
import projects.purchasing.awarding.tasks
import projects.volunteering.tasks
