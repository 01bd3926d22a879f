"""The topic pages: phases, opinions with masked names, support, hiding; the same queries however much was said."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Opinion, OpinionSupport, Stance, Topic
from consultation.topics.policy import PhaseKind
from governance.accounts.models import User
from governance.calendar import clock
from tests.factories.accounts import UserFactory
from tests.factories.communities import AttachmentFactory
from tests.factories.consultation_matters import (
    ENTERED_AT,
    ONE_DAY,
    SMALL,
    MatterFactory,
    OpinionFactory,
    OpinionSupportFactory,
    TopicFactory,
    TopicMatterFactory,
)
from tests.people import House, sign_in

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def topic(house: House) -> Topic:
    """A topic of the community whose discussion runs now, with a vote after it."""
    begun = ENTERED_AT
    until = clock.now() + 5 * ONE_DAY
    made: Topic = TopicFactory(
        title="楼道照明改造",
        affected="三号楼住户",
        division=house.places["community"],
        phases=[(PhaseKind.DISCUSSION, begun, until), (PhaseKind.VOTE, until, until + 7 * ONE_DAY)],
        walked=TopicStatus.DELIBERATED,
    )
    return made


def text_of(answer: Any, status: int = 200) -> str:
    """Return the page."""
    assert answer.status_code == status, (answer.status_code, answer.content[:500])
    return str(answer.content.decode())


def queries_of(client: Client, path: str) -> int:
    """Count the queries of a page."""
    with CaptureQueriesContext(connection) as queries:
        text_of(client.get(path))
    return len(queries)


def test_a_topic_tells_what_when_and_why(client: Client, topic: Topic) -> None:
    matter = MatterFactory(division=topic.division, title="私语", sorted=SMALL)
    TopicMatterFactory(topic=topic, matter=matter)
    topic.documents.add(AttachmentFactory(name="图纸.pdf"))
    OpinionFactory(topic=topic, text="请尽快修好。", stance=Stance.FOR)

    shown = text_of(client.get(topic.get_absolute_url()))

    for part in (
        topic.title,
        "三号楼住户",
        matter.summary,
        "图纸.pdf",
        "请尽快修好。",
        "王*明",
        "open now",
        "Sign in to give",
    ):
        assert part in shown
    assert "王小明" not in shown
    assert "私语" not in shown


def test_a_topic_in_preparation_is_hidden(client: Client, house: House) -> None:
    topic = TopicFactory(division=house.places["community"])

    assert client.get(topic.get_absolute_url()).status_code == 404
    sign_in(client, house.people["community_staff"])
    assert "Announce" in text_of(client.get(topic.get_absolute_url()))


@pytest.mark.parametrize("count", [2, 202])
def test_a_topic_costs_the_same_with_2_and_202_opinions(
    count: int, client: Client, topic: Topic, resident: User
) -> None:
    author = UserFactory(resident=True)
    Opinion.objects.bulk_create(
        Opinion(topic=topic, author=author, text=f"意见{number}", given_at=ENTERED_AT) for number in range(count)
    )
    supported = Opinion.objects.order_by("-pk")[0]
    OpinionSupportFactory.create_batch(3, opinion=supported)

    shown = text_of(client.get(topic.get_absolute_url()))

    assert queries_of(client, topic.get_absolute_url()) == 5
    assert ("before=" in shown) is (count > 20)
    assert shown.count('id="opinion-') == min(count, 20)
    assert "3 people find this convincing" in shown
    sign_in(client, resident)
    assert queries_of(client, topic.get_absolute_url()) == 9  # session, user, posts, residence


@pytest.mark.parametrize("count", [1, 3, 21])
def test_the_list_costs_the_same_however_long_it_is(count: int, client: Client, house: House) -> None:
    for _number in range(count):
        TopicFactory(division=house.places["community"], walked=TopicStatus.ANNOUNCED)

    assert queries_of(client, reverse("consultation:topic-list", args=[house.places["street"].pk])) == 4


def test_the_list_says_what_is_open(client: Client, house: House, topic: Topic) -> None:
    decided = TopicFactory(division=house.places["community"], walked=TopicStatus.DECIDED)
    draft = TopicFactory(division=house.places["community"])
    path = reverse("consultation:topic-list", args=[house.places["community"].pk])

    everything, open_ones = text_of(client.get(path)), text_of(client.get(path, {"open": "true"}))

    assert [row.title in everything for row in (topic, decided, draft)] == [True, True, False]
    assert [row.title in open_ones for row in (topic, decided)] == [True, False]
    assert "Now: discussion, until" in everything
    assert "There is no topic here." in text_of(
        client.get(reverse("consultation:topic-list", args=[house.places["neighbor"].pk]))
    )


def test_a_resident_gives_an_opinion_and_keeps_the_words_when_refused(
    client: Client, topic: Topic, resident: User
) -> None:
    sign_in(client, resident)
    path = reverse("consultation:opinion-give", args=[topic.pk])

    refused = text_of(client.post(path, {"text": "请打电话13812345678", "stance": "AGAINST"}))
    assert "【138…78】" in refused
    assert "请打电话13812345678</textarea>" in refused
    assert Opinion.objects.count() == 0

    assert client.post(path, {"text": "先修灯。", "stance": "AGAINST"}).status_code == 302
    opinion = Opinion.objects.get()
    assert (opinion.author, opinion.stance) == (resident, Stance.AGAINST)
    assert "先修灯。" in text_of(client.get(topic.get_absolute_url()))


def test_people_from_elsewhere_are_told_how(client: Client, topic: Topic, neighbor_resident: User) -> None:
    sign_in(client, neighbor_resident)

    shown = text_of(client.get(topic.get_absolute_url()))

    assert "Opinions come from people who live here." in shown
    assert reverse("communities:resident-register", args=[topic.division_id]) in shown
    assert 'name="stance"' not in shown


def test_outside_the_discussion_there_is_no_form(client: Client, house: House, resident: User) -> None:
    over = ENTERED_AT + ONE_DAY
    topic = TopicFactory(
        division=house.places["community"],
        phases=[(PhaseKind.DISCUSSION, ENTERED_AT, over)],
        walked=TopicStatus.DELIBERATED,
    )
    opinion = OpinionFactory(topic=topic)
    sign_in(client, resident)

    shown = text_of(client.get(topic.get_absolute_url()))
    assert 'name="stance"' not in shown
    assert reverse("consultation:opinion-support", args=[opinion.pk]) not in shown
    late = text_of(
        client.post(reverse("consultation:opinion-give", args=[topic.pk]), {"text": "晚了", "stance": "FOR"})
    )
    assert "is not possible at present" in late
    assert "晚了</textarea>" in late


def test_one_supports_once_and_not_oneself(client: Client, topic: Topic, resident: User) -> None:
    own, other = OpinionFactory(topic=topic, author=resident), OpinionFactory(topic=topic)
    way = {row: reverse("consultation:opinion-support", args=[row.pk]) for row in (own, other)}
    sign_in(client, resident)
    shown = text_of(client.get(topic.get_absolute_url()))
    assert (way[own] in shown, way[other] in shown) == (False, True)

    assert client.post(way[other]).status_code == 302
    assert "you find this convincing" in text_of(client.get(topic.get_absolute_url()))
    for row in (other, own):
        assert client.post(way[row], {"next": topic.get_absolute_url()}).status_code == 302
    assert OpinionSupport.objects.count() == 1


def test_staff_hide_with_a_reason_that_the_author_reads(client: Client, house: House, topic: Topic) -> None:
    opinion = OpinionFactory(topic=topic, author=house.people["resident"], text="骂人的话")
    path = reverse("consultation:opinion-hide", args=[opinion.pk])
    sign_in(client, house.people["community_staff"])
    assert "This field is required" in text_of(client.post(path, {"reason": ""}))

    assert client.post(path, {"reason": "人身攻击。"}).status_code == 302

    public, author = Client(), Client()
    sign_in(author, house.people["resident"])
    shown = text_of(public.get(topic.get_absolute_url()))
    assert "骂人的话" not in shown
    assert "1 opinion has been hidden with a reason" in shown
    mine = text_of(author.get(topic.get_absolute_url()))
    assert "骂人的话" in mine
    assert "人身攻击。" in mine


def test_visitors_are_asked_to_sign_in(client: Client, topic: Topic) -> None:
    opinion = OpinionFactory(topic=topic)

    for name, key in (
        ("opinion-give", topic.pk),
        ("opinion-support", opinion.pk),
        ("opinion-hide", opinion.pk),
        ("topic-move", topic.pk),
    ):
        answer = client.post(reverse(f"consultation:{name}", args=[key]), {"text": "x", "move": "close"})
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))


def test_staff_lead_a_topic_on_the_page(client: Client, house: House) -> None:
    first = clock.now() + 5 * ONE_DAY
    topic = TopicFactory(
        division=house.places["community"], phases=[(PhaseKind.DISCUSSION, first, first + dt.timedelta(days=7))]
    )
    moves = reverse("consultation:topic-move", args=[topic.pk])
    sign_in(client, house.people["community_staff"])

    assert client.post(moves, {"move": "vanish"}).status_code == 404
    assert client.post(moves, {"move": "announce"}).status_code == 302
    topic.refresh_from_db()
    assert (topic.status, topic.notice is not None) == (TopicStatus.ANNOUNCED, True)
    assert client.post(moves, {"move": "begin_deliberation", "next": topic.get_absolute_url()}).status_code == 302
    shown = text_of(client.get(topic.get_absolute_url()))
    assert "The notice of this topic runs until the end of" in shown
    assert client.post(moves, {"move": "withdraw", "reason": "重复。"}).status_code == 302
    topic.refresh_from_db()
    assert topic.status == TopicStatus.WITHDRAWN
