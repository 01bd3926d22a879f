"""Decisions from the ballot that passed to what the residents accepted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from communities.notices import operations as notices
from communities.notices.models import ObjectionOutcome, Visibility
from communities.notices.operations import AnsweredByReporter
from communities.people.policy import PersonalNumbersFound
from consultation.ballots.models import Ballot
from consultation.decisions import accepting, executing, operations
from consultation.decisions.models import Decision
from consultation.decisions.queries import Verdicts, verdicts_of
from consultation.topics.models import Topic
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden, MoveHindered, ReasonMissing, SamePerson
from governance.outbox.models import OutboxEvent
from tests.factories.accounts import UserFactory
from tests.factories.communities import AttachmentFactory, DecisionRuleFactory
from tests.factories.consultation_ballots import DAY, Place, TopicForBallotFactory, seeded_rule
from tests.walls import alone, violated

AGREED = [[1], [1], [1], [2]]
DUE = dt.date(2026, 5, 1)


def refused(refusal: type[DomainError], call: Any, **arguments: Any) -> None:
    """Expect a refusal that leaves nothing behind."""
    rows = (Decision, AuditEntry, OutboxEvent)
    before = [model.objects.count() for model in rows]
    with pytest.raises(refusal):
        call(**arguments)
    assert [model.objects.count() for model in rows] == before


@pytest.fixture
def place(db: None, now: dt.datetime) -> Place:
    """A community with five voters."""
    made = Place(now)
    made.populate(5)
    return made


def voted(place: Place, choices: Any = AGREED, topic: Topic | None = None, **changes: Any) -> Ballot:
    """Return a published ballot on a topic."""
    topic = topic or TopicForBallotFactory(division=place.division, deliberated=place.now)
    ballot = place.open(topic=topic, **changes)
    place.cast(ballot, choices)
    return place.publish(ballot)


def drafted(place: Place, ballot: Ballot | None = None, **changes: Any) -> Decision:
    """Draft a decision from a ballot that passed."""
    ballot = ballot or voted(place)
    given = {"topic": ballot.topic, "ballot": ballot, "text": "使用社区基金更换路灯。", **changes}
    return operations.draft_decision(by=place.staff, now=place.now + 3 * DAY, **given)


def posted(place: Place) -> Decision:
    """Post a decision three days later."""
    moment = place.now + 3 * DAY
    return operations.post_decision(by=place.staff, now=moment, today=moment.date(), decision=drafted(place))


def settle(place: Place, decision: Decision, *, days: int) -> Decision:
    """Let the clock close notices and settle decisions so many days after the notice."""
    assert decision.notice is not None
    assert decision.notice.ends_on is not None
    moment = dt.datetime.combine(decision.notice.ends_on, place.now.timetz()) + days * DAY
    notices.close_due_notices(by=place.system, now=moment, today=moment.date())
    operations.settle_posted_decisions(by=place.system, now=moment, today=moment.date())
    decision.refresh_from_db()
    return decision


def final(place: Place) -> Decision:
    """Return a final decision."""
    return settle(place, posted(place), days=1)


def reported(place: Place) -> SimpleNamespace:
    """Return a decision whose result was reported, and the moment."""
    moment = place.now + 30 * DAY
    decision = executing.begin_execution(
        by=place.staff, now=moment, decision=final(place), responsible="社区居委会", due_on=moment.date() + 10 * DAY
    )
    decision = executing.report_result(by=place.staff, now=moment, decision=decision, text="路灯已全部更换。")
    return SimpleNamespace(decision=decision, now=moment)


def test_draft_cites_the_ballot(place: Place) -> None:
    decision = drafted(place, cost_estimate=Decimal("4800.00"))

    assert decision.number == f"JD2026-{decision.ballot_id:06d}"
    assert (decision.status, decision.division, decision.cost_estimate) == ("DRAFT", place.division, Decimal(4800))
    assert AuditEntry.objects.get(verb="consultation.decision.drafted").object_key == str(decision.pk)


def test_draft_refuses_a_ballot_that_decides_nothing(place: Place) -> None:
    failed = voted(place, [[1], [2], [1], [2]])
    counted = place.open(topic=TopicForBallotFactory(division=place.division, deliberated=place.now))
    place.cast(counted, AGREED)
    place.count(counted)
    other_topic = TopicForBallotFactory(division=place.division, deliberated=place.now)

    refused(operations.BallotDecidesNothing, drafted, place=place, ballot=failed)
    refused(operations.BallotDecidesNothing, drafted, place=place, ballot=counted)
    passed = voted(place)
    refused(operations.BallotDecidesNothing, drafted, place=place, ballot=passed, topic=other_topic)


def test_draft_is_for_staff_with_a_text_that_may_be_posted(place: Place) -> None:
    ballot = voted(place)

    refused(operations.TextMissing, drafted, place=place, ballot=ballot, text=" ")
    refused(PersonalNumbersFound, drafted, place=place, ballot=ballot, text="请致电13812345678")
    place.staff, staff = place.voters[0], place.staff
    refused(NotAllowed, drafted, place=place, ballot=ballot)
    place.staff = staff
    drafted(place, ballot)
    refused(operations.BallotUsed, drafted, place=place, ballot=ballot)


def test_a_costly_decision_of_the_council_needs_two_thirds(place: Place) -> None:
    seeded_rule("council_costly")
    narrow = voted(place, [[1], [1], [1], [2], [2]])

    refused(operations.CostlyNeedsMore, drafted, place=place, ballot=narrow, cost_estimate=Decimal("5000.01"))
    assert drafted(place, narrow, cost_estimate=Decimal("5000.00")).cost_estimate == Decimal(5000)
    assert drafted(place, voted(place), cost_estimate=Decimal("48000.00")).cost_estimate == Decimal(48000)


def test_the_limit_is_only_for_the_councils_ordinary_rule(place: Place) -> None:
    rule = DecisionRuleFactory()
    narrow = voted(place, [[1], [1], [1], [2], [2]], rule_key=rule.key)

    assert drafted(place, narrow, cost_estimate=Decimal("48000.00")).cost_estimate == Decimal(48000)


def test_post_puts_up_a_notice_and_decides_the_topic(place: Place) -> None:
    decision = posted(place)

    assert decision.notice is not None
    assert (decision.notice.status, decision.notice.minimum_days, decision.notice.day_kind) == ("POSTED", 5, "WORKING")
    assert decision.number in decision.notice.body
    topic = Topic.objects.get(pk=decision.topic_id)
    assert (decision.status, topic.status) == ("POSTED", "DECIDED")


def test_post_counts_the_days_of_the_place_where_the_rule_names_none(place: Place) -> None:
    rule = DecisionRuleFactory()
    decision = drafted(place, voted(place, rule_key=rule.key))

    found = operations.post_decision(by=place.staff, now=place.now, today=place.now.date(), decision=decision)

    assert found.notice is not None
    assert (found.notice.minimum_days, found.notice.day_kind) == (5, "WORKING")


def test_post_is_for_staff_and_once(place: Place) -> None:
    decision = drafted(place)
    post = {"call": operations.post_decision, "now": place.now, "today": place.now.date(), "decision": decision}

    refused(MoveForbidden, by=place.voters[0], **post)
    operations.post_decision(by=place.staff, now=place.now, today=place.now.date(), decision=decision)
    refused(MoveClosed, by=place.staff, **post)


def test_a_notice_that_closes_clear_makes_the_decision_final(place: Place) -> None:
    decision = posted(place)

    assert settle(place, decision, days=0).status == "POSTED"
    assert settle(place, decision, days=1).status == "FINAL"
    assert operations.settle_posted_decisions(by=place.system, now=place.now, today=place.now.date()) == []


@pytest.mark.parametrize(
    ("outcome", "status"), [(ObjectionOutcome.UPHELD, "OVERTURNED"), (ObjectionOutcome.REJECTED, "FINAL")]
)
def test_an_objection_holds_the_decision_until_it_is_answered(place: Place, outcome: str, status: str) -> None:
    decision = posted(place)
    assert decision.notice is not None
    moment = place.now + 3 * DAY
    objection = notices.raise_objection(by=place.voters[0], now=moment, notice=decision.notice, text="费用过高。")

    assert settle(place, decision, days=1).status == "POSTED"
    notices.answer_objection(by=place.staff, now=moment, objection=objection, outcome=outcome, reply="已核实。")
    assert settle(place, decision, days=1).status == status
    topic_status = "DELIBERATED" if status == "OVERTURNED" else "DECIDED"
    assert Topic.objects.get(pk=decision.topic_id).status == topic_status


def test_execution_has_somebody_responsible_and_a_day(place: Place) -> None:
    decision, moment = final(place), place.now + 30 * DAY
    begin = {"call": executing.begin_execution, "now": moment, "decision": decision}

    refused(operations.TextMissing, by=place.staff, responsible=" ", due_on=DUE, **begin)
    refused(executing.DueInThePast, by=place.staff, responsible="居委会", due_on=dt.date(2026, 4, 2), **begin)
    refused(MoveForbidden, by=place.voters[0], responsible="居委会", due_on=DUE, **begin)
    begun = executing.begin_execution(
        by=place.staff, now=moment, decision=decision, responsible="居委会", due_on=dt.date(2026, 4, 3)
    )
    assert (begun.status, begun.responsible) == ("EXECUTING", "居委会")


def test_the_result_is_reported_with_public_evidence(place: Place) -> None:
    moment = place.now + 30 * DAY
    decision = executing.begin_execution(
        by=place.staff, now=moment, decision=final(place), responsible="居委会", due_on=DUE
    )
    report = {"call": executing.report_result, "by": place.staff, "now": moment, "decision": decision}
    hidden = AttachmentFactory(division=place.division, visibility=Visibility.INTERNAL)
    shown = AttachmentFactory(division=place.division)

    refused(operations.TextMissing, text="", **report)
    refused(PersonalNumbersFound, text="电话13812345678", **report)
    refused(executing.EvidenceNotPublic, text="已完成", evidence=[hidden], **report)
    found = executing.report_result(by=place.staff, now=moment, decision=decision, text="已完成", evidence=[shown])
    assert (found.status, found.result_text, list(found.evidence.all())) == ("REPORTED", "已完成", [shown])


def shown_out(place: Place, case: SimpleNamespace) -> dt.datetime:
    """Let the days of the result's notice pass; return the day after them."""
    case.decision.refresh_from_db()
    shown = case.decision.result_notice
    assert shown.ends_on is not None
    moment = dt.datetime.combine(shown.ends_on, place.now.timetz()) + DAY
    notices.close_due_notices(by=place.system, now=moment, today=moment.date())
    case.decision.refresh_from_db()
    return moment


