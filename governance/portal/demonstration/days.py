"""The demonstration's next day: the clock moves, then everything is done that the day brings, so that people can go on.

Elsewhere beat wakes the same tasks at their own hours (`governance.celery`).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from celery import current_app

from governance.calendar import operations as calendar

if TYPE_CHECKING:
    from governance.accounts.models import User

TASKS = (
    "notices.close",
    "decisions.settle",
    "spending.settle",
    "evaluation.settle",
    "topics.begin",
    "ballots.open_and_close",
    "evaluation.tick",
    "matters.clock",
    "volunteering.end_missing",
    "volunteering.credit",
    "reinvestment.overdue",
    "reinvestment.plan",
)
"""What the days bring, in the order in which one leads to another: notices close before what was posted is settled."""


def pass_days(*, by: User, now: dt.datetime, days: int) -> None:
    """Let days pass, one after the other, each with what it brings; the worker computes what was queued.

    Raises:
        ClockIsReal: this is no demonstration.
    """
    current_app.loader.import_default_modules()
    for day in range(days):
        calendar.advance_clock(by=by, now=now + dt.timedelta(days=day))
        for name in TASKS:
            current_app.tasks[name]()
