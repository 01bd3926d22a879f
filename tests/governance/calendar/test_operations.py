"""The table of working days, day counts over it, and the demonstration's clock."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.calendar import clock, operations
from governance.calendar.days import DayKind, Deadline, YearUnknown, add_days, count_working_days
from governance.calendar.models import CalendarDay, ClockOffset

pytestmark = pytest.mark.django_db

D = dt.date


def test_year_is_seeded_from_the_published_arrangements(system: User, now: dt.datetime) -> None:
    assert operations.seed_year(by=system, year=2026, now=now) == 365

    days = {row.day: (row.is_workday, row.note) for row in CalendarDay.objects.all()}
    assert days[D(2026, 2, 17)] == (False, "春节")
    assert days[D(2026, 2, 14)] == (True, "春节")  # a Saturday that is worked for the holiday (调休)
    assert days[D(2026, 3, 4)] == (True, "")
    assert days[D(2026, 3, 7)] == (False, "")
    assert AuditEntry.objects.get().after == {"year": 2026, "days": 365}


def test_seeding_keeps_what_was_set_by_hand(system: User, now: dt.datetime) -> None:
    operations.set_day(by=system, day=D(2026, 3, 4), is_workday=False, note="停工", now=now)

    assert operations.seed_year(by=system, year=2026, now=now) == 364
    assert operations.seed_year(by=system, year=2026, now=now) == 0

    assert not CalendarDay.objects.get(day=D(2026, 3, 4)).is_workday
    assert AuditEntry.objects.count() == 2


@pytest.mark.parametrize("year", [2003, 2100])
def test_a_year_without_arrangements_is_refused(system: User, now: dt.datetime, year: int) -> None:
    with pytest.raises(operations.YearNotPublished):
        operations.seed_year(by=system, year=year, now=now)

    assert not CalendarDay.objects.exists()


def test_a_day_is_set_and_audited(system: User, now: dt.datetime) -> None:
    operations.set_day(by=system, day=D(2026, 5, 9), is_workday=True, note="调休", now=now)
    operations.set_day(by=system, day=D(2026, 5, 9), is_workday=False, now=now)

    first, second = AuditEntry.objects.order_by("id")
    assert (first.before, first.after) == ({}, {"is_workday": True, "note": "调休"})
    assert (second.before, second.after) == (
        {"is_workday": True, "note": "调休"},
        {"is_workday": False, "note": ""},
    )


def test_working_days_skip_holidays_and_count_make_up_days(system: User, now: dt.datetime) -> None:
    operations.seed_year(by=system, year=2026, now=now)

    # 13 February is a Friday, the 14th a worked Saturday, the holiday runs to the 23rd.
    assert add_days(D(2026, 2, 13), 1, DayKind.WORKING) == Deadline(D(2026, 2, 14))
    assert add_days(D(2026, 2, 13), 2, DayKind.WORKING) == Deadline(D(2026, 2, 24))
    assert add_days(D(2026, 2, 13), 2) == Deadline(D(2026, 2, 15))


def test_a_year_without_table_is_provisional(system: User, now: dt.datetime) -> None:
    operations.seed_year(by=system, year=2026, now=now)

    assert not add_days(D(2026, 12, 24), 5, DayKind.WORKING).is_provisional
    assert add_days(D(2026, 12, 30), 5, DayKind.WORKING) == Deadline(D(2027, 1, 6), is_provisional=True)


def test_counting_needs_no_database() -> None:
    assert count_working_days(D(2026, 3, 6), 1, {D(2026, 3, 7): True}) == Deadline(D(2026, 3, 7))
    assert count_working_days(D(2026, 3, 6), 0, {}) == Deadline(D(2026, 3, 6))


@pytest.mark.parametrize(("start", "days"), [(D(1900, 1, 1), 1), (D(2026, 1, 1), -1), (D(2026, 1, 1), 60_000)])
def test_impossible_periods_are_refused(start: dt.date, days: int) -> None:
    with pytest.raises(YearUnknown):
        add_days(start, days)


def test_clock_moves_in_the_demonstration(system: User, now: dt.datetime, settings: Any) -> None:
    settings.DEMONSTRATION = True
    before = clock.today()

    operations.advance_clock(by=system, now=now)
    operations.advance_clock(by=system, now=now, days=6)

    assert clock.today() == before + dt.timedelta(days=7)
    assert [(entry.before, entry.after) for entry in AuditEntry.objects.order_by("id")] == [
        ({"days": 0}, {"days": 1}),
        ({"days": 1}, {"days": 7}),
    ]


@pytest.mark.parametrize("days", [0, -1, 367])
def test_clock_never_goes_back(system: User, now: dt.datetime, settings: Any, days: int) -> None:
    settings.DEMONSTRATION = True

    with pytest.raises(operations.StepTooLong):
        operations.advance_clock(by=system, now=now, days=days)

    assert not ClockOffset.objects.exists()


def test_clock_stands_fast_elsewhere(system: User, now: dt.datetime) -> None:
    with pytest.raises(operations.ClockIsReal):
        operations.advance_clock(by=system, now=now)

    assert not ClockOffset.objects.exists()


def test_button_moves_the_clock(client: Client, settings: Any) -> None:
    settings.DEMONSTRATION = True

    answer = client.post(reverse("portal:clock-advance"), {"next": "/search/"})

    assert answer["Location"] == "/search/"
    assert ClockOffset.objects.get().days == 1
    assert client.get(reverse("portal:clock-advance")).status_code == 405


def test_button_does_not_exist_elsewhere(client: Client) -> None:
    assert client.post(reverse("portal:clock-advance")).status_code == 404
    assert not ClockOffset.objects.exists()
