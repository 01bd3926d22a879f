"""What people do with a service and a taking, by name: the pages, the API and the desk all ask here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from projects.market import delivering, operations
from projects.market.models import MicroService, ServiceMatch

if TYPE_CHECKING:
    from governance.accounts.models import User

Done = Callable[[Any, "User", dt.datetime, dict[str, Any]], object]


def _cancel_service(row: MicroService, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.cancel_service(by=by, now=now, service=row, reason=data["reason"])


def _remove_service(row: MicroService, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.remove_service(by=by, now=now, service=row, reason=data["reason"])


def _take(row: MicroService, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    said = {name: data[name] for name in ("organization", "note") if name in data}
    return operations.take_service(by=by, now=now, service=row, **said)


def _confirm(row: ServiceMatch, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return operations.confirm_taking(by=by, now=now, match=row)


def _decline(row: ServiceMatch, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.decline_taking(by=by, now=now, match=row, reason=data["reason"])


def _withdraw(row: ServiceMatch, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return operations.withdraw_taking(by=by, now=now, match=row)


def _cancel(row: ServiceMatch, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.cancel_match(by=by, now=now, match=row, reason=data["reason"])


def _sign_in(row: ServiceMatch, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return delivering.sign_in_match(by=by, now=now, match=row, code=data.get("code", ""))


def _report_no_show(row: ServiceMatch, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return delivering.report_no_show(by=by, now=now, match=row, reason=data["reason"])


def _finish(row: ServiceMatch, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return delivering.finish_match(by=by, now=now, match=row)


def _settle(row: ServiceMatch, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return delivering.settle_match(by=by, now=now, match=row)


def _rate(row: ServiceMatch, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return delivering.rate_match(by=by, now=now, match=row, stars=data["stars"], comment=data.get("comment", ""))


def _plan_payment(row: ServiceMatch, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return delivering.plan_match_payment(by=by, now=now, match=row)


def _block(row: ServiceMatch, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return operations.block_person(by=by, now=now, match=row)


WITH_SERVICE: dict[str, Done] = {"take": _take, "cancel": _cancel_service, "remove": _remove_service}
WITH_MATCH: dict[str, Done] = {
    "confirm": _confirm,
    "decline": _decline,
    "withdraw": _withdraw,
    "cancel": _cancel,
    "sign_in": _sign_in,
    "report_no_show": _report_no_show,
    "finish": _finish,
    "settle": _settle,
    "rate": _rate,
    "plan_payment": _plan_payment,
    "block": _block,
}
