"""The tasks of the floor's rooms, gathered for Celery."""

import consultation.ballots.tasks
import consultation.conventions.tasks
import consultation.decisions.tasks
import consultation.matters.intake.tasks
import consultation.matters.tasks
import consultation.topics.tasks
