"""The clock of the decisions."""

from celery import shared_task

from consultation.decisions import accepting, operations
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="decisions.settle")
def settle() -> int:
    """Make decisions final or overturned, and take disputed results back, as their notices have closed; harmless when repeated."""
    taken = accepting.take_back_disputed_results(by=system_actor(), now=clock.now())
    done = operations.settle_posted_decisions(by=system_actor(), now=clock.now(), today=clock.today())
    return len(done) + len(taken)
