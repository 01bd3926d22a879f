"""Topics, statements, documents and common needs on the desk: forms that open, moves and deeds that go through."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from consultation.topics import raising
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic
from consultation.topics.needs.models import CommonNeed
from consultation.topics.papers.models import TopicDocument
from governance.accounts.models import User
from tests.factories.consultation_matters import MatterFactory, TopicFactory
from tests.factories.consultation_topics import DocumentVersionFactory, SectionCommentFactory, StatementFactory
from tests.people import House, desk_client

pytestmark = pytest.mark.usefixtures("english")


def address(model: str, page: str, *given: Any) -> str:
    return reverse(f"admin:consultation_{model}_{page}", args=given)


def test_a_raised_topic_is_accepted_with_its_item(
    house: House, now: dt.datetime, resident: User, community_staff: User
) -> None:
    client = desk_client(community_staff)
    topic = raising.raise_topic(
        by=resident, now=now, division=house.places["community"], title="充电棚", text="建在哪里？"
    )
    assert client.get(address("topic", "add")).status_code == 200
    assert client.get(address("topic", "change", topic.pk)).status_code == 200
    step = address("topic", "move", topic.pk, "accept")
    assert client.get(step).status_code == 200

    client.post(step, {"list_item": "7", "pace": "NORMAL"})

    topic.refresh_from_db()
    assert (topic.status, topic.list_item_name) == ("PREPARED", "停车、宠物与公共秩序")


def test_statements_are_checked(house: House, community_staff: User) -> None:
    client = desk_client(community_staff)
    topic = TopicFactory(division=house.places["community"], walked=TopicStatus.DELIBERATED)
    shown, row = StatementFactory(topic=topic), StatementFactory(topic=topic, shown=False)
    assert client.get(address("statement", "changelist")).status_code == 200
    assert client.get(address("statement", "change", row.pk)).status_code == 200

    client.post(address("statement", "move", row.pk, "join"), {"other": str(shown.pk)})

    row.refresh_from_db()
    assert (row.status, row.same_as) == ("JOINED", shown)
    client.post(address("statement", "move", shown.pk, "refuse"), {"reason": "伤害他人。"})
    shown.refresh_from_db()
    assert (shown.status, shown.reason) == ("REFUSED", "伤害他人。")


def test_documents_and_comments_open(house: House, community_staff: User) -> None:
    client = desk_client(community_staff)
    topic = TopicFactory(division=house.places["community"], walked=TopicStatus.DELIBERATED)
    comment = SectionCommentFactory(version=DocumentVersionFactory(document__topic=topic))
    for model, key in (("topicdocument", TopicDocument.objects.get().pk), ("sectioncomment", comment.pk)):
        assert client.get(address(model, "changelist")).status_code == 200
        assert client.get(address(model, "change", key)).status_code == 200


def test_a_need_is_bundled(house: House, community_staff: User) -> None:
    client = desk_client(community_staff)
    place = house.places["community"]
    matters = MatterFactory.create_batch(2, division=place)
    assert client.get(address("commonneed", "add")).status_code == 200

    client.post(
        address("commonneed", "add"),
        {
            "division": place.pk,
            "title": "助浴",
            "text": "需要上门助浴。",
            "matters": [row.pk for row in matters],
            "_save": "1",
        },
    )

    need = CommonNeed.objects.get()
    assert need.bundled.count() == 2
    assert client.get(address("commonneed", "change", need.pk)).status_code == 200
    assert client.get(address("commonneed", "changelist")).status_code == 200
    assert Topic.objects.count() == 0
