"""The groups of a picture as circles, laid out for SVG; the tables under them say the same."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consultation.topics.statements.queries import Results

WIDTH, HEIGHT, EDGE = 360, 220, 56
LARGEST = 48


@dataclass(frozen=True, slots=True)
class Circle:
    """One group: where it lies, how large it is, what stands in it."""

    number: int
    people: int
    x: float
    y: float
    radius: float
    fill: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The circles and the size of the drawing."""

    circles: list[Circle]
    width: int = WIDTH
    height: int = HEIGHT


def draw(results: Results) -> Picture | None:
    """Lay groups out as they lie to each other; the area of a circle stands for its people. Nothing without groups."""
    groups = results.groups
    if not groups:
        return None
    most = max(group["people"] for group in groups)
    return Picture(
        [
            Circle(
                number=group["number"],
                people=group["people"],
                x=_placed([one["x"] for one in groups], group["x"], WIDTH),
                y=_placed([one["y"] for one in groups], group["y"], HEIGHT),
                radius=round(max(LARGEST * math.sqrt(group["people"] / most), 16), 1),
                fill=f"fill-{group['number']}",
            )
            for group in groups
        ]
    )


def _placed(all_of_them: list[float], one: float, length: int) -> float:
    """Return where a coordinate lies between the edges."""
    low, high = min(all_of_them), max(all_of_them)
    if high == low:
        return length / 2
    return round(EDGE + (one - low) / (high - low) * (length - 2 * EDGE), 1)
