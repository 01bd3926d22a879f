"""Matters handled together: nothing is moved, people are asked once and counted once, whatever happens in which order."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communities.people.models import Resident
from communities.people.policy import PersonalNumbersFound
from consultation.matters import operations as matters
from consultation.matters.intake import joining as room
from consultation.matters.intake import operations
from consultation.matters.intake.lifecycle import JoiningStatus
from consultation.matters.intake.models import MatterJoining, MatterSupport, Voice
from consultation.matters.intake.policy import shown_code
from consultation.matters.intake.queries import lead_of, people_behind, similar_to, with_support
from consultation.matters.intake.recording import Origin
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, MatterChannel, Route, ThreeWay
from governance.accounts.models import User
from governance.accounts.queries import system_actor
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing
from governance.outbox.models import OutboxEvent
from tests.consultation.matters.intake.conftest import LAMP_AGAIN, NOISE, make_neighbor
from tests.people import House
from tests.properties import examples


@pytest.fixture
def pair(public_one: Any, raise_one: Any, neighbor: User) -> tuple[Matter, Matter]:
    """The neighbor's raised matter, and the resident's public one that can lead it."""
    return raise_one(by=neighbor, **LAMP_AGAIN), public_one()


@pytest.fixture
def join(house: House, now: dt.datetime, today: dt.date) -> Any:
    """Ask as the community's staff."""

    def call(matter: Matter, lead: Matter, **changes: Any) -> MatterJoining:
        given = {"by": house.people["community_staff"], "now": now, "today": today, "reason": "同一盏灯", **changes}
        return room.join_matter(matter=matter, lead=lead, **given)

    return call


def test_the_person_is_asked_and_agrees(pair: Any, join: Any, neighbor: User, now: dt.datetime) -> None:
    matter, lead = pair

    asked = join(matter, lead)

    matter.refresh_from_db()
    assert (asked.status, asked.due_on) == (JoiningStatus.ASKED, dt.date(2026, 3, 11))
    assert (matter.status, matter.three_way, matter.route) == (MatterStatus.SORTED, ThreeWay.SMALL, Route.DIRECT)
    assert people_behind([lead]) == {lead.pk: 1}
    stands = room.answer_joining(by=neighbor, now=now, joining=asked, agrees=True)
    assert (stands.status, stands.voice, stands.answered_by) == (JoiningStatus.STANDING, Voice.PERSON, neighbor)
    assert people_behind([lead, matter]) == {lead.pk: 2, matter.pk: 1}
    assert AuditEntry.objects.filter(verb="consultation.joining.asked").get().reason == "同一盏灯"
    assert OutboxEvent.objects.filter(topic="consultation.joining.agreed").count() == 1


def test_of_what_is_handled_together_residents_are_shown_the_lead(
    pair: Any, join: Any, house: House, today: dt.date
) -> None:
    matter, lead = pair
    join(matter, lead)
    text = f"{matter.title}\n{matter.text}"

    shown = similar_to(text, division=house.places["community"], today=today)
    to_staff = similar_to(text, division=house.places["community"], today=today, is_public_only=False)

    assert [row for row, _closeness in shown] == [lead]
    assert {row.pk for row, _closeness in to_staff} == {lead.pk, matter.pk}


def test_who_declines_is_not_asked_again(pair: Any, join: Any, neighbor: User, now: dt.datetime) -> None:
    matter, lead = pair
    room.answer_joining(by=neighbor, now=now, joining=join(matter, lead), agrees=False)

    with pytest.raises(room.AskedBefore):
        join(matter, lead)

    assert lead_of(matter) is None
    assert people_behind([lead]) == {lead.pk: 1}


def test_who_agreed_may_split_off_without_a_reason(pair: Any, join: Any, neighbor: User, now: dt.datetime) -> None:
    matter, lead = pair
    stands = room.answer_joining(by=neighbor, now=now, joining=join(matter, lead), agrees=True)

    split = room.split_joining(by=neighbor, now=now, joining=stands, reason="")

    assert (split.status, split.ended_at) == (JoiningStatus.SPLIT, now)
    assert people_behind([lead, matter]) == {lead.pk: 1, matter.pk: 1}


def test_who_takes_a_matter_back_is_counted_no_more(pair: Any, join: Any, neighbor: User, now: dt.datetime) -> None:
    matter, lead = pair
    room.answer_joining(by=neighbor, now=now, joining=join(matter, lead), agrees=True)

    matters.withdraw_matter(by=neighbor, now=now, matter=Matter.objects.get(pk=matter.pk))

    assert people_behind([lead]) == {lead.pk: 1}


