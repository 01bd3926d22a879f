"""The flow of a fund as a picture: where each bar, ribbon and label lies. Pure; the template writes the SVG.

Columns on 360 units, the width of a small phone: what came, the pools, what is held, what became of it. Each column keeps
its labels in its own lane, above its bars, so that no label ever meets another; ribbons run beneath them, and a stream that
passes a column by keeps a way of its own through it. The thickness of bars and ribbons is in proportion to the amounts.
Large type has larger letters, fewer places and more height in the same width.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from funds.statements.flow import AVAILABLE, HELD, OPENING, Knot, Stream, fewer
from governance.money import ZERO, format_yuan

if TYPE_CHECKING:
    from funds.statements.policy import Month

WIDTH = 360
BAR = 10
COLORS = 5
GAP = 12
WAY_GAP = 6
LANE_GAP = 6
LEAST = 2.0
"""The thinnest bar, in units."""
WIDE = ("F", "W", "A")
INKS = {
    "fill-1": "#174a7c",
    "fill-2": "#2f7d6b",
    "fill-3": "#a8692a",
    "fill-4": "#7a4d86",
    "fill-5": "#6d7a3c",
    "fill-muted": "#b6bfc4",
}
"""The colours on paper: what prints a picture does not read the style sheet inside it."""
NARROW = 0.56
"""The width of a Latin letter or a figure, in parts of a Chinese character's."""


@dataclass(frozen=True, slots=True)
class Type:
    """Sizes in the units of the picture."""

    name: int
    amount: int
    thickness: int
    most: int
    lines: int
    chart: int

    @property
    def line(self) -> int:
        """From one line of a name to the next."""
        return self.name + 3


# The picture stands in a card, so that a unit is four fifths of a pixel on a phone.
STANDARD = Type(name=15, amount=14, thickness=180, most=6, lines=2, chart=150)
LARGE = Type(name=20, amount=18, thickness=200, most=4, lines=3, chart=190)


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text at its base line."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One place with its label: the rectangle, and where its lines of text stand."""

    x: float
    y: float
    height: float
    color: str
    full_label: str
    amount: Decimal
    text_x: float
    anchor: str
    names: Sequence[Text]
    figure: Text

    @property
    def ink(self) -> str:
        """Its colour on paper."""
        return INKS[self.color]


