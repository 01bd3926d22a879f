"""Topics in the API: raised, corrected with If-Match, fields by choice, statements, own positions, results by one gate."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Opinion, Topic
from consultation.topics.policy import PhaseKind
from consultation.topics.statements import operations
from consultation.topics.statements.models import Statement
from governance.accounts.models import User
from governance.calendar import clock
from tests.factories.accounts import UserFactory
from tests.factories.consultation_matters import ENTERED_AT, ONE_DAY, OpinionFactory, TopicFactory
from tests.factories.consultation_topics import DocumentVersionFactory, StatementFactory, StatementVoteFactory
from tests.people import House, session_client, token_client

API = "/api/v1"


@pytest.fixture
def topic(house: House) -> Topic:
    """A topic of the community whose discussion runs now."""
    phases = [(PhaseKind.DISCUSSION, ENTERED_AT, clock.now() + 5 * ONE_DAY)]
    made: Topic = TopicFactory(division=house.places["community"], phases=phases, walked=TopicStatus.DELIBERATED)
    return made


def test_raised_accepted_and_corrected(house: House, resident: User, community_staff: User) -> None:
    place = house.places["community"].pk
    raised = session_client(resident).post(
        f"{API}/topics/raised", {"division": place, "title": "充电棚", "text": "请商量。"}
    )
    assert (raised.status_code, raised.json()["status"]) == (201, "RAISED")
    path = f"{API}/topics/{raised.json()['id']}"
    staff = session_client(community_staff)
    accepted = staff.post(f"{path}/accept", {"list_item": 7, "pace": "DEEP"})
    assert (accepted.status_code, accepted.json()["list_item_name"]) == (200, "停车、宠物与公共秩序")
    tag = staff.get(path).headers["ETag"]

    without = staff.patch(path, {"title": "建充电棚"})
    edited = staff.patch(path, {"title": "建充电棚"}, headers={"If-Match": tag})
    stale = staff.patch(path, {"title": "晚了"}, headers={"If-Match": tag})

    assert (without.status_code, without.json()["code"]) == (428, "topic_if_match_required")
    assert (edited.status_code, edited.json()["title"], edited.headers["ETag"]) == (200, "建充电棚", '"2"')
    assert (stale.status_code, stale.json()["code"]) == (412, "topic_version_stale")
    assert session_client(resident).patch(path, {"title": "x"}, headers={"If-Match": "*"}).status_code == 403


def test_fields_by_choice_cost_less(topic: Topic, service_client: User) -> None:
    client = token_client(service_client, "consultation:read")
    with CaptureQueriesContext(connection) as asked:
        rows = client.get(f"{API}/topics?fields=title,status,nonsense").json()["results"]

    assert [sorted(row) for row in rows] == [["id", "status", "title"]]
    assert '"consultation_topic"."text"' not in asked.captured_queries[-1]["sql"]
    assert sorted(client.get(f"{API}/topics").json()["results"][0]) == sorted(
        client.get(f"{API}/topics/{topic.pk}").json()
    )


def test_statements_and_own_positions(topic: Topic, resident: User, community_staff: User) -> None:
    person = session_client(resident)
    made = person.post(f"{API}/topic-statements", {"topic": topic.pk, "text": "灯要声控的。"})
    assert (made.status_code, made.json()["status"]) == (201, "PROPOSED")
    path = f"{API}/topic-statements/{made.json()['id']}"
    assert APIClient().get(path).status_code == 404
    assert person.post(f"{path}/show").status_code == 403
    staff = session_client(community_staff)
    assert staff.post(f"{path}/show").json()["status"] == "SHOWN"
    assert person.post(f"{path}/rate", {"position": "AGREE"}).json()["own_position"] == "AGREE"
    assert staff.get(path).json()["own_position"] == ""
    assert APIClient().post(f"{path}/rate", {"position": "AGREE"}).status_code in {401, 403}
    assert "counts" not in APIClient().get(path).json()
    assert staff.post(f"{path}/refuse", {"reason": "重复。"}).json()["status"] == "REFUSED"
    assert Statement.objects.get().reason == "重复。"


def test_results_leave_by_one_gate(topic: Topic, system: User) -> None:
    client = APIClient()
    path = f"{API}/topics/{topic.pk}/results"
    assert client.get(path).status_code == 404
    row = StatementFactory(topic=topic)
    for user in UserFactory.create_batch(5, resident=True):
        StatementVoteFactory(statement=row, user=user)
    operations.compute_picture(by=system, now=clock.now(), topic=topic)

    found: dict[str, Any] = client.get(path).json()

    assert (found["people"], found["positions"]) == (5, 5)
    assert found["statements"] == [{"text": row.text, "counts": [5, 0, 0], "groups": [[5, 0, 0]]}]


def test_replies_and_comments(topic: Topic, resident: User) -> None:
    person = session_client(resident)
    opinion = OpinionFactory(topic=topic)
    reply = person.post(
        f"{API}/opinions", {"topic": topic.pk, "text": "同意。", "reply_to": opinion.pk, "stance": "FOR"}
    )
    assert (reply.status_code, reply.json()["parent"], reply.json()["depth"]) == (201, opinion.pk, 1)
    assert Opinion.objects.count() == 2
    version = DocumentVersionFactory(document__topic=topic)
    path = f"{API}/topic-documents/{version.document_id}"
    anchor = person.get(path).json()["versions"][0]["paragraphs"][0]["anchor"]
    made = person.post(f"{path}/comments", {"anchor": anchor, "text": "谁负责？"})
    assert (made.status_code, made.json()["author"]) == (201, "王*明")
    assert person.post(f"{path}/comments", {"anchor": "nowhere", "text": "x"}).status_code == 400


def test_a_phase_is_moved(topic: Topic, community_staff: User) -> None:
    phase = topic.phases.get()
    client = session_client(community_staff)
    longer = {
        "kind": "DISCUSSION",
        "opens_at": phase.opens_at.isoformat(),
        "closes_at": (phase.closes_at + ONE_DAY).isoformat(),
        "reason": "会议推迟。",
    }

    assert client.post(f"{API}/topics/{topic.pk}/change_phase", longer).status_code == 200
    assert topic.phases.get().closes_at == phase.closes_at + ONE_DAY
    assert client.post(f"{API}/topics/{topic.pk}/change_phase", {**longer, "kind": "VOTE"}).status_code == 409
