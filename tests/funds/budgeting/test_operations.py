"""Participatory budgets: what happens, and what every refusal leaves unchanged."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from consultation.ballots import operations as ballots
from consultation.ballots.allocation.pabulib import read_pb
from consultation.ballots.models import Ballot
from funds.budgeting import operations, queries
from funds.budgeting.models import BudgetProposal, BudgetRound, ProposalExclusion
from funds.budgeting.policy import sha256
from funds.ledger.models import Account
from funds.spending.models import SpendingRequest
from governance.audit.models import AuditEntry
from governance.errors import DomainError
from tests.factories.communities import DivisionFactory
from tests.factories.consultation_ballots import DAY, HOUR, TopicForBallotFactory
from tests.funds.budgeting.conftest import Story, final

pytestmark = pytest.mark.django_db


def held(account: Account) -> Decimal:
    return Account.objects.with_balance().get(pk=account.pk).amount


def free(story: Story) -> Decimal:
    return held(Account.objects.get(book=story.people.fund.book, code="pool:free"))


def test_the_money_is_set_aside_by_another_person(story: Story) -> None:
    row = story.called()

    assert (row.status, row.pool.code, held(row.pool), free(story)) == (
        "CALL",
        f"pool:budget:{row.pk}",
        Decimal("10000.00"),
        Decimal("10000.00"),
    )
    assert AuditEntry.objects.filter(verb="funds.budget_round.called").count() == 1


def test_more_than_the_free_money_cannot_be_set_aside(story: Story) -> None:
    row = story.draft(amount=Decimal("20000.01"))

    with pytest.raises(DomainError) as refusal:
        operations.call_for_proposals(by=story.people.street_officer, now=story.now, budget_round=row)

    assert refusal.value.code == "insufficient_available"
    assert BudgetRound.objects.get().status == "DRAFT"
    assert free(story) == Decimal("20000.00")


def test_a_second_round_cannot_set_the_same_money_aside(story: Story) -> None:
    story.called(amount=Decimal("15000.00"))
    second = story.draft(amount=Decimal("5000.01"))

    with pytest.raises(DomainError) as refusal:
        operations.call_for_proposals(by=story.people.street_officer, now=story.now, budget_round=second)

    assert refusal.value.code == "insufficient_available"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Decimal(0)}, "budget_round_unfit"),
        ({"proposals_until": dt.date(2026, 3, 3)}, "budget_round_unfit"),
        ({"text": "联系人 11010519491231002X"}, "personal_numbers_found"),
    ],
)
def test_a_draft_is_refused(story: Story, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        story.draft(**changes)

    assert refusal.value.code == code
    assert not BudgetRound.objects.exists()


def test_a_topic_of_another_place_is_refused(story: Story) -> None:
    with pytest.raises(DomainError) as refusal:
        story.draft(topic=TopicForBallotFactory(division=DivisionFactory()))

    assert refusal.value.code == "topic_unfit"


def test_residents_hand_in_three_proposals_each(story: Story) -> None:
    row, resident = story.called(), story.place.voters[0]
    for number in range(3):
        story.propose(row, f"提案{number}", by=resident)

    with pytest.raises(DomainError) as refusal:
        story.propose(row, "第四个", by=resident)

    assert refusal.value.code == "too_many_proposals"
    assert list(row.proposals.order_by("number").values_list("number", flat=True)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("estimate", "changes", "code"),
    [
        ("0.00", {}, "budget_proposal_unfit"),
        ("10000.01", {}, "cost_above_budget"),
        ("100.00", {"text": "电话 13800138000"}, "personal_numbers_found"),
    ],
)
def test_a_proposal_is_refused(story: Story, estimate: str, changes: dict[str, Any], code: str) -> None:
    row = story.called()

    with pytest.raises(DomainError) as refusal:
        story.propose(row, "提案", estimate, **changes)

    assert refusal.value.code == code
    assert not BudgetProposal.objects.exists()


def test_proposals_come_until_the_last_day(story: Story) -> None:
    row = story.called(proposals_until=story.now.date())
    story.propose(row)
    story.now += DAY

    with pytest.raises(DomainError) as refusal:
        story.propose(row)

    assert refusal.value.code == "proposals_not_called"


def test_strangers_propose_nothing(story: Story) -> None:
    row = story.called()

    with pytest.raises(DomainError):
        story.propose(row, by=story.people.neighbor_resident)

    assert not BudgetProposal.objects.exists()


def test_a_refusal_is_appealed_once_and_judged_by_the_street(story: Story) -> None:
    row, resident = story.called(), story.place.voters[0]
    one = story.propose(row, by=resident)
    one = operations.refuse_proposal(by=story.people.community_staff, now=story.now, proposal=one, reason="没有场地")
    one = operations.appeal_proposal(by=resident, now=story.now, proposal=one, reason="可以放在活动室")

    with pytest.raises(DomainError):
        operations.dismiss_appeal(by=story.people.community_staff, now=story.now, proposal=one, reason="不行")
    one = operations.dismiss_appeal(by=story.people.street_officer, now=story.now, proposal=one, reason="活动室已满")
    with pytest.raises(DomainError) as refusal:
        operations.appeal_proposal(by=resident, now=story.now, proposal=one, reason="再次申诉")

    assert refusal.value.code == "move_closed"
    assert (one.status, one.refusal, one.appeal, one.judgement) == (
        "DISMISSED",
        "没有场地",
        "可以放在活动室",
        "活动室已满",
    )
    assert one.appeal_until == dt.date(2026, 3, 11)


def test_an_appeal_is_upheld_with_a_cost(story: Story) -> None:
    row, resident = story.called(), story.place.voters[0]
    one = story.propose(row, by=resident)
    operations.refuse_proposal(by=story.people.community_staff, now=story.now, proposal=one, reason="没有场地")
    one = operations.appeal_proposal(
        by=resident, now=story.now, proposal=BudgetProposal.objects.get(), reason="可以放在活动室"
    )

    one = operations.find_feasible(
        by=story.people.street_officer, now=story.now, proposal=one, cost=Decimal("3800.00"), costing="现场查看"
    )

    assert (one.status, one.cost, one.judged_by) == ("FEASIBLE", Decimal("3800.00"), story.people.street_officer)


def test_an_appeal_after_its_days_is_too_late(story: Story) -> None:
    row, resident = story.called(), story.place.voters[0]
    one = story.propose(row, by=resident)
    one = operations.refuse_proposal(by=story.people.community_staff, now=story.now, proposal=one, reason="没有场地")

    with pytest.raises(DomainError) as refusal:
        operations.appeal_proposal(by=resident, now=story.now + 8 * DAY, proposal=one, reason="晚了")

    assert refusal.value.code == "appeal_too_late"


def test_a_cost_needs_its_reason(story: Story) -> None:
    one = story.propose(story.called())

    with pytest.raises(DomainError) as refusal:
        operations.find_feasible(
            by=story.people.community_staff, now=story.now, proposal=one, cost=Decimal("1.00"), costing=" "
        )

    assert refusal.value.code == "budget_proposal_unfit"


def test_the_vote_waits_for_examination_appeals_and_enough_proposals(story: Story) -> None:
    row = story.called()
    one = story.propose(row)
    row = operations.end_call(by=story.people.community_staff, now=story.now, budget_round=row)
    vote = {"rule_key": "participatory_budget", "opens_at": story.now + HOUR, "closes_at": story.now + DAY}

    codes = []
    for step in (lambda: None, lambda: _refuse(story, one)):
        step()
        with pytest.raises(DomainError) as refusal:
            operations.put_to_vote(by=story.people.community_staff, now=story.now, budget_round=row, **vote)
        codes.append(refusal.value.code)

    assert codes == ["move_hindered", "too_few_proposals"]
    assert not Ballot.objects.exists()


def _refuse(story: Story, one: BudgetProposal) -> None:
    operations.refuse_proposal(by=story.people.community_staff, now=story.now, proposal=one, reason="没有场地")


def test_the_vote_waits_for_the_days_of_appeal(story: Story) -> None:
    row = story.called()
    for number in range(3):
        one = story.propose(row, f"提案{number}")
        if number:
            operations.find_feasible(
                by=story.people.community_staff, now=story.now, proposal=one, cost=Decimal("1.00"), costing="询价"
            )
        else:
            _refuse(story, one)
    row = operations.end_call(by=story.people.community_staff, now=story.now, budget_round=row)

    with pytest.raises(DomainError) as refusal:
        operations.put_to_vote(
            by=story.people.community_staff,
            now=story.now,
            budget_round=row,
            rule_key="participatory_budget",
            opens_at=story.now + HOUR,
            closes_at=story.now + DAY,
        )

    assert refusal.value.code == "appeal_still_possible"


def test_the_frozen_rule_stands_in_the_ballots_fingerprint(story: Story) -> None:
    row = story.voting()

    assert row.fingerprint == sha256(row.frozen_text)
    question = json.loads(row.ballot.frozen_text)["question"]
    assert row.rule_number in question
    assert row.rule_number.replace("-", "") == f"{int(row.fingerprint, 16) % 10**12:012d}"
    assert row.fingerprint[:8] not in question
    assert sha256(row.ballot.frozen_text) == row.ballot.fingerprint
    assert [option.title for option in row.ballot.options.all()] == ["楼道扶手", "晾衣架", "读书角", "小广场"]
    document = json.loads(row.frozen_text)
    assert document["budget_fen"] == 1_000_000
    assert document["rule"]["method"] == "EQUAL_SHARES"
    assert [project["cost_fen"] for project in document["projects"]] == [400_000, 300_000, 350_000, 900_000]


def test_options_are_numbered_without_gaps(story: Story) -> None:
    row = story.called()
    for number, (title, cost) in enumerate((("甲", "100.00"), ("乙", "100.00"), ("丙", "200.00"))):
        one = story.propose(row, title, cost, by=story.place.voters[0])
        if number:
            operations.find_feasible(
                by=story.people.community_staff, now=story.now, proposal=one, cost=Decimal(cost), costing="询价"
            )
        else:
            operations.lifecycle.move(one, "withdraw", by=story.place.voters[0], now=story.now)
    row = operations.end_call(by=story.people.community_staff, now=story.now, budget_round=row)

    row = operations.put_to_vote(
        by=story.people.community_staff,
        now=story.now,
        budget_round=row,
        rule_key="participatory_budget",
        opens_at=story.now + HOUR,
        closes_at=story.now + DAY,
    )

    assert list(row.proposals.order_by("number").values_list("number", "title")) == [(1, "乙"), (2, "丙"), (3, "甲")]


def test_the_money_is_allocated_by_the_published_papers(story: Story) -> None:
    """10,000 yuan and six people, 1,666.67 each: 1 and 2 have three and two supporters, 3 and 4 two each.

    Shares grow by a yuan until 3 is bought beside 1 and 2 would overspend; money left goes by support.
    """
    row = story.allocated()

    assert row.status == "ALLOCATED"
    assert row.outcome["voters"] == 6
    assert row.spent == sum(one.cost for one in row.proposals.filter(is_winner=True))
    assert row.spent <= row.amount
    assert sorted(row.outcome["winners"]) == sorted(
        row.proposals.filter(is_winner=True).values_list("number", flat=True)
    )
    assert {reason["number"] for reason in row.outcome["reasons"]} == {1, 2, 3, 4}


def test_most_support_first_by_the_same_papers(story: Story) -> None:
    row = story.allocated(method="GREEDY", stops=False)

    assert row.outcome["winners"] == [1, 2]
    assert row.spent == Decimal("7000.00")
    assert row.outcome["other"]["rule"]["method"] == "EQUAL_SHARES"


def test_two_that_are_called_alike_stand_on_the_ballot_with_their_numbers(story: Story) -> None:
    row = story.called()
    for title in ("扶手", "扶手", "花坛"):
        one = story.propose(row, title, "100.00")
        operations.find_feasible(
            by=story.people.community_staff, now=story.now, proposal=one, cost=Decimal(100), costing="询价"
        )
    operations.end_call(by=story.people.community_staff, now=story.now, budget_round=row)

    row = story.put(row)

    assert [option.title for option in row.ballot.options.all()] == ["扶手 (1)", "扶手 (2)", "花坛"]
    assert [project["title"] for project in json.loads(row.frozen_text)["projects"]] == ["扶手 (1)", "扶手 (2)", "花坛"]


@pytest.mark.parametrize(
    "changes",
    [
        {"most_choices": 0},
        {"ballot_method": "POINTS", "most_choices": 101},
        {"most_choices": 201},
        {"threshold_per_mille": 1001},
    ],
)
def test_a_rule_that_no_ballot_can_hold_is_refused_at_once(story: Story, changes: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as refusal:
        story.draft(**changes)

    assert (refusal.value.code, refusal.value.field) == ("budget_round_unfit", [*changes][-1])
    assert not BudgetRound.objects.exists()


def test_where_nothing_is_chosen_the_decision_says_so(story: Story) -> None:
    row = final(story, story.allocated(method="GREEDY", threshold_per_mille=1000))

    assert (row.spent, row.outcome["winners"]) == (Decimal(0), [])
    assert row.decision.text.rstrip().endswith("。") or "no project" in row.decision.text
    assert "\n" not in row.decision.text
    row = operations.finish_round(by=story.people.community_staff, now=story.later + 31 * DAY, budget_round=row)
    assert (row.status, free(story)) == ("DONE", Decimal("20000.00"))


def test_of_two_that_exclude_one_another_one_is_chosen(story: Story) -> None:
    row = story.called(method="GREEDY")
    made = []
    for title, cost in (("楼道扶手", "4000.00"), ("晾衣架", "3000.00"), ("读书角", "3500.00"), ("小广场", "9000.00")):
        one = story.propose(row, title, cost)
        made.append(
            operations.find_feasible(
                by=story.people.community_staff, now=story.now, proposal=one, cost=Decimal(cost), costing="询价"
            )
        )
    by = story.people.community_staff
    operations.state_exclusion(by=by, now=story.now, one=made[1], other=made[0], reason="同一处场地")
    with pytest.raises(DomainError) as refusal:
        operations.state_exclusion(by=by, now=story.now, one=made[0], other=made[1], reason="同一处场地")
    assert refusal.value.code == "exclusion_known"
    assert ProposalExclusion.objects.get().first == made[0]
    operations.end_call(by=by, now=story.now, budget_round=row)

    row = operations.put_to_vote(
        by=by,
        now=story.now,
        budget_round=row,
        rule_key="participatory_budget",
        opens_at=story.now + HOUR,
        closes_at=story.now + HOUR + DAY,
    )
    ballots.open_due_ballots(by=story.place.system, now=row.ballot.opens_at)
    story.place.cast(row.ballot, ((1, 2), (1, 2), (1,), (4,), (3, 4), (3,)))
    story.place.publish(row.ballot)
    row = operations.allocate_round(by=by, now=story.later, budget_round=row)

    assert row.outcome["winners"] == [1, 3]


@pytest.mark.parametrize(("per_mille", "threshold", "winners"), [(0, 0, [1, 2]), (334, 3, [1]), (1000, 6, [])])
def test_the_threshold_is_scaled_to_the_roll(story: Story, per_mille: int, threshold: int, winners: list[int]) -> None:
    row = story.allocated(method="GREEDY", threshold_per_mille=per_mille)

    assert row.outcome["rule"]["threshold"] == threshold
    assert row.outcome["winners"] == winners


def test_nothing_is_allocated_before_the_result_is_published(story: Story) -> None:
    row = story.voting()

    with pytest.raises(DomainError) as refusal:
        operations.allocate_round(by=story.people.community_staff, now=story.later, budget_round=row)

    assert refusal.value.code == "move_hindered"
    assert BudgetRound.objects.get().outcome is None


def test_the_outcome_is_read_in_sentences(story: Story) -> None:
    row = story.allocated()

    shown = queries.outcome_of(row)

    election, rule = queries.election_of(row, story.people.community_staff)
    again = queries.shown(election, queries.tried(election, rule).document())
    assert [line.sentence for line in shown.lines] == [line.sentence for line in again.lines]
    assert len(shown.lines) == 4
    assert shown.budget == Decimal("10000.00")


def test_turnout_by_age_hides_small_figures(story: Story) -> None:
    row = story.allocated()

    assert row.outcome["turnout"]["ages"] == [{"name": "45–59", "entitled": None, "cast": None}]


def test_the_round_is_exported_and_read_again(story: Story) -> None:
    row = story.allocated(method="GREEDY")

    found = read_pb(queries.pb_of(row, story.people.stranger))

    assert found.rule is not None
    assert found.rule.code == "greedy"
    assert {found.election.projects[place].number for place in found.selected or ()} == {1, 2}
    assert (found.election.voters, found.election.scores) == (6, (3, 2, 2, 2))
    assert found.notes == ()


def test_the_next_rule_is_tried_on_the_last_rounds_votes(story: Story) -> None:
    first = story.allocated(amount=Decimal("9000.00"), method="GREEDY")
    second = story.draft(title="下一轮", amount=Decimal("1000.00"))

    found = queries.dry_run(second, story.people.community_staff)

    assert found is not None
    last, shown = found
    assert last == first
    assert shown.document["rule"]["method"] == "EQUAL_SHARES"
    assert queries.dry_run(story.draft(fund=story.people.fund), story.people.community_staff) is not None
    assert second.outcome is None


def test_without_an_earlier_round_nothing_is_tried(story: Story) -> None:
    assert queries.dry_run(story.draft(), story.people.community_staff) is None


def test_a_shared_first_place_carries_the_round(story: Story) -> None:
    row = final(story, story.allocated(method="GREEDY", papers=((1, 2), (1, 2), (3,), (4,))))

    assert (row.ballot.result.winner, row.ballot.result.is_passed, row.status) == (None, True, "DECIDED")


def test_the_chosen_ask_for_money_by_the_final_decision(story: Story) -> None:
    row = final(story, story.allocated(method="GREEDY"))
    after = story.later + 31 * DAY

    operations.ask_for_chosen(by=story.people.community_staff, now=after, budget_round=row)
    row = operations.finish_round(by=story.people.community_staff, now=after, budget_round=row)

    requests = SpendingRequest.objects.order_by("pk")
    assert [(one.title, one.amount, one.decision_id, one.pool_id) for one in requests] == [
        ("楼道扶手", Decimal("4000.00"), row.decision_id, row.pool_id),
        ("晾衣架", Decimal("3000.00"), row.decision_id, row.pool_id),
    ]
    assert (held(row.pool), free(story)) == (Decimal("7000.00"), Decimal("13000.00"))
    with pytest.raises(DomainError) as refusal:
        operations.ask_for_chosen(by=story.people.community_staff, now=after, budget_round=row)
    assert refusal.value.code == "proposal_not_chosen"


def test_nobody_asks_before_the_decision_is_final(story: Story) -> None:
    row = story.allocated(method="GREEDY")

    with pytest.raises(DomainError) as refusal:
        operations.ask_for_chosen(by=story.people.community_staff, now=story.later, budget_round=row)

    assert refusal.value.code == "proposal_not_chosen"
    assert not SpendingRequest.objects.exists()


def test_a_round_ends_without_result_before_the_vote_and_frees_its_money(story: Story) -> None:
    row = story.examined()

    row = operations.cancel_round(by=story.people.street_officer, now=story.now, budget_round=row, reason="推迟到明年")

    assert (row.status, held(row.pool), free(story)) == ("CANCELLED", Decimal("0.00"), Decimal("20000.00"))


def test_a_round_does_not_end_without_result_while_the_vote_stands(story: Story) -> None:
    row = story.allocated(method="GREEDY")

    with pytest.raises(DomainError) as refusal:
        operations.cancel_round(by=story.people.street_officer, now=story.later, budget_round=row, reason="不想要")

    assert refusal.value.code == "move_hindered"
