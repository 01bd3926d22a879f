"""The result of an assessment is told to the body within some days of the vote: by when, who is late, who writes it down."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client, RequestFactory

from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.portal.worklist import pressing_among, waiting_on_desk
from socialorgs.supervision.grading import operations
from socialorgs.supervision.grading.models import Assessment
from socialorgs.supervision.queries import board_of
from socialorgs.supervision.refusals import NotifiedUnfit, NotToNotify
from tests.factories.funds_reinvestment import set_value
from tests.people import desk_client, session_client, sign_in
from tests.socialorgs.supervision.test_grading import applied, granted, inspected, scored, vote

__all__ = ["inspected"]
pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def browser(user: Any) -> Client:
    client = Client()
    sign_in(client, user)
    return client


def on_the_board(people: SimpleNamespace, day: dt.date) -> tuple[int, list[Assessment]]:
    section = board_of(people.district_officer, day)[-1]
    return sum(count for _state, count in section.counts), section.late


def test_the_result_is_to_be_told_fifteen_days_after_the_vote(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, inspected: Any
) -> None:
    row = scored(people, now, inspected)
    given = {**vote(6, 11, now), "voted_on": today}

    row = operations.grant_grade(by=people.district_officer, now=now + 3 * DAY, assessment=row, **given)

    assert (row.voted_on, row.notify_by) == (today, today + 15 * DAY)


def test_a_refusal_is_told_as_well_and_the_days_are_those_of_the_rule(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, inspected: Any
) -> None:
    set_value("so.assessment.notify_days", "10", inspected.division)
    row = applied(people, now, inspected)

    row = operations.refuse_grade(by=people.district_officer, now=now, assessment=row, reason="材料不全。")

    assert (row.status, row.notify_by) == ("REFUSED", today + 10 * DAY)
    told = operations.record_notification(by=people.district_officer, now=now, assessment=row, notified_on=today)
    assert told.notified_on == today


def test_who_was_not_told_stands_on_the_board_and_the_worklist_until_it_is_told(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, inspected: Any
) -> None:
    row = granted(people, now, inspected)
    last = today + 15 * DAY
    request = RequestFactory().get("/desk/")
    request.user = people.district_officer

    assert on_the_board(people, last) == (1, [])
    assert on_the_board(people, last + DAY) == (1, [row])
    [waiting] = [one for one in waiting_on_desk(request) if one.label == "socialorgs.Assessment"]
    [task] = waiting.tasks
    assert (task.row, task.due_on, [str(move.name) for move in task.moves].count("notified")) == (row, last, 1)
    assert [one.task.row for one in pressing_among([waiting], last + DAY)] == [row]
    assert "badge--OVERDUE" in browser(people.district_officer).get(row.get_absolute_url()).content.decode()

    operations.record_notification(by=people.district_officer, now=now, assessment=row, notified_on=today)

    assert on_the_board(people, last + DAY) == (0, [])
    found = [task for one in waiting_on_desk(request) for task in one.tasks if task.row == row]
    assert not any(getattr(move, "name", "") == "notified" for task in found for move in task.moves)
    page = browser(people.manager).get(row.get_absolute_url()).content.decode()
    assert (today.isoformat() in page, "badge--OVERDUE" in page) == (True, False)


def test_who_decides_writes_it_down_and_nobody_else(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, inspected: Any
) -> None:
    row = granted(people, now, inspected)
    day = {"notified_on": today.isoformat()}
    home, deed = row.get_absolute_url(), f"/desk/socialorgs/assessment/{row.pk}/deeds/notified/"

    for who in (people.manager, people.other_manager, people.community_staff, people.resident):
        with pytest.raises(NotAllowed):
            operations.record_notification(by=who, now=now, assessment=row, notified_on=today)
        assert "acts/notified/" not in browser(who).get(home).content.decode()
        assert browser(who).post(f"{home}acts/notified/", day).status_code == 400
        assert session_client(who).post(f"/api/v1/assessments/{row.pk}/notified", day).status_code == 403
    assert browser(people.manager).post(deed, day).status_code == 302
    assert desk_client(people.community_staff).post(deed, day).status_code == 403
    row.refresh_from_db()
    assert row.notified_on is None

    assert "acts/notified/" in browser(people.district_officer).get(home).content.decode()
    assert browser(people.district_officer).post(f"{home}acts/notified/", day).status_code == 302
    row.refresh_from_db()
    assert (row.notified_on, row.notified_by) == (today, people.district_officer)
    entry = AuditEntry.objects.get(verb="socialorgs.assessment.notified")
    assert entry.after == {"notified_on": today.isoformat(), "notify_by": (today + 15 * DAY).isoformat()}


@pytest.mark.parametrize("where", ["desk", "api"])
def test_it_is_written_down_at_the_desk_and_over_the_api_once(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, inspected: Any, where: str
) -> None:
    row = granted(people, now, inspected)
    deed, over = f"/desk/socialorgs/assessment/{row.pk}/deeds/notified/", f"/api/v1/assessments/{row.pk}/notified"
    desk, api = desk_client(people.district_officer), session_client(people.district_officer)
    early, day = {"notified_on": (today - DAY).isoformat()}, {"notified_on": today.isoformat()}

    before = desk.post(deed, early) if where == "desk" else api.post(over, early)
    done = desk.post(deed, day) if where == "desk" else api.post(over, day)
    again = api.post(over, day)

    row.refresh_from_db()
    assert row.notified_on == today
    assert (again.status_code, again.json()["code"]) == (409, "assessment_not_to_notify")
    if where == "desk":
        assert today.isoformat() in str(before.context["form"].errors["notified_on"])
        assert done.status_code == 302
        assert deed not in desk.get(f"/desk/socialorgs/assessment/{row.pk}/change/").content.decode()
    else:
        assert (before.status_code, before.json()["code"]) == (400, "assessment_notified_unfit")
        assert (done.status_code, done.json()["notified_on"]) == (200, today.isoformat())


def test_no_day_before_the_vote_or_after_today_and_nothing_before_it_was_decided(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, inspected: Any
) -> None:
    early = scored(people, now, inspected)
    with pytest.raises(NotToNotify):
        operations.record_notification(by=people.district_officer, now=now, assessment=early, notified_on=today)
    row = operations.grant_grade(by=people.district_officer, now=now, assessment=early, **vote(6, 11, now))

    for day in (today - DAY, today + 3 * DAY):
        with pytest.raises(NotifiedUnfit, match=f"{today}.*{today + 2 * DAY}"):
            operations.record_notification(
                by=people.district_officer, now=now + 2 * DAY, assessment=row, notified_on=day
            )
    row.refresh_from_db()
    assert row.notified_on is None