def test_staff_split_with_a_reason(pair: Any, join: Any, house: House, neighbor: User, now: dt.datetime) -> None:
    matter, lead = pair
    stands = room.answer_joining(by=neighbor, now=now, joining=join(matter, lead), agrees=True)

    with pytest.raises(ReasonMissing):
        room.split_joining(by=house.people["community_staff"], now=now, joining=stands, reason=" ")
    with pytest.raises(PersonalNumbersFound):
        room.split_joining(by=house.people["community_staff"], now=now, joining=stands, reason="电话13812345678")
    with pytest.raises(MoveForbidden):
        room.split_joining(by=house.people["stranger"], now=now, joining=stands, reason="不对")

    assert MatterJoining.objects.get().status == JoiningStatus.STANDING


@pytest.mark.parametrize("name", ["resident", "stranger", "community_staff", "auditor", "other_community_staff"])
def test_nobody_else_answers_for_the_person(*, name: str, pair: Any, join: Any, house: House, now: dt.datetime) -> None:
    asked = join(*pair)

    with pytest.raises(MoveForbidden):
        room.answer_joining(by=house.people[name], now=now, joining=asked, agrees=True)

    assert MatterJoining.objects.get().status == JoiningStatus.ASKED


def test_silence_counts_after_the_days(pair: Any, join: Any, now: dt.datetime, today: dt.date) -> None:
    asked = join(*pair)

    assert room.settle_silent_joinings(by=system_actor(), now=now, today=asked.due_on) == []
    after = asked.due_on + dt.timedelta(days=1)
    assert room.settle_silent_joinings(by=system_actor(), now=now, today=after) == [asked.pk]
    assert room.settle_silent_joinings(by=system_actor(), now=now, today=after) == []

    asked.refresh_from_db()
    assert (asked.status, asked.voice) == (JoiningStatus.STANDING, Voice.SILENCE)


def test_the_holder_of_a_slip_answers(
    public_one: Any, join: Any, house: House, now: dt.datetime, today: dt.date
) -> None:
    staff = house.people["community_staff"]
    matter, slip = operations.record_matter(
        by=staff, now=now, division=house.places["community"],
        given={"channel": MatterChannel.DESK, "raised_for": "张大爷", **LAMP_AGAIN},
    )  # fmt: skip
    join(matter, public_one())

    with pytest.raises(room.CodeUnknown):
        room.answer_joining_by_slip(by=system_actor(), now=now, code="AAAA-BBBB-CCCC-DDDD", agrees=True)
    answered = room.answer_joining_by_slip(by=system_actor(), now=now, code=shown_code(slip.code).lower(), agrees=False)
    with pytest.raises(room.CodeUnknown):
        room.answer_joining_by_slip(by=system_actor(), now=now, code=slip.code, agrees=True)

    assert (answered.status, answered.voice) == (JoiningStatus.DECLINED, Voice.SLIP)


def test_the_lead_answers_for_what_stands_with_it(
    pair: Any, join: Any, house: House, neighbor: User, now: dt.datetime
) -> None:
    matter, lead = pair
    room.answer_joining(by=neighbor, now=now, joining=join(matter, lead), agrees=True)
    staff = house.people["community_staff"]
    assert room.answer_joined_matters(by=system_actor(), now=now) == []
    matters.answer_matter(by=staff, now=now, matter=lead, reply="灯已修好。")

    assert room.answer_joined_matters(by=system_actor(), now=now) == [matter.pk]
    assert room.answer_joined_matters(by=system_actor(), now=now) == []

    matter.refresh_from_db()
    assert (matter.status, matter.reply, matter.answered_by) == (MatterStatus.ANSWERED, "灯已修好。", staff)
    entry = AuditEntry.objects.get(verb="consultation.joining.answered")
    assert (entry.actor, entry.after) == (system_actor(), {"lead": lead.number, "answered_by": staff.pk})


@pytest.mark.parametrize("name", ["resident", "stranger", "auditor", "supervisor", "other_community_staff"])
def test_only_those_who_handle_both_join(*, name: str, pair: Any, join: Any, house: House) -> None:
    with pytest.raises(NotAllowed):
        join(*pair, by=house.people[name])

    assert MatterJoining.objects.count() == 0
    assert Matter.objects.get(pk=pair[0].pk).status == MatterStatus.RAISED


def test_what_cannot_be_joined(pair: Any, join: Any, raise_one: Any, sort_one: Any, public_one: Any) -> None:
    matter, lead = pair
    private = sort_one(raise_one(**NOISE), three_way=ThreeWay.PRIVATE, route=Route.ADVICE, summary="")
    unsorted = raise_one(**NOISE)

    for first, second, refusal in [
        (matter, matter, room.SameMatter),
        (private, lead, room.NotToBeJoined),
        (matter, private, room.LeadIsNotPublic),
        (matter, unsorted, room.LeadIsNotPublic),
    ]:
        with pytest.raises(refusal):
            join(first, second)
    with pytest.raises(ReasonMissing):
        join(matter, lead, reason=" ")
    join(matter, lead)
    other = public_one(**NOISE)
    for first, second in [(lead, other), (other, matter), (matter, other)]:
        with pytest.raises(room.LeadIsJoined):
            join(first, second)

    assert MatterJoining.objects.count() == 1


