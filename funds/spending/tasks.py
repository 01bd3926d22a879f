"""The clocks of the spending room."""

from celery import shared_task

from funds.spending import operations, relieving
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="spending.settle")
def settle() -> int:
    """Clear or return the requests whose notice has closed; harmless when repeated."""
    return len(operations.settle_posted_requests(by=system_actor(), now=clock.now(), today=clock.today()))


@shared_task(name="spending.escalate_relief")
def escalate_relief() -> int:
    """Mark emergency relief that the committee has not judged in time; harmless when repeated."""
    return len(relieving.escalate_relief(by=system_actor(), now=clock.now(), today=clock.today()))
