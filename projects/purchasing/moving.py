"""The moves of a purchase with what each needs, for every interface: one name, one operation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from governance import lifecycle
from projects.purchasing import operations
from projects.purchasing.awarding import operations as awarding
from projects.purchasing.awarding.lifecycle import AwardStatus
from projects.purchasing.models import Purchase

if TYPE_CHECKING:
    from governance.accounts.models import User

Given = Mapping[str, Any]


def _plain(operation: Any) -> Any:
    def run(row: Purchase, by: User, now: dt.datetime, data: Given) -> Purchase:
        del data
        moved: Purchase = operation(by=by, now=now, purchase=row)
        return moved

    return run


def _with_reason(operation: Any) -> Any:
    def run(row: Purchase, by: User, now: dt.datetime, data: Given) -> Purchase:
        moved: Purchase = operation(by=by, now=now, purchase=row, reason=data["reason"])
        return moved

    return run


def _check(row: Purchase, by: User, now: dt.datetime, data: Given) -> Purchase:
    return operations.check_purchase(by=by, now=now, purchase=row, answers=data["answers"])


def _call(row: Purchase, by: User, now: dt.datetime, data: Given) -> Purchase:
    return operations.call_for_offers(by=by, now=now, purchase=row, contact=data["contact"], days=data.get("days"))


def _propose(row: Purchase, by: User, now: dt.datetime, data: Given) -> Purchase:
    given: dict[str, Any] = {name: data.get(name) for name in ("offer", "reason", "duties")}
    return awarding.propose_award(by=by, now=now, purchase=row, **given).purchase


def _reopen(row: Purchase, by: User, now: dt.datetime, data: Given) -> Purchase:
    lifecycle.require(row, "reopen", by=by)
    award = row.awards.exclude(status=AwardStatus.SET_ASIDE).order_by("-pk").first()
    if award is None:
        return lifecycle.move(row, "reopen", by=by, now=now, reason=data["reason"])
    return awarding.set_award_aside(by=by, now=now, award=award, reason=data["reason"]).purchase


BY_NAME = {
    "submit": _plain(operations.submit_plan),
    "check": _check,
    "approve": _plain(operations.approve_purchase),
    "call": _call,
    "open_offers": _plain(operations.open_offers),
    "propose": _propose,
    "reopen": _reopen,
    "send_back": _with_reason(operations.send_plan_back),
    "fail": _with_reason(operations.declare_failed),
    "cancel": _with_reason(operations.cancel_purchase),
}


def move_purchase(row: Purchase, name: str, *, by: User, now: dt.datetime, data: Given) -> Purchase:
    """Make a move by its operation and return the purchase.

    `data` holds what the move needs: `reason`; `answers` of the check; `contact` and `days` of the call; `offer`, `reason`
    and `duties` of the award that is proposed.

    Raises:
        What the operation raises.
    """
    moved: Purchase = BY_NAME[name](row, by, now, data)
    return moved
