"""The clock of the topics."""

from celery import shared_task

from consultation.topics import operations
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="topics.begin")
def begin() -> int:
    """Begin the topics of which a phase has opened; harmless when repeated."""
    return len(operations.begin_due_deliberations(by=system_actor(), now=clock.now()))
