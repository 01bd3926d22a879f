"""The clock of the elections; conventions have none: notices close by theirs, the worklist shows what is to be filed."""

from celery import shared_task

from consultation.conventions.elections import clocks
from governance.accounts.queries import system_actor
from governance.calendar import clock


@shared_task(name="elections.late_rulings")
def warn_of_late_rulings() -> int:
    """Tell the street of objections to voter lists that nobody has ruled on in time; harmless when repeated."""
    return len(clocks.warn_of_late_rulings(by=system_actor(), now=clock.now(), today=clock.today()))
