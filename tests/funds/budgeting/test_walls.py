"""Each guard of participatory budgets by name: a statement that it alone refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from funds.budgeting import operations
from funds.budgeting.models import BudgetProposal
from funds.spending.models import SpendingRequest
from tests.factories.consultation_ballots import DAY
from tests.factories.funds_spending import SpendingRequestFactory
from tests.funds.budgeting.conftest import Story, final
from tests.walls import alone, copied

ROUND = "UPDATE funds_budgetround SET {} WHERE id = %s"
PROPOSAL = "UPDATE funds_budgetproposal SET {} WHERE id = %s"
LIFE = ["budgetround:lifecycle"]


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_a_round_refuses_alone(story: Story, owner: Callable[[], Any]) -> None:
    draft, called, counted = (
        story.draft(title="草拟", amount=1000),
        story.called(title="征集", amount=1000),
        story.allocated(method="GREEDY"),
    )
    assert counted.pool is not None
    stays = ["budget_round_stays"]

    with owner():
        alone("budgetround:lifecycle", ROUND.format("status = 'DONE'"), draft.pk, beside=_all_states())
        alone(
            "budgetround_status_is_known",
            ROUND.format("status = 'LOST'"),
            draft.pk,
            beside=[*LIFE, "budgetround_has_its_money"],
        )
        alone("budgetround_rule_is_known", ROUND.format("method = 'LOT'"), draft.pk)
        alone("budgetround_figures_make_sense", ROUND.format("most_choices = 0"), draft.pk)
        alone("budgetround_has_its_money", ROUND.format("status = 'CALL'"), draft.pk, beside=LIFE)
        alone(
            "budgetround_is_frozen_before_the_vote",
            ROUND.format("status = 'VOTING'"),
            called.pk,
            beside=LIFE,
        )
        alone("budgetround_is_counted", ROUND.format("recount_hash = ''"), counted.pk, beside=stays)
        alone("budgetround_never_overspends", ROUND.format("spent = amount + 1"), counted.pk, beside=stays)
        alone("budgetround_is_decided", ROUND.format("status = 'DECIDED'"), counted.pk, beside=LIFE)
        alone("budgetround_two_persons", ROUND.format("called_by_id = drafted_by_id"), called.pk)
        alone("funds_budgetround_pool_id_key", ROUND.format(f"pool_id = {counted.pool_id}"), draft.pk)
        alone("funds_budgetround_ballot_id_key", ROUND.format(f"ballot_id = {counted.ballot_id}"), draft.pk)
        alone("budget_round_stays", ROUND.format("most_choices = 1"), counted.pk)
        alone("budget_round_stays", ROUND.format("outcome = '{}'"), counted.pk)


def _all_states() -> list[str]:
    return [
        "budgetround_has_its_money",
        "budgetround_is_frozen_before_the_vote",
        "budgetround_is_counted",
        "budgetround_is_decided",
    ]


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_a_proposal_refuses_alone(story: Story, owner: Callable[[], Any]) -> None:
    called = story.called(title="征集", amount=5000)
    first, second = story.propose(called, "甲", "100.00"), story.propose(called, "乙", "200.00")
    excluded = operations.state_exclusion(
        by=story.people.community_staff, now=story.now, one=first, other=second, reason="同一处场地"
    )
    voting = story.voting(amount=10000)
    frozen = BudgetProposal.objects.filter(round=voting).order_by("number")[0]
    request = SpendingRequestFactory(fund=story.people.fund)
    life, stays = ["budgetproposal:lifecycle"], ["budget_proposal_stays"]

    with owner():
        alone("budgetproposal:lifecycle", PROPOSAL.format("status = 'DISMISSED'"), first.pk)
        alone("budgetproposal_number_is_unique", PROPOSAL.format("number = 1"), second.pk)
        alone("budgetproposal_kinds_are_known", PROPOSAL.format("status = 'LOST'"), first.pk, beside=life)
        alone("budgetproposal_costs_something", PROPOSAL.format("estimate = 0"), first.pk)
        alone("budgetproposal_is_costed_with_reasons", PROPOSAL.format("status = 'FEASIBLE'"), first.pk, beside=life)
        alone("budgetproposal_wins_when_admitted", PROPOSAL.format("is_winner = true"), first.pk, beside=stays)
        alone("budgetproposal_asks_when_chosen", PROPOSAL.format(f"request_id = {request.pk}"), first.pk)
        alone(
            "budgetproposal_appeal_is_judged_by_another",
            PROPOSAL.format(f"judged_by_id = {request.entered_by_id}, examined_by_id = {request.entered_by_id}"),
            first.pk,
        )
        alone("budget_proposal_stays", PROPOSAL.format("cost = 1"), frozen.pk)
        alone("budget_proposal_stays", copied(frozen, number="99", status="'PROPOSED'"))
        alone("budget_exclusion_stays", f"UPDATE funds_proposalexclusion SET reason = '' WHERE id = {excluded.pk}")
        other = f"first_id = least(first_id, {frozen.pk}), second_id = {frozen.pk}"
        alone("budget_exclusion_stays", f"UPDATE funds_proposalexclusion SET {other} WHERE id = {excluded.pk}")
        alone("proposalexclusion_stated_once", copied(excluded), beside=[])
        turned = "first_id = second_id, second_id = first_id"
        alone(
            "proposalexclusion_names_two_in_order",
            f"UPDATE funds_proposalexclusion SET {turned} WHERE id = {excluded.pk}",
            beside=["budget_exclusion_stays"],
        )


@pytest.mark.django_db(transaction=True)
def test_a_decision_is_of_one_round_and_a_request_of_one_project(story: Story, owner: Callable[[], Any]) -> None:
    draft, row = story.draft(title="草拟", amount=1000), final(story, story.allocated(method="GREEDY"))
    operations.ask_for_chosen(by=story.people.community_staff, now=story.later + 31 * DAY, budget_round=row)
    first, second = BudgetProposal.objects.filter(round=row, is_winner=True).order_by("number")

    with owner():
        alone("funds_budgetround_decision_id_key", ROUND.format(f"decision_id = {row.decision_id}"), draft.pk)
        alone("funds_budgetproposal_request_id_key", PROPOSAL.format(f"request_id = {first.request_id}"), second.pk)


@pytest.mark.django_db(transaction=True)
def test_only_published_votes_are_allocated(story: Story, owner: Callable[[], Any]) -> None:
    voting = story.voting()
    counted = "status = 'ALLOCATED', outcome = '{}', spent = 0, allocated_at = now(), recount_hash = repeat('0', 64)"

    with owner():
        alone("budget_round_counts", ROUND.format(counted), voting.pk)


@pytest.mark.django_db(transaction=True)
def test_money_set_aside_is_asked_for_by_the_chosen_alone(story: Story, owner: Callable[[], Any]) -> None:
    called = story.called()
    request: SpendingRequest = SpendingRequestFactory(fund=story.people.fund)
    asked = f"UPDATE funds_spendingrequest SET pool_id = {called.pool_id} WHERE id = {request.pk}"

    with owner():
        alone("budget_money_is_asked", f"SET CONSTRAINTS ALL IMMEDIATE; {asked}")
