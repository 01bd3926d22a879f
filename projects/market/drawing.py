"""What was posted and what found its counterpart, as a picture: where each bar and text lies. Pure; the template writes the SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from projects.market.queries import FieldFigure

WIDTH, ROW, TEXT, TOP, BAR = 360, 46, 15, 22, 16
LONGEST = 290


@dataclass(frozen=True, slots=True)
class Bar:
    """One field: its name, the bar of all postings and on it that of the matched ones."""

    label: str
    figures: str
    text_y: int
    bar_y: int
    value_x: float
    value_y: int
    posted: float
    matched: float


@dataclass(frozen=True, slots=True)
class Picture:
    """The bars and the size of the drawing."""

    bars: list[Bar]
    height: int
    width: int = WIDTH
    bar_height: int = BAR


def draw(lines: Sequence[FieldFigure]) -> Picture | None:
    """Lay out one bar per field on one common scale; None when there is nothing to draw."""
    most = max((line.posted for line in lines), default=0)
    if not most:
        return None
    bars = [_bar(line, number * ROW, most) for number, line in enumerate(lines)]
    return Picture(bars, ROW * len(bars))


def _bar(line: FieldFigure, top: int, most: int) -> Bar:
    posted, matched = (round(LONGEST * number / most, 1) for number in (line.posted, line.matched))
    figures = f"{line.matched}/{line.posted}"
    return Bar(line.label, figures, top + TEXT, top + TOP, posted + 6, top + TOP + 13, posted, matched)
