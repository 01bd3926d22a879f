"""Which days a statement covers, and as of which day it is told: read strictly from what people and programs write.

Two bounds that are independent of each other: the period narrows by the date that a voucher bears, "as known on" by the
day on which it was posted. A voucher that is posted late changes the first and leaves what was known earlier as it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from funds.statements.policy import FIRST_YEAR, Span, month_after, read_span
from governance.errors import Invalid

MOST_YEARS = 10
MONTHS = 12
QUARTER = 3


class DayUnknown(Invalid):
    """The text is no day."""

    code = "statement_day_unknown"
    message = _("“%(text)s” is not a day. Write it as 2026-03-31.")


class PeriodBackwards(Invalid):
    """The last day lies before the first."""

    code = "statement_period_backwards"
    message = _("The period ends on %(last)s, before it begins on %(first)s. Exchange the two days.")


class PeriodHalfGiven(Invalid):
    """A free period has two ends."""

    code = "statement_period_half_given"
    message = _("A period that is no month, quarter or year needs both its first and its last day.")


class PeriodTooLong(Invalid):
    """The period would cover more than a statement can say anything about."""

    code = "statement_period_too_long"
    message = _("A statement covers at most %(years)s years. Choose a shorter period.")


class PeriodNotBegun(Invalid):
    """Nothing can be stated of days to come."""

    code = "statement_period_not_begun"
    message = _("The period begins on %(first)s, which has not come yet. Choose one that has begun.")


class KnownInFuture(Invalid):
    """What will be posted until then nobody knows."""

    code = "statement_known_in_future"
    message = _("Nobody knows yet what will be posted until %(day)s. Choose today or an earlier day.")


def asked_span(given: Mapping[str, str], today: dt.date) -> Span:
    """Return the period that is asked for by `period` or `from` and `to`, as known on `known_on`; this year by default.

    Raises:
        PeriodUnknown, DayUnknown: a text that says nothing.
        PeriodBackwards, PeriodHalfGiven, PeriodTooLong, PeriodNotBegun: days that are no period to state.
        KnownInFuture: as known on a day to come.
    """
    first, last = given.get("from", "").strip(), given.get("to", "").strip()
    span = read_days(first, last) if first or last else read_span(given.get("period", "").strip() or str(today.year))
    if span.start > today:
        raise PeriodNotBegun(field="period", first=span.start)
    known = given.get("known_on", "").strip()
    if not known:
        return span
    day = read_day(known, "known_on")
    if day > today:
        raise KnownInFuture(field="known_on", day=day)
    return replace(span, known_on=day)


def read_days(first: str, last: str) -> Span:
    """Read a free period by its first and its last day.

    Raises:
        DayUnknown, PeriodHalfGiven, PeriodBackwards, PeriodTooLong: as for `asked_span`.
    """
    if not first or not last:
        raise PeriodHalfGiven(field="to" if first else "from")
    start, end = read_day(first, "from"), read_day(last, "to")
    if end < start:
        raise PeriodBackwards(field="to", first=start, last=end)
    if end >= dt.date(start.year + MOST_YEARS, start.month, min(start.day, 28)):
        raise PeriodTooLong(field="to", years=MOST_YEARS)
    return Span(f"{start.isoformat()}–{end.isoformat()}", start, end + dt.timedelta(days=1))


def read_day(text: str, name: str) -> dt.date:
    """Read a day as 2026-03-31 and nothing else.

    Raises:
        DayUnknown: it is none, or lies where no account can.
    """
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as error:
        raise DayUnknown(field=name, text=text) from error
    if day.isoformat() != text or not FIRST_YEAR <= day.year < dt.MAXYEAR - MOST_YEARS:
        raise DayUnknown(field=name, text=text)
    return day


def end_of(day: dt.date) -> dt.datetime:
    """Return the first moment after a day, in the district's time."""
    return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))


def choices(today: dt.date) -> list[str]:
    """Return the periods that are offered: this year and the last one, their quarters and months, newest first."""
    names = []
    for year in (today.year, today.year - 1):
        until = today.month if year == today.year else MONTHS
        names += [
            str(year),
            *(f"{year}-Q{quarter}" for quarter in range((until + QUARTER - 1) // QUARTER, 0, -1)),
            *(f"{year}-{month:02d}" for month in range(until, 0, -1)),
        ]
    return names


def month_span(year: int, month: int) -> Span:
    """Return a month."""
    return Span(f"{year}-{month:02d}", dt.date(year, month, 1), month_after(year, month))
