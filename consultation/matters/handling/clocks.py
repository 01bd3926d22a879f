"""By when a matter is due: hours, working days or calendar days, and what a rest leaves of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from communities.policy.queries import value
from consultation.matters.handling.policy import DUE_OF_KIND, HOURS
from consultation.matters.policy import DUE_DAYS, SORT_DAYS
from governance.calendar.days import DayKind, add_days, working_days_between

if TYPE_CHECKING:
    from communities.policy.policy import Parameter
    from communities.territory.models import Division


@dataclass(frozen=True, slots=True)
class Due:
    """The last day of a step, and the moment where hours count."""

    on: dt.date
    at: dt.datetime | None = None
    is_provisional: bool = False

    @property
    def key(self) -> dt.datetime:
        """The moment after which the step is late, for comparing."""
        zone = timezone.get_default_timezone()
        return self.at or timezone.make_aware(dt.datetime.combine(self.on + dt.timedelta(days=1), dt.time()), zone)


def due_by(parameter: Parameter[int], place: Division, began_at: dt.datetime) -> Due:
    """Return when a period that began at a moment ends, by the unit of its rule; one or two queries."""
    began_on = timezone.localdate(began_at)
    amount = value(parameter, place, began_on)
    if parameter.unit == HOURS:
        at = began_at + dt.timedelta(hours=amount)
        return Due(timezone.localdate(at), at)
    counted = add_days(began_on, amount, DayKind.WORKING if parameter.unit == "working days" else DayKind.CALENDAR)
    return Due(counted.on, is_provisional=counted.is_provisional)


def due_after_raising(kind: str, place: Division, raised_at: dt.datetime) -> Due:
    """Return by when a matter that came in is sorted: within the days of sorting, or its own clock if that is shorter."""
    sorting = due_by(SORT_DAYS, place, raised_at)
    own = DUE_OF_KIND.get(kind)
    return sorting if own is None else min(sorting, due_by(own, place, raised_at), key=lambda due: due.key)


def due_after_sorting(kind: str, three_way: str, place: Division, raised_at: dt.datetime, now: dt.datetime) -> Due:
    """Return by when a sorted matter is answered: its kind counts from coming in, its class from the sorting."""
    own = DUE_OF_KIND.get(kind)
    return due_by(DUE_DAYS[three_way], place, now) if own is None else due_by(own, place, raised_at)


def due_after_rest(due: Due, rested_at: dt.datetime, now: dt.datetime) -> Due:
    """Return the new end of a period whose clock rested: as much is left as when the rest began.

    Hours are counted to the second; of days, the working days that were left are counted on from today, so that a rest
    over a holiday gives nothing and takes nothing.
    """
    if due.at is not None:
        at = due.at + (now - rested_at)
        return Due(timezone.localdate(at), at)
    left = working_days_between(timezone.localdate(rested_at), due.on)
    counted = add_days(timezone.localdate(now), left, DayKind.WORKING)
    return Due(counted.on, is_provisional=counted.is_provisional or due.is_provisional)


def due_put_off(due: Due, days: int) -> Due:
    """Return the end of a period that was put off by working days; one query."""
    counted = add_days(due.on, days, DayKind.WORKING)
    return Due(counted.on, is_provisional=counted.is_provisional or due.is_provisional)


def percent_gone(began_at: dt.datetime, due: Due, now: dt.datetime) -> int:
    """Return how much of its time a matter has used, in percent (pure)."""
    whole, gone = due.key - began_at, now - began_at
    if whole <= dt.timedelta():
        return 100
    return max(0, int(gone / whole * 100))


def clock_of(due: Due, began_at: dt.datetime) -> dict[str, Any]:
    """Return the columns of a clock that begins."""
    return {
        "due_on": due.on,
        "due_at": due.at,
        "is_due_provisional": due.is_provisional,
        "clock_began_at": began_at,
        "reminded": 0,
        "overdue_at": None,
        "escalation": 0,
    }
