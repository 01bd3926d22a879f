"""Decisions from the ballot that passed to what the residents accepted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from communities.notices import operations as notices
from communities.notices.models import ObjectionOutcome, Visibility
from communities.people.policy import PersonalNumbersFound
from consultation.ballots.models import Ballot
from consultation.decisions import operations
from consultation.decisions.models import Decision
from consultation.topics.models import Topic
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing, SamePerson
from governance.outbox.models import OutboxEvent
from tests.factories.accounts import UserFactory
from tests.factories.communities import AttachmentFactory, DecisionRuleFactory
from tests.factories.consultation_ballots import DAY, Place, TopicForBallotFactory, seeded_rule
from tests.walls import violated

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
    decision = operations.begin_execution(
        by=place.staff, now=moment, decision=final(place), responsible="社区居委会", due_on=moment.date() + 10 * DAY
    )
    decision = operations.report_result(by=place.staff, now=moment, decision=decision, text="路灯已全部更换。")
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
    begin = {"call": operations.begin_execution, "now": moment, "decision": decision}

    refused(operations.TextMissing, by=place.staff, responsible=" ", due_on=DUE, **begin)
    refused(operations.DueInThePast, by=place.staff, responsible="居委会", due_on=dt.date(2026, 4, 2), **begin)
    refused(MoveForbidden, by=place.voters[0], responsible="居委会", due_on=DUE, **begin)
    begun = operations.begin_execution(
        by=place.staff, now=moment, decision=decision, responsible="居委会", due_on=dt.date(2026, 4, 3)
    )
    assert (begun.status, begun.responsible) == ("EXECUTING", "居委会")


def test_the_result_is_reported_with_public_evidence(place: Place) -> None:
    moment = place.now + 30 * DAY
    decision = operations.begin_execution(
        by=place.staff, now=moment, decision=final(place), responsible="居委会", due_on=DUE
    )
    report = {"call": operations.report_result, "by": place.staff, "now": moment, "decision": decision}
    hidden = AttachmentFactory(division=place.division, visibility=Visibility.INTERNAL)
    shown = AttachmentFactory(division=place.division)

    refused(operations.TextMissing, text="", **report)
    refused(PersonalNumbersFound, text="电话13812345678", **report)
    refused(operations.EvidenceNotPublic, text="已完成", evidence=[hidden], **report)
    found = operations.report_result(by=place.staff, now=moment, decision=decision, text="已完成", evidence=[shown])
    assert (found.status, found.result_text, list(found.evidence.all())) == ("REPORTED", "已完成", [shown])


def test_supervisor_or_representative_accept(place: Place) -> None:
    for number, by in enumerate((place.supervisor, place.representative)):
        case = reported(place)
        accepted = operations.accept_result(by=by, now=case.now, decision=case.decision)
        assert (accepted.status, accepted.accepted_by) == ("ACCEPTED", by), number
        assert operations.close_decision(by=place.staff, now=case.now, decision=accepted).status == "CLOSED"


def test_nobody_accepts_what_they_reported(place: Place) -> None:
    case = reported(place)
    accept = {"call": operations.accept_result, "now": case.now, "decision": case.decision}

    refused(MoveForbidden, by=place.colleague, **accept)
    refused(MoveForbidden, by=UserFactory(resident=True), **accept)
    Decision.objects.filter(pk=case.decision.pk).update(reported_by=place.supervisor)
    refused(SamePerson, by=User.objects.get(pk=place.supervisor.pk), **accept)


def test_a_result_is_returned_with_a_reason(place: Place) -> None:
    case = reported(place)
    give_back = {"by": place.supervisor, "now": case.now, "decision": case.decision}

    refused(ReasonMissing, operations.return_result, reason=" ", **give_back)
    assert operations.return_result(reason="仍有两盏未亮", **give_back).status == "EXECUTING"


def test_the_database_keeps_decisions(place: Place) -> None:
    failed = voted(place, [[1], [2], [1], [2]])
    decision = posted(place)
    update = "UPDATE consultation_decision SET {} WHERE id = %s"

    insert = """
        INSERT INTO consultation_decision (number, topic_id, ballot_id, division_id, text, cost_estimate, responsible,
            result_text, status, drafted_at, drafted_by_id)
        VALUES ('X', %s, %s, %s, '', 0, '', '', 'DRAFT', now(), %s)
    """
    assert violated(insert, failed.topic_id, failed.pk, place.division.pk, place.staff.pk) == (
        "decision_cites_a_passed_ballot"
    )
    assert violated(update.format("status = 'FINAL'"), decision.pk) == "decision_follows_its_notice"
    assert violated(update.format("status = 'OVERTURNED'"), decision.pk) == "decision_follows_its_notice"
    assert "Cannot update rows" in violated(update.format("cost_estimate = 1"), decision.pk)
    case = reported(place)
    same = f"status = 'ACCEPTED', accepted_by_id = {case.decision.reported_by_id}"
    assert violated(update.format(same), case.decision.pk) == "decision_accepted_by_another"


def test_a_decision_needs_a_notice_to_be_posted(place: Place) -> None:
    decision = drafted(place)

    found = violated("UPDATE consultation_decision SET status = 'POSTED' WHERE id = %s", decision.pk)

    assert found == "decision_posted_has_a_notice"
