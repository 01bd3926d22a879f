"""The flow of a fund: from sources through pools and holds to uses, as streams between knots. Pure.

It follows from the movements alone, as the statement does, so that both say the same. Every pool and every hold gives out
exactly what came in; what lies there at the end is a stream as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funds.statements.policy import FREE, HOLD, POOL, SINK, SOURCE, Movement, Place
from governance.money import ZERO

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CAME, POOLS, HOLDS, WENT = range(4)
"""The columns: what came, the pools, what is or was held for an approved use, what became of it."""

COLUMN = {SOURCE: CAME, POOL: POOLS, HOLD: HOLDS, SINK: WENT}
MOST_PLACES = 6


@dataclass(frozen=True, slots=True)
class Knot:
    """A place in the picture. `place` is the account behind it, if it is one."""

    column: int
    key: str
    label: StrOrPromise = field(compare=False)
    place: Place | None = field(compare=False, default=None)


@dataclass(frozen=True, slots=True)
class Stream:
    """Money that ran from one knot to one of a later column."""

    start: Knot
    end: Knot
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """What a flow says in all; opening + received = used + held + available."""

    opening: Decimal
    received: Decimal
    used: Decimal
    held: Decimal
    available: Decimal


OPENING = Knot(CAME, "opening", gettext_lazy("brought forward"))
AVAILABLE = Knot(WENT, "available", gettext_lazy("available"))
HELD = Knot(WENT, "held", gettext_lazy("held for approved uses"))
BACK, TO, FROM = "back ", "to ", "from "


def flow_of(movements: Iterable[Movement]) -> list[Stream]:
    """Return the flow from sources through pools and holds to uses.

    What ran to and fro between two accounts counts by its difference. Money that went back to a source, or came back
    from a use, is a place of its own on the other side; what moved between pools leaves here and comes there.
    """
    moved: dict[tuple[Place, Place], Decimal] = defaultdict(Decimal)
    before: dict[Place, Decimal] = defaultdict(Decimal)
    after: dict[Place, Decimal] = defaultdict(Decimal)
    for movement in movements:
        source, target = movement.source, movement.target
        moved[source, target] += movement.within
        moved[target, source] -= movement.within
        for place, sign in ((source, -1), (target, 1)):
            before[place] += sign * movement.before
            after[place] += sign * (movement.before + movement.within)
    amounts: dict[tuple[Knot, Knot], Decimal] = defaultdict(Decimal)
    for (source, target), amount in moved.items():
        if amount > 0:
            for start, end in _legs(source, target):
                amounts[start, end] += amount
    for place, left in after.items():
        if place.kind in {POOL, HOLD}:
            amounts[OPENING, _knot(place)] += before[place]
            amounts[_knot(place), HELD if place.kind == HOLD else AVAILABLE] += left
    return [Stream(start, end, amount) for (start, end), amount in amounts.items() if amount > 0]


def _knot(place: Place) -> Knot:
    return Knot(COLUMN[place.kind], place.code, place.label, place)


def _legs(source: Place, target: Place) -> list[tuple[Knot, Knot]]:
    """Return where a net movement is drawn: straight on, or out on the right and in on the left."""
    start, end = _knot(source), _knot(target)
    if start.column < end.column:
        return [(start, end)]
    inside = {POOL, HOLD}
    legs = []
    if source.kind in inside:
        if target.kind == SOURCE:
            there = Knot(WENT, BACK + target.code, _("back to %(place)s") % {"place": target.label}, target)
        else:
            there = Knot(WENT, TO + target.code, _("moved to %(place)s") % {"place": target.label}, target)
        legs.append((start, there))
    if target.kind in inside:
        if source.kind == SINK:
            here = Knot(CAME, BACK + source.code, _("back from %(place)s") % {"place": source.label}, source)
        else:
            here = Knot(CAME, FROM + source.code, _("moved from %(place)s") % {"place": source.label}, source)
        legs.append((here, end))
    return legs


def totals_of(streams: Sequence[Stream]) -> Totals:
    """Return what the picture's places say in all: the figures of the statement, computed from the drawing."""
    opening = received = used = held = available = ZERO
    for stream in streams:
        start, end = stream.start, stream.end
        if start == OPENING:
            opening += stream.amount
        elif start.place is not None and start.place.kind == SOURCE:
            received += stream.amount
        elif start.column == CAME and start.key.startswith(BACK):
            used -= stream.amount
        if end == HELD:
            held += stream.amount
        elif end == AVAILABLE:
            available += stream.amount
        elif end.place is not None and end.place.kind == SINK:
            used += stream.amount
        elif end.column == WENT and end.key.startswith(BACK):
            received -= stream.amount
    return Totals(opening, received, used, held, available)


OTHERS = (
    gettext_lazy("others"),
    gettext_lazy("other purposes"),
    gettext_lazy("other approved uses"),
    gettext_lazy("other uses"),
)


def fewer(streams: Sequence[Stream], most: int = MOST_PLACES) -> list[Stream]:
    """Gather the smallest places of each column into one, so that the picture stays readable."""
    sums: dict[Knot, Decimal] = defaultdict(Decimal)
    for stream in streams:
        sums[stream.start] += stream.amount
        sums[stream.end] += stream.amount
    stand_in = _stand_ins(sums, most)
    gathered: dict[tuple[Knot, Knot], Decimal] = defaultdict(Decimal)
    for stream in streams:
        gathered[stand_in.get(stream.start, stream.start), stand_in.get(stream.end, stream.end)] += stream.amount
    return [Stream(start, end, amount) for (start, end), amount in gathered.items()]


def _stand_ins(sums: Mapping[Knot, Decimal], most: int) -> dict[Knot, Knot]:
    """Return for each place that is too small to be drawn what is drawn in its stead."""
    always = {OPENING, AVAILABLE, HELD}
    found = {}
    for column, label in enumerate(OTHERS):
        knots = [knot for knot in sums if knot.column == column]
        others = sorted((knot for knot in knots if knot not in always), key=lambda knot: (-sums[knot], knot.key))
        others.sort(key=lambda knot: knot.key != FREE)
        room = max(most - sum(knot in always for knot in knots), 2)
        if len(others) > room:
            found.update(dict.fromkeys(others[room - 1 :], Knot(column, "others", label)))
    return found
