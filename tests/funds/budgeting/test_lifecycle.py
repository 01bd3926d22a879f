"""The machine of a round: from every state only the moves of its table, and back to nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from funds.budgeting.lifecycle import PROPOSAL, ROUND
from funds.budgeting.models import BudgetProposal, BudgetRound
from governance import lifecycle
from governance.errors import DomainError
from tests.funds.budgeting.conftest import Story

STATES: dict[str, Callable[[Story], BudgetRound]] = {
    "DRAFT": Story.draft,
    "CALL": Story.called,
    "COSTING": Story.examined,
    "VOTING": Story.voting,
    "ALLOCATED": Story.allocated,
}


@pytest.mark.django_db
@pytest.mark.parametrize("state", STATES)
def test_only_the_moves_of_the_table_lead_on(story: Story, state: str) -> None:
    row = STATES[state](story)
    people = [story.people.community_staff, story.people.street_officer, story.people.charity_officer]

    refused = set()
    for move in ROUND.moves:
        if state in move.sources:
            continue
        for person in people:
            with pytest.raises((lifecycle.MoveClosed, lifecycle.MoveForbidden)):
                lifecycle.move(row, move.name, by=person, now=story.later, reason="理由")
        refused.add(move.name)

    assert row.status == state
    assert BudgetRound.objects.get(pk=row.pk).status == state
    assert refused == {move.name for move in ROUND.moves if state not in move.sources}


@pytest.mark.django_db
@pytest.mark.parametrize("state", [state for state in STATES if state != "DRAFT"])
def test_strangers_make_no_move(story: Story, state: str) -> None:
    row = STATES[state](story)

    for person in (story.people.stranger, story.place.voters[0], story.people.neighbor_resident):
        assert [offer.move.name for offer in lifecycle.available(row, person) if offer.is_open] == []


@pytest.mark.django_db
def test_every_state_is_reached_and_every_end_is_one() -> None:
    for machine in (ROUND, PROPOSAL):
        reached = {machine.initial, *(move.target for move in machine.moves)}
        left: set[Any] = set().union(*(move.sources for move in machine.moves))
        assert reached - left == machine.terminal


@pytest.mark.django_db
def test_nothing_moves_a_proposal_that_is_put_to_the_vote(story: Story) -> None:
    row = story.voting()
    one = BudgetProposal.objects.filter(round=row).order_by("number")[0]

    for move in PROPOSAL.moves:
        with pytest.raises(DomainError):
            lifecycle.move(one, move.name, by=story.people.community_staff, now=story.now, reason="理由")

    assert BudgetProposal.objects.get(pk=one.pk).status == "FEASIBLE"
