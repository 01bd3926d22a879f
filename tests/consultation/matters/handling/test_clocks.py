"""By when: hours to the second, working days around holidays, calendar days, and what a rest leaves."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from consultation.matters import operations
from consultation.matters.handling import timing
from consultation.matters.handling.clocks import Due, due_after_rest, percent_gone
from consultation.matters.handling.lifecycle import TimeStatus
from consultation.matters.handling.models import TimeRequest
from consultation.matters.handling.timing import (
    CauseUnknown,
    ClockNotRunning,
    HoursNotPutOff,
    TimeAskedBefore,
    TimeNotYours,
    TimeTooLong,
)
from consultation.matters.models import Matter, MatterKind, Route
from consultation.matters.tasks import clock_of_matters
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.calendar.models import CalendarDay
from governance.lifecycle import MoveForbidden, SamePerson
from governance.outbox.models import OutboxEvent
from tests.consultation.matters.handling.conftest import at
from tests.people import House

SECOND = dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("kind", "sorting", "answer"),
    [
        (MatterKind.NEED, dt.date(2026, 3, 11), dt.date(2026, 3, 25)),
        (MatterKind.CONSULTATION, dt.date(2026, 3, 9), dt.date(2026, 3, 9)),
        (MatterKind.HELP, dt.date(2026, 3, 11), dt.date(2026, 3, 11)),
        (MatterKind.SUGGESTION, dt.date(2026, 3, 11), dt.date(2026, 3, 11)),
        (MatterKind.COMPLAINT, dt.date(2026, 3, 11), dt.date(2026, 3, 25)),
        (MatterKind.REPORT, dt.date(2026, 3, 11), dt.date(2026, 3, 25)),
    ],
)
def test_each_kind_has_its_days(kind: str, sorting: dt.date, answer: dt.date, raised: Any, sorted_to: Any) -> None:
    # Wednesday 4 March 2026; the year has no table.
    matter = raised(kind=kind)
    assert (matter.due_on, matter.due_at, matter.is_due_provisional) == (sorting, None, True)

    assert sorted_to(kind=kind).due_on == answer


@pytest.mark.parametrize(("kind", "hours"), [(MatterKind.DANGER, 2), (MatterKind.UTILITY, 24)])
def test_hours_count_to_the_second(*, kind: str, hours: int, raised: Any, now: dt.datetime, system: User) -> None:
    matter = raised(kind=kind)
    due = now + dt.timedelta(hours=hours)
    assert (matter.due_at, matter.due_on) == (due, due.date())

    for moment, is_late in ((due - SECOND, False), (due, False), (due + SECOND, True)):
        found = operations.escalate_overdue_matters(by=system, now=moment, today=due.date())
        assert bool(found) is is_late
    matter.refresh_from_db()
    assert (matter.overdue_at, matter.escalation) == (due + SECOND, 1)


def test_a_night_and_a_year_without_a_table(raised: Any) -> None:
    CalendarDay.objects.create(day=dt.date(2026, 12, 31), is_workday=True)
    late = at(dt.date(2026, 12, 30), 23, 30)

    assert raised(kind=MatterKind.DANGER, now=late).due_on == dt.date(2026, 12, 31)
    question = raised(kind=MatterKind.CONSULTATION, now=late)
    # Thursday 31 December, Friday 1 January and Monday 4 January: 2027 has no table yet, so the day is provisional.
    assert (question.due_on, question.is_due_provisional) == (dt.date(2027, 1, 4), True)


def test_holidays_move_the_day(raised: Any) -> None:
    CalendarDay.objects.create(day=dt.date(2026, 3, 5), is_workday=False)
    CalendarDay.objects.create(day=dt.date(2026, 3, 7), is_workday=True)  # a Saturday worked instead

    matter = raised(kind=MatterKind.CONSULTATION)

    assert (matter.due_on, matter.is_due_provisional) == (dt.date(2026, 3, 9), False)


# -------------------------------------------------------------------------------------------------------------- resting


@pytest.mark.parametrize(
    ("rested", "resumed", "due"),
    [
        # Due on Tuesday 17 March. Rested on Monday, four working days of ten... counted on from the day it runs again.
        ((3, 9), (3, 9), (3, 17)),
        ((3, 9), (3, 11), (3, 19)),
        ((3, 13), (3, 16), (3, 18)),
        ((3, 17), (3, 20), (3, 20)),
    ],
)
def test_what_a_rest_leaves(
    *, rested: tuple[int, int], resumed: tuple[int, int], due: tuple[int, int], db: None
) -> None:
    before = Due(dt.date(2026, 3, 17))

    after = due_after_rest(before, at(dt.date(2026, *rested)), at(dt.date(2026, *resumed)))

    assert after.on == dt.date(2026, *due)


def test_a_rest_over_a_holiday_gives_nothing_and_takes_nothing(db: None) -> None:
    for day in range(1, 8):
        CalendarDay.objects.create(day=dt.date(2026, 10, day), is_workday=False)
    due = Due(dt.date(2026, 10, 9))  # from Tuesday 29 September: 30, 8 and 9 October are left

    same = due_after_rest(due, at(dt.date(2026, 9, 29)), at(dt.date(2026, 9, 29)))
    after = due_after_rest(due, at(dt.date(2026, 9, 29)), at(dt.date(2026, 10, 6)))

    assert same.on == dt.date(2026, 10, 9)
    # In the middle of the holidays three working days are left: 8, 9 and 12 October.
    assert after.on == dt.date(2026, 10, 12)


def test_a_rest_of_hours_is_exact(now: dt.datetime) -> None:
    due = Due(now.date(), now + dt.timedelta(hours=2))

    after = due_after_rest(due, now + dt.timedelta(minutes=30), now + dt.timedelta(hours=5, minutes=30))

    assert after.at == now + dt.timedelta(hours=7)


def test_how_much_is_gone(now: dt.datetime) -> None:
    due = Due(now.date(), now + dt.timedelta(hours=10))

    assert [percent_gone(now, due, now + dt.timedelta(hours=hours)) for hours in (-1, 0, 5, 8, 10, 20)] == [
        *(0, 0, 50, 80, 100, 200),
    ]
    assert percent_gone(now, Due(now.date(), now), now) == 100


@pytest.fixture
def ask(house: House, now: dt.datetime) -> Any:
    """Ask for a rest as the community's staff."""

    def call(matter: Matter, **changes: Any) -> TimeRequest:
        given: dict[str, Any] = {
            "by": house.people["community_staff"],
            "now": now,
            "matter": matter,
            "kind": "PAUSE",
            "cause": "WEATHER",
            "days": 10,
            "reason": "连续暴雨，无法施工。",
            **changes,
        }
        return timing.ask_for_time(**given)

    return call


