"""A trial as a picture: for each year or enterprise two bars, what was ordered and what the policy would have given.

Pure; the template writes the SVG. 360 units wide, the width of a small phone; the label of a pair stands above it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from funds.reinvestment.trial import Compared

WIDTH = 360
BAR = 12
STEP = 54
LABEL = 16
MOST = 12


@dataclass(frozen=True, slots=True)
class Pair:
    """Two bars with their label: places and lengths."""

    label: str
    compared: Compared
    ordered: float
    tried: float
    text_y: int
    ordered_y: int
    tried_y: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything the template draws."""

    pairs: list[Pair]
    width: int = WIDTH
    bar: int = BAR

    @property
    def height(self) -> int:
        """The height of the whole picture."""
        return len(self.pairs) * STEP


def draw(labeled: Iterable[tuple[str, Compared]]) -> Chart | None:
    """Lay out the first dozen of what is compared; None when there is nothing but zeros."""
    rows = list(labeled)[:MOST]
    most = max((max(row.ordered, row.tried) for _label, row in rows), default=0)
    if most <= 0:
        return None

    def length(amount: Decimal) -> float:
        return round(max(float(amount / most), 0.0) * WIDTH, 1)

    return Chart(
        [
            Pair(
                label,
                row,
                length(row.ordered),
                length(row.tried),
                number * STEP + LABEL - 4,
                number * STEP + LABEL,
                number * STEP + LABEL + BAR + 2,
            )
            for number, (label, row) in enumerate(rows)
        ]
    )
