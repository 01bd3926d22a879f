"""Rent accounts with their age, and what everybody may read about the assets of an enterprise."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from funds.enterprises.letting.lifecycle import LettingStatus
from funds.enterprises.letting.models import CommunityAsset, Letting, RentCharge
from funds.enterprises.letting.policy import (
    Due,
    MonthState,
    RentAccount,
    account,
    age_band,
    late_months,
    month_state,
    open_amounts,
    planned_months,
)
from funds.enterprises.models import CommunityEnterprise
from governance.money import ZERO

MOST_LATE = 200
"""Late lettings that one list shows; the oldest of them first."""
PLANNED = 12
"""Months ahead that a rent schedule shows."""


@dataclass(frozen=True, slots=True)
class Late:
    """A letting with rent that is late, and how long."""

    letting: Letting
    account: RentAccount

    @property
    def band(self) -> str:
        """The band of its age, in days."""
        return age_band(self.account.age_days)

    @property
    def reminded_at(self) -> dt.datetime | None:
        """When the clock reminded of its oldest open month, None where it has not."""
        due = [charge for charge in self.letting.charges.all() if charge.due_on == self.account.oldest_due]
        return due[0].reminded_at if due else None


def _paid(letting: Letting, day: dt.date) -> Decimal:
    received = (row.amount for row in letting.receipts.all() if row.voided_at is None and row.received_on <= day)
    return sum(received, ZERO)


def account_of(letting: Letting, day: dt.date) -> RentAccount:
    """Return where a letting stands on a day; its charges and receipts must be loaded."""
    return account([Due(charge.due_on, charge.owed) for charge in letting.charges.all()], _paid(letting, day), day)


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a rent schedule: its charge, what is open of it, and where it stands on the day asked for.

    A month that has not begun is told from the contract and has no charge yet.
    """

    number: int
    from_on: dt.date
    due_on: dt.date
    rent: Decimal
    left: Decimal
    state: MonthState
    charge: RentCharge | None = None


def months_of(letting: Letting, day: dt.date) -> list[Month]:
    """Return the months of a letting with what is open of each; its charges and receipts must be loaded."""
    charges = sorted(letting.charges.all(), key=lambda charge: (charge.due_on, charge.number))
    left = open_amounts([Due(charge.due_on, charge.owed) for charge in charges], _paid(letting, day))
    found = []
    for charge, (_due, amount) in zip(charges, left, strict=True):
        state = month_state(charge.due_on, charge.owed, amount, day)
        found.append(Month(charge.number, charge.from_on, charge.due_on, charge.amount, amount, state, charge))
    return found


def coming_months(letting: Letting, charged: int) -> list[Month]:
    """Return the next months of a running letting that the clock has not charged yet, at most a year of them."""
    if letting.status != LettingStatus.RUNNING or not letting.monthly_rent:
        return []
    planned = planned_months(letting.starts_on, letting.ends_on, letting.monthly_rent, skip=charged, most=PLANNED)
    return [
        Month(number, from_on, from_on + dt.timedelta(days=letting.days_to_pay), rent, rent, MonthState.PLANNED)
        for number, from_on, rent in planned
    ]


def late_charges(letting: Letting, day: dt.date) -> list[RentCharge]:
    """Return the charges that were due on this day or before and are not paid whole; `account_of` says what is loaded."""
    by_due = {charge.due_on: charge for charge in letting.charges.all()}
    months = [Due(charge.due_on, charge.owed) for charge in letting.charges.all()]
    received = sum((row.amount for row in letting.receipts.all() if row.voided_at is None), ZERO)
    return [by_due[month.due_on] for month in late_months(months, received, day)]


def late_lettings(rows: Any, day: dt.date) -> list[Late]:
    """Return the lettings of these rows with rent that was due before a day, the oldest first; three queries."""
    late = [Late(row, account_of(row, day)) for row in rows.in_arrears(day).for_account()[:MOST_LATE]]
    return sorted(late, key=lambda entry: (-entry.account.age_days, entry.letting.pk))


def public_assets(enterprise: CommunityEnterprise, day: dt.date) -> list[CommunityAsset]:
    """Return what an enterprise has and whether it is let on a day; the terms stay closed; two queries."""
    return list(CommunityAsset.objects.filter(enterprise=enterprise).with_letting(day).order_by("name", "pk"))
