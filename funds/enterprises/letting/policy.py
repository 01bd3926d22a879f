"""The numbers of lettings, declared, and the account of one letting: what is due, what was paid, what is late (pure)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, whole
from governance.money import ZERO, round_half_up

LONGEST_YEARS = declare(
    "letting.longest_years",
    _("Longest term of a letting"),
    unit="years",
    read=whole,
    default=20,
    basis="Civil Code art. 705",
)
LATE_DAYS = declare(
    "letting.late_days",
    _("Days after the due day from which unpaid rent is followed up"),
    unit="calendar days",
    read=whole,
    default=30,
    basis="Rule of this platform",
)

AGES = (30, 90, 180)
"""The upper ends of the bands in which arrears are shown, in days."""


@dataclass(frozen=True, slots=True)
class Due:
    """One month of a rent schedule: its due day and what is to be paid of it, in yuan."""

    due_on: dt.date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class RentAccount:
    """Where a letting stands on a day, in yuan: payments count for the oldest month first.

    `ahead` is what was paid for months that are not due yet; `oldest_due` the due day of the oldest unpaid month.
    """

    due: Decimal
    paid: Decimal
    arrears: Decimal
    ahead: Decimal
    oldest_due: dt.date | None
    age_days: int


def account(charges: Iterable[Due], paid: Decimal, today: dt.date) -> RentAccount:
    """Set what was paid against what is due; a month is late from the day after its due day."""
    due, oldest = ZERO, None
    for charge in sorted((found for found in charges if found.due_on <= today), key=lambda found: found.due_on):
        due += charge.amount
        if oldest is None and due > paid:
            oldest = charge.due_on
    age = (today - oldest).days if oldest else 0
    return RentAccount(due, paid, max(due - paid, ZERO), max(paid - due, ZERO), oldest, age)


def age_band(days: int) -> str:
    """Return the band of an age: 0–30, 31–90, 91–180 or more days."""
    lower = 0
    for upper in AGES:
        if days <= upper:
            return f"{lower}–{upper}"
        lower = upper + 1
    return f"> {AGES[-1]}"


def part_of(amount: Decimal, from_on: dt.date, to_on: dt.date, last: dt.date) -> Decimal:
    """Return the rent of a month that ends early, by days; rounded once to the fen, halves up."""
    return round_half_up(amount * (last - from_on).days / (to_on - from_on).days)
