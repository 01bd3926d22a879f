"""Followers and the one digest a week: made once, delivered at least once, never twice to a person, ended by link."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from consultation.topics.following import operations
from consultation.topics.following.channels import ChannelSilent
from consultation.topics.following.models import Digest, DigestMessage, Follow
from consultation.topics.following.operations import ChannelUnknown, NothingToFollow, NotSignedIn
from consultation.topics.following.queries import is_following, read_token, said, stop_token
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic
from consultation.topics.papers import operations as papers
from governance.accounts.models import User
from governance.outbox import operations as outbox
from governance.outbox.models import OutboxEvent
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT
from tests.factories.consultation_matters import ONE_DAY, OpinionFactory, TopicFactory
from tests.factories.consultation_topics import DocumentVersionFactory, FollowFactory
from tests.people import House
from tests.walls import violated

MONDAY = dt.date(2026, 1, 12)
NOW = dt.datetime(2026, 1, 12, 8, tzinfo=dt.UTC)


@pytest.fixture
def topic(house: House) -> Topic:
    """A topic of the community whose discussion opened on 5 January."""
    made: Topic = TopicFactory(title="楼道照明", division=house.places["community"], walked=TopicStatus.DELIBERATED)
    return made


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[tuple[str, str, str]]:
    """What the channel was handed, as a gateway would see it."""
    found: list[tuple[str, str, str]] = []
    settings.DIGEST_CHANNELS = {"SMS": "tests.consultation.topics.test_following.hand_over", "WECHAT": "x.y"}
    monkeypatch.setitem(HANDED, "to", found)
    return found


HANDED: dict[str, Any] = {}


def hand_over(message: DigestMessage, text: str, url: str) -> None:
    """Stand for a gateway, which may be down."""
    if HANDED.get("is_down"):
        raise ChannelSilent
    HANDED["to"].append((str(message.message_id), text, url))


def make(system: User, now: dt.datetime = NOW, today: dt.date = MONDAY) -> list[int]:
    return operations.make_digests(by=system, now=now, today=today)


def test_following_is_begun_and_ended_once(topic: Topic, resident: User) -> None:
    first = operations.follow(by=resident, now=NOW, division=topic.division, topic=topic, language="en")
    again = operations.follow(by=resident, now=NOW, division=topic.division, topic=topic, channel="WECHAT")

    assert (again.pk, again.channel, is_following(resident, topic)) == (first.pk, "WECHAT", True)
    assert operations.unfollow(by=resident, now=NOW, division=topic.division, topic=topic) == 1
    assert operations.unfollow(by=resident, now=NOW, division=topic.division, topic=topic) == 0
    assert not is_following(resident, topic)
    assert operations.follow(by=resident, now=NOW, division=topic.division, topic=topic).pk != first.pk


def test_what_cannot_be_followed(topic: Topic, resident: User, system: User) -> None:
    with pytest.raises(NothingToFollow):
        operations.follow(by=resident, now=NOW, division=topic.division, topic=TopicFactory(division=topic.division))
    with pytest.raises(ChannelUnknown):
        operations.follow(by=resident, now=NOW, division=topic.division, topic=topic, channel="PIGEON")
    with pytest.raises(NotSignedIn):
        operations.follow(by=system, now=NOW, division=topic.division, topic=topic)
    assert Follow.objects.count() == 0


def test_a_week_in_one_digest(topic: Topic, system: User, community_staff: User) -> None:
    DocumentVersionFactory(document__topic=topic, document__title="方案")
    opinion = OpinionFactory(topic=topic)
    papers.answer_officially(
        by=community_staff, now=ENTERED_AT + ONE_DAY, to=opinion, text="下周动工。", office="居委会"
    )

    assert len(make(system)) == 1
    assert make(system) == []
    digest = Digest.objects.get()
    assert (digest.week, digest.division) == (dt.date(2026, 1, 5), topic.division)
    assert [entry["kind"] for entry in digest.entries] == ["OPENED", "DOCUMENT", "ANSWERED"]
    assert len({said(entry) for entry in digest.entries}) == 3
    assert digest.messages.count() == 0


def test_one_message_for_one_person(topic: Topic, system: User, sent: list[Any]) -> None:
    both = FollowFactory(topic=topic)
    Follow.objects.create(
        user=both.user, division=topic.division, topic=None, channel="SMS", language="en", begun_at=ENTERED_AT
    )
    other = TopicFactory(division=topic.division, phases=[])
    FollowFactory(topic=other, user=UserFactory(resident=True))
    make(system)

    assert list(DigestMessage.objects.values_list("user", flat=True)) == [both.user_id]
    assert OutboxEvent.objects.filter(topic=operations.READY).count() == 1
    outbox.relay(by=system, now=NOW)
    assert len(sent) == 1
    text = sent[0][1]
    assert "楼道照明" in text
    assert "/digests/stop/" in text


def test_a_message_is_delivered_until_it_is_and_no_more(topic: Topic, system: User, sent: list[Any]) -> None:
    FollowFactory(topic=topic)
    make(system)
    HANDED["is_down"] = True
    assert outbox.relay(by=system, now=NOW) == 0
    HANDED["is_down"] = False
    event = OutboxEvent.objects.get(topic=operations.READY)
    assert event.relayed_at is None

    for _again in range(3):
        operations.deliver(event, NOW)

    message = DigestMessage.objects.get()
    assert [row[0] for row in sent] == [str(message.message_id)]
    assert message.sent_at == NOW


@pytest.mark.parametrize("reason", ["ended", "no number", "inactive"])
def test_who_cannot_be_reached_gets_nothing(reason: str, topic: Topic, system: User, sent: list[Any]) -> None:
    row = FollowFactory(topic=topic)
    make(system)
    if reason == "ended":
        operations.unfollow(by=row.user, now=NOW, division=topic.division)
    elif reason == "no number":
        User.objects.filter(pk=row.user_id).update(phone_verified=False)
    else:
        User.objects.filter(pk=row.user_id).update(is_active=False)
    operations.deliver(OutboxEvent.objects.get(topic=operations.READY), NOW)

    assert sent == []
    assert DigestMessage.objects.get().dropped_at == NOW


def test_the_language_is_the_persons(topic: Topic, system: User, sent: list[Any]) -> None:
    FollowFactory(topic=topic, language="en")
    make(system)
    operations.deliver(OutboxEvent.objects.get(topic=operations.READY), NOW)

    assert "topics of the week" in sent[0][1]


def test_the_link_ends_it_without_signing_in(topic: Topic) -> None:
    row = FollowFactory(topic=topic)
    token = stop_token(row.user, topic.division_id)
    client = Client()
    assert read_token(token) == (row.user_id, topic.division_id)
    assert read_token(token + "x") is None
    assert client.get(reverse("consultation:digest-stop", args=["nonsense"])).status_code == 404

    assert client.get(reverse("consultation:digest-stop", args=[token])).status_code == 200
    row.refresh_from_db()
    assert row.ended_at is None  # a link that a machine opens ends nothing
    assert client.post(reverse("consultation:digest-stop", args=[token])).status_code == 200
    row.refresh_from_db()
    assert row.ended_at is not None


def test_the_digest_is_a_page_for_everybody(topic: Topic, system: User) -> None:
    make(system)
    digest = Digest.objects.get()

    answer = Client().get(digest.get_absolute_url())

    assert answer.status_code == 200
    assert "楼道照明" in answer.content.decode()
    paper = Client().get(reverse("consultation:digest-paper", args=[digest.pk]))
    assert paper.status_code in {200, 503}


def test_walls_of_digests(topic: Topic, system: User) -> None:
    row = FollowFactory(topic=topic)
    make(system)
    digest, message = Digest.objects.get(), DigestMessage.objects.get()
    insert = "INSERT INTO consultation_digest (division_id, week, entries, made_at) VALUES (%s, %s, '[]', now())"

    assert violated(insert, topic.division_id, digest.week) == "digest_once_a_week"
    assert violated(insert, topic.division_id, dt.date(2026, 1, 13)) == "digest_begins_on_a_monday"
    assert violated("UPDATE consultation_digest SET entries = '[]'")
    again = (
        "INSERT INTO consultation_digestmessage (digest_id, user_id, message_id, channel, language, topics, queued_at) "
        "VALUES (%s, %s, gen_random_uuid(), 'SMS', 'en', '[]', now())"
    )
    assert violated(again, digest.pk, row.user_id) == "digestmessage_one_a_person"
    DigestMessage.objects.update(sent_at=NOW)
    assert "Cannot update rows" in violated(
        "UPDATE consultation_digestmessage SET sent_at = NULL WHERE id = %s", message.pk
    )
    twice = (
        "INSERT INTO consultation_follow (user_id, division_id, topic_id, channel, language, begun_at) "
        "VALUES (%s, %s, %s, %s, 'en', now())"
    )
    assert violated(twice, row.user_id, row.division_id, topic.pk, "SMS") == "follow_once_each"
    assert violated(twice, row.user_id, row.division_id, None, "PIGEON") == "follow_channel_is_known"