# ---------------------------------------------------------------------------------------------------------- me too


def test_a_neighbor_says_me_too_once(public_one: Any, neighbor: User, now: dt.datetime) -> None:
    matter = public_one()

    room.support_matter(by=neighbor, now=now, matter=matter)
    with pytest.raises(room.MatterSupported):
        room.support_matter(by=neighbor, now=now, matter=matter)

    assert people_behind([matter]) == {matter.pk: 2}
    assert with_support(Matter.objects.all(), neighbor).get(pk=matter.pk).is_supported
    assert not with_support(Matter.objects.all(), matter.raised_by).get(pk=matter.pk).is_supported
    room.withdraw_support(by=neighbor, now=now, matter=matter)
    with pytest.raises(room.NotSupported):
        room.withdraw_support(by=neighbor, now=now, matter=matter)
    assert people_behind([matter]) == {matter.pk: 1}
    assert not with_support(Matter.objects.all(), neighbor).get(pk=matter.pk).is_supported
    room.support_matter(by=neighbor, now=now, matter=matter)
    assert MatterSupport.objects.count() == 1


def test_who_may_not_say_me_too(
    public_one: Any, raise_one: Any, house: House, neighbor: User, now: dt.datetime
) -> None:
    matter, hidden = public_one(), raise_one()

    with pytest.raises(room.OwnMatter):
        room.support_matter(by=house.people["resident"], now=now, matter=matter)
    for name in ("stranger", "neighbor_resident", "auditor"):
        with pytest.raises(room.SupporterFromElsewhere):
            room.support_matter(by=house.people[name], now=now, matter=matter)
    with pytest.raises(room.NotForSupport):
        room.support_matter(by=neighbor, now=now, matter=hidden)

    assert MatterSupport.objects.count() == 0


def test_a_resident_with_a_log_in_is_one_person_however_it_is_recorded(
    public_one: Any, house: House, neighbor: User, now: dt.datetime
) -> None:
    matter, staff = public_one(), house.people["community_staff"]
    home = Resident.objects.get(user=neighbor)
    room.support_matter(by=neighbor, now=now, matter=matter)

    with pytest.raises(room.MatterSupported):
        room.record_support(by=staff, now=now, matter=matter, resident=home)
    with pytest.raises(room.OwnMatter):
        room.record_support(
            by=staff, now=now, matter=matter, resident=Resident.objects.get(user=house.people["resident"])
        )
    with pytest.raises(room.SupporterFromElsewhere):
        room.record_support(
            by=staff, now=now, matter=matter, resident=Resident.objects.get(user=house.people["neighbor_resident"])
        )

    assert people_behind([matter]) == {matter.pk: 2}


def test_two_people_of_the_same_name_and_building_are_two(house: House, public_one: Any, now: dt.datetime) -> None:
    matter, staff, place = public_one(), house.people["community_staff"], house.places["community"]
    for _twice in range(2):
        same = Resident.objects.create(
            division=place, name="王伟", address="12栋一单元", registered_at=now, registered_by=staff
        )
        room.record_support(by=staff, now=now, matter=matter, resident=same)

    assert people_behind([matter]) == {matter.pk: 3}


def test_one_phone_is_one_person(house: House, join: Any, public_one: Any, now: dt.datetime) -> None:
    staff, place = house.people["community_staff"], house.places["community"]
    told = {"channel": MatterChannel.DESK, "contact": "139 1234 5678", "raised_for": "王伟"}
    lead = public_one()
    for words in (LAMP_AGAIN, NOISE):
        matter, _slip = operations.record_matter(by=staff, now=now, division=place, given={**told, **words})
        room.answer_joining(by=staff, now=now, joining=join(matter, lead), agrees=True)

    assert people_behind([lead]) == {lead.pk: 2}


def test_the_same_resident_behind_two_matters_is_one_person(
    house: House, join: Any, public_one: Any, neighbor: User, now: dt.datetime
) -> None:
    staff, home = house.people["community_staff"], Resident.objects.get(user=neighbor)
    lead = public_one()
    room.support_matter(by=neighbor, now=now, matter=lead)
    matter, _slip = operations.record_matter(
        by=staff, now=now, division=house.places["community"],
        given={"channel": "DESK", "raised_for": "李大妈", "origin": Origin(resident=home), **LAMP_AGAIN},
    )  # fmt: skip

    room.answer_joining(by=staff, now=now, joining=join(matter, lead), agrees=True)

    assert people_behind([lead]) == {lead.pk: 2}


