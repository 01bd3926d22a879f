"""Which operation makes the step that a button or a route names; for desk, pages and API alike."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from funds.closing import operations

if TYPE_CHECKING:
    from funds.closing.models import FundClosure
    from governance.accounts.models import User


def lead(
    row: FundClosure, name: str, *, by: User, now: dt.datetime, today: dt.date, data: dict[str, Any]
) -> FundClosure:
    """Make a step with what was entered for it."""
    told: dict[str, Any] = {"by": by, "now": now, "closure": row}
    if name == "audit":
        return operations.give_audit_opinion(**told, today=today, auditor=data["auditor"], opinion=data["opinion"])
    if name == "propose":
        chosen = {key: data[key] for key in ("use", "recipient", "project", "use_reason")}
        return operations.propose_balance_use(**told, **chosen)
    if name == "put_up":
        return operations.post_closing(**told, today=today, contact=data.get("contact", ""))
    if name == "transfer":
        return operations.transfer_balance(**told, today=today)
    return operations.give_final_report(**told, report=data["report"])
