"""Editing the table of working days, and moving the demonstration's clock."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import chinese_calendar
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.audit import operations as audit
from governance.calendar.models import CalendarDay, ClockOffset
from governance.errors import Invalid, NotNow

if TYPE_CHECKING:
    from governance.accounts.models import User

FIRST_PUBLISHED_YEAR = 2004
LONGEST_STEP_DAYS = 366


class YearNotPublished(Invalid):
    """The holiday arrangements of a year are not known yet."""

    code = "year_not_published"
    message = _("The holiday arrangements for %(year)s are not in the calendar package. Enter the days by hand.")


class ClockIsReal(NotNow):
    """Only the demonstration has a clock that can be moved."""

    code = "clock_is_real"
    message = _("The clock can be moved in the demonstration only.")


class StepTooLong(Invalid):
    """The demonstration's clock moves forward by one day to one year."""

    code = "step_too_long"
    message = _("The clock can move forward by 1 to %(most)s days at a time.")


def set_day(*, by: User, day: dt.date, is_workday: bool, now: dt.datetime, note: str = "") -> CalendarDay:
    """Say whether a day is a working day; the year then counts as published.

    A deadline that was computed before keeps its day; only new computations see the change.
    """
    with transaction.atomic():
        before = CalendarDay.objects.select_for_update().filter(pk=day).values("is_workday", "note").first()
        row = CalendarDay(day=day, is_workday=is_workday, note=note)
        row.full_clean(validate_unique=False)
        row.save()
        audit.record(
            by=by,
            verb="calendar.day.set",
            row=row,
            now=now,
            before=before,
            after={"is_workday": is_workday, "note": note},
        )
        return row


def seed_year(*, by: User, year: int, now: dt.datetime) -> int:
    """Fill in a year from the published holiday arrangements and return the number of days added.

    Days that stand in the table already, such as those set by hand, stay as they are. One INSERT.

    Raises:
        YearNotPublished: the arrangements of this year are not known.
    Basis: State Council, Regulation on Public Holidays for National Annual Festivals and Memorial Days.
    """
    if not FIRST_PUBLISHED_YEAR <= year <= _last_published_year():
        raise YearNotPublished(field="year", year=year)
    first = dt.date(year, 1, 1)
    days = [first + dt.timedelta(days=count) for count in range((dt.date(year + 1, 1, 1) - first).days)]
    with transaction.atomic():
        known = set(CalendarDay.objects.filter(day__year=year).values_list("day", flat=True))
        rows = [_published(day) for day in days if day not in known]
        CalendarDay.objects.bulk_create(rows, ignore_conflicts=True)
        if rows:
            audit.record(
                by=by,
                verb="calendar.year.seeded",
                row=rows[0],
                now=now,
                after={"year": year, "days": len(rows)},
                basis="Regulation on Public Holidays for National Annual Festivals and Memorial Days",
            )
    return len(rows)


def advance_clock(*, by: User, now: dt.datetime, days: int = 1) -> ClockOffset:
    """Move the demonstration's clock forward by whole days; it never goes back.

    Raises:
        ClockIsReal: this installation is not a demonstration.
        StepTooLong: not 1 to 366 days.
    """
    if not settings.DEMONSTRATION:
        raise ClockIsReal
    if not 1 <= days <= LONGEST_STEP_DAYS:
        raise StepTooLong(field="days", most=LONGEST_STEP_DAYS)
    with transaction.atomic():
        ClockOffset.objects.bulk_create([ClockOffset(id=1)], ignore_conflicts=True)
        row = ClockOffset.objects.select_for_update().get()
        before = row.days
        row.days += days
        row.save(update_fields=["days"])
        audit.record(
            by=by, verb="calendar.clock.advanced", row=row, now=now, before={"days": before}, after={"days": row.days}
        )
        return row


def _last_published_year() -> int:
    """Return the last year that the package knows."""
    last: dt.date = max(chinese_calendar.constants.holidays)
    return last.year


def _published(day: dt.date) -> CalendarDay:
    """Return the table's row for a day, with the festival's Chinese name where it is one."""
    _is_free, festival = chinese_calendar.get_holiday_detail(day)
    note = chinese_calendar.Holiday(festival).chinese if festival else ""
    return CalendarDay(day=day, is_workday=chinese_calendar.is_workday(day), note=note)