# ------------------------------------------------------------------------------------------------------- properties

STEP = st.tuples(
    st.sampled_from(["support", "withdraw", "join", "agree", "decline", "split", "silence"]),
    st.integers(0, 3),
    st.integers(0, 3),
)


def counted(
    people: list[User], rows: list[Matter], standing: dict[int, int], support: set[tuple[int, int]]
) -> dict[int, int]:
    """Count by hand: who raised and who supports each matter and what stands with it, each person once."""
    found = {}
    for row in rows:
        group = {row.pk} | {child for child, lead in standing.items() if lead == row.pk}
        behind = {one.raised_by_id for one in rows if one.pk in group}
        found[row.pk] = len(behind | {person for person, matter in support if matter in group})
    return found


@settings(
    max_examples=examples(12),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, max_size=25))
def test_joining_and_splitting_never_change_who_is_counted(
    steps: list[tuple[str, int, int]], house: House, now: dt.datetime, today: dt.date
) -> None:
    """The model of a few sets and the database agree after every step; supports never move."""
    staff, place = house.people["community_staff"], house.places["community"]
    with transaction.atomic():
        people = [make_neighbor(house, now, f"居民{number}") for number in range(4)]
        rows = [
            matters.sort_matter(
                by=staff, now=now, today=today, three_way="SMALL", route="DIRECT", reason="小事", summary="公开摘要",
                matter=matters.raise_matter(
                    by=person, now=now, division=place, channel="PAGE", title="事项", text=f"第{number}件事情需要处理"
                ),
            )
            for number, person in enumerate(people)
        ]  # fmt: skip
        standing: dict[int, int] = {}
        support: set[tuple[int, int]] = set()
        everybody = {person.pk for person in people}
        for act, first, second in steps:
            before = set(MatterSupport.objects.filter(withdrawn_at=None).values_list("user_id", "matter_id"))
            asked = MatterJoining.objects.live().filter(matter=rows[first]).first()
            try:
                if act == "support":
                    room.support_matter(by=people[second], now=now, matter=rows[first])
                    support.add((people[second].pk, rows[first].pk))
                elif act == "withdraw":
                    room.withdraw_support(by=people[second], now=now, matter=rows[first])
                    support.discard((people[second].pk, rows[first].pk))
                elif act == "join":
                    room.join_matter(
                        by=staff, now=now, today=today, matter=rows[first], lead=rows[second], reason="同一件"
                    )
                elif act == "silence":
                    late = today + dt.timedelta(days=60)
                    for key in room.settle_silent_joinings(by=system_actor(), now=now, today=late):
                        row = MatterJoining.objects.get(pk=key)
                        standing[row.matter_id] = row.lead_id
                elif asked is not None and act == "split":
                    room.split_joining(by=people[first], now=now, joining=asked, reason="")
                    standing.pop(rows[first].pk)
                elif asked is not None:
                    room.answer_joining(by=people[first], now=now, joining=asked, agrees=act == "agree")
                    if act == "agree":
                        standing[rows[first].pk] = asked.lead_id
            except (DomainError, MoveClosed):
                pass
            after = set(MatterSupport.objects.filter(withdrawn_at=None).values_list("user_id", "matter_id"))
            assert after == support
            assert act in {"support", "withdraw"} or before == after
            assert people_behind(rows) == counted(people, rows, standing, support)
            assert not set(standing) & set(standing.values())
            assert {row.raised_by_id for row in rows} == everybody
        transaction.set_rollback(True)


def test_a_tip_off_is_neither_joined_nor_supported(
    *, raise_one: Any, public_one: Any, neighbor: User, house: House, now: dt.datetime, today: dt.date
) -> None:
    tip, lead = raise_one(kind="REPORT"), public_one()
    reviewer = house.people["street_reviewer"]
    told: dict[str, Any] = {"by": reviewer, "now": now, "today": today, "reason": "同一件"}
    for matter, other in ((tip, lead), (lead, tip)):
        with pytest.raises(room.TipStaysApart):
            room.join_matter(**told, matter=matter, lead=other)
    with pytest.raises(room.TipStaysApart):
        room.support_matter(by=neighbor, now=now, matter=tip)
    resident = Resident.objects.get(user=neighbor)
    with pytest.raises(room.TipStaysApart):
        room.record_support(by=house.people["community_staff"], now=now, matter=tip, resident=resident)
    assert (MatterJoining.objects.count(), MatterSupport.objects.count()) == (0, 0)
