"""The clock of the notices."""

from celery import shared_task

from communities.notices import operations
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="notices.close")
def close() -> int:
    """Close the notices whose days are over; harmless when repeated."""
    return len(operations.close_due_notices(by=system_actor(), now=clock.now(), today=clock.today()))


@shared_task(name="attachments.purge")
def purge_attachments() -> int:
    """Delete the files that nothing has used for a month; harmless when repeated."""
    return operations.purge_attachments(by=system_actor(), now=clock.now())