def test_supervisor_or_representative_accept(place: Place) -> None:
    for number, by in enumerate((place.supervisor, place.representative)):
        case = reported(place)
        after = shown_out(place, case)
        accepted = accepting.accept_result(by=by, now=after, decision=case.decision)
        assert (accepted.status, accepted.accepted_by, accepted.acceptance) == ("ACCEPTED", by, "FULL"), number
        assert executing.close_decision(by=place.staff, now=after, decision=accepted).status == "CLOSED"


def test_a_result_is_accepted_when_the_residents_had_their_days(place: Place) -> None:
    case = reported(place)
    assert case.decision.result_notice.ends_on == case.now.date() + dt.timedelta(days=5)

    refused(MoveHindered, accepting.accept_result, by=place.supervisor, now=case.now, decision=case.decision)
    put = "UPDATE consultation_decision SET status = 'ACCEPTED', accepted_at = now(), acceptance = 'FULL' WHERE id = %s"
    assert violated(put, case.decision.pk) == "decision_accepted_after_its_notice"
    after = shown_out(place, case)
    assert accepting.accept_result(by=place.supervisor, now=after, decision=case.decision).status == "ACCEPTED"


def test_a_result_is_accepted_in_part_with_what_is_missing(place: Place) -> None:
    case = reported(place)
    accept = {"by": place.supervisor, "now": shown_out(place, case), "decision": case.decision}

    refused(accepting.ShortfallMissing, accepting.accept_result, acceptance="PARTLY", shortfall=" ", **accept)
    refused(accepting.ShortfallUnwanted, accepting.accept_result, shortfall="两盏未亮", **accept)
    found = accepting.accept_result(acceptance="PARTLY", shortfall="两盏未亮", **accept)
    assert (found.acceptance, found.shortfall) == ("PARTLY", "两盏未亮")
    bare = "UPDATE consultation_decision SET shortfall = '' WHERE id = %s"
    assert violated(bare, found.pk) == "decision_accepted_in_full_or_in_part"


