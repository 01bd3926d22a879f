"""The nightly seal."""

import datetime as dt

from celery import shared_task

from governance.accounts.queries import system_actor
from governance.audit import operations
from governance.calendar import clock


@shared_task(name="audit.seal_yesterday")
def seal_yesterday() -> str:
    """Seal the day before; harmless when repeated."""
    seal = operations.seal_day(day=clock.today() - dt.timedelta(days=1), by=system_actor(), now=clock.now())
    return seal.digest
