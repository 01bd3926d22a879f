"""When accounts are owed to the public, and which figures they show: parameters with their sources, pure calculations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, whole
from funds.statements.policy import HOLD, POOL, SINK, Movement, Statement, month_after
from governance.calendar.days import months_later
from governance.money import ZERO

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LOOK_BACK = 12
"""Months for which accounts that nobody has opened are opened afterwards."""

ACCOUNT_EVERY = declare(
    "disclosure.account_every",
    _("Months between two accounts of a fund"),
    unit="months",
    read=whole,
    default=3,
    basis="Guides on community charity funds (Hubei 2023, Hunan 2025)",
)
ACCOUNT_WITHIN = declare(
    "disclosure.account_within",
    _("Days after its period within which the account of a fund is published"),
    unit="days",
    read=whole,
    default=30,
    basis="Default of this platform; local rules prevail",
)
YEAR_WITHIN = declare(
    "disclosure.year_within",
    _("Months after the year within which the yearly report of a fund is published"),
    unit="months",
    read=whole,
    default=3,
    basis="Charity Law art. 72",
)
USE_FROM = declare(
    "disclosure.use_from",
    _("A use that runs longer than so many months shows its accounts while it runs"),
    unit="months",
    read=whole,
    default=6,
    basis="Charity Law art. 79",
)
USE_EVERY = declare(
    "disclosure.use_every",
    _("Months between two accounts of a running use"),
    unit="months",
    read=whole,
    default=3,
    basis="Charity Law art. 79",
)
FINAL_WITHIN = declare(
    "disclosure.final_within",
    _("Months after its end within which a use shows its full account"),
    unit="months",
    read=whole,
    default=3,
    basis="Charity Law art. 79",
)
NOTICE_DAYS = declare(
    "disclosure.notice_days",
    _("Days for which a published account is posted for questions"),
    unit="days",
    read=whole,
    default=7,
    basis="Default of this platform; local rules prevail",
)


@dataclass(frozen=True, slots=True)
class Owed:
    """One account that is owed: the days it covers, both included, and the last day to publish it."""

    kind: str
    covers_from: dt.date
    covers_to: dt.date
    due_on: dt.date
    request: int | None = None


def accounts_owed(opened_on: dt.date, today: dt.date, *, every: int, within: int) -> list[Owed]:
    """Return the accounts of a fund whose periods have ended since it was opened, not longer ago than `LOOK_BACK`.

    Periods begin with January and last `every` months; the first one begins on the day of opening.
    """
    found: list[Owed] = []
    earliest = months_later(today, -LOOK_BACK)
    start = dt.date(min(opened_on, today).year, 1, 1)
    while (end := month_after(start.year, start.month, max(every, 1))) <= today:
        if end > opened_on and end > earliest:
            last = end - dt.timedelta(days=1)
            found.append(Owed("ACCOUNT", max(start, opened_on), last, last + dt.timedelta(days=within)))
        start = end if end.year == start.year else dt.date(start.year + 1, 1, 1)
    return found


def years_owed(opened_on: dt.date, today: dt.date, *, within: int) -> list[Owed]:
    """Return the yearly report of the last year, for a fund that was open in it."""
    year = today.year - 1
    if opened_on.year > year:
        return []
    first, last = max(dt.date(year, 1, 1), opened_on), dt.date(year, 12, 31)
    return [Owed("YEAR", first, last, months_later(last, within))]


def uses_owed(
    request: int,
    begun_on: dt.date,
    ended_on: dt.date | None,
    today: dt.date,
    *,
    every: int,
    longer_than: int,
    final_within: int,
) -> list[Owed]:
    """Return the accounts that a use of money owes by today: one every few months of a long one, a full one at its end."""
    until = ended_on or today
    found: list[Owed] = []
    if until >= months_later(begun_on, longer_than):
        number, begins = 1, begun_on
        while (ends := months_later(begun_on, max(every, 1) * number)) <= until:
            if ends > months_later(today, -LOOK_BACK):
                found.append(Owed("USE", begins, ends - dt.timedelta(days=1), months_later(ends, 1), request))
            number, begins = number + 1, ends
    if ended_on is not None and ended_on > months_later(today, -LOOK_BACK):
        found.append(Owed("FINAL", begun_on, ended_on, months_later(ended_on, final_within), request))
    return found


@dataclass(frozen=True, slots=True)
class Figured:
    """One figure of an account: the name of its query, what it is of (the code of an account, or nothing), the amount."""

    name: str
    subject: str
    label: StrOrPromise
    amount: Decimal

    @property
    def title(self) -> StrOrPromise:
        """What it is called."""
        return title_of(self.name, self.label)


NAMES: dict[str, StrOrPromise] = {
    "opening": _("Opening balance"),
    "income": _("Income"),
    "received": _("All income"),
    "use": _("Use"),
    "used": _("All uses"),
    "free": _("Freely available"),
    "restricted": _("Restricted to a purpose"),
    "held": _("Held for approved uses"),
    "closing": _("Closing balance"),
    "granted": _("Held for this use"),
    "paid": _("Paid out"),
    "returned": _("Released to the pool"),
    "left": _("Still held"),
}
"""The named queries; each is computed by `figures_of` or `figures_of_use` from sums of transfers and from nothing else."""


def title_of(name: str, label: StrOrPromise) -> StrOrPromise:
    """Return what a figure is called: its query, and what it is of."""
    said = NAMES.get(name, name)
    return f"{said}: {label}" if label else said


def figures_of(found: Statement) -> list[Figured]:
    """Return the figures of a fund's account."""
    return [
        Figured("opening", "", "", found.opening),
        *(Figured("income", entry.place.code, entry.place.label, entry.amount) for entry in found.income),
        Figured("received", "", "", found.received),
        *(Figured("use", entry.place.code, entry.place.label, entry.amount) for entry in found.uses),
        Figured("used", "", "", found.used),
        Figured("free", "", "", found.free),
        Figured("restricted", "", "", found.restricted),
        Figured("held", "", "", found.held),
        Figured("closing", "", "", found.closing),
    ]


def figures_of_use(moves: Iterable[Movement], hold: str) -> list[Figured]:
    """Return the figures of one use, by what went into its hold, out to payees, back to the pool, and lies there."""
    granted = paid = returned = left = ZERO
    for move in moves:
        if move.target.code == hold and move.target.kind == HOLD:
            granted += move.within
            left += move.before + move.within
        elif move.source.code == hold and move.source.kind == HOLD:
            left -= move.before + move.within
            paid += move.within if move.target.kind == SINK else ZERO
            returned += move.within if move.target.kind == POOL else ZERO
    return [
        Figured("granted", hold, "", granted),
        Figured("paid", hold, "", paid),
        Figured("returned", hold, "", returned),
        Figured("left", hold, "", left),
    ]