def test_residents_judge_a_result_once_while_it_is_shown(place: Place) -> None:
    case = reported(place)
    judge = {"call": accepting.give_verdict, "now": case.now, "decision": case.decision, "verdict": "DONE"}

    refused(accepting.VerdictFromElsewhere, by=UserFactory(resident=True), **judge)
    refused(PersonalNumbersFound, by=place.voters[0], text="请拨13812345678", **judge)
    given = accepting.give_verdict(
        by=place.voters[0], now=case.now, decision=case.decision, verdict="PARTLY", text="东侧未装"
    )
    assert given.notice == case.decision.result_notice
    refused(accepting.VerdictRepeated, by=place.voters[0], **judge)
    refused(accepting.NotShownNow, **{**judge, "by": place.voters[1], "now": case.now + 30 * DAY})
    assert verdicts_of(case.decision) == Verdicts(done=0, partly=1, not_done=0)
    assert "permission denied" in violated("UPDATE consultation_resultverdict SET verdict = 'DONE'")
    unknown = "INSERT INTO consultation_resultverdict (notice_id, decision_id, user_id, verdict, text, given_at) "
    values = "SELECT notice_id, decision_id, %s, {}, '', given_at FROM consultation_resultverdict"
    assert violated(unknown + values.format("'FINE'"), place.voters[1].pk) == "resultverdict_is_known"
    assert violated(unknown + values.format("'DONE'"), place.voters[0].pk) == "resultverdict_once_each"


