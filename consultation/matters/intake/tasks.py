"""The clock of matters that are joined, and of the quarterly lists."""

from celery import shared_task

from consultation.matters.intake import joining, listing
from consultation.matters.intake.recording import fill_missing_intakes
from consultation.matters.models import Matter
from governance.accounts.queries import system_actor
from governance.calendar import clock

MOST_FILLED = 1000


@shared_task(name="matters.intake")
def clock_of_intake() -> dict[str, int]:
    """Settle silent joinings, answer what is joined, settle lists, compare what was not yet; harmless when repeated."""
    by, now, today = system_actor(), clock.now(), clock.today()
    return {
        "joined": len(joining.settle_silent_joinings(by=by, now=now, today=today)),
        "answered": len(joining.answer_joined_matters(by=by, now=now)),
        "listed": len(listing.settle_due_lists(by=by, now=now, today=today)),
        "filled": fill_missing_intakes(matters=Matter.objects.filter(intake=None).order_by("pk")[:MOST_FILLED]),
    }
