"""Which operation makes the step that a button or a route names; for desk, pages and API alike."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from funds.budgeting import operations
from governance import lifecycle

if TYPE_CHECKING:
    from funds.budgeting.models import BudgetProposal, BudgetRound
    from governance.accounts.models import User


def lead(row: BudgetRound, name: str, *, by: User, now: dt.datetime, data: dict[str, Any]) -> BudgetRound:
    """Make a step of a round with what was entered for it."""
    told: dict[str, Any] = {"by": by, "now": now, "budget_round": row}
    if name == "put_to_vote":
        chosen = {key: data[key] for key in ("rule_key", "opens_at", "closes_at")}
        return operations.put_to_vote(**told, **chosen)
    if name == "cancel":
        return operations.cancel_round(**told, reason=data["reason"])
    steps = {
        "call": operations.call_for_proposals,
        "examine": operations.end_call,
        "allocate": operations.allocate_round,
        "decide": operations.decide_round,
        "finish": operations.finish_round,
    }
    return steps[name](**told)


def judge(row: BudgetProposal, name: str, *, by: User, now: dt.datetime, data: dict[str, Any]) -> BudgetProposal:
    """Make a step of a proposal with what was entered for it."""
    told: dict[str, Any] = {"by": by, "now": now, "proposal": row}
    if name in {"accept", "uphold"}:
        lifecycle.require(row, name, by=by)
        return operations.find_feasible(**told, cost=data["cost"], costing=data["costing"])
    if name == "withdraw":
        return operations.withdraw_proposal(**told)
    steps = {
        "refuse": operations.refuse_proposal,
        "appeal": operations.appeal_proposal,
        "dismiss": operations.dismiss_appeal,
    }
    return steps[name](**told, reason=data["reason"])