@pytest.mark.parametrize(("against", "is_held"), [(2, False), (3, True)])
def test_what_half_of_them_reject_is_not_accepted(place: Place, against: int, is_held: bool) -> None:
    place.resident("居民六")
    case = reported(place)
    for number, voter in enumerate(place.voters[:6]):
        verdict = "NOT_DONE" if number < against else "DONE"
        accepting.give_verdict(by=voter, now=case.now, decision=case.decision, verdict=verdict)
    accept = {"by": place.supervisor, "now": shown_out(place, case), "decision": case.decision}

    if is_held:
        refused(accepting.ResidentsReject, accepting.accept_result, **accept)
        returned = executing.return_result(reason="居民认为未完成", **accept)
        assert returned.status == "EXECUTING"
    else:
        assert accepting.accept_result(**accept).status == "ACCEPTED"


def test_a_rightful_objection_takes_the_result_back(place: Place) -> None:
    case = reported(place)
    objection = notices.raise_objection(
        by=place.voters[0], now=case.now, notice=case.decision.result_notice, text="三单元没有装。"
    )
    notices.answer_objection(
        by=place.colleague, now=case.now, objection=objection, outcome=ObjectionOutcome.UPHELD, reply="属实。"
    )
    after = shown_out(place, case)
    refused(MoveHindered, accepting.accept_result, by=place.supervisor, now=after, decision=case.decision)

    assert accepting.take_back_disputed_results(by=place.system, now=after) == [case.decision.pk]
    assert accepting.take_back_disputed_results(by=place.system, now=after) == []

    case.decision.refresh_from_db()
    assert case.decision.status == "EXECUTING"
    again = executing.report_result(by=place.staff, now=after, decision=case.decision, text="三单元已补装。")
    assert again.result_notice != objection.notice
    assert verdicts_of(again) == Verdicts()


