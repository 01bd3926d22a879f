"""Which operation makes the move that a button names; for the desk and the pages alike."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from funds.spending import operations, refunding
from governance import lifecycle

if TYPE_CHECKING:
    from funds.spending.models import Payment, SpendingRequest
    from funds.spending.papers.models import Refund
    from governance.accounts.models import User

WITH_A_FORM = frozenset({"resolve", "reject", "relieve", "record_paid"})
"""Moves that need more than a reason: they have a form of their own."""


def lead_request(
    row: SpendingRequest, name: str, *, by: User, now: dt.datetime, today: dt.date, reason: str = ""
) -> SpendingRequest:
    """Make a move of a request that asks for nothing but a reason; publicity is one, whichever way it is posted."""
    told: dict[str, Any] = {"by": by, "now": now, "request": row}
    if name == "submit":
        return operations.submit_request(**told)
    if name in {"put_up", "list_monthly"}:
        return operations.post_request(**told, today=today)
    if name == "approve":
        return operations.approve_request(**told, today=today)
    if name == "complete":
        return operations.complete_request(**told, today=today)
    if name == "stop":
        return operations.stop_request(**told, today=today, reason=reason)
    return lifecycle.move(row, name, by=by, now=now, reason=reason)


def lead_payment(row: Payment, name: str, *, by: User, now: dt.datetime, reason: str = "") -> Payment:
    """Make a move of a payment that asks for nothing but a reason."""
    told: dict[str, Any] = {"by": by, "now": now, "payment": row}
    if name == "request":
        return operations.request_payment(**told)
    if name == "approve":
        return operations.approve_payment(**told)
    return operations.cancel_payment(**told, reason=reason)


def lead_refund(row: Refund, name: str, *, by: User, now: dt.datetime, reason: str = "") -> Refund:
    """Make a move of a refund."""
    if name == "confirm":
        return refunding.post_refund(by=by, now=now, refund=row)
    return refunding.cancel_refund(by=by, now=now, refund=row, reason=reason)


def spare_moves(row: SpendingRequest) -> set[str]:
    """Return the moves that another button makes: the rule judges a vote, the ladder says how a request is posted."""
    is_listed = row.step is not None and not row.step.publicity_days
    urgent = set() if row.is_emergency else {"relieve"}
    return {"reject", "put_up" if is_listed else "list_monthly"} | urgent
