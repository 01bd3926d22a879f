"""How a participatory budget proceeds, and each proposal in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.ballots.lifecycle import BallotStatus
from consultation.decisions.lifecycle import DecisionStatus
from governance.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from funds.budgeting.models import BudgetProposal, BudgetRound

DECIDED = (DecisionStatus.FINAL, DecisionStatus.EXECUTING, DecisionStatus.REPORTED, DecisionStatus.ACCEPTED)


class RoundStatus(models.TextChoices):
    """Where a round stands."""

    DRAFT = "DRAFT", _("drafted")
    CALL = "CALL", _("open for proposals")
    COSTING = "COSTING", _("proposals are examined")
    VOTING = "VOTING", _("put to the vote")
    ALLOCATED = "ALLOCATED", _("allocated")
    DECIDED = "DECIDED", _("decision posted")
    DONE = "DONE", pgettext_lazy("budget round", "done")
    CANCELLED = "CANCELLED", _("cancelled")


class ProposalStatus(models.TextChoices):
    """Where a proposal stands before the vote."""

    PROPOSED = "PROPOSED", _("proposed")
    FEASIBLE = "FEASIBLE", _("feasible, with its cost")
    REFUSED = "REFUSED", pgettext_lazy("proposal", "refused")
    APPEALED = "APPEALED", pgettext_lazy("proposal", "appealed")
    DISMISSED = "DISMISSED", _("appeal dismissed")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


WAITING = (ProposalStatus.PROPOSED, ProposalStatus.APPEALED)
"""Proposals that somebody still has to examine."""
BEFORE_VOTE = frozenset({RoundStatus.DRAFT, RoundStatus.CALL, RoundStatus.COSTING})


def proposals_are_settled(row: BudgetRound) -> StrOrPromise | None:
    """Hold the vote back while proposals wait to be examined."""
    waiting = row.proposals.filter(status__in=WAITING).count()
    return _("%(count)s proposals have not been examined.") % {"count": waiting} if waiting else None


def ballot_is_published(row: BudgetRound) -> StrOrPromise | None:
    """Hold the allocation back until everybody can read the votes."""
    if row.ballot is None or row.ballot.status != BallotStatus.PUBLISHED:
        return _("The money is allocated when the result of the ballot has been published.")
    return None


def decision_is_final(row: BudgetRound) -> StrOrPromise | None:
    """Hold the end back until the decision is final and every chosen project has its request."""
    if row.decision is None or row.decision.status not in DECIDED:
        return _("The decision on the result is not final yet.")
    waiting = row.proposals.filter(is_winner=True, request=None).count()
    return _("%(count)s chosen projects have no request yet.") % {"count": waiting} if waiting else None


def has_come_to_nothing(row: BudgetRound) -> StrOrPromise | None:
    """Let a round end without result only before the vote, or when the vote or its decision has come to nothing."""
    if row.status in BEFORE_VOTE:
        return None
    if row.proposals.filter(request__isnull=False).exists():
        return _("Requests have been made from this round.")
    if row.ballot is not None and row.ballot.status == BallotStatus.CANCELLED:
        return None
    if row.decision is not None and row.decision.status == DecisionStatus.OVERTURNED:
        return None
    if row.status == RoundStatus.ALLOCATED and row.ballot is not None and not row.ballot.result.is_passed:
        return None
    return _("The vote stands. A round ends without result only when its ballot or its decision has come to nothing.")


def is_before_the_vote(row: BudgetProposal) -> StrOrPromise | None:
    """Hold everything back once the proposals are put to the vote."""
    if row.round.status not in {RoundStatus.CALL, RoundStatus.COSTING}:
        return _("The proposals have been put to the vote.")
    return None


ROUND = Lifecycle(
    "funds.BudgetRound",
    initial=RoundStatus.DRAFT,
    terminal=frozenset({RoundStatus.DONE, RoundStatus.CANCELLED}),
    moves=(
        Move(
            "call",
            frozenset({RoundStatus.DRAFT}),
            RoundStatus.CALL,
            permission="funds.open_budget_round",
            label=_("Set the money aside and call for proposals"),
            verb="funds.budget_round.called",
            basis="Opinion on urban and rural community consultation 2015",
            stamp="called",
            apart_from=("drafted",),
            fields=("pool",),
            event="funds.budget_round.called",
        ),
        Move(
            "examine",
            frozenset({RoundStatus.CALL}),
            RoundStatus.COSTING,
            permission="funds.manage_budget_round",
            label=_("End the call"),
            verb="funds.budget_round.examined",
            stamp="examined",
        ),
        Move(
            "put_to_vote",
            frozenset({RoundStatus.COSTING}),
            RoundStatus.VOTING,
            permission="funds.manage_budget_round",
            label=_("Freeze the rule and put it to the vote"),
            verb="funds.budget_round.put_to_vote",
            basis="Opinion on urban and rural community consultation 2015",
            stamp="frozen",
            guard=proposals_are_settled,
            fields=("frozen_text", "fingerprint", "ballot"),
            event="funds.budget_round.put_to_vote",
        ),
        Move(
            "allocate",
            frozenset({RoundStatus.VOTING}),
            RoundStatus.ALLOCATED,
            permission="funds.manage_budget_round",
            label=_("Allocate the money by the frozen rule"),
            verb="funds.budget_round.allocated",
            stamp="allocated",
            guard=ballot_is_published,
            fields=("outcome", "recount_hash", "spent"),
            event="funds.budget_round.allocated",
        ),
        Move(
            "decide",
            frozenset({RoundStatus.ALLOCATED}),
            RoundStatus.DECIDED,
            permission="funds.manage_budget_round",
            label=_("Post the decision for objections"),
            verb="funds.budget_round.decided",
            stamp="decided",
            fields=("decision",),
            event="funds.budget_round.decided",
        ),
        Move(
            "finish",
            frozenset({RoundStatus.DECIDED}),
            RoundStatus.DONE,
            permission="funds.manage_budget_round",
            label=_("End the round and free what is left"),
            verb="funds.budget_round.finished",
            stamp="finished",
            guard=decision_is_final,
            event="funds.budget_round.finished",
        ),
        Move(
            "cancel",
            frozenset(RoundStatus.values) - {RoundStatus.DONE, RoundStatus.CANCELLED},
            RoundStatus.CANCELLED,
            permission="funds.open_budget_round",
            label=_("End without result"),
            verb="funds.budget_round.cancelled",
            stamp="finished",
            guard=has_come_to_nothing,
            needs_reason=True,
            event="funds.budget_round.cancelled",
            waits=False,
        ),
    ),
)

PROPOSAL = Lifecycle(
    "funds.BudgetProposal",
    initial=ProposalStatus.PROPOSED,
    terminal=frozenset({ProposalStatus.DISMISSED, ProposalStatus.WITHDRAWN}),
    moves=(
        Move(
            "accept",
            frozenset({ProposalStatus.PROPOSED}),
            ProposalStatus.FEASIBLE,
            permission="funds.examine_budget_proposal",
            label=_("Feasible, with this cost"),
            guard=is_before_the_vote,
            verb="funds.budget_proposal.accepted",
            stamp="examined",
            fields=("cost", "costing"),
        ),
        Move(
            "refuse",
            frozenset({ProposalStatus.PROPOSED}),
            ProposalStatus.REFUSED,
            permission="funds.examine_budget_proposal",
            label=pgettext_lazy("proposal", "Refuse"),
            guard=is_before_the_vote,
            verb="funds.budget_proposal.refused",
            stamp="examined",
            needs_reason=True,
            fields=("refusal", "appeal_until"),
            event="funds.budget_proposal.refused",
        ),
        Move(
            "appeal",
            frozenset({ProposalStatus.REFUSED}),
            ProposalStatus.APPEALED,
            permission="funds.appeal_budget_proposal",
            label=pgettext_lazy("proposal", "Appeal"),
            guard=is_before_the_vote,
            verb="funds.budget_proposal.appealed",
            stamp="appealed",
            needs_reason=True,
            fields=("appeal",),
            event="funds.budget_proposal.appealed",
        ),
        Move(
            "uphold",
            frozenset({ProposalStatus.APPEALED}),
            ProposalStatus.FEASIBLE,
            permission="funds.judge_budget_proposal",
            label=_("Uphold the appeal, with this cost"),
            guard=is_before_the_vote,
            verb="funds.budget_proposal.upheld",
            stamp="judged",
            apart_from=("examined",),
            fields=("cost", "costing"),
            event="funds.budget_proposal.upheld",
        ),
        Move(
            "dismiss",
            frozenset({ProposalStatus.APPEALED}),
            ProposalStatus.DISMISSED,
            permission="funds.judge_budget_proposal",
            label=_("Dismiss the appeal"),
            guard=is_before_the_vote,
            verb="funds.budget_proposal.dismissed",
            stamp="judged",
            apart_from=("examined",),
            needs_reason=True,
            fields=("judgement",),
            event="funds.budget_proposal.dismissed",
        ),
        Move(
            "withdraw",
            frozenset({ProposalStatus.PROPOSED, ProposalStatus.FEASIBLE, ProposalStatus.REFUSED}),
            ProposalStatus.WITHDRAWN,
            permission="funds.withdraw_budget_proposal",
            label=_("Withdraw"),
            guard=is_before_the_vote,
            verb="funds.budget_proposal.withdrawn",
            waits=False,
        ),
    ),
)
