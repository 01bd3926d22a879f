"""The flow of a fund as a picture: where each bar, ribbon and label lies. Pure; the template writes the SVG.

Three columns on 360 units, the width of a small phone: what came, the pools, what became of it. Each column keeps its
labels in its own third, above its bars, so that no label ever meets another; ribbons run beneath them. The thickness
of bars and ribbons is in proportion to the amounts.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from funds.statements.policy import AVAILABLE, HELD, OPENING, Knot, Month, Stream, fewer
from governance.money import ZERO, format_yuan

WIDTH = 360
BAR = 10
THICKNESS = 190
LABEL = 32
GAP = 12
COLORS = 5
LABEL_UNITS = 112
EM = 13
CHART_HEIGHT = 120
LEFT, MIDDLE, RIGHT = (0, "start"), ((WIDTH - BAR) // 2, "middle"), (WIDTH - BAR, "end")
WIDE = ("F", "W", "A")


@dataclass(frozen=True, slots=True)
class Bar:
    """One place with its label: the rectangle, and where the two lines of text stand."""

    x: float
    y: float
    height: float
    color: str
    label: str
    full_label: str
    amount: Decimal
    text_x: float
    anchor: str

    @property
    def name_y(self) -> float:
        """The base line of the name."""
        return round(self.y - LABEL + 11, 1)

    @property
    def amount_y(self) -> float:
        """The base line of the amount."""
        return round(self.y - 6, 1)


@dataclass(frozen=True, slots=True)
class Ribbon:
    """One stream as a closed path."""

    path: str
    color: str
    title: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the template draws."""

    height: int
    bars: Sequence[Bar]
    ribbons: Sequence[Ribbon]
    width: int = WIDTH
    bar_width: int = BAR


def draw(streams: Sequence[Stream]) -> Picture | None:
    """Lay out the flow; None when nothing has flowed."""
    shown = fewer(streams)
    if not shown:
        return None
    amounts = _amounts(shown)
    columns = _columns(shown, amounts)
    total = max(sum((amounts[knot] for knot in column), ZERO) for column in columns)
    scale = THICKNESS / float(total)
    heights = [sum(max(float(amounts[knot]) * scale, 2) + LABEL + GAP for knot in column) for column in columns]
    height = round(max(heights))
    bars: dict[Knot, Bar] = {}
    for column, knots in enumerate(columns):
        x, anchor = (LEFT, MIDDLE, RIGHT)[column]
        y = (height - heights[column]) / 2
        for number, knot in enumerate(knots):
            thickness = max(float(amounts[knot]) * scale, 2)
            bars[knot] = _bar(knot, number, place=(x, anchor), y=y + LABEL, thickness=thickness, amount=amounts[knot])
            y += LABEL + thickness + GAP
    return Picture(height, list(bars.values()), _ribbons(shown, columns, bars, scale))


def _amounts(streams: Sequence[Stream]) -> dict[Knot, Decimal]:
    """Return what each place carries: all that came, or for the left column all that left."""
    gone: dict[Knot, Decimal] = defaultdict(Decimal)
    come: dict[Knot, Decimal] = defaultdict(Decimal)
    for stream in streams:
        gone[stream.start] += stream.amount
        come[stream.end] += stream.amount
    return {knot: max(gone[knot], come[knot]) for knot in {*gone, *come}}


def _columns(streams: Sequence[Stream], amounts: dict[Knot, Decimal]) -> list[list[Knot]]:
    """Order the places of each column so that few ribbons cross.

    Pools and their sources: large ones first. On the right: beside the pool that gives most; what is held and what is
    left stand last.
    """
    pools = sorted((knot for knot in amounts if knot.column == 1), key=lambda knot: (-amounts[knot], knot.key))
    beside: dict[Knot, int] = {}
    for stream in sorted(streams, key=lambda stream: stream.amount):
        outer, pool = (stream.start, stream.end) if stream.end.column == 1 else (stream.end, stream.start)
        beside[outer] = pools.index(pool)
    rank = {OPENING: -1, HELD: 1, AVAILABLE: 2}

    def place(knot: Knot) -> tuple[int, int, Decimal, str]:
        return rank.get(knot, 0), beside[knot], -amounts[knot], knot.key

    ordered = sorted(beside, key=place)
    return [[knot for knot in ordered if knot.column == 0], pools, [knot for knot in ordered if knot.column]]


def _bar(knot: Knot, number: int, *, place: tuple[float, str], y: float, thickness: float, amount: Decimal) -> Bar:
    x, anchor = place
    text_x = {"start": x, "middle": x + BAR / 2, "end": x + BAR}[anchor]
    full = str(knot.label)
    color = "fill-muted" if knot in {OPENING, AVAILABLE} else f"fill-{number % COLORS + 1}"
    return Bar(x, round(y, 1), round(thickness, 1), color, fitted(full), full, amount, text_x, anchor)


def _ribbons(
    streams: Sequence[Stream], columns: Sequence[Sequence[Knot]], bars: dict[Knot, Bar], scale: float
) -> list[Ribbon]:
    """Lay the streams beside one another along their bars, in the order of the columns."""
    order = {knot: (column, number) for column, knots in enumerate(columns) for number, knot in enumerate(knots)}
    left: dict[Knot, float] = defaultdict(float)
    right: dict[Knot, float] = defaultdict(float)
    ribbons = []
    for stream in sorted(streams, key=lambda stream: (order[stream.start], order[stream.end])):
        start, end = bars[stream.start], bars[stream.end]
        thick = float(stream.amount) * scale
        upper, lower = start.y + left[stream.start], end.y + right[stream.end]
        left[stream.start] += thick
        right[stream.end] += thick
        color = start.color if stream.start.column == 0 else end.color
        title = f"{stream.start.label} → {stream.end.label} {format_yuan(stream.amount)}"
        ribbons.append(Ribbon(_path((start.x + BAR, upper), (end.x, lower), max(thick, 0.7)), f"flow {color}", title))
    return ribbons


def _path(start: tuple[float, float], end: tuple[float, float], thick: float) -> str:
    """Return the outline of a ribbon between two bars."""
    (x, y), (to_x, to_y) = start, end
    middle = (x + to_x) / 2
    return (
        f"M{x:.1f} {y:.1f}C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
        f"V{to_y + thick:.1f}C{middle:.1f} {to_y + thick:.1f} {middle:.1f} {y + thick:.1f} {x:.1f} {y + thick:.1f}Z"
    )


def fitted(text: str) -> str:
    """Return the text, shortened with an ellipsis to a third of the picture; Chinese characters are twice as wide."""
    used, kept = 0.0, ""
    for character in text:
        used += EM if unicodedata.east_asian_width(character) in WIDE else EM * 0.56
        if used > LABEL_UNITS:
            return kept.rstrip() + "…"
        kept += character
    return text


@dataclass(frozen=True, slots=True)
class Column:
    """One month of the balance as a bar."""

    x: float
    y: float
    width: float
    height: float
    month: Month


def draw_months(months: Sequence[Month]) -> list[Column]:
    """Lay out the balances of the months as bars on 360 by 120 units; flat when all are zero."""
    most = max((month.balance for month in months), default=ZERO) or Decimal(1)
    step = WIDTH / len(months)
    columns = []
    for number, month in enumerate(months):
        height = float(month.balance / most) * CHART_HEIGHT
        columns.append(
            Column(
                round(number * step + step * 0.15, 1),
                round(CHART_HEIGHT - height, 1),
                round(step * 0.7, 1),
                round(height, 1),
                month,
            )
        )
    return columns
