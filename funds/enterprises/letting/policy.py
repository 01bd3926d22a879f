"""The numbers of lettings, declared, and the account of one letting: what is due, what was paid, what is late (pure)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.policy.policy import declare, whole
from governance.calendar.days import months_later
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

DEMAND_DAYS = declare(
    "letting.demand_days",
    _("Days that a demand for unpaid rent leaves the lessee at least"),
    unit="calendar days",
    read=whole,
    default=15,
    basis="Civil Code art. 722",
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


def open_amounts(charges: Iterable[Due], paid: Decimal) -> list[tuple[Due, Decimal]]:
    """Return what is still to be paid of each month, in the order in which payments count for them."""
    found = []
    for charge in sorted(charges, key=lambda found: found.due_on):
        covered = min(charge.amount, paid)
        paid -= covered
        found.append((charge, charge.amount - covered))
    return found


def late_months(charges: Iterable[Due], paid: Decimal, day: dt.date) -> list[Due]:
    """Return the months that were due on this day or before and are not paid whole."""
    return [charge for charge, left in open_amounts(charges, paid) if left and charge.due_on <= day]


class MonthState(models.TextChoices):
    """Where one month of a rent schedule stands."""

    PLANNED = "PLANNED", pgettext_lazy("rent", "not begun")
    OPEN = "OPEN", pgettext_lazy("rent", "not due yet")
    PAID = "PAID", pgettext_lazy("rent", "paid")
    PARTLY = "PARTLY", pgettext_lazy("rent", "paid in part")
    OVERDUE = "OVERDUE", pgettext_lazy("rent", "late")
    WAIVED = "WAIVED", pgettext_lazy("rent", "waived")


def month_state(due_on: dt.date, owed: Decimal, left: Decimal, day: dt.date) -> MonthState:
    """Return where a month stands on a day: late from the day after its due day."""
    if not owed:
        return MonthState.WAIVED
    if not left:
        return MonthState.PAID
    if due_on < day:
        return MonthState.OVERDUE
    return MonthState.PARTLY if left < owed else MonthState.OPEN


def planned_months(
    starts_on: dt.date, ends_on: dt.date, rent: Decimal, *, skip: int, most: int
) -> list[tuple[int, dt.date, Decimal]]:
    """Return the months of a term after the first `skip`: number, first day and rent, as the clock will charge them."""
    found = []
    for number in range(skip, skip + most):
        first, following = months_later(starts_on, number), months_later(starts_on, number + 1)
        if first >= ends_on:
            break
        whole_month = following <= ends_on
        found.append((number + 1, first, rent if whole_month else part_of(rent, first, following, ends_on)))
    return found


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
