"""Topics raised, accepted, refused, corrected; their clocks; phases moved, made longer, told by the clock."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from communities.notices.models import PublicNotice
from communities.people.policy import PersonalNumbersFound
from consultation.topics import operations, phasing, raising
from consultation.topics.lifecycle import TOPIC, TopicStatus
from consultation.topics.models import Opinion, PhaseChange, Stance, Topic
from consultation.topics.policy import CONSULTATION_LIST, PhaseKind, TopicClass, TopicPace, item_at, read_items
from consultation.topics.refusals import (
    ItemUnknown,
    OpinionIsHidden,
    PhaseBeforeNotice,
    PhaseHasItsBallot,
    PhaseIsOver,
    PhaseNotLonger,
    PhasesDoNotFit,
    QuickTopicTooLong,
    ReplyElsewhere,
    ReplyTooDeep,
    SpeakerFromElsewhere,
    TooManyRaised,
    TopicAnnounced,
    TopicChanged,
    TopicNotYours,
)
from governance.accounts.models import User
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing, SamePerson, move
from governance.outbox.models import OutboxEvent
from tests.factories.communities import ENTERED_AT, PublicNoticeFactory
from tests.factories.consultation_ballots import Place, TopicForBallotFactory
from tests.factories.consultation_matters import ONE_DAY, OpinionFactory, TopicFactory
from tests.people import NAMED_PEOPLE, House
from tests.walls import violated

ORGANIZERS = {"community_staff", "street_officer", "street_reviewer"}
SPEAKERS = {"resident", "community_staff", "supervisor"}
THEN = ENTERED_AT + ONE_DAY


def at(day: int, hour: int = 9) -> dt.datetime:
    """Return an hour so many days after 4 March 2026."""
    return dt.datetime(2026, 3, 4, hour, tzinfo=timezone.get_default_timezone()) + day * ONE_DAY


def raise_one(house: House, now: dt.datetime, **changes: Any) -> Topic:
    given: dict[str, Any] = {
        "by": house.people["resident"],
        "now": now,
        "division": house.places["community"],
        "title": "增设电动车充电棚",
        "text": "院内私拉电线，请大家商量充电棚建在哪里。",
        **changes,
    }
    return raising.raise_topic(**given)


@pytest.fixture
def running(house: House) -> Topic:
    """A topic of the community under discussion since ENTERED_AT, with a vote after it."""
    phases = [
        (PhaseKind.DISCUSSION, ENTERED_AT, ENTERED_AT + 10 * ONE_DAY),
        (PhaseKind.VOTE, ENTERED_AT + 12 * ONE_DAY, ENTERED_AT + 20 * ONE_DAY),
    ]
    made: Topic = TopicFactory(division=house.places["community"], phases=phases, walked=TopicStatus.DELIBERATED)
    return made


# -------------------------------------------------------------------------------------------------------------- raising


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_raises(name: str, house: House, now: dt.datetime) -> None:
    if name not in SPEAKERS:
        with pytest.raises(SpeakerFromElsewhere):
            raise_one(house, now, by=house.people[name])
        assert Topic.objects.count() == 0
        return

    topic = raise_one(house, now, by=house.people[name])

    assert (topic.status, topic.raised_by) == (TopicStatus.RAISED, house.people[name])
    assert timezone.localtime(topic.due_at) == dt.datetime(2026, 3, 12, tzinfo=timezone.get_default_timezone())


def test_one_person_raises_three_at_most(house: House, now: dt.datetime) -> None:
    for _ in range(3):
        raise_one(house, now)
    with pytest.raises(TooManyRaised):
        raise_one(house, now)
    with pytest.raises(PersonalNumbersFound):
        raise_one(house, now, by=house.people["supervisor"], text="电话13812345678")
    assert Topic.objects.count() == 3


@pytest.mark.parametrize("name", [None, *NAMED_PEOPLE])
def test_what_was_raised_is_seen_by_few(name: str | None, house: House, now: dt.datetime) -> None:
    raise_one(house, now)
    seen = Topic.objects.visible_to(house.people[name] if name else AnonymousUser()).count()

    readers = {*ORGANIZERS, "resident", "district_admin", "district_officer", "supervisor", "auditor"}
    assert seen == int(name in readers)


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_accepts(name: str, house: House, now: dt.datetime) -> None:
    topic = raise_one(house, now)
    by = house.people[name]
    if name not in ORGANIZERS:
        with pytest.raises(MoveForbidden):
            raising.accept_topic(by=by, now=now, topic=topic)
        return

    accepted = raising.accept_topic(by=by, now=now, topic=topic, list_item=5, pace=TopicPace.DEEP)

    assert (accepted.status, accepted.list_class, accepted.list_item_name) == ("PREPARED", "AFFAIRS", "环境与设施")
    assert timezone.localtime(accepted.due_at) == dt.datetime(2026, 3, 12, tzinfo=timezone.get_default_timezone())
    with pytest.raises(MoveClosed):
        raising.refuse_topic(by=by, now=now, topic=topic, reason="重复。")


def test_nobody_accepts_what_they_raised(house: House, now: dt.datetime) -> None:
    topic = raise_one(house, now, by=house.people["community_staff"])

    with pytest.raises(SamePerson):
        raising.accept_topic(by=house.people["community_staff"], now=now, topic=topic)


def test_a_refusal_says_why(house: House, now: dt.datetime, community_staff: User) -> None:
    topic = raise_one(house, now)
    with pytest.raises(ReasonMissing):
        raising.refuse_topic(by=community_staff, now=now, topic=topic, reason=" ")

    refused = raising.refuse_topic(by=community_staff, now=now, topic=topic, reason="已列入街道年度计划。")

    assert (refused.status, refused.refusal, refused.due_at) == ("REFUSED", "已列入街道年度计划。", None)


def test_the_list_knows_sixteen_items(house: House, now: dt.datetime, community_staff: User) -> None:
    items = CONSULTATION_LIST.default
    assert [len(items[kind]) for kind in TopicClass.values] == [4, 4, 6, 2]
    assert item_at(items, 16) == ("OTHER", "上级交办或居民提出的事项")
    assert (item_at(items, 0), item_at(items, 17)) == (None, None)
    assert read_items({**items}) == items
    for wrong in ({**items, "RULES": []}, {**items, "RULES": ["议事规则", "议事规则"]}, {"RULES": ["a"]}):
        with pytest.raises(ValueError):  # noqa: PT011 - any value that cannot be read
            read_items(wrong)
    with pytest.raises(ItemUnknown):
        raising.accept_topic(by=community_staff, now=now, topic=raise_one(house, now), list_item=17)


def test_a_correction_names_the_version(house: House, now: dt.datetime, community_staff: User, resident: User) -> None:
    topic = raising.accept_topic(by=community_staff, now=now, topic=raise_one(house, now))
    with pytest.raises(TopicNotYours):
        raising.edit_topic(by=resident, now=now, topic=topic, version=1, title="别的")

    edited = raising.edit_topic(by=community_staff, now=now, topic=topic, version=1, title="建充电棚", list_item=7)
    with pytest.raises(TopicChanged):
        raising.edit_topic(by=community_staff, now=now, topic=topic, version=1, title="晚了")

    assert (edited.title, edited.version, edited.list_item_name) == ("建充电棚", 2, "停车、宠物与公共秩序")
    with pytest.raises(TopicAnnounced):
        raising.edit_topic(
            by=community_staff, now=now, topic=TopicFactory(division=topic.division, walked="ANNOUNCED"), version=1
        )


def test_what_nobody_answers_escalates_once(house: House, now: dt.datetime, system: User) -> None:
    topic = raise_one(house, now)
    assert raising.escalate_overdue_topics(by=system, now=at(7, 23)) == []

    assert raising.escalate_overdue_topics(by=system, now=at(8, 1)) == [topic.pk]
    assert raising.escalate_overdue_topics(by=system, now=at(8, 2)) == []
    assert OutboxEvent.objects.filter(topic="consultation.topic.overdue").count() == 1


def test_a_quick_topic_is_over_in_its_hours(house: House, now: dt.datetime, community_staff: User) -> None:
    def prepare(phases: list[Any]) -> Topic:
        return operations.prepare_topic(
            by=community_staff,
            now=now,
            division=house.places["community"],
            title="今晚停水怎么办",
            text="请商量送水点。",
            matters=[],
            phases=phases,
            pace=TopicPace.QUICK,
        )

    for wrong in ([(PhaseKind.DISCUSSION, at(0, 13), at(3))], [(PhaseKind.VOTE, at(0, 13), at(1))]):
        with pytest.raises(QuickTopicTooLong):
            operations.announce_topic(by=community_staff, now=now, topic=prepare(wrong))
    topic = prepare([(PhaseKind.DISCUSSION, at(0, 13), at(2, 12))])
    announced = operations.announce_topic(by=community_staff, now=now, topic=topic)
    begun = operations.begin_deliberation(by=community_staff, now=at(0, 13), topic=announced)

    assert (announced.due_at, begun.status) == (at(2, 12), "DELIBERATED")


# --------------------------------------------------------------------------------------------------------------- phases


def change(topic: Topic, kind: str, by: User, now: dt.datetime, opens: dt.datetime, closes: dt.datetime) -> PhaseChange:
    phase = topic.phases.get(kind=kind)
    return phasing.change_phase(by=by, now=now, phase=phase, opens_at=opens, closes_at=closes, reason="汛期会议推迟。")


def test_a_running_phase_is_made_longer_by_a_notice(running: Topic, community_staff: User, resident: User) -> None:
    longer = (ENTERED_AT, ENTERED_AT + 11 * ONE_DAY)
    with pytest.raises(TopicNotYours):
        change(running, PhaseKind.DISCUSSION, resident, THEN, *longer)
    for wrong in ((ENTERED_AT, ENTERED_AT + 9 * ONE_DAY), (ENTERED_AT + ONE_DAY, ENTERED_AT + 11 * ONE_DAY)):
        with pytest.raises(PhaseNotLonger):
            change(running, PhaseKind.DISCUSSION, community_staff, THEN, *wrong)
    with pytest.raises(PhasesDoNotFit):
        change(running, PhaseKind.DISCUSSION, community_staff, THEN, ENTERED_AT, ENTERED_AT + 13 * ONE_DAY)

    made = change(running, PhaseKind.DISCUSSION, community_staff, THEN, *longer)

    assert made.notice is not None
    assert "汛期会议推迟" in PublicNotice.objects.get(pk=made.notice_id).body
    assert running.phases.get(kind=PhaseKind.DISCUSSION).closes_at == longer[1]


def test_a_phase_ahead_is_moved(running: Topic, community_staff: User) -> None:
    opens = ENTERED_AT + 14 * ONE_DAY
    with pytest.raises(PhasesDoNotFit):
        change(running, PhaseKind.VOTE, community_staff, THEN, ENTERED_AT, ENTERED_AT + 20 * ONE_DAY)

    made = change(running, PhaseKind.VOTE, community_staff, THEN, opens, opens + 5 * ONE_DAY)

    assert made.notice is None
    assert running.phases.get(kind=PhaseKind.VOTE).opens_at == opens
    with pytest.raises(PhaseIsOver):
        change(running, PhaseKind.DISCUSSION, community_staff, opens, ENTERED_AT, opens)


def test_a_phase_never_opens_before_its_notice(house: House, community_staff: User, now: dt.datetime) -> None:
    topic = operations.prepare_topic(
        by=community_staff,
        now=now,
        division=house.places["community"],
        title="公告",
        text="公告期内不能提前。",
        matters=[],
        phases=[(PhaseKind.DISCUSSION, at(5), at(9))],
    )
    topic = operations.announce_topic(by=community_staff, now=now, topic=topic)

    with pytest.raises(PhaseBeforeNotice):
        change(topic, PhaseKind.DISCUSSION, community_staff, now, at(2), at(9))


def test_the_clock_tells_each_phase_once(running: Topic, system: User) -> None:
    first = running.phases.get(kind=PhaseKind.DISCUSSION)

    assert phasing.tell_phases(by=system, now=THEN) == {"opened": [first.pk], "closed": []}
    assert phasing.tell_phases(by=system, now=THEN) == {"opened": [], "closed": []}
    assert list(Topic.objects.in_phase(PhaseKind.DISCUSSION)) == [running]
    assert phasing.tell_phases(by=system, now=ENTERED_AT + 10 * ONE_DAY)["closed"] == [first.pk]
    assert list(Topic.objects.in_phase(PhaseKind.DISCUSSION)) == []
    assert OutboxEvent.objects.filter(topic__startswith="consultation.topic.phase_").count() == 2


# -------------------------------------------------------------------------------------------------------------- replies


def test_replies_go_two_steps_deep(running: Topic, resident: User, supervisor: User) -> None:
    first = OpinionFactory(topic=running, stance=Stance.QUESTION)

    def reply(to: Opinion, topic: Topic = running) -> Opinion:
        return operations.give_opinion(by=resident, now=THEN, topic=topic, text="同意。", parent=to, stance=Stance.FOR)

    second = reply(first)
    third = reply(second)

    assert [row.depth for row in (first, second, third)] == [0, 1, 2]
    assert second.stance == Stance.NEUTRAL
    with pytest.raises(ReplyTooDeep):
        reply(third)
    with pytest.raises(ReplyElsewhere):
        reply(OpinionFactory())
    Opinion.objects.filter(pk=first.pk).update(hidden_at=THEN, hidden_by=supervisor, hidden_reason="伤害他人。")
    with pytest.raises(OpinionIsHidden):
        reply(Opinion.objects.get(pk=first.pk))


# ---------------------------------------------------------------------------------------------------------------- walls


def test_walls_of_phases(running: Topic) -> None:
    phase = running.phases.get(kind=PhaseKind.VOTE)
    table = "consultation_topicphase"

    for change_to in ("closes_at = closes_at + interval '1 day'", "kind = 'MEETING'"):
        assert violated(f"UPDATE {table} SET {change_to} WHERE id = %s", phase.pk) == "topicphase_announced_stays"
    assert violated(f"DELETE FROM {table} WHERE id = %s", phase.pk) == "topicphase_announced_stays"


def test_walls_of_changes(running: Topic, community_staff: User) -> None:
    phase = running.phases.get(kind=PhaseKind.DISCUSSION)
    insert = (
        "INSERT INTO consultation_phasechange (phase_id, was_opens_at, was_closes_at, opens_at, closes_at, reason, "
        "changed_at, changed_by_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
    )
    was = (phase.opens_at, phase.closes_at)

    def put(
        opens: dt.datetime, closes: dt.datetime, reason: str = "会议推迟。", changed: dt.datetime = THEN, was: Any = was
    ) -> str:
        return violated(insert, phase.pk, *was, opens, closes, reason, changed, community_staff.pk)

    assert put(was[0], was[1] + ONE_DAY, was=(was[0], was[1] + ONE_DAY)) == "phasechange_of_its_phase"
    assert put(was[0], was[1] + ONE_DAY) == "phasechange_ahead_or_longer"  # it runs, and no notice tells it
    assert put(was[0] + ONE_DAY, was[1], changed=was[0] - ONE_DAY, reason="") == "phasechange_has_a_reason"
    assert put(was[1], was[0], changed=was[0] - ONE_DAY) == "phasechange_runs_forward"


def test_walls_of_raised_topics(house: House, now: dt.datetime) -> None:
    topic = raise_one(house, now)
    table = "consultation_topic"

    assert violated(f"UPDATE {table} SET raised_by_id = NULL WHERE id = %s", topic.pk) == "topic_raised_by_somebody"
    assert violated(f"UPDATE {table} SET status = 'REFUSED' WHERE id = %s", topic.pk) == "topic_refused_with_a_reason"
    assert violated(f"UPDATE {table} SET status = 'DELIBERATED' WHERE id = %s", topic.pk) == "topic_moves_by_the_table"
    assert violated(f"UPDATE {table} SET list_item = 3 WHERE id = %s", topic.pk) == "topic_item_has_its_name"
    assert violated(f"UPDATE {table} SET pace = 'SLOW' WHERE id = %s", topic.pk) == "topic_pace_is_known"
    assert violated(f"UPDATE {table} SET list_class = 'X' WHERE id = %s", topic.pk) == "topic_class_is_known"


def test_walls_of_replies(running: Topic, resident: User) -> None:
    other = OpinionFactory()
    own = OpinionFactory(topic=running)
    insert = (
        "INSERT INTO consultation_opinion (topic_id, author_id, text, stance, given_at, hidden_reason, parent_id, depth) "
        "VALUES (%s, %s, 'x', 'NEUTRAL', %s, '', %s, %s)"
    )

    for parent, depth in ((other.pk, 1), (own.pk, 2)):
        assert violated(insert, running.pk, resident.pk, THEN, parent, depth) == "opinion_reply_to_its_topic"
    assert violated(insert, running.pk, resident.pk, THEN, None, 1) == "opinion_reply_is_not_too_deep"


@pytest.mark.parametrize("status", [state for state in TOPIC.states if state != "PREPARED"])
@pytest.mark.parametrize("name", list(TOPIC.by_name))
def test_every_move_from_every_state(
    name: str, status: str, house: House, now: dt.datetime, street_officer: User
) -> None:
    """The machine state by state: what the table does not name is closed, and the database refuses it too."""
    step = TOPIC.by_name[name]
    topic = raise_one(house, now)
    walk = {
        "RAISED": (),
        "REFUSED": ("REFUSED",),
        "ANNOUNCED": ("PREPARED", "ANNOUNCED"),
        "DELIBERATED": ("PREPARED", "ANNOUNCED", "DELIBERATED"),
        "DECIDED": ("PREPARED", "ANNOUNCED", "DELIBERATED", "DECIDED"),
        "CLOSED": ("PREPARED", "ANNOUNCED", "DELIBERATED", "CLOSED"),
        "WITHDRAWN": ("PREPARED", "WITHDRAWN"),
    }
    for state in walk[status]:
        changes: dict[str, Any] = {"status": state}
        if state == "REFUSED":
            changes["refusal"] = "重复。"
        if state == "ANNOUNCED":
            changes["notice"] = _own_notice(topic)
        Topic.objects.filter(pk=topic.pk).update(**changes)
    topic.refresh_from_db()
    if status in step.sources:
        return  # the moves that lead on have tests of their own

    with pytest.raises(MoveClosed):
        move(topic, name, by=street_officer, now=now, reason="测试。")
    if (status, step.target) not in TOPIC.pairs() and status != step.target:
        assert violated("UPDATE consultation_topic SET status = %s WHERE id = %s", step.target, topic.pk)


def _own_notice(topic: Topic) -> PublicNotice:
    made: PublicNotice = PublicNoticeFactory(division=topic.division, posted=ENTERED_AT.date())
    return made


def test_a_frozen_ballot_holds_its_phase(now: dt.datetime, db: None) -> None:
    place = Place(now)
    place.populate(2)
    topic = TopicForBallotFactory(division=place.division, deliberated=now)
    place.freeze(place.prepare(topic=topic))
    phase = topic.phases.get(kind=PhaseKind.VOTE)

    with pytest.raises(PhaseHasItsBallot):
        change(topic, PhaseKind.VOTE, place.staff, now, phase.opens_at, phase.closes_at + ONE_DAY)
