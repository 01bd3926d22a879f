"""Periods, statements and flows as pure calculations over movements between accounts.

A movement is the sum of all transfers from one account to another, split into what came before the period and what came
in it. Statement and flow follow from the movements alone, so that both say the same.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from governance.errors import Invalid
from governance.money import ZERO, split

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SOURCE, POOL, HOLD, SINK = "SOURCE", "POOL", "HOLD", "SINK"
FREE = "pool:free"
LEDGER_FORM = "ledger/1"
MOST_PLACES = 7
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
    """What lay in a book at the end of a month, named by its first day."""

    first: dt.date
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Knot:
    """A place in the picture of the flow: column 0 holds what came, 1 the pools, 2 what became of it."""

    column: int
    key: str
    label: StrOrPromise = field(compare=False)


@dataclass(frozen=True, slots=True)
class Stream:
    """Money that ran from one knot to one of the next column."""

    start: Knot
    end: Knot
    amount: Decimal


OPENING = Knot(0, "opening", _("brought forward"))
DIRECT = Knot(1, "direct", _("paid directly"))
AVAILABLE = Knot(2, "available", _("available"))
HELD = Knot(2, "held", _("held for approved uses"))


def flow_of(movements: Iterable[Movement]) -> list[Stream]:
    """Return the flow from sources through pools to uses, holds resolved into the pools that fill them.

    Each pool gives out exactly what came in. What several pools hold together is shared in proportion to what each has
    put in, in whole fen. Money that went back is a place of its own, on the other side.
    """
    return _Flow(list(movements)).streams()


class _Flow:
    """The work of `flow_of`: net amounts, shares of the pools in holds, the streams."""

    def __init__(self, movements: list[Movement]) -> None:
        self.before: dict[tuple[Place, Place], Decimal] = defaultdict(Decimal)
        self.within: dict[tuple[Place, Place], Decimal] = defaultdict(Decimal)
        for movement in movements:
            for figures, amount in ((self.before, movement.before), (self.within, movement.within)):
                figures[movement.source, movement.target] += amount
                figures[movement.target, movement.source] -= amount
        places = {place for pair in self.within for place in pair}
        self.of_kind = {
            kind: sorted((place for place in places if place.kind == kind), key=lambda place: place.code)
            for kind in (SOURCE, POOL, HOLD, SINK)
        }
        self.amounts: dict[tuple[Knot, Knot], Decimal] = defaultdict(Decimal)

    def streams(self) -> list[Stream]:
        """Return the streams that carry anything."""
        outside = [*self.of_kind[SOURCE], *self.of_kind[SINK]]
        shares = {hold: self._shares(hold) for hold in self.of_kind[HOLD]}
        for number, pool in enumerate(self.of_kind[POOL]):
            middle = Knot(1, pool.code, pool.label)
            self._between(middle, outside, {place: self.within[place, pool] for place in outside})
            for other in self.of_kind[POOL][number + 1 :]:
                self._between_pools(pool, other)
            held_before, held = ZERO, ZERO
            for hold, weights in shares.items():
                opened, left, spent = self._through(hold, pool, weights)
                held_before, held = held_before + opened, held + left
                self._between(middle, outside, {place: -amount for place, amount in spent.items()})
            self._put(OPENING, middle, self._stock(pool, self.before) + held_before)
            self._put(middle, AVAILABLE, self._stock(pool, self.before) + self._stock(pool, self.within))
            self._put(middle, HELD, held)
        for source in self.of_kind[SOURCE]:
            for sink in self.of_kind[SINK]:
                if (amount := self.within[source, sink]) > 0:
                    self._put(Knot(0, source.code, source.label), DIRECT, amount)
                    self._put(DIRECT, Knot(2, sink.code, sink.label), amount)
        return [Stream(start, end, amount) for (start, end), amount in self.amounts.items() if amount > 0]

    def _put(self, start: Knot, end: Knot, amount: Decimal) -> None:
        self.amounts[start, end] += amount

    def _between(self, middle: Knot, outside: list[Place], into: Mapping[Place, Decimal]) -> None:
        """Draw what ran between a pool and the outside; `into` is what came into the pool, negative for what left."""
        for place in outside:
            amount = into.get(place, ZERO)
            if amount > 0:
                self._put(Knot(0, place.code, place.label), middle, amount)
            elif amount < 0:
                self._put(middle, Knot(2, place.code, place.label), -amount)

    def _between_pools(self, pool: Place, other: Place) -> None:
        """Draw an allocation from one pool to another as leaving here and coming there."""
        amount = self.within[pool, other]
        giver, taker = (pool, other) if amount > 0 else (other, pool)
        self._put(Knot(1, giver.code, giver.label), Knot(2, f"to {taker.code}", taker.label), abs(amount))
        self._put(Knot(0, f"from {giver.code}", giver.label), Knot(1, taker.code, taker.label), abs(amount))

    def _shares(self, hold: Place) -> dict[Place, Decimal]:
        """Return how much each pool has put into a hold so far."""
        put = {pool: self.before[pool, hold] + self.within[pool, hold] for pool in self.of_kind[POOL]}
        filled = {pool: amount for pool, amount in put.items() if amount > 0}
        return filled or {pool: Decimal(1) for pool in self.of_kind[POOL][:1]}

    def _through(
        self, hold: Place, pool: Place, weights: Mapping[Place, Decimal]
    ) -> tuple[Decimal, Decimal, dict[Place, Decimal]]:
        """Return what a pool held there before, what it holds at the end, and what it spent through it on whom."""
        opened, left = self.before[pool, hold], self.before[pool, hold] + self.within[pool, hold]
        spent: dict[Place, Decimal] = {}
        if pool not in weights:
            return opened, left, spent
        order = list(weights)
        for place in (*self.of_kind[SINK], *self.of_kind[SOURCE]):
            earlier, now = (
                split(abs(figures[hold, place]), list(weights.values()))[order.index(pool)].copy_sign(
                    figures[hold, place]
                )
                for figures in (self.before, self.within)
            )
            opened, left = opened - earlier, left - earlier - now
            spent[place] = now
        return opened, left, spent

    def _stock(self, pool: Place, figures: Mapping[tuple[Place, Place], Decimal]) -> Decimal:
        """Return the net of all that ran into the pool."""
        return sum((amount for (_source, target), amount in figures.items() if target == pool), ZERO)


def fewer(streams: Sequence[Stream], most: int = MOST_PLACES) -> list[Stream]:
    """Gather the smallest places of the outer columns into one each, so that the picture stays readable."""
    sums: dict[Knot, Decimal] = defaultdict(Decimal)
    for stream in streams:
        sums[stream.start] += stream.amount
        sums[stream.end] += stream.amount
    kept: set[Knot] = set()
    for column in (0, 2):
        knots = [knot for knot in sums if knot.column == column]
        always = [knot for knot in knots if knot in {OPENING, AVAILABLE, HELD}]
        others = sorted((knot for knot in knots if knot not in always), key=lambda knot: (-sums[knot], knot.key))
        room = most - len(always)
        kept.update(always, others if len(others) <= room else others[: room - 1])
    gathered: dict[tuple[Knot, Knot], Decimal] = defaultdict(Decimal)
    for stream in streams:
        start = stream.start if stream.start.column or stream.start in kept else Knot(0, "others", _("others"))
        end = stream.end if stream.end.column == 1 or stream.end in kept else Knot(2, "others", _("other uses"))
        gathered[start, end] += stream.amount
    return [Stream(start, end, amount) for (start, end), amount in gathered.items()]


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
