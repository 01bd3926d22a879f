"""Bodies and seats: what happens, who may, what is refused, what the database refuses by itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communities.bodies import operations
from communities.bodies.models import Body, BodyKind, BodyMembership, Seat
from communities.bodies.operations import (
    BodyFull,
    BodyNotYours,
    ChairTaken,
    DecisionRuleUnknown,
    MemberAndSupervisor,
    SeatAlreadyHeld,
    SeatEnded,
    SeatOutsideTerm,
    SupervisorDoesNotChair,
    TermTooLong,
)
from communities.bodies.queries import bodies_of, shortcomings
from governance.audit.models import AuditEntry
from governance.lifecycle import ReasonMissing
from tests.factories.communities import BodyFactory, BodyMembershipFactory, DecisionRuleFactory
from tests.people import NAMED_PEOPLE, House
from tests.walls import violated

TERM = dt.date(2026, 1, 1)
EDITORS = {"community_staff", "street_officer", "street_reviewer", "district_admin"}


@pytest.fixture
def create(house: House, now: dt.datetime) -> Any:
    """Set up a residents' committee, with whatever a test changes."""

    def call(**changes: Any) -> Body:
        given = {
            "by": house.people["community_staff"],
            "kind": BodyKind.RESIDENTS_COMMITTEE,
            "name": "三八路社区居民委员会",
            "division": house.places["community"],
            "term_from": TERM,
            **changes,
        }
        return operations.create_body(now=now, **given)

    return call


@pytest.fixture
def seat(house: House, now: dt.datetime) -> Any:
    """Fill a seat, with whatever a test changes."""

    def call(body: Body, **changes: Any) -> BodyMembership:
        given = {
            "by": house.people["community_staff"],
            "name": "李华",
            "seat": Seat.RESIDENT,
            "valid_from": TERM,
            **changes,
        }
        fills = operations.seat_member if body.kind == BodyKind.FUND_COMMITTEE else operations.add_member
        return fills(now=now, body=body, **given)

    return call


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_keeps_the_bodies_of_a_community(name: str, create: Any, seat: Any, house: House, now: dt.datetime) -> None:
    person, body = house.people[name], BodyFactory(division=house.places["community"])
    member = BodyMembershipFactory(body=body)
    end = {"membership": member, "on": dt.date(2026, 4, 1), "reason": "辞职"}

    if name in EDITORS:
        assert create(by=person).kind == BodyKind.RESIDENTS_COMMITTEE
        assert seat(body, by=person).body == body
        assert operations.end_membership(by=person, now=now, **end).valid_to == dt.date(2026, 4, 1)
        return
    with pytest.raises(BodyNotYours):
        create(by=person)
    with pytest.raises(BodyNotYours):
        seat(body, by=person)
    with pytest.raises(BodyNotYours):
        operations.end_membership(by=person, now=now, **end)


def test_acts_are_recorded_with_masked_names(create: Any, seat: Any, house: House, now: dt.datetime) -> None:
    body = create()
    member = seat(body, name="李小华", is_chair=True)
    operations.end_membership(
        by=house.people["community_staff"], now=now, membership=member, on=dt.date(2026, 4, 1), reason="辞职"
    )

    verbs = dict(AuditEntry.objects.order_by("id").values_list("verb", "after"))

    assert verbs == {
        "communities.body.created": {
            "kind": "RESIDENTS_COMMITTEE",
            "term_from": "2026-01-01",
            "term_to": None,
            "rule_key": "",
        },
        "communities.body.member_added": {
            "name": "李*华",
            "seat": "RESIDENT",
            "is_chair": True,
            "valid_from": "2026-01-01",
        },
        "communities.body.member_ended": {"name": "李*华", "valid_to": "2026-04-01"},
    }


def test_the_decision_rule_must_exist(create: Any) -> None:
    with pytest.raises(DecisionRuleUnknown):
        create(rule_key="nothing")

    assert create(rule_key=DecisionRuleFactory().key).rule_key.startswith("rule_")


def test_the_term_follows_the_law(create: Any) -> None:
    with pytest.raises(TermTooLong):
        create(term_to=dt.date(2031, 1, 2))

    assert create(term_to=dt.date(2031, 1, 1)).term_to == dt.date(2031, 1, 1)
    assert create(kind=BodyKind.COUNCIL, term_to=dt.date(2040, 1, 1)).kind == BodyKind.COUNCIL


def test_a_supervisor_watches_and_does_not_vote(create: Any, seat: Any, today: dt.date) -> None:
    body = create(kind=BodyKind.FUND_COMMITTEE)
    voter = seat(body)
    seat(body, seat=Seat.SUPERVISOR, name="王监督")

    with pytest.raises(SupervisorDoesNotChair):
        seat(body, seat=Seat.SUPERVISOR, name="赵监督", is_chair=True)
    with pytest.raises(MemberAndSupervisor):
        seat(body, seat=Seat.SUPERVISOR)

    assert list(body.voting_members(today)) == [voter]


