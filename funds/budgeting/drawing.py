"""The outcome of a participatory budget as bars, laid out for SVG; the table under them says the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from funds.budgeting.queries import Line, Shown

WIDTH, ROW, BAR = 360, 58, 20
LONGEST_BAR = 250
TEXT_BASE, BAR_TOP = 18, 26
LABEL_SIGNS = 22
"""Signs of a label that fit the width in Chinese; the table has the whole text."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One project: where its label, its bar and its figure stand."""

    line: Line
    label: str
    text_y: int
    bar_y: int
    width: float
    value_x: float
    value_y: int
    fill: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The bars and the size of the drawing."""

    bars: list[Bar]
    width: int
    height: int
    bar_height: int


def draw(shown: Shown) -> Picture:
    """Lay out one bar per project by its votes; those chosen are filled darker."""
    most = max((line.votes for line in shown.lines), default=0) or 1
    bars = [_bar(number, line, most) for number, line in enumerate(shown.lines)]
    return Picture(bars, WIDTH, ROW * len(bars), BAR)


def _bar(number: int, line: Line, most: int) -> Bar:
    label = f"{'✓ ' if line.is_winner else ''}{line.title}"
    top, width = number * ROW, round(LONGEST_BAR * line.votes / most, 1)
    return Bar(
        line=line,
        label=label if len(label) <= LABEL_SIGNS else label[: LABEL_SIGNS - 1] + "…",
        text_y=top + TEXT_BASE,
        bar_y=top + BAR_TOP,
        width=width,
        value_x=width + 8,
        value_y=top + BAR_TOP + 15,
        fill="fill-2" if line.is_winner else "fill-1",
    )
