"""Matters, topics and opinions on the desk: the inbox, its buttons, the worklist."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from communities.territory.models import Division
from consultation.matters import operations
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, MatterChannel
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic
from consultation.topics.policy import PhaseKind
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.calendar import clock
from governance.portal.worklist import SCANNED, waiting_for
from tests.consultation.pictures import photo
from tests.factories.consultation_matters import (
    ONE_DAY,
    PRIVATE,
    SMALL,
    MatterFactory,
    OpinionFactory,
    TopicFactory,
)
from tests.people import House, desk_client

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """An empty folder for stored files."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def address(name: str, *args: Any) -> str:
    """Return an address of the desk."""
    return reverse(f"admin:consultation_{name}", args=args)


def text_of(client: Client, path: str, **data: Any) -> str:
    """Send a form (or open a page) and return the page at the end."""
    answer = client.post(path, data, follow=True) if data else client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return str(answer.content.decode())


@pytest.fixture
def desk(community_staff: User) -> Client:
    """The desk of the community's staff."""
    return desk_client(community_staff)


def test_a_matter_is_recorded_at_the_counter(desk: Client, community: Division, community_staff: User) -> None:
    given = {
        "division": community.pk,
        "channel": "DESK",
        "title": "灯坏了",
        "text": "楼道灯坏了。",
        "raised_for": "李大爷",
        "contact": "13812345678",
        "uploads": [SimpleUploadedFile("a.jpg", photo(), "image/jpeg")],
    }
    refused = text_of(desk, address("matter_add"), **{**given, "text": "找13812345678"})
    assert "【138…78】" in refused
    assert "找13812345678</textarea>" in refused
    assert Matter.objects.count() == 0
    given["uploads"] = [SimpleUploadedFile("a.jpg", photo(), "image/jpeg")]

    text_of(desk, address("matter_add"), **given)

    matter = Matter.objects.get()
    assert (matter.channel, matter.raised_for, matter.recorded_by) == (MatterChannel.DESK, "李大爷", community_staff)
    assert matter.photos.count() == 1
    shown = text_of(desk, address("matter_change", matter.pk))
    assert "13812345678" not in shown
    assert "138****5678" in shown


def test_the_contact_is_shown_for_a_reason(desk: Client, community: Division) -> None:
    matter = MatterFactory(division=community, raised_for="李大爷", contact="13812345678")
    path = address("matter_deed", matter.pk, "reveal_contact")

    shown = text_of(desk, path, reason="回访")

    assert "13812345678" in shown
    assert AuditEntry.objects.get(verb="consultation.matter.contact_seen").reason == "回访"


def test_a_matter_is_sorted_transferred_answered_and_closed(desk: Client, community: Division) -> None:
    matter = MatterFactory(division=community)

    def step(name: str) -> str:
        return address("matter_move", matter.pk, name)

    assert "This field is required" in text_of(desk, step("sort"), sorting="BIG:DEPARTMENT", reason="")

    text_of(desk, step("sort"), sorting="BIG:DEPARTMENT", reason="市政", summary="路面塌陷")
    text_of(desk, step("transfer"), department="市政管理所")
    text_of(desk, step("answer"), reply="本月修复。", outcome="PLANNED")

    matter.refresh_from_db()
    assert (matter.status, matter.transferred_to, matter.reply) == (MatterStatus.ANSWERED, "市政管理所", "本月修复。")
    assert "本月修复。" in text_of(desk, address("matter_change", matter.pk))


def test_a_matter_is_turned_down_on_the_desk(desk: Client, community: Division) -> None:
    matter = MatterFactory(division=community)

    text_of(desk, address("matter_move", matter.pk, "refuse"), reason="已在诉讼中。", ground="COURT")

    matter.refresh_from_db()
    assert (matter.status, matter.reply) == (MatterStatus.REFUSED, "已在诉讼中。")


@pytest.mark.parametrize("name", ["supervisor", "auditor", "other_community_staff", "charity_officer"])
def test_the_inbox_is_for_those_who_handle_it(name: str, house: House) -> None:
    for given in (SMALL, PRIVATE, None):
        MatterFactory(division=house.places["community"], title="私语", sorted=given)
    client = desk_client(house.people[name])

    answer = client.get(address("matter_changelist"))

    assert answer.status_code in {200, 302, 403}
    assert "私语" not in answer.content.decode()


