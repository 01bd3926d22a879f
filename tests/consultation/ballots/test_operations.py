"""A ballot from preparation to publication, and every refusal on the way."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

import pytest

from communities.bodies.models import BodyKind, Seat
from communities.notices.models import ObjectionOutcome
from communities.people.policy import PersonalNumbersFound
from communities.policy.queries import RuleNotBinding, RuleNotConfirmed, RuleUnknown
from communities.territory.models import DivisionLevel, Tier
from consultation.ballots import operations, queries, voting
from consultation.ballots.models import Ballot, BallotOption, BallotResult, RollEntry, Vote, VoteDraft
from consultation.ballots.policy import ChoicesImpossible, grouped, roll_digest
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden, MoveHindered, ReasonMissing, SamePerson
from governance.outbox.models import OutboxEvent
from tests.factories.accounts import UserFactory
from tests.factories.communities import (
    BodyFactory,
    BodyMembershipFactory,
    DecisionRuleFactory,
    DivisionFactory,
    ObjectionFactory,
    PolicyDocumentFactory,
)
from tests.factories.consultation_ballots import (
    DAY,
    HOUR,
    Place,
    TopicForBallotFactory,
    add_vote_phase,
    deliberate,
    entry_of,
)


def refused(refusal: type[DomainError], call: Any, **arguments: Any) -> DomainError:
    """Expect a refusal that leaves no trail, no event and no row behind."""
    rows = (Ballot, RollEntry, Vote, VoteDraft, BallotResult, AuditEntry, OutboxEvent)
    before = [model.objects.count() for model in rows]
    with pytest.raises(refusal) as caught:
        call(**arguments)
    assert [model.objects.count() for model in rows] == before
    return caught.value


# --- Preparing -------------------------------------------------------------------------------------------------------


def test_prepare_ballot_writes_ballot_options_and_trail(place: Place) -> None:
    ballot = place.prepare()

    assert (ballot.status, ballot.rule.key, ballot.fingerprint) == ("DRAFT", "council_default", "")
    assert list(ballot.options.values_list("number", flat=True)) == [1, 2, 3]
    entry = AuditEntry.objects.get(verb="consultation.ballot.prepared")
    assert (entry.actor, entry.object_key, entry.after["rule"]) == (place.staff, str(ballot.pk), "council_default")


def test_prepare_ballot_keeps_the_options_of_a_choice(place: Place) -> None:
    ballot = place.prepare(method="SINGLE", options=[(" 甲 ", "甲方案"), ("乙", "")])

    assert list(ballot.options.values_list("number", "title", "text")) == [(1, "甲", "甲方案"), (2, "乙", "")]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"rule_key": "owners_ordinary", "roll_source": "OWNERS", "is_secret": True}, operations.OwnersVoteByName),
        ({"rule_key": "owners_ordinary"}, operations.RuleCountsOthers),
        ({"rule_key": "village_meeting_households"}, operations.RuleCountsOthers),
        ({"rule_key": "urban_2026", "is_binding": True}, RuleNotConfirmed),
        ({"rule_key": "online_poll", "is_binding": True}, RuleNotBinding),
        ({"is_binding": True}, operations.BindingNeedsDocument),
        ({"options": [("甲", ""), ("乙", "")]}, operations.OptionsImpossible),
        ({"method": "SINGLE", "options": [("甲", "")]}, operations.OptionsImpossible),
        ({"method": "SINGLE", "options": [("甲", ""), ("甲", "")]}, operations.OptionsImpossible),
        ({"method": "SINGLE", "options": [("甲", ""), (" ", "")]}, operations.OptionsImpossible),
        ({"method": "SINGLE", "options": [("甲", ""), ("乙", "")], "most_choices": 2}, operations.OptionsImpossible),
        ({"method": "APPROVAL", "options": [("甲", ""), ("乙", "")], "most_choices": 3}, operations.OptionsImpossible),
        ({"method": "APPROVAL", "options": [("甲", ""), ("乙", "")], "most_choices": 0}, operations.OptionsImpossible),
        ({"roll_source": "BODY"}, operations.RollImpossible),
        ({"question": "请联系13812345678"}, PersonalNumbersFound),
        ({"method": "SINGLE", "options": [("甲", "13812345678"), ("乙", "")]}, PersonalNumbersFound),
    ],
)
def test_prepare_ballot_refuses(place: Place, changes: dict[str, Any], refusal: type[DomainError]) -> None:
    refused(refusal, place.prepare, **changes)


def test_prepare_ballot_refuses_an_unknown_rule(place: Place) -> None:
    with pytest.raises(RuleUnknown):
        operations.prepare_ballot(
            by=place.staff,
            now=place.now,
            division=place.division,
            question="？",
            rule_key="none",
            method="FOR_AGAINST",
            options=[],
            opens_at=place.now + HOUR,
            closes_at=place.now + DAY,
            roll_source="RESIDENTS",
        )


@pytest.mark.parametrize(("opens", "closes"), [(-1, 24), (0, 24), (2, 2), (2, 1)])
def test_prepare_ballot_refuses_times_that_do_not_run_forward(place: Place, opens: int, closes: int) -> None:
    refused(
        operations.TimesImpossible,
        place.prepare,
        opens_at=place.now + opens * HOUR,
        closes_at=place.now + closes * HOUR,
    )


def test_prepare_ballot_binds_by_a_document_in_force(place: Place) -> None:
    document = PolicyDocumentFactory()

    ballot = place.prepare(is_binding=True, approved_method=document)

    assert (ballot.is_binding, ballot.approved_method) == (True, document)


def test_prepare_ballot_refuses_a_document_that_has_lapsed(place: Place) -> None:
    document = PolicyDocumentFactory(expires_on=dt.date(2026, 3, 4))

    refused(operations.BindingNeedsDocument, place.prepare, is_binding=True, approved_method=document)


def test_prepare_ballot_is_for_staff_of_the_place(place: Place) -> None:
    place.staff = place.voters[0]

    refused(NotAllowed, place.prepare)


def test_prepare_ballot_refuses_a_body_of_another_place(place: Place) -> None:
    body = BodyFactory(division=DivisionFactory())

    refused(operations.RollImpossible, place.prepare, roll_source="BODY", body=body)


def test_prepare_ballot_refuses_a_topic_of_another_place(place: Place) -> None:
    topic = TopicForBallotFactory(deliberated=place.now)

    refused(operations.TopicElsewhere, place.prepare, topic=topic)


def test_prepare_ballot_refuses_times_outside_the_vote_phase(place: Place) -> None:
    topic = TopicForBallotFactory(division=place.division, deliberated=place.now)

    refused(operations.PhaseMissing, place.prepare, topic=topic, closes_at=place.now + 28 * DAY + HOUR)


# --- Freezing --------------------------------------------------------------------------------------------------------


def test_freeze_takes_confirmed_adults_who_live_here(now: dt.datetime, db: None) -> None:
    place = Place(now, DivisionFactory(tier=Tier.STREET, level=DivisionLevel.STREET))
    place.populate(5)
    elderly = place.resident("无手机老人", has_login=False)
    lower = place.resident("下级居民")
    lower.division = DivisionFactory(parent=place.division)
    lower.save()
    elsewhere = place.resident("外地居民")
    elsewhere.division = DivisionFactory()
    elsewhere.save()
    child = place.resident("少年", birth_on=dt.date(2008, 3, 5))
    unconfirmed = place.resident("未确认")
    unconfirmed.confirmed_at = unconfirmed.confirmed_by = None
    unconfirmed.save()
    gone = place.resident("迁出")
    gone.left_on = place.now.date()
    gone.save()

    ballot = place.freeze(place.prepare())

    names = set(ballot.roll.values_list("name", flat=True))
    assert names == {f"居民{number}" for number in range(5)} | {elderly.name, lower.name}
    assert not names & {child.name, unconfirmed.name, gone.name, elsewhere.name}
    assert sorted(ballot.roll.values_list("number", flat=True)) == list(range(1, 8))
    assert (ballot.status, ballot.entitled, ballot.electorate_on) == ("FROZEN", 7, place.now.date())


def test_freeze_takes_the_voting_members_of_a_body(place: Place) -> None:
    body = BodyFactory(division=place.division, kind=BodyKind.COUNCIL)
    BodyMembershipFactory(body=body, name="甲", user=place.voters[0])
    BodyMembershipFactory(body=body, name="乙")
    BodyMembershipFactory(body=body, name="监督", seat=Seat.SUPERVISOR)
    BodyMembershipFactory(body=body, name="届满", valid_to=place.now.date())

    ballot = place.freeze(place.prepare(roll_source="BODY", body=body))

    assert sorted(ballot.roll.values_list("name", "user")) == [("乙", None), ("甲", place.voters[0].pk)]


def test_freeze_prints_a_fingerprint_of_everything(place: Place) -> None:
    ballot = place.freeze(place.prepare())

    frozen = json.loads(ballot.frozen_text)
    assert ballot.fingerprint == hashlib.sha256(ballot.frozen_text.encode()).hexdigest()
    assert frozen["question"] == "是否使用社区基金更换路灯？"
    assert [option["number"] for option in frozen["options"]] == [1, 2, 3]
    assert frozen["rule"]["quorum"] == {"numerator": 2, "denominator": 3, "is_strict": False}
    assert frozen["opens_at"] == "2026-03-04T05:00:00.000000Z"
    assert frozen["roll"]["sha256"] == roll_digest(ballot.roll.values_list("number", "resident_id", "user_id", "name"))
    assert frozen["code_version"].startswith("ballot/2 ")
    assert ballot.notice is not None
    assert (ballot.notice.status, grouped(ballot.fingerprint) in ballot.notice.body) == ("POSTED", True)
    assert queries.digest_of_roll(ballot) == frozen["roll"]["sha256"]


def test_freeze_writes_trail_and_event(place: Place) -> None:
    ballot = place.freeze(place.prepare())

    assert AuditEntry.objects.get(verb="consultation.ballot.frozen").object_key == str(ballot.pk)
    assert OutboxEvent.objects.get(topic="consultation.ballot.frozen").object_key == str(ballot.pk)


def test_freeze_is_one_statement_for_the_roll(place: Place, django_assert_max_num_queries: Any) -> None:
    ballot = place.prepare()

    with django_assert_max_num_queries(60) as captured:
        place.freeze(ballot)

    inserts = [query["sql"] for query in captured if "INSERT INTO consultation_rollentry" in query["sql"]]
    assert len(inserts) == 1


def test_freeze_refuses_when_the_opening_is_past(place: Place) -> None:
    ballot = place.prepare()
    place.now += HOUR

    refused(operations.FreezeTooLate, place.freeze, ballot=ballot)


def test_freeze_refuses_an_empty_roll(place: Place) -> None:
    body = BodyFactory(division=place.division)

    refused(operations.RollEmpty, place.freeze, ballot=place.prepare(roll_source="BODY", body=body))


def test_freeze_refuses_too_few_days_of_notice(place: Place) -> None:
    rule = DecisionRuleFactory(notice_days=10)
    opens = place.now + 10 * DAY
    early = place.prepare(rule_key=rule.key, opens_at=opens, closes_at=opens + DAY)

    refused(operations.NoticeTooLate, place.freeze, ballot=early)

    later = place.prepare(rule_key=rule.key, opens_at=opens + DAY, closes_at=opens + 2 * DAY)
    frozen = place.freeze(later)
    assert frozen.notice is not None
    assert frozen.notice.ends_on == dt.date(2026, 3, 14)


def test_freeze_refuses_a_topic_that_is_not_deliberated(place: Place) -> None:
    topic = TopicForBallotFactory(division=place.division, deliberated=place.now)
    ballot = place.prepare(topic=topic)
    topic.status = "CLOSED"
    topic.save()

    refused(operations.TopicNotReady, place.freeze, ballot=ballot)


def test_freeze_refuses_when_the_phase_has_gone(place: Place) -> None:
    topic = TopicForBallotFactory(division=place.division)
    add_vote_phase(topic, place.now)
    ballot = place.prepare(topic=topic)
    topic.phases.all().delete()
    deliberate(topic, place.now)

    refused(operations.PhaseMissing, place.freeze, ballot=ballot)


def test_freeze_is_for_staff_and_once(place: Place) -> None:
    ballot = place.prepare()
    refused(
        MoveForbidden,
        operations.freeze_ballot,
        by=place.voters[0],
        now=place.now,
        today=place.now.date(),
        ballot=ballot,
    )
    place.freeze(ballot)

    refused(MoveClosed, place.freeze, ballot=ballot)


# --- Opening and closing ---------------------------------------------------------------------------------------------


def test_the_clock_opens_and_closes_at_the_frozen_times(place: Place) -> None:
    ballot = place.freeze(place.prepare())
    by = place.system

    assert operations.open_due_ballots(by=by, now=ballot.opens_at - dt.timedelta(microseconds=1)) == []
    assert operations.open_due_ballots(by=by, now=ballot.opens_at) == [ballot.pk]
    assert operations.open_due_ballots(by=by, now=ballot.opens_at) == []
    assert operations.close_due_ballots(by=by, now=ballot.closes_at - dt.timedelta(microseconds=1)) == []
    assert operations.close_due_ballots(by=by, now=ballot.closes_at) == [ballot.pk]
    assert operations.close_due_ballots(by=by, now=ballot.closes_at) == []


def test_nobody_but_the_clock_opens(place: Place) -> None:
    place.freeze(place.prepare())

    assert operations.open_due_ballots(by=place.staff, now=place.now + DAY) == []


def test_an_upheld_objection_keeps_the_ballot_shut(place: Place) -> None:
    ballot = place.freeze(place.prepare())
    ObjectionFactory(
        notice=ballot.notice,
        raised_at=place.now,
        outcome=ObjectionOutcome.UPHELD,
        reply="成立",
        replied_at=place.now,
        replied_by=place.staff,
    )

    assert operations.open_due_ballots(by=place.system, now=ballot.opens_at) == []
    cancelled = operations.cancel_ballot(by=place.staff, now=place.now, ballot=ballot, reason="异议成立")
    assert cancelled.status == "CANCELLED"


def test_a_topic_that_has_ended_keeps_the_ballot_shut(place: Place) -> None:
    topic = TopicForBallotFactory(division=place.division, deliberated=place.now)
    ballot = place.freeze(place.prepare(topic=topic))
    topic.status = "CLOSED"
    topic.save()

    assert operations.open_due_ballots(by=place.system, now=ballot.opens_at) == []


def test_cancel_needs_a_reason_and_an_unopened_ballot(place: Place) -> None:
    ballot = place.open()

    refused(ReasonMissing, operations.cancel_ballot, by=place.staff, now=place.now, ballot=place.prepare(), reason=" ")
    refused(MoveClosed, operations.cancel_ballot, by=place.staff, now=place.now, ballot=ballot, reason="重来")


# --- Casting ---------------------------------------------------------------------------------------------------------


def test_cast_vote_writes_vote_trail_and_event_without_the_choice(place: Place) -> None:
    ballot, voter = place.open(), place.voters[0]

    vote = operations.cast_vote(by=voter, now=ballot.opens_at, ballot=ballot, choices=[2])

    assert (vote.entry, vote.channel, vote.choices) == (entry_of(ballot, voter), "WEB", [2])
    assert len(vote.receipt) == 19
    entry = AuditEntry.objects.get(verb="consultation.vote.cast")
    assert (entry.actor, entry.after) == (voter, {"ballot": ballot.pk, "channel": "WEB"})
    event = OutboxEvent.objects.get(topic="consultation.vote.cast")
    assert (event.object_key, event.payload) == (str(vote.pk), {"ballot": ballot.pk})


def test_cast_vote_costs_six_statements(place: Place, django_assert_num_queries: Any) -> None:
    ballot, voter = place.open(), User.objects.get(pk=place.voters[0].pk)

    with django_assert_num_queries(6):  # savepoint, entry, vote, trail, event, release
        operations.cast_vote(by=voter, now=ballot.opens_at, ballot=ballot, choices=[1])


def test_cast_vote_refuses_a_second_vote(place: Place) -> None:
    ballot, voter = place.open(), place.voters[0]
    vote = operations.cast_vote(by=voter, now=ballot.opens_at, ballot=ballot, choices=[2])

    refused(voting.VotedAlready, operations.cast_vote, by=voter, now=ballot.opens_at, ballot=ballot, choices=[1])

    vote.refresh_from_db()
    assert vote.choices == [2]


def test_cast_vote_refuses_people_outside_the_roll(place: Place) -> None:
    ballot = place.open()
    newcomer = place.resident("新居民")

    for person in (newcomer.user, UserFactory(resident=True), place.staff):
        refused(voting.NotOnRoll, operations.cast_vote, by=person, now=ballot.opens_at, ballot=ballot, choices=[1])


def test_cast_vote_refuses_partner_systems_and_the_clock(place: Place) -> None:
    ballot = place.open()

    for person in (UserFactory(service=True), place.system):
        refused(voting.CastNotYours, operations.cast_vote, by=person, now=ballot.opens_at, ballot=ballot, choices=[1])


def test_cast_vote_refuses_before_opening_and_after_closing(place: Place) -> None:
    ballot = place.freeze(place.prepare())
    cast = {"by": place.voters[0], "ballot": ballot, "choices": [1]}
    refused(voting.BallotNotOpen, operations.cast_vote, now=ballot.opens_at, **cast)
    operations.open_due_ballots(by=place.system, now=ballot.opens_at)

    refused(voting.BallotNotOpen, operations.cast_vote, now=ballot.opens_at - HOUR, **cast)
    refused(voting.BallotOver, operations.cast_vote, now=ballot.closes_at, **cast)
    place.close(ballot)
    refused(voting.BallotOver, operations.cast_vote, now=ballot.closes_at - HOUR, **cast)


@pytest.mark.parametrize("choices", [[], [0], [4], [1, 2], [1, 1]])
def test_cast_vote_refuses_impossible_choices(place: Place, choices: list[int]) -> None:
    ballot = place.open()

    refused(
        ChoicesImpossible,
        operations.cast_vote,
        by=place.voters[0],
        now=ballot.opens_at,
        ballot=ballot,
        choices=choices,
    )


def test_cast_vote_puts_several_choices_in_order(place: Place) -> None:
    ballot = place.open(method="APPROVAL", options=[("甲", ""), ("乙", ""), ("丙", "")], most_choices=2)

    vote = operations.cast_vote(by=place.voters[0], now=ballot.opens_at, ballot=ballot, choices=[3, 1])

    assert vote.choices == [1, 3]


def test_drafts_are_saved_changed_put_away_and_counted(place: Place) -> None:
    ballot = place.open()
    moment = {"now": ballot.opens_at, "ballot": ballot}
    first, second, third = place.voters[:3]

    operations.save_draft(by=first, choices=[1], **moment)
    changed = operations.save_draft(by=first, choices=[2], **moment)
    operations.save_draft(by=second, choices=[1], **moment)
    operations.save_draft(by=third, choices=[3], **moment)
    assert operations.save_draft(by=third, choices=[], **moment) is None
    operations.cast_vote(by=second, choices=[2], **moment)

    assert changed is not None
    assert changed.choices == [2]
    assert queries.unfinished_of(ballot) == 1
    refused(voting.VotedAlready, operations.save_draft, by=second, choices=[1], **moment)
    refused(voting.NotOnRoll, operations.save_draft, by=place.staff, choices=[1], **moment)
    refused(voting.BallotOver, operations.save_draft, by=first, choices=[1], now=ballot.closes_at, ballot=ballot)
    assert not AuditEntry.objects.filter(object_label="consultation.VoteDraft").exists()


# --- Counting and publishing -----------------------------------------------------------------------------------------


def test_count_judges_by_the_frozen_rule(place: Place) -> None:
    ballot = place.open()
    place.cast(ballot, [[1], [1], [1], [2]])
    operations.save_draft(by=place.voters[4], now=ballot.opens_at, ballot=ballot, choices=[1])
    place.close(ballot)

    result = operations.count_ballot(by=place.staff, now=ballot.closes_at, ballot=ballot)

    assert result.counts == [{"number": 1, "votes": 3}, {"number": 2, "votes": 1}, {"number": 3, "votes": 0}]
    assert (result.entitled, result.cast, result.unfinished, result.by_channel) == (5, 4, 1, {"WEB": 4})
    assert (result.has_quorum, result.is_passed, result.winner) == (True, True, 1)
    assert len(result.recount_sha256) == 64
    ballot.refresh_from_db()
    assert (ballot.status, ballot.counted_by) == ("COUNTED", place.staff)


@pytest.mark.parametrize(
    ("choices", "has_quorum", "is_passed"),
    [
        ([[1], [1], [1]], False, False),  # 3 of 5 is less than two thirds
        ([[1], [1], [2], [2]], True, False),  # exactly one half fails
        ([[1], [1], [1], [2], [3]], True, True),  # 3 of 5 present
        ([[1], [1], [3], [3]], True, False),  # abstentions are present
    ],
)
def test_count_keeps_the_boundaries(place: Place, choices: Any, has_quorum: bool, is_passed: bool) -> None:
    ballot = place.open()
    place.cast(ballot, choices)

    result = place.count(ballot).result

    assert (result.has_quorum, result.is_passed) == (has_quorum, is_passed)


def test_count_finds_no_winner_in_a_tie(place: Place) -> None:
    ballot = place.open(method="SINGLE", options=[("甲", ""), ("乙", "")])
    place.cast(ballot, [[1], [2], [1], [2]])

    result = place.count(ballot).result

    assert (result.winner, result.is_passed) == (None, False)


def test_count_judges_by_the_votes_of_the_winner(place: Place) -> None:
    ballot = place.open(method="APPROVAL", options=[("甲", ""), ("乙", ""), ("丙", "")], most_choices=3)
    place.cast(ballot, [[1, 2], [2, 3], [2], [3]])

    result = place.count(ballot).result

    assert (result.winner, result.is_passed, result.cast) == (2, True, 4)


def test_a_ballot_nobody_voted_in_is_counted(place: Place) -> None:
    result = place.count(place.open()).result

    assert (result.cast, result.has_quorum, result.is_passed, result.winner) == (0, False, False, None)


def test_count_is_for_its_time_and_its_people(place: Place) -> None:
    ballot = place.open()
    count = {"call": operations.count_ballot, "now": ballot.closes_at, "ballot": ballot}
    refused(MoveClosed, by=place.staff, **count)
    place.close(ballot)

    refused(MoveForbidden, by=place.voters[0], **count)
    place.count(ballot)
    refused(MoveClosed, by=place.staff, **count)


def test_count_waits_for_unchecked_sheets(place: Place) -> None:
    ballot = place.open()
    operations.enter_paper_vote(
        by=place.staff,
        now=ballot.opens_at,
        ballot=ballot,
        entry=entry_of(ballot, place.voters[0]),
        serial_number="A-001",
        choices=[1],
    )
    place.close(ballot)

    refused(MoveHindered, operations.count_ballot, by=place.staff, now=ballot.closes_at, ballot=ballot)


def test_publish_is_by_another_person_and_puts_drafts_away(place: Place) -> None:
    ballot = place.open()
    operations.save_draft(by=place.voters[0], now=ballot.opens_at, ballot=ballot, choices=[1])
    place.count(ballot)

    refused(SamePerson, operations.publish_ballot, by=place.staff, now=ballot.closes_at, ballot=ballot)
    published = operations.publish_ballot(by=place.supervisor, now=ballot.closes_at, ballot=ballot)

    assert (published.status, VoteDraft.objects.count()) == ("PUBLISHED", 0)


def test_results_pass_the_gate_after_publication_only(place: Place) -> None:
    ballot = place.open()
    place.cast(ballot, [[1], [1], [1], [2]])
    for step in (lambda: ballot, lambda: place.close(ballot), lambda: place.count(ballot)):
        step()
        for person in (place.staff, place.colleague, place.supervisor, place.voters[0]):
            assert queries.results_of(ballot, person) is None
            with pytest.raises(queries.ResultsNotPublished):
                queries.recount_bytes(ballot, person)
    published = operations.publish_ballot(by=place.colleague, now=ballot.closes_at, ballot=ballot)

    results = queries.results_of(published, place.voters[0])

    assert results is not None
    assert [(line.number, line.votes, str(line.percent), line.is_winner) for line in results.lines] == [
        (1, 3, "75.0", True),
        (2, 1, "25.0", False),
        (3, 0, "0.0", False),
    ]
    assert str(results.turnout.percent) == "80.0"


def test_nothing_says_what_was_chosen_before_publication(place: Place) -> None:
    ballot = place.open()
    place.cast(ballot, [[1], [2], [2], [3]])
    place.count(ballot)

    told = [*AuditEntry.objects.values_list("before", "after", "object_name", "reason")]
    told += OutboxEvent.objects.values_list("payload", "object_label", "topic")
    assert not [row for row in told if "counts" in str(row) or "choices" in str(row) or "winner" in str(row)]


def test_the_options_have_labels_in_the_readers_language(place: Place, english: None) -> None:
    ballot = place.prepare()

    assert [str(option.label_in(ballot.method)) for option in ballot.options.all()] == ["For", "Against", "Abstain"]
    assert BallotOption(number=1, title="甲").label_in("SINGLE") == "甲"
