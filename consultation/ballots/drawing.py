"""The result of a ballot as bars, laid out for SVG; the table under them says the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consultation.ballots.queries import OptionResult, Results

WIDTH, ROW, BAR = 360, 58, 20
LONGEST_BAR = 250
TEXT_BASE, BAR_TOP = 18, 26
HEAD, FOOT = 34, 24
LABEL_SIGNS = 22
"""Signs of a label that fit the width in Chinese; the table has the whole text."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One option: where its label, its bar and its figure stand."""

    line: OptionResult
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
    title: str = ""

    @property
    def total_height(self) -> int:
        """The height with the question above and the address below, where the picture stands alone."""
        return self.height + HEAD + FOOT

    @property
    def source_y(self) -> int:
        """Where the address stands."""
        return self.total_height - FOOT // 3


def draw(results: Results) -> Picture:
    """Lay out one bar per option; the longest stands for the most votes."""
    most = max((line.votes for line in results.lines), default=0) or 1
    bars = [_bar(number, line, most) for number, line in enumerate(results.lines)]
    return Picture(bars, WIDTH, ROW * len(bars), BAR, _short(results.row.ballot.question))


def _short(text: str) -> str:
    return text if len(text) <= LABEL_SIGNS else text[: LABEL_SIGNS - 1] + "…"


def _bar(number: int, line: OptionResult, most: int) -> Bar:
    label = _short(str(line.label))
    top, width = number * ROW, round(LONGEST_BAR * line.votes / most, 1)
    return Bar(
        line=line,
        label=label,
        text_y=top + TEXT_BASE,
        bar_y=top + BAR_TOP,
        width=width,
        value_x=width + 8,
        value_y=top + BAR_TOP + 15,
        fill="fill-2" if line.is_winner else "fill-1",
    )
