"""The trace: the same way from every point of it, as far as the viewer sees, in few queries, without names of people."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communities.territory.models import Division
from consultation.decisions import operations as decisions
from governance.accounts.models import User
from governance.portal.trace import Trace, find, trace_of
from governance.portal.trace_nodes import Key
from governance.portal.trace_points import LONGEST, POINTS
from tests.factories.communities import DivisionFactory
from tests.factories.consultation_ballots import DAY, Place, TopicForBallotFactory
from tests.factories.consultation_matters import PRIVATE, MatterFactory, TopicFactory, TopicMatterFactory
from tests.factories.consultation_meetings import Hall
from tests.factories.governance_trace import AMOUNT, Story
from tests.people import session_client

pytestmark = pytest.mark.django_db
VISITOR = AnonymousUser()


@pytest.fixture
def story(community: Division) -> Story:
    return Story(community).tell()


def seen(trace: Trace | None) -> list[str]:
    assert trace is not None
    return [node.stage.value for node in trace.nodes]


WHOLE = [
    *("MATTER", "TOPIC", "BALLOT", "DECISION", "REQUEST", "RESOLUTION", "HOLD", "PAYMENT", "PAYMENT"),
    *("JOURNAL", "JOURNAL", "CONTRACT", "ACTIVITY", "EVALUATION", "RESULT"),
]


def rows_of(story: Story) -> list[tuple[str, Any]]:
    second = story.payments[1]
    return [
        ("matter", story.matter),
        ("topic", story.topic),
        ("ballot", story.ballot),
        ("decision", story.decision),
        ("request", story.request),
        ("payment", second),
        ("journal", story.hold),
        ("journal", second.journal),
        ("contract", story.contract),
        ("activity", story.activity),
        ("evaluation", story.evaluation),
    ]


def test_every_point_leads_to_the_whole_way(story: Story) -> None:
    second = story.payments[1]
    second.refresh_from_db()
    for kind, row in rows_of(story):
        trace = trace_of(row, user=VISITOR)

        assert seen(trace) == WHOLE, kind
        assert trace is not None
        assert (trace.here, trace.start.key) == (Key(kind, row.pk), Key(kind, row.pk))
        assert [node.key for node in trace.nodes if node.is_here] == [Key(kind, row.pk)]


def test_every_point_hangs_on_what_it_came_from(story: Story) -> None:
    trace = trace_of(story.topic, user=VISITOR)
    assert trace is not None
    by_key = {node.key: node for node in trace.nodes}
    resolution = next(node.key for node in trace.nodes if node.stage == "RESOLUTION")
    for payment in story.payments:
        payment.refresh_from_db()
    first, second = story.payments

    def hangs_on(kind: str, pk: int) -> list[Key]:
        return list(by_key[Key(kind, pk)].parents)

    assert hangs_on("matter", story.matter.pk) == []
    assert hangs_on("topic", story.topic.pk) == [Key("matter", story.matter.pk)]
    assert hangs_on("ballot", story.ballot.pk) == [Key("topic", story.topic.pk)]
    assert hangs_on("decision", story.decision.pk) == [Key("ballot", story.ballot.pk)]
    assert hangs_on("request", story.request.pk) == [Key("decision", story.decision.pk)]
    assert list(by_key[resolution].parents) == [Key("request", story.request.pk)]
    assert hangs_on("journal", story.hold.pk) == [resolution]
    assert hangs_on("payment", first.pk) == [Key("journal", story.hold.pk)]
    assert first.journal is not None
    assert second.journal is not None
    assert hangs_on("journal", first.journal.pk) == [Key("payment", first.pk)]
    assert hangs_on("journal", second.journal.pk) == [Key("payment", second.pk)]
    assert hangs_on("contract", story.contract.pk) == [Key("request", story.request.pk)]
    assert hangs_on("activity", story.activity.pk) == [Key("contract", story.contract.pk)]
    assert hangs_on("evaluation", story.evaluation.pk) == [Key("contract", story.contract.pk)]
    assert [list(node.parents) for node in trace.nodes if node.stage == "RESULT"] == [
        [Key("evaluation", story.evaluation.pk)]
    ]


def test_points_say_what_everybody_may_know(story: Story, english: None) -> None:
    trace = trace_of(story.request, user=VISITOR)
    assert trace is not None
    said = {node.stage.value: (node.title, node.state, node.amount) for node in trace.nodes}

    assert said["MATTER"] == (f"{story.matter.number} {story.matter.summary}", "sorted", None)
    assert said["BALLOT"] == ("是否更换楼道灯？", "Passed: 3 of 4 voted", None)
    assert said["DECISION"] == (f"{story.decision.number} 更换楼道灯。", "final", AMOUNT)
    assert said["RESOLUTION"] == ("4 of 5 present in favor, 1 recused", "Passed", None)
    assert said["PAYMENT"] == (f"{story.request.number}-2 邻里照护服务中心", "paid", Decimal("1200.00"))
    assert said["CONTRACT"][0] == f"{story.contract.number} 楼道灯更换服务 · 邻里照护服务中心"
    assert said["RESULT"] == ("91.30 · excellent", "36 of 40 answered", None)


@pytest.mark.parametrize("kind", ["matter", "journal", "activity", "evaluation"])
def test_the_way_costs_few_queries(story: Story, kind: str, street_officer: User) -> None:
    rows = dict(rows_of(story))
    for user in (VISITOR, street_officer, User.objects.get(pk=story.matter.raised_by_id)):
        viewer: Any = user if user is VISITOR else User.objects.get(pk=user.pk)
        with CaptureQueriesContext(connection) as queries:
            find(kind, rows[kind].pk, user=viewer)
        assert len(queries) <= 7, [query["sql"] for query in queries]


def test_more_rows_cost_no_more_queries(story: Story) -> None:
    with CaptureQueriesContext(connection) as before:
        find("topic", story.topic.pk, user=VISITOR)
    for _number in range(3):
        TopicMatterFactory(topic=story.topic, matter=MatterFactory(division=story.division, sorted=SMALL_MATTER))
    with CaptureQueriesContext(connection) as after:
        trace = find("topic", story.topic.pk, user=VISITOR)

    assert len(after) == len(before)
    assert seen(trace).count("MATTER") == 4


SMALL_MATTER = ("SMALL", "DELIBERATION", "楼道照明损坏。")


def test_what_is_not_public_is_left_out_and_bridged(story: Story, community_staff: User, stranger: User) -> None:
    """A planned payment, a contract in draft, a private matter: seen by staff of the place, by nobody else."""
    private = MatterFactory(division=story.division, sorted=PRIVATE)
    TopicMatterFactory(topic=story.topic, matter=private)
    type(story.payments[0]).objects.create(
        request=story.request,
        number=9,
        amount=Decimal(1),
        payee="李四",
        planned_at=story.request.entered_at,
        planned_by=story.request.entered_by,
    )

    for user in (VISITOR, stranger):
        assert seen(find("topic", story.topic.pk, user=user)) == WHOLE
        assert find("matter", private.pk, user=user) is None
    for_staff = find("topic", story.topic.pk, user=community_staff)
    assert (seen(for_staff).count("MATTER"), seen(for_staff).count("PAYMENT")) == (2, 3)
    # What is planned beside a contract is refused at the end of a transaction, which this one does not come to.
    transaction.set_rollback(True)


def test_a_result_is_shown_when_it_is_published_and_to_nobody_before(
    community: Division, community_staff: User, english: None
) -> None:
    story = Story(community).deliberate()
    story.vote()

    for user in (VISITOR, community_staff):
        trace = find("ballot", story.ballot.pk, user=user)
        assert trace is not None
        [shown] = [node.state for node in trace.nodes if node.stage == "BALLOT"]
        assert shown == "counted"

    story.publish()
    trace = find("ballot", story.ballot.pk, user=VISITOR)
    assert trace is not None
    assert "Passed: 3 of 4 voted" in [node.state for node in trace.nodes]


def test_people_are_not_named(community: Division, community_staff: User) -> None:
    story = Story(community).deliberate().decide().hold_money()
    story.pay(payee="王小明", is_payee_public=False)
    for user in (VISITOR, community_staff):
        trace = find("request", story.request.pk, user=user)
        assert trace is not None
        text = str(trace.nodes)
        assert "王小明" not in text
        assert "王*明" in text
        assert story.matter.text not in text
        assert story.matter.title not in text


def test_a_point_alone_is_a_way_of_one(community: Division, resident: User) -> None:
    lonely = MatterFactory(division=community, raised_by=resident, sorted=PRIVATE)

    assert find("matter", lonely.pk, user=VISITOR) is None
    assert seen(find("matter", lonely.pk, user=resident)) == ["MATTER"]


def test_a_voucher_of_a_donation_stands_alone(community: Division) -> None:
    story = Story(community).deliberate().decide().hold_money()
    donation = story.fund.donations.get()
    assert donation.journal_id is not None

    assert seen(find("journal", donation.journal_id, user=VISITOR)) == ["JOURNAL"]


def test_a_topic_that_is_not_announced_bridges_nothing(community: Division, community_staff: User) -> None:
    topic, matter = TopicFactory(division=community), MatterFactory(division=community, sorted=SMALL_MATTER)
    TopicMatterFactory(topic=topic, matter=matter)

    assert find("topic", topic.pk, user=VISITOR) is None
    assert seen(find("matter", matter.pk, user=VISITOR)) == ["MATTER"]
    assert seen(find("matter", matter.pk, user=community_staff)) == ["MATTER", "TOPIC"]


def test_very_many_points_are_shortened(community: Division) -> None:
    story = Story(community).deliberate()
    for number in range(LONGEST):
        matter = MatterFactory(division=community, sorted=SMALL_MATTER, number=f"M{number}")
        TopicMatterFactory(topic=story.topic, matter=matter)

    trace = find("topic", story.topic.pk, user=VISITOR)

    assert trace is not None
    assert (trace.is_shortened, seen(trace).count("MATTER")) == (True, LONGEST)


def test_what_does_not_exist_has_no_way() -> None:
    assert {kind: find(kind, 10**17, user=VISITOR) for kind in POINTS} == dict.fromkeys(POINTS)


def test_the_page_shows_picture_and_table(story: Story, english: None) -> None:
    page = Client().get(f"/traces/payment/{story.payments[0].pk}/")
    text = page.content.decode()

    assert page.status_code == 200
    assert text.count('class="trace-box') == len(WHOLE)
    assert text.count("<tr") == len(WHOLE) + 1
    assert text.count('aria-current="location"') == 1
    assert "1,200.00 yuan" in text
    assert "style=" not in text


def test_the_page_costs_few_queries(story: Story, street_officer: User) -> None:
    """For visitors and for who is signed in (Basis: at most ten a page)."""
    visitor, officer = Client(), Client()
    officer.force_login(street_officer)
    found = {}
    for name, client in (("visitor", visitor), ("officer", officer)):
        client.get("/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/traces/decision/{story.decision.pk}/").status_code == 200
        found[name] = len(queries)

    assert found == {"visitor": 2, "officer": 5}


@pytest.mark.parametrize("path", ["/traces/payment/0/", "/traces/fund/1/", "/traces/payment/x/", "/traces/"])
def test_addresses_of_nothing(path: str) -> None:
    assert Client().get(path).status_code == 404
    assert session_client(None).get(f"/api/v1{path.rstrip('/')}").status_code == 404


def test_the_api_says_the_same(story: Story, english: None) -> None:
    answer = session_client(None).get(f"/api/v1/traces/contract/{story.contract.pk}")
    body = answer.json()

    assert answer.status_code == 200
    assert (body["kind"], body["id"], body["is_shortened"]) == ("contract", story.contract.pk, False)
    assert [node["stage"] for node in body["nodes"]] == WHOLE
    payment = next(node for node in body["nodes"] if node["stage"] == "PAYMENT")
    assert payment == {
        "stage": "PAYMENT",
        "kind": "payment",
        "id": story.payments[0].pk,
        "title": f"{story.request.number}-1 邻里照护服务中心",
        "state": "paid",
        "on": "2026-02-05",
        "amount": "1200.00",
        "page": payment["page"],
        "parents": [{"kind": "journal", "id": story.hold.pk}],
    }


def test_a_voucher_leads_here_in_one_click(story: Story) -> None:
    page = Client().get(f"/journals/{story.hold.pk}/").content.decode()

    assert f'href="/traces/journal/{story.hold.pk}/"' in page


def test_other_places_see_the_same_public_way(story: Story) -> None:
    DivisionFactory()
    assert seen(find("contract", story.contract.pk, user=VISITOR)) == WHOLE


def test_a_resolution_of_a_meeting_stands_between_topic_and_decision(
    community: Division, now: dt.datetime, english: None
) -> None:
    place = Place(now, division=community)
    hall = Hall(place)
    topic = TopicForBallotFactory(division=community, deliberated=now)
    matter = MatterFactory(division=community, sorted=SMALL_MATTER)
    TopicMatterFactory(topic=topic, matter=matter)
    meeting = hall.opened(topic=topic)
    motion = hall.resolve(meeting, ["FOR"] * 6)

    assert [seen(find("topic", topic.pk, user=user)) for user in (VISITOR, place.staff)] == [
        ["MATTER", "TOPIC"],
        ["MATTER", "TOPIC", "MEETING"],
    ]
    assert find("motion", motion.pk, user=VISITOR) is None
    hidden = find("motion", motion.pk, user=place.staff)
    assert hidden is not None
    assert hidden.start.state == "Put to the vote"

    hall.published(hall.ended(meeting))
    decision = decisions.draft_decision(
        by=place.staff, now=hall.held_at + 3 * DAY, topic=topic, resolution=motion, text="更换楼道灯。"
    )
    trace = find("decision", decision.pk, user=place.staff)
    assert trace is not None
    by_key = {node.key: node for node in trace.nodes}
    shown = by_key[Key("motion", motion.pk)]
    assert seen(trace) == ["MATTER", "TOPIC", "MEETING", "DECISION"]
    assert shown.state == "Passed: 6 of 6 present in favor"
    assert shown.url == f"/meetings/{meeting.pk}/#{motion.number}"
    assert list(shown.parents) == [Key("topic", topic.pk)]
    assert list(by_key[Key("decision", decision.pk)].parents) == [Key("motion", motion.pk)]
    with CaptureQueriesContext(connection) as queries:
        assert seen(find("motion", motion.pk, user=VISITOR)) == ["MATTER", "TOPIC", "MEETING"]
    assert len(queries) == 2
    assert Client().get(f"/traces/motion/{motion.pk}/").status_code == 200