def test_seats_count_from_their_first_day_to_the_day_before_their_end(create: Any, seat: Any) -> None:
    body = create()
    member = seat(body, valid_from=dt.date(2026, 2, 1), valid_to=dt.date(2026, 3, 1))

    held = {day: list(body.voting_members(dt.date.fromisoformat(day))) for day in ("2026-01-31", "2026-02-01")}

    assert held == {"2026-01-31": [], "2026-02-01": [member]}
    assert list(body.voting_members(dt.date(2026, 3, 1))) == []


def test_a_body_has_one_chair(create: Any, seat: Any, house: House, now: dt.datetime) -> None:
    body = create()
    first = seat(body, is_chair=True)

    with pytest.raises(ChairTaken):
        seat(body, is_chair=True)
    operations.end_membership(
        by=house.people["community_staff"], now=now, membership=first, on=dt.date(2026, 3, 5), reason="辞职"
    )
    seat(body, is_chair=True, valid_from=dt.date(2026, 3, 5))

    assert body.memberships.filter(is_chair=True).count() == 2


def test_one_person_has_one_seat(create: Any, seat: Any, house: House) -> None:
    body = create()
    seat(body, user=house.people["resident"])

    with pytest.raises(SeatAlreadyHeld):
        seat(body, user=house.people["resident"])


def test_a_committee_does_not_outgrow_the_law(create: Any, seat: Any) -> None:
    body = create()
    for _number in range(9):
        seat(body)

    with pytest.raises(BodyFull):
        seat(body)
    seat(body, seat=Seat.SUPERVISOR)

    assert body.memberships.count() == 10


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_from": dt.date(2025, 12, 31)},
        {"valid_from": dt.date(2028, 1, 1)},
        {"valid_to": TERM},
    ],
)
def test_a_seat_lies_within_the_term(changes: dict[str, Any], create: Any, seat: Any) -> None:
    body = create(term_to=dt.date(2028, 1, 1))

    with pytest.raises(SeatOutsideTerm):
        seat(body, **changes)

    assert body.memberships.count() == 0


@pytest.mark.parametrize(
    ("on", "reason", "refusal"),
    [
        (dt.date(2026, 4, 1), " ", ReasonMissing),
        (TERM, "辞职", SeatOutsideTerm),
        (dt.date(2026, 7, 1), "辞职", SeatEnded),
    ],
)
def test_ending_a_seat_is_refused(
    *, on: dt.date, reason: str, refusal: type[Exception], create: Any, seat: Any, house: House, now: dt.datetime
) -> None:
    member = seat(create(), valid_to=dt.date(2026, 6, 1))

    with pytest.raises(refusal):
        operations.end_membership(by=house.people["community_staff"], now=now, membership=member, on=on, reason=reason)

    member.refresh_from_db()
    assert member.valid_to == dt.date(2026, 6, 1)


def test_what_a_committee_lacks_is_said(create: Any, seat: Any, today: dt.date) -> None:
    body = create(term_to=dt.date(2026, 3, 1))
    assert len(shortcomings(body, today)) == 3

    complete = create()
    seat(complete, is_chair=True)
    for _number in range(4):
        seat(complete)
    assert shortcomings(complete, today) == []


def test_members_of_elected_committees_are_public_others_masked(create: Any, seat: Any) -> None:
    committee, council = create(), create(kind=BodyKind.COUNCIL)

    assert seat(committee, name="李小华").shown_name == "李小华"
    assert seat(council, name="李小华").shown_name == "李*华"


@pytest.mark.parametrize("count", [1, 3])
def test_the_bodies_of_a_place_cost_two_queries(count: int, create: Any, seat: Any, house: House) -> None:
    for _number in range(count):
        body = create()
        seat(body)
        seat(body, is_chair=True)

    with CaptureQueriesContext(connection) as queries:
        bodies = bodies_of(house.places["community"], dt.date(2026, 3, 4))
        shown = [[member.shown_name for member in body.seats] for body in bodies]

    assert len(queries) == 2
    assert shown == [["李华", "李华"]] * count


WALLS = {
    "body_kind_is_known": "UPDATE communities_body SET kind = 'CLUB'",
    "body_term_runs_forward": "UPDATE communities_body SET term_to = term_from",
    "bodymembership_seat_is_known": "UPDATE communities_bodymembership SET seat = 'THRONE'",
    "bodymembership_period_runs_forward": "UPDATE communities_bodymembership SET valid_to = valid_from",
    "bodymembership_one_chair": (
        "INSERT INTO communities_bodymembership (body_id, name, seat, is_chair, valid_from)"
        " SELECT body_id, name, seat, is_chair, valid_from FROM communities_bodymembership"
    ),
    "bodymembership_supervisor_does_not_chair": "UPDATE communities_bodymembership SET seat = 'SUPERVISOR'",
    "bodymembership_one_seat_each": (
        "INSERT INTO communities_bodymembership (body_id, user_id, name, seat, is_chair, valid_from)"
        " SELECT body_id, user_id, name, seat, false, valid_from FROM communities_bodymembership"
    ),
}


@pytest.mark.parametrize(("constraint", "statement"), WALLS.items())
def test_the_database_refuses(constraint: str, statement: str, house: House) -> None:
    BodyMembershipFactory(is_chair=True, user=house.people["resident"])

    assert violated(statement) == constraint