@dataclass(frozen=True, slots=True)
class Ribbon:
    """One stream as a closed path."""

    path: str
    color: str
    title: str

    @property
    def ink(self) -> str:
        """Its colour on paper."""
        return INKS[self.color.removeprefix("flow ")]


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the template draws; `streams` is what the picture shows, for the table under it."""

    height: int
    bars: Sequence[Bar]
    ribbons: Sequence[Ribbon]
    streams: Sequence[Stream]
    type: Type
    width: int = WIDTH
    bar_width: int = BAR


@dataclass(frozen=True, slots=True)
class Way:
    """Where what runs to a knot passes a column by."""

    column: int
    end: Knot


Stop = Knot | Way


def draw(streams: Sequence[Stream], *, is_large: bool = False) -> Picture | None:
    """Lay out the flow; None when nothing has flowed."""
    kind = LARGE if is_large else STANDARD
    shown = sorted(fewer(streams, kind.most), key=lambda stream: (-stream.amount, stream.start.key, stream.end.key))
    return _Layout(shown, kind).picture() if shown else None


class _Layout:
    """The work of `draw`: columns, their order, places, ribbons."""

    def __init__(self, streams: Sequence[Stream], kind: Type) -> None:
        self.streams, self.kind = streams, kind
        present = sorted({knot.column for stream in streams for knot in (stream.start, stream.end)})
        self.columns = {column: number for number, column in enumerate(present)}
        self.routes = [(stream, list(self._route(stream))) for stream in streams]
        self.amounts = self._amounts()
        self.order = self._order()
        most = max(sum((self.amounts[stop] for stop in stops), ZERO) for stops in self.order)
        self.scale = kind.thickness / float(most)

    def picture(self) -> Picture:
        """Return what is drawn."""
        lane = (WIDTH - LANE_GAP * (len(self.order) - 1)) / len(self.order)
        blocks = [[self._block(stop, lane) for stop in stops] for stops in self.order]
        height = max(sum(sum(block) for block in column) for column in blocks)
        bars: list[Bar] = []
        tops: dict[Stop, tuple[float, float]] = {}
        colors: dict[Stop, str] = {}
        for number, stops in enumerate(self.order):
            x, text_x, anchor = self._lane(number, lane)
            y = (height - sum(sum(block) for block in blocks[number])) / 2
            for place, (stop, (label, thickness, gap)) in enumerate(zip(stops, blocks[number], strict=True)):
                tops[stop] = (x, y + label)
                if isinstance(stop, Knot):
                    quiet = stop in {OPENING, AVAILABLE}
                    colors[stop] = "fill-muted" if quiet else f"fill-{(place + number) % COLORS + 1}"
                    bars.append(self._bar(stop, (x, text_x, anchor), lane, tops[stop][1], colors[stop]))
                y += label + thickness + gap
        listed = sorted(self.streams, key=lambda stream: (stream.start.column, -stream.amount, stream.end.key))
        return Picture(round(height), bars, list(self._ribbons(tops, colors)), listed, self.kind)

    def _route(self, stream: Stream) -> Iterator[Stop]:
        """Return the stops of a stream: where it begins, the ways through the columns it passes by, where it ends."""
        first, last = self.columns[stream.start.column], self.columns[stream.end.column]
        yield stream.start
        for column in range(first + 1, last):
            yield Way(column, stream.end)
        yield stream.end

    def _place(self, stop: Stop) -> int:
        return stop.column if isinstance(stop, Way) else self.columns[stop.column]

    def _amounts(self) -> dict[Stop, Decimal]:
        """Return what each stop carries: what came or what left, whichever is more."""
        gone: dict[Stop, Decimal] = defaultdict(Decimal)
        come: dict[Stop, Decimal] = defaultdict(Decimal)
        for stream, route in self.routes:
            for start, end in pairwise(route):
                gone[start] += stream.amount
                come[end] += stream.amount
        return {stop: max(gone[stop], come[stop]) for stop in {*gone, *come}}

    def _order(self) -> list[list[Stop]]:
        """Order the stops of each column so that few ribbons cross: each stands beside what it hangs on most.

        The pools lead, large ones first; what is held, what is left and what passes a column by stand last.
        """
        columns: list[list[Stop]] = [[] for _ in self.columns]
        for stop in self.amounts:
            columns[self._place(stop)].append(stop)
        lead = min(1, len(columns) - 1)
        place: dict[Stop, float] = {}

        def settle(number: int, beside: int | None) -> None:
            def key(stop: Stop) -> tuple[int, float, Decimal, str]:
                near = self._middle(stop, place, beside)
                return self._rank(stop), near, -self.amounts[stop], str(stop)

            columns[number].sort(key=key)
            place.update({stop: index / len(columns[number]) for index, stop in enumerate(columns[number])})

        settle(lead, None)
        for number in range(lead + 1, len(columns)):
            settle(number, number - 1)
        for number in range(lead - 1, -1, -1):
            settle(number, number + 1)
        return columns

    def _middle(self, stop: Stop, place: dict[Stop, float], beside: int | None) -> float:
        """Return where, on average, a stop's neighbors in the column beside it stand."""
        if beside is None:
            return 0.0
        weights: list[tuple[float, float]] = []
        for stream, route in self.routes:
            for start, end in pairwise(route):
                other = end if start == stop else start if end == stop else None
                if other is not None and self._place(other) == beside:
                    weights.append((place[other], float(stream.amount)))
        total = sum(weight for _place, weight in weights)
        return sum(where * weight for where, weight in weights) / total if total else 1.0

    @staticmethod
    def _rank(stop: Stop) -> int:
        if isinstance(stop, Way):
            return 3 if stop.end == AVAILABLE else 1
        return {OPENING: -1, HELD: 2, AVAILABLE: 3}.get(stop, 0)

    def _block(self, stop: Stop, lane: float) -> tuple[float, float, float]:
        """Return the heights of a stop: its label, its bar, the gap below."""
        thickness = max(float(self.amounts[stop]) * self.scale, LEAST)
        if isinstance(stop, Way):
            return 0, thickness, WAY_GAP
        return len(self._names(stop, lane)) * self.kind.line + self.kind.amount + 7, thickness, GAP

    def _names(self, knot: Knot, lane: float) -> list[str]:
        return wrapped(str(knot.label), lane / self.kind.name, self.kind.lines)

    def _lane(self, number: int, lane: float) -> tuple[float, float, str]:
        """Return where a column's bars stand, and where and how its labels."""
        left = number * (lane + LANE_GAP)
        if number == 0:
            return 0, 0, "start"
        if number == len(self.order) - 1:
            return WIDTH - BAR, WIDTH, "end"
        return round(left + (lane - BAR) / 2, 1), round(left + lane / 2, 1), "middle"

    def _bar(self, knot: Knot, at: tuple[float, float, str], lane: float, y: float, color: str) -> Bar:
        x, text_x, anchor = at
        kind, amount = self.kind, self.amounts[knot]
        thickness = round(max(float(amount) * self.scale, LEAST), 1)
        lines = self._names(knot, lane)
        base = y - kind.amount - 8
        names = [
            Text(round(base - (len(lines) - 1 - number) * kind.line, 1), line) for number, line in enumerate(lines)
        ]
        written = format_yuan(amount)
        if len(written) * NARROW * kind.amount > lane + LANE_GAP:
            written = written.rpartition(".")[0]
        return Bar(
            *(x, round(y, 1), thickness, color, str(knot.label), amount, text_x, anchor),
            names,
            Text(round(y - 5, 1), written),
        )

    def _ribbons(self, tops: dict[Stop, tuple[float, float]], colors: dict[Stop, str]) -> Iterator[Ribbon]:
        """Lay the streams beside one another along their stops, in the order of the columns."""
        order = {stop: (number, index) for number, stops in enumerate(self.order) for index, stop in enumerate(stops)}
        left: dict[Stop, float] = defaultdict(float)
        right: dict[Stop, float] = defaultdict(float)
        ranked = sorted(self.routes, key=lambda pair: [order[stop] for stop in pair[1]])
        for stream, route in ranked:
            thick = float(stream.amount) * self.scale
            path = ""
            for start, end in pairwise(route):
                (x, y), (to_x, to_y) = tops[start], tops[end]
                upper, lower = y + left[start], to_y + right[end]
                left[start] += thick
                right[end] += thick
                begins = x + (BAR if isinstance(start, Knot) else 0)
                path += _path((begins, upper), (to_x, lower), max(thick, 0.7))
            title = f"{stream.start.label} → {stream.end.label} {format_yuan(stream.amount)}"
            color = colors[stream.end if colors[stream.start] == "fill-muted" else stream.start]
            yield Ribbon(path, f"flow {color}", title)


