"""The months of a declared period as a picture (pure)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from funds.enterprises.records.queries import CHART_WIDTH, MonthRow, Totals
from governance.money import ZERO

PICTURE_HEIGHT = 120
MARGIN = 8
"""Room above and below the bars."""
TEXT = 14


@dataclass(frozen=True, slots=True)
class MonthBar:
    """One month of the picture of a year: revenue up, cost down from one line, the profit as a mark."""

    month: dt.date
    totals: Totals
    x: int
    width: int
    revenue_y: int
    revenue_height: int
    spent_y: int
    spent_height: int
    profit_y: int

    @property
    def text_x(self) -> int:
        """Where the number of the month stands."""
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True)
class YearPicture:
    """The months of a declared period as a picture: bars, and where the line of zero lies."""

    bars: list[MonthBar]
    axis_y: int
    height: int

    @property
    def text_y(self) -> int:
        """Where the numbers of the months stand."""
        return self.height - 4


def picture_of(rows: Sequence[MonthRow]) -> YearPicture | None:
    """Draw months: revenue above the line, cost and tax below it, one scale for both (pure)."""
    if not rows:
        return None
    above = max((row.totals.revenue for row in rows), default=ZERO)
    below = max((row.totals.spent for row in rows), default=ZERO)
    whole = above + below
    if not whole:
        return None

    def length(amount: Decimal) -> int:
        return int(PICTURE_HEIGHT * amount / whole)

    axis, step = MARGIN + length(above), CHART_WIDTH // len(rows)
    bars = []
    for number, row in enumerate(rows):
        up, down = length(row.totals.revenue), length(row.totals.spent)
        profit = axis - length(abs(row.totals.net_profit)) * (1 if row.totals.net_profit >= 0 else -1)
        bars.append(MonthBar(row.month, row.totals, number * step, step - 4, axis - up, up, axis, down, profit))
    return YearPicture(bars, axis, axis + length(below) + MARGIN + TEXT)