def test_the_clock_rests_with_leave_and_runs_on(
    *, sorted_to: Any, ask: Any, street_reviewer: User, community_staff: User, system: User, now: dt.datetime
) -> None:
    matter = sorted_to(Route.DIRECT)
    asked = ask(matter)
    with pytest.raises(MoveForbidden):
        timing.grant_time(by=community_staff, now=now, request=asked)

    granted = timing.grant_time(by=street_reviewer, now=now, request=asked)

    matter.refresh_from_db()
    assert (granted.status, granted.ends_on, matter.paused_at) == (TimeStatus.GRANTED, dt.date(2026, 3, 14), now)
    later = at(dt.date(2026, 6, 1))
    assert operations.escalate_overdue_matters(by=system, now=later, today=later.date()) == []
    resumed = at(dt.date(2026, 3, 6))

    ended = timing.end_pause(by=community_staff, now=resumed, request=granted)

    matter.refresh_from_db()
    assert (matter.paused_at, matter.due_on) == (None, dt.date(2026, 3, 27))
    assert (ended.due_before, ended.due_after) == (dt.date(2026, 3, 25), dt.date(2026, 3, 27))
    assert matter.clock_began_at == now + (resumed - now)


def test_a_rest_ends_by_itself_once(
    *, sorted_to: Any, ask: Any, street_reviewer: User, system: User, now: dt.datetime
) -> None:
    granted = timing.grant_time(by=street_reviewer, now=now, request=ask(sorted_to(Route.DIRECT)))
    last, over = at(dt.date(2026, 3, 14)), at(dt.date(2026, 3, 15))

    assert timing.end_due_pauses(by=system, now=last, today=last.date()) == []
    assert timing.end_due_pauses(by=system, now=over, today=over.date()) == [granted.pk]
    assert timing.end_due_pauses(by=system, now=over, today=over.date()) == []


def test_an_answer_ends_the_rest(
    *, sorted_to: Any, ask: Any, street_reviewer: User, community_staff: User, system: User, now: dt.datetime
) -> None:
    matter = sorted_to(Route.DIRECT)
    granted = timing.grant_time(by=street_reviewer, now=now, request=ask(matter))

    answered = operations.answer_matter(by=community_staff, now=now, matter=matter, reply="雨停了，已修好。")

    granted.refresh_from_db()
    assert (answered.paused_at, granted.status) == (None, TimeStatus.ENDED)
    assert timing.end_due_pauses(by=system, now=now, today=now.date()) == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"cause": ""}, CauseUnknown),
        ({"cause": "MOOD"}, CauseUnknown),
        ({"kind": "EXTENSION"}, CauseUnknown),
        ({"days": 0}, TimeTooLong),
        ({"days": 31}, TimeTooLong),
        ({"kind": "EXTENSION", "cause": "", "days": 6}, TimeTooLong),
    ],
)
def test_time_that_is_not_well_asked(
    *, changes: dict[str, Any], error: type[Exception], sorted_to: Any, ask: Any
) -> None:
    with pytest.raises(error):
        ask(sorted_to(Route.DIRECT), **changes)

    assert TimeRequest.objects.count() == 0


