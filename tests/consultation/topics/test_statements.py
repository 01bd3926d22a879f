"""Statements: proposed, checked, joined; positions of which the latest counts; the picture and its one gate."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import consultation.tasks  # noqa: F401 - registers the handlers of the jobs, as a worker does
from communities.people.models import Resident
from communities.people.policy import PersonalNumbersFound
from consultation.matters.policy import WordsTooLong
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic
from consultation.topics.policy import PhaseKind
from consultation.topics.refusals import SpeakerFromElsewhere, VerbClosed
from consultation.topics.statements import operations
from consultation.topics.statements.lifecycle import StatementStatus
from consultation.topics.statements.models import OpinionPicture, Statement, StatementVote
from consultation.topics.statements.operations import (
    JoinedElsewhere,
    PositionUnknown,
    StatementNotShown,
    StatementSaid,
    TooManyStatements,
)
from consultation.topics.statements.queries import latest_positions, results_of, similar_statements
from governance.accounts.models import User
from governance.calendar import clock
from governance.jobs import operations as jobs
from governance.jobs.models import Job
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT
from tests.factories.consultation_matters import ONE_DAY, TopicFactory
from tests.factories.consultation_topics import StatementFactory, StatementVoteFactory
from tests.people import NAMED_PEOPLE, House
from tests.walls import violated

SPEAKERS = {"resident", "community_staff", "supervisor"}
CHECKERS = {"community_staff", "street_officer", "street_reviewer"}
THEN = ENTERED_AT + ONE_DAY


@pytest.fixture
def topic(house: House) -> Topic:
    """A topic of the community under discussion since ENTERED_AT."""
    made: Topic = TopicFactory(division=house.places["community"], walked=TopicStatus.DELIBERATED)
    return made


@pytest.fixture
def statement(topic: Topic) -> Statement:
    """A statement that people take positions to."""
    made: Statement = StatementFactory(topic=topic)
    return made


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_proposes(name: str, house: House, topic: Topic) -> None:
    by = house.people[name]
    if name not in SPEAKERS:
        with pytest.raises(SpeakerFromElsewhere):
            operations.propose_statement(by=by, now=THEN, topic=topic, text="楼道灯要尽快修好。")
        assert Statement.objects.count() == 0
        return

    made = operations.propose_statement(by=by, now=THEN, topic=topic, text="  楼道灯要\n尽快修好。 ")

    assert made.text == "楼道灯要 尽快修好。"
    assert made.status == (StatementStatus.SHOWN if name in CHECKERS else StatementStatus.PROPOSED)


def test_what_cannot_be_proposed(topic: Topic, resident: User) -> None:
    def propose(text: str, now: dt.datetime = THEN) -> Statement:
        return operations.propose_statement(by=resident, now=now, topic=topic, text=text)

    for text, error in (("长" * 141, WordsTooLong), ("电话13812345678", PersonalNumbersFound)):
        with pytest.raises(error):
            propose(text)
    with pytest.raises(VerbClosed):
        propose("晚了。", ENTERED_AT + 11 * ONE_DAY)
    propose("楼道灯要尽快修好。")
    with pytest.raises(StatementSaid):
        propose("楼道灯要尽快修好。")
    for number in range(9):
        propose(f"第{number}个意见。")
    with pytest.raises(TooManyStatements):
        propose("再来一个。")
    assert Statement.objects.count() == 10


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_checks(name: str, house: House, topic: Topic) -> None:
    row = StatementFactory(topic=topic, shown=False)
    by = house.people[name]
    if name in CHECKERS:
        assert (
            operations.refuse_statement(by=by, now=THEN, statement=row, reason="与议题无关。").reason == "与议题无关。"
        )
        return
    with pytest.raises(MoveForbidden):
        operations.refuse_statement(by=by, now=THEN, statement=row, reason="与议题无关。")
    row.refresh_from_db()
    assert row.status == StatementStatus.PROPOSED


def test_a_refusal_needs_a_reason(statement: Statement, community_staff: User) -> None:
    with pytest.raises(ReasonMissing):
        operations.refuse_statement(by=community_staff, now=THEN, statement=statement, reason=" ")


def test_joining_moves_no_position(statement: Statement, community_staff: User) -> None:
    same = StatementFactory(topic=statement.topic, shown=False)
    StatementVoteFactory(statement=statement)
    for wrong in (StatementFactory(), same):
        with pytest.raises(JoinedElsewhere):
            operations.join_statement(by=community_staff, now=THEN, statement=same, other=wrong)

    joined = operations.join_statement(by=community_staff, now=THEN, statement=same, other=statement)

    assert (joined.status, joined.same_as, statement.votes.count()) == (StatementStatus.JOINED, statement, 1)
    with pytest.raises(MoveClosed):
        operations.join_statement(by=community_staff, now=THEN, statement=same, other=statement)


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_takes_positions(name: str, house: House, statement: Statement) -> None:
    by = house.people[name]
    if name in SPEAKERS:
        assert operations.rate_statement(by=by, now=THEN, statement=statement, position="AGREE").pk
        return
    with pytest.raises(SpeakerFromElsewhere):
        operations.rate_statement(by=by, now=THEN, statement=statement, position="AGREE")
    assert StatementVote.objects.count() == 0


def test_people_under_eighteen_take_positions(statement: Statement, resident: User) -> None:
    Resident.objects.filter(user=resident).update(birth_on=dt.date(2012, 5, 1))

    assert operations.rate_statement(by=resident, now=THEN, statement=statement, position="DISAGREE").pk


def test_the_latest_position_counts(statement: Statement, resident: User) -> None:
    for position in ("AGREE", "AGREE", "DISAGREE", "PASS"):
        operations.rate_statement(by=resident, now=THEN, statement=statement, position=position)

    assert [row.position for row in statement.votes.order_by("pk")] == ["AGREE", "DISAGREE", "PASS"]
    assert latest_positions(statement.topic) == [(resident.pk, statement.pk, 0)]


def test_what_is_no_position(statement: Statement, resident: User) -> None:
    with pytest.raises(PositionUnknown):
        operations.rate_statement(by=resident, now=THEN, statement=statement, position="MAYBE")
    with pytest.raises(VerbClosed):
        operations.rate_statement(by=resident, now=ENTERED_AT + 11 * ONE_DAY, statement=statement, position="AGREE")
    with pytest.raises(StatementNotShown):
        operations.rate_statement(
            by=resident, now=THEN, statement=StatementFactory(topic=statement.topic, shown=False), position="AGREE"
        )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from(["AGREE", "DISAGREE", "PASS"])), max_size=25
    )
)
def test_counts_are_people_and_never_clicks(db: None, clicks: list[tuple[int, int, str]]) -> None:
    topic = TopicFactory(walked=TopicStatus.DELIBERATED)
    people = UserFactory.create_batch(4, resident=True)
    rows = [StatementFactory(topic=topic) for _ in range(3)]
    expected: dict[tuple[int, int], str] = {}
    for person, place, position in clicks:
        StatementVoteFactory(statement=rows[place], user=people[person], position=position)
        expected[people[person].pk, rows[place].pk] = position

    signs = {"AGREE": 1, "DISAGREE": -1, "PASS": 0}
    assert sorted(latest_positions(topic)) == sorted((*key, signs[position]) for key, position in expected.items())


# ------------------------------------------------------------------------------------------------------------- picture


def take_positions(topic: Topic, people: int, statements: int = 3) -> None:
    rows = [StatementFactory(topic=topic) for _ in range(statements)]
    for user in UserFactory.create_batch(people, resident=True):
        for row in rows:
            StatementVoteFactory(statement=row, user=user)


def test_the_picture_is_a_job_and_made_once(topic: Topic, system: User) -> None:
    take_positions(topic, 5)
    assert len(operations.request_pictures(by=system, now=THEN)) == 1
    assert len(operations.request_pictures(by=system, now=THEN)) == 1
    assert Job.objects.filter(kind="topics.picture").count() == 1
    jobs.run_due(by=system, clock=lambda: THEN + ONE_DAY)

    picture = OpinionPicture.objects.get()
    assert (picture.people, picture.positions, picture.smallest_group) == (5, 15, 5)
    assert operations.compute_picture(by=system, now=THEN, topic=topic) == picture
    assert operations.request_pictures(by=system, now=clock.now()) == []
    found = results_of(topic, THEN)
    assert found is not None
    assert [line.counts for line in found.lines] == [[5, 0, 0]] * 3


def test_four_people_are_no_picture(topic: Topic, system: User) -> None:
    take_positions(topic, 4)

    assert operations.compute_picture(by=system, now=THEN, topic=topic) is None
    assert results_of(topic, THEN) is None


def test_a_refused_statement_leaves_the_picture(topic: Topic, system: User, community_staff: User) -> None:
    take_positions(topic, 5)
    operations.compute_picture(by=system, now=THEN, topic=topic)
    row = topic.statements.order_by("pk")[0]
    operations.refuse_statement(by=community_staff, now=THEN, statement=row, reason="伤害他人。")

    found = results_of(topic, THEN)
    assert found is not None
    assert row.text not in [line.text for line in found.lines]


def test_a_place_may_keep_the_picture_back(topic: Topic, system: User, monkeypatch: pytest.MonkeyPatch) -> None:
    take_positions(topic, 5)
    operations.compute_picture(by=system, now=THEN, topic=topic)
    monkeypatch.setattr("consultation.topics.statements.queries.value", lambda *_given: False)

    assert results_of(topic, THEN) is None
    assert results_of(topic, ENTERED_AT + 11 * ONE_DAY) is not None


def test_similar_statements_are_found(topic: Topic) -> None:
    one = StatementFactory(topic=topic, text="楼道灯要尽快修好")
    StatementFactory(topic=topic, text="停车位应该按户分配")

    assert similar_statements(topic, "楼道的灯要尽快修好") == [one]


# --------------------------------------------------------------------------------------------------------------- walls


def test_walls_of_statements(statement: Statement) -> None:
    table, key = "consultation_statement", statement.pk
    other = StatementFactory()
    proposed = StatementFactory(topic=statement.topic, shown=False)

    assert "Cannot update rows" in violated(f"UPDATE {table} SET text = 'x' WHERE id = %s", key)
    assert violated(f"UPDATE {table} SET status = 'PROPOSED' WHERE id = %s", key) == "statement_moves_by_the_table"
    assert violated(f"UPDATE {table} SET status = 'REFUSED' WHERE id = %s", key) == "statement_refused_with_a_reason"
    assert (
        violated(f"UPDATE {table} SET status = 'JOINED' WHERE id = %s", proposed.pk)
        == "statement_joined_names_the_other"
    )
    assert (
        violated(f"UPDATE {table} SET status = 'JOINED', same_as_id = %s WHERE id = %s", other.pk, proposed.pk)
        == "statement_joined_on_its_topic"
    )


def test_walls_of_positions(statement: Statement, resident: User) -> None:
    vote = StatementVoteFactory(statement=statement)
    proposed = StatementFactory(topic=statement.topic, shown=False)
    insert = (
        "INSERT INTO consultation_statementvote (statement_id, user_id, position, given_at) VALUES (%s, %s, %s, %s)"
    )

    assert violated("UPDATE consultation_statementvote SET position = 'PASS' WHERE id = %s", vote.pk)
    assert violated("DELETE FROM consultation_statementvote WHERE id = %s", vote.pk)
    assert violated(insert, statement.pk, resident.pk, "MAYBE", THEN) == "statementvote_position_is_known"
    for key, moment in ((proposed.pk, THEN), (statement.pk, ENTERED_AT + 11 * ONE_DAY)):
        assert violated(insert, key, resident.pk, "AGREE", moment) == "statementvote_rated_in_a_phase"


def test_a_vote_phase_takes_no_positions(house: House, resident: User) -> None:
    phases = [(PhaseKind.VOTE, ENTERED_AT, ENTERED_AT + 10 * ONE_DAY)]
    topic = TopicFactory(division=house.places["community"], phases=phases, walked=TopicStatus.DELIBERATED)
    row = StatementFactory(topic=topic)

    with pytest.raises(VerbClosed):
        operations.rate_statement(by=resident, now=THEN, statement=row, position="AGREE")


def test_walls_of_pictures(topic: Topic) -> None:
    insert = (
        "INSERT INTO consultation_opinionpicture (topic_id, fingerprint, method, people, positions, smallest_group, "
        "figures, computed_at) VALUES (%s, 'x', 'm', 9, 9, %s, '{}', now())"
    )

    assert violated(insert, topic.pk, 4) == "opinionpicture_shows_no_small_group"


def test_the_machine_of_statements() -> None:
    from consultation.topics.statements.lifecycle import STATEMENT  # noqa: PLC0415 - beside what it reads

    left: dict[str, set[Any]] = {}
    for source, target in STATEMENT.pairs():
        left.setdefault(source, set()).add(target)
    assert left == {"PROPOSED": {"SHOWN", "REFUSED", "JOINED"}, "SHOWN": {"REFUSED"}}
