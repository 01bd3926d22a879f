"""The clocks of supervision."""

from celery import shared_task

from governance.accounts.queries import system_actor
from governance.calendar import clock
from socialorgs.supervision import operations


@shared_task(name="supervision.open_reports")
def open_reports() -> int:
    """Ask for the reports of the year that is over; harmless when repeated."""
    return operations.open_reports(by=system_actor(), now=clock.now())


@shared_task(name="supervision.remind_late")
def remind_late() -> int:
    """Remind who is late, and propose the list at the third miss; harmless when repeated."""
    return operations.remind_late(by=system_actor(), now=clock.now())
