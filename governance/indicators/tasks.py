"""The nightly computation of every indicator."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from celery import shared_task

from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.indicators import operations
from governance.indicators.counting import COUNTERS, Places
from governance.indicators.queries import orphans_on
from governance.jobs.operations import Progress, handles

logger = logging.getLogger(__name__)


@shared_task(name="indicators.compute")
def compute() -> str:
    """Queue the computation of today's values."""
    job = operations.request_computation(by=system_actor(), now=clock.now(), day=clock.today())
    return str(job.pk)


@handles(operations.COMPUTE)
def run(progress: Progress, parameters: dict[str, Any]) -> None:
    """Compute one indicator after another; begun again, it overwrites what it had written."""
    day, actor = dt.date.fromisoformat(parameters["day"]), system_actor()
    places = Places(day)
    progress.start(len(COUNTERS))
    for number, key in enumerate(COUNTERS, start=1):
        written = operations.compute_indicator(by=actor, now=clock.now(), day=day, key=key, places=places)
        progress.step(number, values=written)
    if found := orphans_on(day):
        # The alarm: what no constraint forbids has happened, and the desk names the rows.
        logger.error("points of the trace hang on nothing", extra={"rows": found, "day": day.isoformat()})
