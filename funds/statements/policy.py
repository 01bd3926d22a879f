"""Periods and statements as pure calculations over movements between accounts.

A movement is the sum of all transfers from one account to another, split into what came before the period and what came
in it. Statement and flow (`funds.statements.flow`) follow from the movements alone, so that both say the same.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from governance.errors import Invalid
from governance.money import ZERO

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SOURCE, POOL, HOLD, SINK = "SOURCE", "POOL", "HOLD", "SINK"
FREE = "pool:free"
LEDGER_FORM = "ledger/1"
FORMULA_SIGNS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # in both widths
FIRST_YEAR = 2000

_PERIOD = re.compile(r"(?P<year>\d{4})(-(?P<month>0[1-9]|1[0-2])|-Q(?P<quarter>[1-4]))?", re.ASCII)


class PeriodUnknown(Invalid):
    """The text names no month, quarter or year."""

    code = "statement_period_unknown"
    message = _("“%(text)s” is not a period. Write a year (2026), a quarter (2026-Q1) or a month (2026-03).")


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of days with its short name; without a name: from the beginning to `end`.

    `known_on`: leave out what was posted after that day.
    """

    name: str
    start: dt.date
    end: dt.date
    known_on: dt.date | None = None

    @property
    def last(self) -> dt.date:
        """The last day in it."""
        return self.end - dt.timedelta(days=1)


def read_span(text: str) -> Span:
    """Read "2026", "2026-Q1" or "2026-03".

    Raises:
        PeriodUnknown: it is none of them.
    """
    found = _PERIOD.fullmatch(text.strip().upper())
    if found is None or int(found["year"]) < FIRST_YEAR:
        raise PeriodUnknown(field="period", text=text)
    year = int(found["year"])
    first, months = 1, 12
    if found["quarter"]:
        first, months = 3 * int(found["quarter"]) - 2, 3
    elif found["month"]:
        first, months = int(found["month"]), 1
    return Span(found[0], dt.date(year, first, 1), month_after(year, first, months))


def month_after(year: int, month: int, count: int = 1) -> dt.date:
    """Return the first day of the month that lies `count` months on."""
    later = year * 12 + month - 1 + count
    return dt.date(later // 12, later % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Place:
    """An account as statements see it."""

    code: str
    kind: str
    label: StrOrPromise = field(compare=False)


@dataclass(frozen=True, slots=True)
class Movement:
    """All that went from one account to another, in yuan: before the period and in it."""

    source: Place
    target: Place
    before: Decimal
    within: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a statement: what a source gave, what a use received."""

    place: Place
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Stock:
    """One pool or hold of a statement: what lay there at the beginning and at the end."""

    place: Place
    opening: Decimal
    closing: Decimal


@dataclass(frozen=True)
class Statement:
    """Where the money came from, where it went and where it lies: opening + income - uses = closing."""

    income: Sequence[Entry]
    uses: Sequence[Entry]
    stocks: Sequence[Stock]

    @property
    def opening(self) -> Decimal:
        """All that lay in pools and holds at the beginning."""
        return sum((stock.opening for stock in self.stocks), ZERO)

    @property
    def closing(self) -> Decimal:
        """All that lies in pools and holds at the end."""
        return sum((stock.closing for stock in self.stocks), ZERO)

    @property
    def received(self) -> Decimal:
        """All income."""
        return sum((entry.amount for entry in self.income), ZERO)

    @property
    def used(self) -> Decimal:
        """All uses."""
        return sum((entry.amount for entry in self.uses), ZERO)

    @property
    def free(self) -> Decimal:
        """What lies in the free pool at the end."""
        return sum((stock.closing for stock in self.stocks if stock.place.code == FREE), ZERO)

    @property
    def restricted(self) -> Decimal:
        """What lies in pools with a restriction at the end."""
        pools = (stock for stock in self.stocks if stock.place.kind == POOL and stock.place.code != FREE)
        return sum((stock.closing for stock in pools), ZERO)

    @property
    def held(self) -> Decimal:
        """What is held for approved uses at the end."""
        return sum((stock.closing for stock in self.stocks if stock.place.kind == HOLD), ZERO)


def statement_of(movements: Iterable[Movement]) -> Statement:
    """Return the statement that follows from the movements; accounts without any are left out."""
    before: dict[Place, Decimal] = defaultdict(Decimal)
    within: dict[Place, Decimal] = defaultdict(Decimal)
    for movement in movements:
        before[movement.source] -= movement.before
        before[movement.target] += movement.before
        within[movement.source] -= movement.within
        within[movement.target] += movement.within
    places = sorted(before, key=lambda place: (place.code != FREE, place.code))
    return Statement(
        income=[Entry(place, -within[place]) for place in places if place.kind == SOURCE and within[place]],
        uses=[Entry(place, within[place]) for place in places if place.kind == SINK and within[place]],
        stocks=[
            Stock(place, before[place], before[place] + within[place])
            for place in places
            if place.kind in {POOL, HOLD} and (before[place] or within[place])
        ],
    )


@dataclass(frozen=True, slots=True)
class Month:
    """What lay in a book at the end of a month, named by its first day; what came and went in it."""

    first: dt.date
    balance: Decimal
    came: Decimal = ZERO
    went: Decimal = ZERO

    @property
    def last(self) -> dt.date:
        """Its last day."""
        return month_after(self.first.year, self.first.month) - dt.timedelta(days=1)


def digest_of_fields(*values: object) -> str:
    """Return the SHA-256 over the values, each written as in the canonical form of journals."""
    written = [str(value).encode() for value in values]
    return hashlib.sha256(b"".join(b"%d:%s," % (len(text), text) for text in written)).hexdigest()


def plain_cell(value: object) -> str:
    """Return the text of a cell so that no spreadsheet takes it for a formula; numbers stay numbers."""
    text = str(value)
    if isinstance(value, int | Decimal):
        return text
    return f"'{text}" if text.lstrip().startswith(FORMULA_SIGNS) else text