def test_nobody_accepts_what_they_reported(place: Place) -> None:
    case = reported(place)
    accept = {"call": accepting.accept_result, "now": shown_out(place, case), "decision": case.decision}

    refused(MoveForbidden, by=place.colleague, **accept)
    refused(MoveForbidden, by=UserFactory(resident=True), **accept)
    Decision.objects.filter(pk=case.decision.pk).update(reported_by=place.supervisor)
    refused(SamePerson, by=User.objects.get(pk=place.supervisor.pk), **accept)


def test_a_result_is_returned_with_a_reason(place: Place) -> None:
    case = reported(place)
    give_back = {"by": place.supervisor, "now": case.now, "decision": case.decision}

    refused(ReasonMissing, executing.return_result, reason=" ", **give_back)
    assert executing.return_result(reason="仍有两盏未亮", **give_back).status == "EXECUTING"


def test_the_database_keeps_decisions(place: Place) -> None:
    failed = voted(place, [[1], [2], [1], [2]])
    decision = posted(place)
    update = "UPDATE consultation_decision SET {} WHERE id = %s"

    insert = """
        INSERT INTO consultation_decision (number, topic_id, ballot_id, division_id, text, cost_estimate, responsible,
            result_text, acceptance, shortfall, status, drafted_at, drafted_by_id)
        VALUES ('X', %s, %s, %s, '', 0, '', '', '', '', 'DRAFT', now(), %s)
    """
    assert violated(insert, failed.topic_id, failed.pk, place.division.pk, place.staff.pk) == (
        "decision_cites_a_passed_ballot"
    )
    assert violated(update.format("status = 'FINAL'"), decision.pk) == "decision_follows_its_notice"
    assert violated(update.format("status = 'OVERTURNED'"), decision.pk) == "decision_follows_its_notice"
    assert "Cannot update rows" in violated(update.format("cost_estimate = 1"), decision.pk)
    case = reported(place)
    shown_out(place, case)
    same = f"status = 'ACCEPTED', accepted_at = now(), acceptance = 'FULL', accepted_by_id = {case.decision.reported_by_id}"
    assert violated(update.format(same), case.decision.pk) == "decision_accepted_by_another"


def test_a_decision_needs_a_notice_to_be_posted(place: Place) -> None:
    decision = drafted(place)

    found = violated("UPDATE consultation_decision SET status = 'POSTED' WHERE id = %s", decision.pk)

    assert found == "decision_posted_has_a_notice"


@pytest.mark.django_db(transaction=True)
def test_who_reported_a_result_does_not_answer_objections_to_it(place: Place, owner: Any) -> None:
    told = reported(place)
    notice = told.decision.result_notice
    assert notice is not None
    objection = notices.raise_objection(by=place.voters[0], now=told.now, notice=notice, text="二单元没有换。")
    given = {"now": told.now, "objection": objection, "outcome": "UPHELD", "reply": "已去现场核实。"}

    with pytest.raises(AnsweredByReporter):
        notices.answer_objection(by=place.staff, **given)

    objection.refresh_from_db()
    assert (objection.outcome, objection.replied_by) == ("", None)
    with owner():
        alone(
            "objection_answered_by_another",
            "UPDATE communities_objection SET outcome = 'UPHELD', reply = '已核实', replied_at = raised_at, replied_by_id = %s "
            "WHERE id = %s",
            place.staff.pk,
            objection.pk,
        )
    assert notices.answer_objection(by=place.colleague, **given).replied_by == place.colleague
