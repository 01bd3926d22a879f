"""The clock of the ballots."""

from celery import shared_task

from consultation.ballots import operations
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="ballots.open_and_close")
def open_and_close() -> int:
    """Open and close the ballots whose time has come; harmless when repeated."""
    by, now = system_actor(), clock.now()
    opened = operations.open_due_ballots(by=by, now=now)
    return len(opened) + len(operations.close_due_ballots(by=by, now=now))
