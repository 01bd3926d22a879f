"""The tasks of the floor's rooms, gathered for Celery."""

import socialorgs.incubation.operators.tasks
import socialorgs.register.intake.tasks
import socialorgs.register.tasks
import socialorgs.supervision.tasks
