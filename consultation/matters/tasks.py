"""The clock of the matters."""

from celery import shared_task

from consultation.matters import operations
from consultation.matters.handling import calling, dispatching, petitions, sorting, timing
from consultation.matters.surveys.operations import close_due_surveys
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="matters.clock")
def clock_of_matters() -> dict[str, int]:
    """Remind, mark what is overdue and hand it on, end rests, close what met with silence; harmless when repeated."""
    by, now, today = system_actor(), clock.now(), clock.today()
    return {
        "rested": len(timing.end_due_pauses(by=by, now=now, today=today)),
        "overdue": len(operations.escalate_overdue_matters(by=by, now=now, today=today)),
        "escalated": len(timing.escalate_further(by=by, now=now, today=today)),
        "reminded": len(timing.remind_of_due_matters(by=by, now=now)),
        "orders": len(dispatching.escalate_orders(by=by, now=now, today=today)),
        "contests": len(sorting.escalate_contests(by=by, now=now, today=today)),
        "petitions": len(petitions.run_petition_clock(by=by, now=now, today=today)),
        "surveys": len(close_due_surveys(by=by, now=now, today=today)),
        "closed": len(operations.close_silent_matters(by=by, now=now, today=today)),
    }


@shared_task(name="matters.ask_again")
def ask_again() -> dict[str, int]:
    """Ask the people whose matters were closed, and again weeks later; harmless when repeated."""
    by, now, today = system_actor(), clock.now(), clock.today()
    return {
        "opened": len(calling.open_call_backs(by=by, now=now, today=today)),
        "missed": len(calling.close_call_backs(by=by, now=now, today=today)),
    }
