"""The clock of the awards."""

from celery import shared_task

from governance.accounts.queries import system_actor
from governance.calendar import clock
from projects.purchasing.awarding import operations


@shared_task(name="purchasing.settle")
def settle() -> int:
    """Make published awards final, or set them aside, as their notices have closed; harmless when repeated."""
    return len(operations.settle_awards(by=system_actor(), now=clock.now()))
