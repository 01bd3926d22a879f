"""Rent accounts with their age, and what everybody may read about the assets of an enterprise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from funds.enterprises.letting.models import CommunityAsset, Letting, RentCharge, RentReceipt
from funds.enterprises.letting.policy import Due, RentAccount, account, age_band
from funds.enterprises.models import CommunityEnterprise
from governance.money import ZERO

MOST_LATE = 200
"""Late lettings that one list shows; the oldest of them first."""


@dataclass(frozen=True, slots=True)
class Late:
    """A letting with rent that is late, and how long."""

    letting: Letting
    account: RentAccount

    @property
    def band(self) -> str:
        """The band of its age, in days."""
        return age_band(self.account.age_days)


def _account(charges: Iterable[RentCharge], receipts: Iterable[RentReceipt], day: dt.date) -> RentAccount:
    paid = sum((row.amount for row in receipts if row.voided_at is None and row.received_on <= day), ZERO)
    return account([Due(charge.due_on, charge.owed) for charge in charges], paid, day)


def account_of(letting: Letting, day: dt.date) -> RentAccount:
    """Return where a letting stands on a day; its charges and receipts must be loaded."""
    return _account(letting.charges.all(), letting.receipts.all(), day)


def late_lettings(rows: Any, day: dt.date) -> list[Late]:
    """Return the lettings of these rows with rent that was due before a day, the oldest first; three queries."""
    found = rows.in_arrears(day).for_list()[:MOST_LATE]
    charges, receipts = RentCharge.objects.order_by("number"), RentReceipt.objects.standing().order_by("pk")
    loaded = found.prefetch_related(Prefetch("charges", charges), Prefetch("receipts", receipts))
    late = [Late(row, account_of(row, day)) for row in loaded]
    return sorted(late, key=lambda entry: (-entry.account.age_days, entry.letting.pk))


def public_assets(enterprise: CommunityEnterprise, day: dt.date) -> list[CommunityAsset]:
    """Return what an enterprise has and whether it is let on a day; the terms stay closed; two queries."""
    return list(CommunityAsset.objects.filter(enterprise=enterprise).with_letting(day).order_by("name", "pk"))
