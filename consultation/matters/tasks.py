"""The clock of the matters."""

from celery import shared_task

from consultation.matters import operations
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="matters.clock")
def clock_of_matters() -> dict[str, int]:
    """Mark what is overdue, close what was answered and met with silence; harmless when repeated."""
    by, now, today = system_actor(), clock.now(), clock.today()
    return {
        "overdue": len(operations.escalate_overdue_matters(by=by, now=now, today=today)),
        "closed": len(operations.close_silent_matters(by=by, now=now, today=today)),
    }
