"""Meetings on pages, desk and API: who sees what, what a refused form keeps, how many queries it costs."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consultation.decisions import operations as decisions
from consultation.meetings import queries
from consultation.meetings.models import Meeting
from consultation.meetings.papers import Paper
from consultation.meetings.tasking import operations as tasking
from governance.accounts.models import User
from tests.factories.consultation_ballots import DAY, Place, TopicForBallotFactory
from tests.factories.consultation_meetings import Hall
from tests.people import desk_client


@pytest.fixture
def place(db: None) -> Place:
    """A community whose present day is the real one: pages read the clock."""
    moment = timezone.localtime(timezone.now()).replace(hour=12, minute=0, second=0, microsecond=0)
    return Place(moment - 5 * DAY)


def signed_in(user: User) -> Client:
    """Return a browser of somebody."""
    client = Client()
    client.force_login(user)
    return client


def names(hall: Hall) -> list[str]:
    return [user.display_name for user in hall.members]


def test_everybody_reads_what_was_published_without_names(hall: Hall, client: Client) -> None:
    topic = TopicForBallotFactory(division=hall.division, deliberated=hall.place.now)
    meeting = hall.opened(topic)
    hall.resolve(meeting, ["FOR"] * 6)
    hall.published(hall.ended(meeting))
    pages = (
        meeting.get_absolute_url(),
        reverse("consultation:meeting-list", args=[hall.division.pk]),
        reverse("consultation:resolution-list", args=[hall.division.pk]),
        hall.council.get_absolute_url(),
    )
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200
        assert not any(name in answer.content.decode() for name in names(hall)[1:])
    for paper, status in ((Paper.INVITATION, 200), (Paper.SHEET, 302), (Paper.VOTES, 302), (Paper.MINUTES, 302)):
        address = reverse("consultation:meeting-paper", args=[meeting.pk, paper.value])
        assert client.get(address).status_code == status
    was_there = signed_in(hall.members[1])
    minutes = reverse("consultation:meeting-paper", args=[meeting.pk, "minutes"])
    assert was_there.get(minutes).status_code == 200
    assert signed_in(hall.members[8]).get(minutes).status_code == 403


def test_a_plan_is_seen_by_the_staff_only(hall: Hall, client: Client) -> None:
    meeting = hall.plan(held_at=hall.place.now + 14 * DAY)

    assert client.get(meeting.get_absolute_url()).status_code == 404
    assert signed_in(hall.place.staff).get(meeting.get_absolute_url()).status_code == 200


def test_the_working_page_leads_from_the_agenda_to_the_minutes(hall: Hall) -> None:
    meeting = hall.plan()
    staff = signed_in(hall.place.staff)
    work = reverse("consultation:meeting-hold", args=[meeting.pk])

    def act(name: str, **data: Any) -> Any:
        return staff.post(f"{work}acts/{name}/", data)

    refused = act("free", title="", text="只有正文")
    assert refused.status_code == 400
    assert "只有正文" in refused.content.decode()
    assert act("free", title="楼道照明").status_code == 302
    hall.invite(meeting)
    hall.place.now = meeting.held_at
    assert act("begin").status_code == 302
    rows = list(meeting.attendances.order_by("pk")[:6])
    assert act("presence", attendances=[row.pk for row in rows], signed_by="PAPER").status_code == 302
    item = meeting.items.get()
    assert act(f"motion-{item.pk}", text="同意", method="NAMED", cost_estimate="12").status_code == 302
    motion = queries.motions_of(meeting).get()
    votes = {f"side_{row.pk}": "FOR" for row in rows}
    missing = act(f"votes-{motion.pk}", **{**votes, f"side_{rows[0].pk}": "RECUSED"})
    assert missing.status_code == 400
    assert act(f"votes-{motion.pk}", **votes).status_code == 302
    assert act(f"judge-{motion.pk}").status_code == 302
    assert act("end").status_code == 302
    assert act("draft_minutes").status_code == 302
    assert act("amend", text="").status_code == 400
    assert signed_in(hall.chair).get(work).status_code == 200
    assert signed_in(hall.members[2]).get(work).status_code == 403
    meeting.refresh_from_db()
    assert meeting.status == "MINUTED"


def test_a_member_signs_in_with_the_code_of_the_hall(hall: Hall, client: Client) -> None:
    meeting = hall.opened()
    address = reverse("consultation:meeting-sign-in", args=[meeting.pk])
    assert client.get(address).status_code == 302
    member = signed_in(hall.members[4])
    assert "ABCD" in member.get(f"{address}?code=ABCD").content.decode()
    assert member.post(address, {"code": "ABCD"}).status_code == 400
    assert member.post(address, {"code": queries.code_now(meeting, timezone.now())}).status_code == 302
    assert member.get(reverse("consultation:meeting-mine")).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_with_one_and_with_three(
    hall: Hall, client: Client, count: int, django_assert_max_num_queries: Any
) -> None:
    for _number in range(count):
        meeting = hall.plan(held_at=hall.place.now + 14 * DAY)
        hall.add(meeting)
        hall.invite(meeting)
    with django_assert_max_num_queries(8):
        assert client.get(reverse("consultation:meeting-list", args=[hall.division.pk])).status_code == 200
    with django_assert_max_num_queries(8):
        assert client.get(meeting.get_absolute_url()).status_code == 200
    with django_assert_max_num_queries(4):
        assert client.get("/api/v1/meetings").json()["results"][0]["items"][0]["title"] == "楼道照明"


def test_the_api_never_tells_who_was_there(hall: Hall, client: Client) -> None:
    meeting = hall.opened(TopicForBallotFactory(division=hall.division, deliberated=hall.place.now))
    hall.resolve(meeting, ["FOR"] * 6)
    hall.published(hall.ended(meeting))
    told = client.get(f"/api/v1/meetings/{meeting.pk}").content.decode()
    resolutions = client.get("/api/v1/resolutions").content.decode()

    assert '"in_favor":6' in resolutions.replace(" ", "")
    assert not any(name in told + resolutions for name in names(hall))


def test_the_desk_shows_every_list_and_form(hall: Hall) -> None:
    meeting = hall.opened()
    hall.put(meeting)
    desk = desk_client(hall.place.staff)
    for model in (
        "council",
        "meeting",
        "meetingcall",
        "resolution",
        "countsheet",
        "meetingtask",
        "stewardselection",
        "fourstepcase",
        "fourstepquestion",
    ):
        assert desk.get(reverse(f"admin:consultation_{model}_changelist")).status_code == 200, model
    for model in ("council", "meeting", "meetingcall", "stewardselection", "fourstepcase"):
        assert desk.get(reverse(f"admin:consultation_{model}_add")).status_code == 200, model
    page = desk.get(reverse("admin:consultation_meeting_change", args=[meeting.pk])).content.decode()
    assert reverse("consultation:meeting-hold", args=[meeting.pk]) in page


def test_from_a_topic_to_a_resolution_to_a_decision(hall: Hall, client: Client) -> None:
    topic = TopicForBallotFactory(division=hall.division, deliberated=hall.place.now)
    meeting = hall.opened(topic)
    rows = hall.arrive(meeting, 6)
    motion = hall.vote(hall.put(meeting, cost_estimate="4800"), rows, ["FOR"] * 5 + ["RECUSED"])
    given: dict[str, Any] = {"by": hall.place.staff, "topic": topic, "text": "更换楼道照明。", "resolution": motion}
    moment = meeting.held_at + 2 * DAY
    with pytest.raises(decisions.ResolutionDecidesNothing):
        decisions.draft_decision(now=moment, **given)
    hall.published(hall.ended(meeting))
    motion.refresh_from_db()
    with pytest.raises(decisions.CostlierThanResolved):
        decisions.draft_decision(now=moment, **given, cost_estimate="4800.01")
    with pytest.raises(decisions.OneGround):
        decisions.draft_decision(now=moment, **{**given, "resolution": None})
    decision = decisions.draft_decision(now=moment, **given, cost_estimate="4800")
    with pytest.raises(decisions.BallotUsed):
        decisions.draft_decision(now=moment, **given)
    posted = decisions.post_decision(by=hall.place.staff, now=moment, today=moment.date(), decision=decision)
    topic.refresh_from_db()

    assert (posted.resolution, posted.ballot, topic.status) == (motion, None, "DECIDED")
    assert posted.notice is not None
    assert motion.number in posted.notice.body
    assert motion.number in client.get(decision.get_absolute_url()).content.decode()
    assert Meeting.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_lists_of_tasks_cost_the_same_with_one_task_and_with_three(hall: Hall, count: int) -> None:
    meeting = hall.opened()
    hall.ended(meeting)
    staff = hall.place.staff
    for number in range(count):
        due_on = timezone.localdate(meeting.held_at)
        tasking.give_task(
            by=staff, now=meeting.held_at, meeting=meeting, text=f"第{number}件", owner=staff, due_on=due_on
        )
    listed = reverse("consultation:task-list", args=[hall.division.pk])
    browser = signed_in(staff)
    for path, most in ((listed, 6), (f"{listed}?mine=1", 6), (reverse("consultation:meeting-mine"), 4)):
        browser.get(path)
        with CaptureQueriesContext(connection) as spent:
            page = browser.get(path).content.decode()
        assert page.count("件</a>") == count
        assert len(spent) == most, "\n".join(row["sql"][:160] for row in spent.captured_queries)
