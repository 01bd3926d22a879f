"""Rent that does not come: the clock reminds of it, people demand it from the lessee, by a letter with a last day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from communities.policy.queries import value
from funds.enterprises.letting import refusals
from funds.enterprises.letting.models import Letting, RentCharge
from funds.enterprises.letting.operations import require_clock
from funds.enterprises.letting.policy import DEMAND_DAYS, LATE_DAYS
from funds.enterprises.letting.queries import account_of, late_charges
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from governance.accounts.models import User


def remind_of_late_rent(*, by: User, now: dt.datetime, today: dt.date) -> int:
    """Tell of each month whose rent has not come `letting.late_days` after its due day; return of how many.

    Once per month: the mark on the charge and the event are one transaction, so that a second run, or two clocks at
    once, tell nothing twice. From then on the letting waits on the desk of who may record its rent.
    """
    require_clock(by=by)
    found, days, told = Letting.objects.in_arrears(today).for_account().order_by("pk"), dict[int, int](), 0
    for letting in found.iterator(chunk_size=500):
        place = letting.enterprise.division
        if place.pk not in days:
            days[place.pk] = value(LATE_DAYS, place, today)
        late = late_charges(letting, today - dt.timedelta(days=days[place.pk]))
        keys = [charge.pk for charge in late if charge.reminded_at is None]
        if keys:
            told += _tell(letting, keys, by=by, now=now, today=today)
    return told


def _tell(letting: Letting, keys: list[int], *, by: User, now: dt.datetime, today: dt.date) -> int:
    """Mark the months that are not marked yet, and write one event for them."""
    with transaction.atomic():
        marked = RentCharge.objects.filter(pk__in=keys, reminded_at=None).update(reminded_at=now)
        if marked:
            account = account_of(letting, today)
            told = {"amount": f"{account.arrears:.2f}", "due_on": f"{account.oldest_due}"}
            outbox.emit(by=by, topic="funds.letting.rent_late", row=letting, now=now, payload=told)
            audit.record(by=by, verb="funds.rent.reminded", row=letting, now=now, after={**told, "months": marked})
    return marked


def demand_rent(*, by: User, letting: Letting, pay_by: dt.date, now: dt.datetime, today: dt.date) -> Letting:
    """Demand late rent from the lessee until a last day; who then has not paid may lose the contract.

    Raises:
        NotAllowed: neither community staff nor a person of the enterprise.
        NothingLate: no rent is late.
        DemandTooShort: the law asks for a reasonable time (`letting.demand_days`).
    Basis: Civil Code art. 722.
    """
    require(by, "funds.keep_lettings", letting)
    with transaction.atomic():
        row = (
            Letting.objects.select_for_update(of=("self",), no_key=True)
            .select_related("enterprise__division")
            .get(pk=letting.pk)
        )
        late = late_charges(row, today - dt.timedelta(days=1))
        if not late:
            raise refusals.NothingLate
        days = value(DEMAND_DAYS, row.division, today)
        earliest = today + dt.timedelta(days=days)
        if pay_by < earliest:
            raise refusals.DemandTooShort(field="pay_by", days=days, earliest=earliest)
        before = {"demanded_on": row.demanded_on, "demand_until": row.demand_until}
        row.demanded_on, row.demand_until = today, pay_by
        row.save(update_fields=["demanded_on", "demand_until"])
        after = {"demanded_on": today, "demand_until": pay_by, "amount": account_of(row, today).arrears}
        audit.record(
            by=by,
            verb="funds.rent.demanded",
            row=row,
            now=now,
            before=before,
            after=after,
            basis="Civil Code art. 722",
        )
    return row