def test_a_topic_is_prepared_from_a_matter_and_announced(desk: Client, community: Division, house: House) -> None:
    matter = MatterFactory(division=community, sorted=SMALL)
    elsewhere = MatterFactory(division=house.places["far_community"], sorted=SMALL)
    add = f"{address('topic_add')}?division={community.pk}&matters={matter.pk}"
    shown = text_of(desk, add)
    assert matter.number in shown
    assert elsewhere.number not in shown
    opens = clock.now() + 5 * ONE_DAY
    given = {
        "division": community.pk,
        "title": "楼道照明改造",
        "text": "请大家商量。",
        "matters": [matter.pk],
        "discussion_opens_at": f"{opens:%Y-%m-%dT%H:%M}",
    }
    assert "both ends" in text_of(desk, address("topic_add"), **given)
    assert Topic.objects.count() == 0
    given["discussion_closes_at"] = f"{opens + 7 * ONE_DAY:%Y-%m-%dT%H:%M}"

    text_of(desk, address("topic_add"), **given)

    topic = Topic.objects.get()
    assert list(topic.matters.all()) == [matter]
    text_of(desk, address("topic_move", topic.pk, "announce"), confirm="1")
    topic.refresh_from_db()
    assert topic.status == TopicStatus.ANNOUNCED
    assert topic.notice is not None
    assert topic.notice.get_absolute_url() in text_of(desk, address("topic_change", topic.pk))
    later = opens + 10 * ONE_DAY
    text_of(
        desk,
        address("topic_deed", topic.pk, "add_phase"),
        kind=PhaseKind.VOTE,
        opens_at=f"{later:%Y-%m-%dT%H:%M}",
        closes_at=f"{later + ONE_DAY:%Y-%m-%dT%H:%M}",
    )
    assert topic.phases.count() == 2
    text_of(desk, address("topic_move", topic.pk, "withdraw"), reason="重复")
    matter.refresh_from_db()
    assert matter.status == MatterStatus.ANSWERED


def test_phases_are_set_on_the_desk(desk: Client, community: Division) -> None:
    topic = TopicFactory(division=community)
    opens = clock.now() + 5 * ONE_DAY

    text_of(
        desk,
        address("topic_deed", topic.pk, "set_phases"),
        vote_opens_at=f"{opens:%Y-%m-%dT%H:%M}",
        vote_closes_at=f"{opens + ONE_DAY:%Y-%m-%dT%H:%M}",
    )

    assert [phase.kind for phase in topic.phases.all()] == [PhaseKind.VOTE]


def test_an_opinion_is_hidden_on_the_desk(desk: Client, community: Division) -> None:
    topic = TopicFactory(division=community, walked=TopicStatus.DELIBERATED)
    opinion = OpinionFactory(topic=topic)
    assert "王*明" in text_of(desk, address("opinion_changelist"))

    text_of(desk, address("opinion_deed", opinion.pk, "hide"), reason="人身攻击。")

    opinion.refresh_from_db()
    assert opinion.hidden_reason == "人身攻击。"


# ------------------------------------------------------------------------------------------------------------- worklist


def _matters(user: User) -> list[tuple[Matter, list[str]]]:
    found = waiting_for(User.objects.get(pk=user.pk))
    tasks = next((waiting.tasks for waiting in found if waiting.label == "consultation.Matter"), [])
    return [(task.row, [move.name for move in task.moves]) for task in tasks]


def test_what_is_due_first_comes_first(community: Division, community_staff: User) -> None:
    late = MatterFactory(division=community, due_on=dt.date(2026, 5, 1))
    soon = MatterFactory(division=community, due_on=dt.date(2026, 2, 1))
    MatterFactory.create_batch(3, sorted=SMALL, due_on=dt.date(2026, 1, 1))

    assert _matters(community_staff) == [(soon, ["sort"]), (late, ["sort"])]


def test_public_matters_of_other_places_do_not_hide_ones_own(community: Division, community_staff: User) -> None:
    mine = MatterFactory(division=community, due_on=dt.date(2026, 5, 1))
    other = MatterFactory(sorted=SMALL).division
    MatterFactory.create_batch(SCANNED + 1, division=other, sorted=SMALL, due_on=dt.date(2026, 1, 1))

    assert [row for row, _moves in _matters(community_staff)] == [mine]


def test_the_street_finds_what_is_overdue(community: Division, street_officer: User, neighbor: Division) -> None:
    MatterFactory(division=community)
    overdue = MatterFactory(division=neighbor, overdue_at=clock.now())

    assert _matters(street_officer) == [(overdue, ["sort"])]


def test_the_desk_shows_title_and_day(desk: Client, community: Division) -> None:
    matter = MatterFactory(division=community)

    shown = text_of(desk, "/desk/")

    assert matter.title in shown
    assert 'class="desk-late"' in shown
    assert "due by 2026-01-12" in " ".join(shown.split())


def test_the_clock_rests_while_a_topic_runs(community: Division, community_staff: User) -> None:
    matter = MatterFactory(division=community, sorted=SMALL)
    matter.status = MatterStatus.TAKEN_UP
    matter.save()

    found = waiting_for(User.objects.get(pk=community_staff.pk))

    assert [task.due_on for waiting in found for task in waiting.tasks if task.row == matter] == [None]


def test_the_history_speaks_in_words(desk: Client, house: House, community: Division) -> None:
    operations.raise_matter(
        by=house.people["resident"],
        now=clock.now(),
        division=community,
        title="灯",
        text="坏了",
        channel=MatterChannel.PAGE,
    )

    shown = text_of(desk, address("matter_change", Matter.objects.get().pk))

    assert "Matter raised" in shown
    assert "consultation.matter.raised" not in shown
