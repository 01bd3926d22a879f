"""What people do with bookings, rooms and offers, by name: the pages, the API and the desk all ask here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from governance import lifecycle
from projects.market.sharing import operations
from projects.market.sharing.models import CessionService, MerchantOffer, OpenResource, ResourceBooking, VenueCession

if TYPE_CHECKING:
    from governance.accounts.models import User
    from projects.market.sharing.models import Merchant

Done = Callable[[Any, "User", dt.datetime, dict[str, Any]], object]


def _book(row: OpenResource, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.book_resource(by=by, now=now, resource=row, **data)


def _confirm(row: ResourceBooking, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return operations.confirm_booking(by=by, now=now, booking=row)


def _decline(row: ResourceBooking, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.decline_booking(by=by, now=now, booking=row, reason=data["reason"])


def _cancel(row: ResourceBooking, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return lifecycle.move(row, "cancel", by=by, now=now, reason=data["reason"])


def _moved(name: str) -> Done:
    def run(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        del data
        return lifecycle.move(row, name, by=by, now=now)

    return run


def _agree(row: VenueCession, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return operations.agree_cession(by=by, now=now, cession=row)


def _review(row: VenueCession, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.review_cession(by=by, now=now, cession=row, review=data["review"])


def _end(row: VenueCession, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.end_cession(by=by, now=now, cession=row, reason=data["reason"])


def _report(row: VenueCession, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.report_service(by=by, now=now, cession=row, **data)


def _check(row: VenueCession, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    service: CessionService = data["service"]
    return operations.check_service(by=by, now=now, service=service, is_right=data["is_right"])


def _publish(row: Merchant, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.publish_offer(by=by, now=now, merchant=row, **data)


def _leave(row: Merchant, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.leave_merchant(by=by, now=now, merchant=row, reason=data["reason"])


def _remove(row: MerchantOffer, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.remove_offer(by=by, now=now, offer=row, reason=data["reason"])


def _close(row: OpenResource, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.close_resource(by=by, now=now, resource=row, reason=data["reason"])


WITH_RESOURCE: dict[str, Done] = {"book": _book, "close": _close}
WITH_BOOKING: dict[str, Done] = {
    "confirm": _confirm,
    "decline": _decline,
    "cancel": _cancel,
    "note_use": _moved("note_use"),
    "note_absence": _moved("note_absence"),
}
WITH_CESSION: dict[str, Done] = {
    "agree": _agree,
    "report": _report,
    "check": _check,
    "review": _review,
    "end": _end,
}
WITH_MERCHANT: dict[str, Done] = {"publish": _publish, "leave": _leave}
WITH_OFFER: dict[str, Done] = {"remove": _remove}
