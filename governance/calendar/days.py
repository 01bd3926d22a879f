"""Day counts: calendar days and working days are different clocks.

Periods follow the Civil Code: the day of the event is not counted, and the period ends when its last day is over
(Basis: Civil Code art. 200-203, 1259).
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.calendar.models import CalendarDay
from governance.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

MONTHS = 12
"""Of a year."""
SATURDAY = 5
FIRST_YEAR, LAST_YEAR = 1949, 2200


class DayKind(models.TextChoices):
    """Which days a period counts (日 or 工作日)."""

    CALENDAR = "CALENDAR", pgettext_lazy("unit", "calendar days")
    WORKING = "WORKING", _("working days")


def valid_on(day: dt.date) -> models.Q:
    """Return the filter of rows whose half-open period, `valid_from` to `valid_to`, covers this day."""
    return models.Q(models.Q(valid_to=None) | models.Q(valid_to__gt=day), valid_from__lte=day)


def months_later(day: dt.date, months: int) -> dt.date:
    """Return the same day so many months on, or back; a day that the month does not have becomes its last.

    Basis: Civil Code art. 202.
    """
    year, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class YearUnknown(Invalid):
    """A date lies in a year that no calendar can reach."""

    code = "year_unknown"
    message = _("The year %(year)s is outside the calendar. Check the date.")


def written_until(moment: dt.datetime) -> str:
    """Return a moment up to which something is possible as an office writes it: midnight is 24:00 of the day that ends.

    Basis: Civil Code art. 203 (the last day of a period ends at 24:00).
    """
    there = timezone.localtime(moment)
    if there.time() == dt.time.min:
        return f"{there - dt.timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{there:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a period. `is_provisional` when a year without a published table was crossed."""

    on: dt.date
    is_provisional: bool = False


def add_days(start: dt.date, days: int, kind: str = DayKind.CALENDAR) -> Deadline:
    """Return the last day of a period of so many days that begins after `start`.

    Working days cost one query. A year without a single row in the table counts weekends as free and marks the result
    provisional.

    Raises:
        YearUnknown: the period starts or ends outside the years 1949 to 2200.
    """
    if days < 0 or not FIRST_YEAR <= start.year <= LAST_YEAR or start.year + days // 200 > LAST_YEAR:
        raise YearUnknown(year=start.year)
    if kind == DayKind.CALENDAR:
        return Deadline(start + dt.timedelta(days=days))
    horizon = start + dt.timedelta(days=days * 3 + 30)
    table = dict(
        CalendarDay.objects.filter(day__gt=start, day__lte=dt.date(horizon.year, 12, 31)).values_list(
            "day", "is_workday"
        )
    )
    return count_working_days(start, days, table)


def working_days_between(start: dt.date, end: dt.date) -> int:
    """Return how many working days lie after `start` and up to `end`: what a clock that rests has left; one query."""
    rows = CalendarDay.objects.filter(day__gt=start, day__lte=end).values_list("day", "is_workday")
    table = dict(rows)
    days = ((start + dt.timedelta(days=number)) for number in range(1, (end - start).days + 1))
    return sum(table.get(day, day.weekday() < SATURDAY) for day in days)


def count_working_days(start: dt.date, days: int, table: Mapping[dt.date, bool]) -> Deadline:
    """Return the deadline after so many working days, by a table of exceptions or whole years (pure)."""
    published = {day.year for day in table}
    on, left, provisional = start, days, False
    while left:
        on += dt.timedelta(days=1)
        provisional = provisional or on.year not in published
        if table.get(on, on.weekday() < SATURDAY):
            left -= 1
    return Deadline(on, provisional)