def test_who_asks_and_when(
    *, sorted_to: Any, ask: Any, raised: Any, resident: User, other_community_staff: User, now: dt.datetime
) -> None:
    matter = sorted_to(Route.DIRECT)
    for person in (resident, other_community_staff):
        with pytest.raises(TimeNotYours):
            ask(matter, by=person)
    with pytest.raises(ClockNotRunning):
        ask(matter, now=at(dt.date(2026, 3, 26), 1))
    with pytest.raises(HoursNotPutOff):
        ask(raised(kind=MatterKind.DANGER), kind="EXTENSION", cause="", days=1)


def test_an_extension_is_granted_once_by_another(
    *, sorted_to: Any, ask: Any, street_reviewer: User, now: dt.datetime
) -> None:
    matter = sorted_to(Route.DIRECT)
    asked = ask(matter, kind="EXTENSION", cause="", days=5)
    with pytest.raises(TimeAskedBefore):
        ask(matter, kind="EXTENSION", cause="", days=1)

    timing.grant_time(by=street_reviewer, now=now, request=asked)

    matter.refresh_from_db()
    assert matter.due_on == dt.date(2026, 4, 1)
    with pytest.raises(TimeAskedBefore):
        ask(matter, kind="EXTENSION", cause="", days=1)


def test_nobody_grants_what_they_asked_for(
    *, sorted_to: Any, ask: Any, street_reviewer: User, system: User, now: dt.datetime
) -> None:
    matter = sorted_to(Route.DIRECT)
    Matter.objects.filter(pk=matter.pk).update(overdue_at=now)  # so that the street handles it as well
    asked = ask(matter, by=street_reviewer)

    with pytest.raises(SamePerson):
        timing.grant_time(by=street_reviewer, now=now, request=asked)


def test_what_is_refused_may_be_asked_again(
    *, sorted_to: Any, ask: Any, street_reviewer: User, now: dt.datetime
) -> None:
    matter = sorted_to(Route.DIRECT)
    refused = timing.refuse_time(by=street_reviewer, now=now, request=ask(matter), reason="可以室内施工。")

    assert (refused.status, refused.decision) == (TimeStatus.REFUSED, "可以室内施工。")
    assert ask(matter).status == TimeStatus.ASKED


# ---------------------------------------------------------------------------------------------------------- escalation


def test_what_the_street_lets_lie_goes_to_the_district(*, raised: Any, system: User, now: dt.datetime) -> None:
    matter = raised()
    late = at(dt.date(2026, 3, 12), 1)
    operations.escalate_overdue_matters(by=system, now=late, today=late.date())
    last, over = at(dt.date(2026, 3, 17), 23), at(dt.date(2026, 3, 18), 0)

    assert timing.escalate_further(by=system, now=last, today=last.date()) == []
    assert timing.escalate_further(by=system, now=over, today=over.date()) == [matter.pk]
    assert timing.escalate_further(by=system, now=over, today=over.date()) == []

    matter.refresh_from_db()
    assert matter.escalation == 2
    assert AuditEntry.objects.filter(verb="consultation.matter.escalated").count() == 1


def test_danger_goes_to_the_district_within_hours(
    *, raised: Any, district_officer: User, system: User, now: dt.datetime
) -> None:
    matter = raised(kind=MatterKind.DANGER)
    late, over = now + dt.timedelta(hours=2, seconds=1), now + dt.timedelta(hours=4, seconds=2)
    assert not district_officer.has_perm("consultation.sort_matter", matter)

    operations.escalate_overdue_matters(by=system, now=late, today=late.date())
    timing.escalate_further(by=system, now=over, today=over.date())

    assert district_officer.has_perm("consultation.sort_matter", Matter.objects.get(pk=matter.pk))


def test_who_handles_is_reminded_at_half_and_four_fifths(*, raised: Any, system: User, now: dt.datetime) -> None:
    matter = raised(kind=MatterKind.UTILITY)

    marks = []
    for hours in (11, 12, 13, 19, 20, 23):
        timing.remind_of_due_matters(by=system, now=now + dt.timedelta(hours=hours))
        matter.refresh_from_db()
        marks.append(matter.reminded)

    assert marks == [0, 50, 50, 50, 80, 80]
    told = OutboxEvent.objects.filter(topic="consultation.matter.reminded").order_by("pk")
    assert [event.payload["percent"] for event in told] == [50, 80]


def test_the_clock_is_harmless_when_it_runs_again(raised: Any, sorted_to: Any) -> None:
    raised()
    sorted_to(Route.DIRECT)
    for _turn in range(3):
        clock_of_matters()
    before = (AuditEntry.objects.count(), OutboxEvent.objects.count())

    again = clock_of_matters()

    assert set(again.values()) == {0}
    assert (AuditEntry.objects.count(), OutboxEvent.objects.count()) == before
