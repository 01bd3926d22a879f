"""The clock of the spending room."""

from celery import shared_task

from funds.spending import operations
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="spending.settle")
def settle() -> int:
    """Clear or return the requests whose notice has closed; harmless when repeated."""
    return len(operations.settle_posted_requests(by=system_actor(), now=clock.now(), today=clock.today()))
