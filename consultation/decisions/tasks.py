"""The clock of the decisions."""

from celery import shared_task

from consultation.decisions import operations
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="decisions.settle")
def settle() -> int:
    """Make decisions final or overturned as their notices have closed; harmless when repeated."""
    done = operations.settle_posted_decisions(by=system_actor(), now=clock.now(), today=clock.today())
    return len(done)