def _path(start: tuple[float, float], end: tuple[float, float], thick: float) -> str:
    """Return the outline of a ribbon between two bars."""
    (x, y), (to_x, to_y) = start, end
    middle = (x + to_x) / 2
    return (
        f"M{x:.1f} {y:.1f}C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
        f"v{thick:.1f}C{middle:.1f} {to_y + thick:.1f} {middle:.1f} {y + thick:.1f} {x:.1f} {y + thick:.1f}Z"
    )


def wrapped(text: str, widest: float, most: int) -> list[str]:
    """Return the text in so many lines, the last one with an ellipsis; widths in Chinese characters.

    Words of Latin letters stay whole where they fit; between Chinese characters a line may break anywhere.
    """
    lines, line, used = [], "", 0.0
    for word in _words(text):
        wide = sum(map(_width, word))
        if line and used + wide > widest:
            lines.append(line.rstrip())
            line, used = "", 0.0
        for sign in word.lstrip() if not line else word:
            if used + _width(sign) > widest:
                lines.append(line.rstrip())
                line, used = "", 0.0
            line += sign
            used += _width(sign)
    lines.append(line.rstrip())
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and sum(map(_width, last)) + 1 > widest:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip() + "…"]


def _words(text: str) -> Iterator[str]:
    """Cut a text where a line may break: before each Chinese character and each space."""
    word = ""
    for sign in text:
        if word and (sign == " " or _width(sign) == 1 or _width(word[-1]) == 1):
            yield word
            word = ""
        word += sign
    if word:
        yield word


def _width(sign: str) -> float:
    return 1.0 if unicodedata.east_asian_width(sign) in WIDE else NARROW


@dataclass(frozen=True, slots=True)
class Column:
    """One month of the balance as a bar."""

    x: float
    y: float
    width: float
    height: float
    month: Month


@dataclass(frozen=True, slots=True)
class Chart:
    """The balance of the months as bars over their base line, with the highest amount and the names of some months."""

    columns: Sequence[Column]
    most: Decimal
    type: Type
    base: float
    height: float
    ticks: Sequence[tuple[float, str, str]]
    width: int = WIDTH


def draw_months(months: Sequence[Month], *, is_large: bool = False) -> Chart:
    """Lay out the balances of the months as bars; flat when all are zero."""
    kind = LARGE if is_large else STANDARD
    head = kind.amount + 8
    base = head + kind.chart - 2 * kind.amount
    most = max((month.balance for month in months), default=ZERO)
    step = WIDTH / max(len(months), 1)
    columns = []
    for number, month in enumerate(months):
        height = float(max(month.balance, ZERO) / (most or Decimal(1))) * (base - head)
        x = round(number * step + step * 0.15, 1)
        columns.append(Column(x, round(base - height, 1), round(step * 0.7, 1), round(height, 1), month))
    ends = [(0.0, "start", months[0]), (float(WIDTH), "end", months[-1])] if months else []
    ticks = [(x, anchor, f"{month.first:%Y-%m}") for x, anchor, month in ends]
    return Chart(columns, most, kind, base, base + kind.amount + 8, ticks)
