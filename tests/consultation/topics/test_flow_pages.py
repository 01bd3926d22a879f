"""The consultation on pages: raise, agree or disagree one by one, propose, comment, reply, follow; large type and no script."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consultation.topics.following.models import Follow
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Opinion, Topic
from consultation.topics.papers.models import OfficialAnswer, SectionComment
from consultation.topics.policy import PhaseKind
from consultation.topics.statements import operations as statements
from consultation.topics.statements.models import Statement, StatementVote
from governance.accounts.models import User
from governance.calendar import clock
from tests.factories.accounts import UserFactory
from tests.factories.consultation_matters import ENTERED_AT, ONE_DAY, OpinionFactory, TopicFactory
from tests.factories.consultation_topics import (
    DocumentVersionFactory,
    SectionCommentFactory,
    StatementFactory,
    StatementVoteFactory,
)
from tests.people import House, sign_in

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def topic(house: House) -> Topic:
    """A topic of the community whose discussion runs now."""
    phases = [(PhaseKind.DISCUSSION, ENTERED_AT, clock.now() + 5 * ONE_DAY)]
    made: Topic = TopicFactory(
        title="楼道照明改造", division=house.places["community"], phases=phases, walked=TopicStatus.DELIBERATED
    )
    return made


def url(name: str, key: int) -> str:
    return reverse(f"consultation:{name}", args=[key])


def text_of(answer: Any, status: int = 200) -> str:
    """Return the page."""
    assert answer.status_code == status, (answer.status_code, answer.content[:500])
    return str(answer.content.decode())


def queries_of(client: Client, path: str) -> int:
    """Count the queries of a page."""
    with CaptureQueriesContext(connection) as queries:
        text_of(client.get(path))
    return len(queries)


def test_a_resident_raises_a_topic(client: Client, house: House, resident: User, community_staff: User) -> None:
    path = url("topic-raise", house.places["community"].pk)
    assert client.get(path).status_code == 302
    sign_in(client, resident)
    assert "within 5 working days" in text_of(client.get(path))
    assert "Please take out the personal numbers" in text_of(
        client.post(path, {"title": "充电棚", "text": "电话13812345678"}), 400
    )

    answer = client.post(path, {"title": "增设充电棚", "text": "请大家商量。"}, follow=True)

    topic = Topic.objects.get(title="增设充电棚")
    assert "You have raised this topic" in text_of(answer)
    assert Client().get(topic.get_absolute_url()).status_code == 404
    sign_in(client, community_staff)
    moves = url("topic-move", topic.pk)
    client.post(moves, {"move": "refuse", "reason": "已列入年度计划。"})
    topic.refresh_from_db()
    assert (topic.status, topic.refusal) == ("REFUSED", "已列入年度计划。")


@pytest.mark.parametrize("is_elder", [False, True])
def test_one_statement_after_another(*, is_elder: bool, client: Client, topic: Topic, resident: User) -> None:
    """In large type too: topic, statements, thanks; by links and buttons alone, so without script."""
    rows = [StatementFactory(topic=topic) for _ in range(2)]
    User.objects.filter(pk=resident.pk).update(is_elder_mode=is_elder)
    sign_in(client, resident)
    page = text_of(client.get(topic.get_absolute_url()))
    assert ('class="elder"' in page) is is_elder
    path = url("topic-positions", topic.pk)
    assert path in page
    for number, row in enumerate(rows, start=1):
        shown = text_of(client.get(path))
        assert f"Statement {number} of 2" in shown
        assert row.text in shown
        assert len(re.findall(r'name="position"', shown)) == 3
        assert "<script" not in shown.split("</head>")[1]
        client.post(url("statement-rate", row.pk), {"position": "AGREE"})

    assert "You have looked at every statement" in text_of(client.get(path))
    assert StatementVote.objects.filter(user=resident).count() == 2


def test_positions_ask_who_one_is(client: Client, topic: Topic, neighbor_resident: User) -> None:
    row = StatementFactory(topic=topic)
    assert client.get(url("topic-positions", topic.pk)).status_code == 302
    assert client.post(url("statement-rate", row.pk), {"position": "AGREE"}).status_code == 302
    sign_in(client, neighbor_resident)

    assert "Register as a resident" in text_of(client.get(url("topic-positions", topic.pk)))
    client.post(url("statement-rate", row.pk), {"position": "AGREE"})
    assert StatementVote.objects.count() == 0


def test_what_says_the_same_is_shown_before(client: Client, topic: Topic, resident: User) -> None:
    StatementFactory(topic=topic, text="楼道灯要尽快修好")
    sign_in(client, resident)
    path = url("topic-statement-propose", topic.pk)

    page = text_of(client.post(path, {"text": "楼道的灯要尽快修好"}))
    assert "These say nearly the same" in page
    assert 'name="is_new" value="True"' in page
    client.post(path, {"text": "楼道的灯要尽快修好", "is_new": "True"})

    made = Statement.objects.get(text="楼道的灯要尽快修好")
    assert made.status == "PROPOSED"
    assert made.text in text_of(client.get(url("topic-statements", topic.pk)))
    assert made.text not in text_of(Client().get(url("topic-statements", topic.pk)))


def test_the_picture_on_the_page(client: Client, topic: Topic, system: User) -> None:
    path = url("topic-statements", topic.pk)
    assert "at least five people" in text_of(client.get(path))
    rows = [StatementFactory(topic=topic) for _ in range(8)]
    for number, user in enumerate(UserFactory.create_batch(12, resident=True)):
        for place, row in enumerate(rows):
            position = "AGREE" if place == 0 or number < 6 else "DISAGREE"
            StatementVoteFactory(statement=row, user=user, position=position)
    statements.compute_picture(by=system, now=clock.now(), topic=topic)

    page = text_of(client.get(path))

    assert page.count('<circle class="fill-') == 2
    for words in ("12 people have taken 96 positions", "What unites", "What divides"):
        assert words in page


def test_the_statements_cost_the_same(client: Client, topic: Topic, resident: User) -> None:
    path = url("topic-statements", topic.pk)
    StatementFactory(topic=topic)
    one = queries_of(client, path)
    for row in (StatementFactory(topic=topic), StatementFactory(topic=topic)):
        OfficialAnswer.objects.create(
            statement=row, text="谢谢。", office="居委会", answered_at=ENTERED_AT, answered_by=resident
        )
    three = queries_of(client, path)

    assert (one, three) == (6, 6)
    sign_in(client, resident)
    assert queries_of(client, path) <= 10


def test_a_document_with_comments_costs_the_same(client: Client, topic: Topic, resident: User) -> None:
    version = DocumentVersionFactory(document__topic=topic)
    path = version.document.get_absolute_url()
    SectionCommentFactory(version=version)
    one = queries_of(client, path)
    SectionCommentFactory.create_batch(2, version=version)
    assert queries_of(client, path) == one <= 8


def test_a_comment_on_a_paragraph(client: Client, topic: Topic, resident: User) -> None:
    version = DocumentVersionFactory(document__topic=topic)
    anchor = version.paragraphs[1]["anchor"]
    path = version.document.get_absolute_url()
    sign_in(client, resident)
    assert 'name="anchor"' in text_of(client.get(f"{path}?on={anchor}"))

    send = url("topic-document-comment", version.document_id)
    assert "Please take out the personal numbers" in text_of(
        client.post(send, {"anchor": anchor, "text": "电话13812345678"})
    )
    assert "谁负责？" in text_of(client.post(send, {"anchor": anchor, "text": "谁负责？"}, follow=True))
    assert SectionComment.objects.get().anchor == anchor
    assert client.get(f"{path}?version=9").status_code == 404


def test_a_reply_and_an_official_answer(client: Client, topic: Topic, resident: User, community_staff: User) -> None:
    opinion = OpinionFactory(topic=topic, text="钱从哪里来？")
    sign_in(client, resident)
    reply = url("opinion-reply", opinion.pk)
    assert "钱从哪里来？" in text_of(client.get(reply))
    client.post(reply, {"text": "应当公开。"})
    answer = url("opinion-answer", opinion.pk)
    assert client.get(answer).status_code == 403
    staff = Client()
    sign_in(staff, community_staff)
    assert "钱从哪里来？" in text_of(staff.get(answer))
    staff.post(answer, {"office": "社区居委会", "text": "由社区基金支付。"})

    page = text_of(Client().get(topic.get_absolute_url()))
    for words in ("应当公开。", "Official answer", "由社区基金支付。"):
        assert words in page
    assert Opinion.objects.get(text="应当公开。").depth == 1


def test_the_topic_costs_the_same_with_threads(client: Client, topic: Topic) -> None:
    OpinionFactory(topic=topic)
    path = topic.get_absolute_url()
    one = queries_of(client, path)
    for row in OpinionFactory.create_batch(3, topic=topic):
        for reply in OpinionFactory.create_batch(2, topic=topic, parent=row, depth=1):
            OpinionFactory(topic=topic, parent=reply, depth=2)

    assert queries_of(client, path) == one <= 7


def test_following_on_the_page(client: Client, topic: Topic, resident: User) -> None:
    assert client.post(url("topic-follow", topic.pk)).status_code == 302
    sign_in(client, resident)
    page = text_of(client.post(url("topic-follow", topic.pk), {"channel": "WECHAT"}, follow=True))
    assert "You follow this topic" in page
    client.post(url("topic-follow", topic.pk), {"stop": "1"})
    client.post(url("place-follow", topic.division_id))

    assert list(Follow.objects.order_by("pk").values_list("topic", "channel", "ended_at"))[-1] == (None, "SMS", None)
    assert Follow.objects.running().count() == 1


def test_the_board_is_narrowed(client: Client, topic: Topic) -> None:
    other = TopicFactory(
        title="停车位分配",
        division=topic.division,
        walked=TopicStatus.DELIBERATED,
        list_class="AFFAIRS",
        list_item=7,
        list_item_name="停车、宠物与公共秩序",
    )
    path = url("topic-list", topic.division_id)

    for query, seen in (
        ("q=照明", [topic]),
        ("q=停车+分配", [other]),
        ("list_class=AFFAIRS", [other]),
        ("phase=DISCUSSION", []),
        ("division=nonsense", [topic, other]),
    ):
        page = text_of(client.get(f"{path}?{query}"))
        assert [row for row in (topic, other) if row.get_absolute_url() in page] == seen, query
    topic.phases.update(opening_told_at=dt.datetime(2026, 1, 6, tzinfo=dt.UTC))
    assert topic.get_absolute_url() in text_of(client.get(f"{path}?phase=DISCUSSION"))
