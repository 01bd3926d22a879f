"""Claims beside what was found, as a picture: where each bar, mark and text lies. Pure; the template writes the SVG.

One row for each claim that can be compared, on 360 units, the width of a small phone: the name, a bar for what was found, a
mark for what was claimed. Each row has a scale of its own, because units differ; what matters is whether bar and mark
meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from governance.portal.trace_drawing import wrapped

if TYPE_CHECKING:
    from governance.indicators.queries import Compared

WIDTH = 360
ROW = 56
BAR_TOP, BAR = 24, 14
NAME_SIZE = 13
ROOM = 348
"""Bars leave the rest of the width to a mark that stands at the very end."""


@dataclass(frozen=True, slots=True)
class Row:
    """One claim."""

    name: str
    name_y: int
    bar_y: int
    bar_width: float
    mark_x: float
    note_y: int
    found: str
    claimed: str
    is_borne_out: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the template draws."""

    height: int
    rows: Sequence[Row]
    width: int = WIDTH
    bar_height: int = BAR


def draw(claims: Sequence[Compared]) -> Picture | None:
    """Lay out the claims that can be compared; None when there are none."""
    shown = [each for each in claims if each.found is not None and each.claim.claimed is not None]
    rows = [_row(each, number * ROW) for number, each in enumerate(shown)]
    return Picture(len(rows) * ROW, rows) if rows else None


def _row(each: Compared, y: int) -> Row:
    found, claimed = abs(each.found or Decimal(0)), abs(each.claim.claimed or Decimal(0))
    most = max(found, claimed) or Decimal(1)
    name = wrapped(f"{each.claim.reference} {each.claim.meaning}", WIDTH / NAME_SIZE, 1)[0]
    return Row(
        name,
        y + 18,
        y + BAR_TOP,
        round(float(found / most) * ROOM, 1),
        round(float(claimed / most) * ROOM, 1),
        y + BAR_TOP + BAR + 12,
        each.shown_recomputed if each.recomputed is not None else each.counted.shown if each.counted else "",
        each.claim.printed,
        is_borne_out=bool(each.is_borne_out),
    )
