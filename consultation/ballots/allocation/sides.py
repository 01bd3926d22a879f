"""Who named what, as sets of bits: groups of equal papers stand in one row, and a whole number holds a bit for each.

A set of all groups that answer a question is one whole number, and so one step of the machine compares, joins or counts
tens of thousands of papers. Larger groups stand first, so that what counts their people is short.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

Marks = tuple[tuple[int, int], ...]
"""What one paper says: (index of a project, weight it gives), by index, each project once, weights above zero."""


@dataclass(frozen=True, slots=True)
class Side:
    """The supporters of one project."""

    parts: tuple[tuple[int, int], ...]
    """(weight, the groups that gave it), the lowest weight first."""
    heads: int
    """How many people named the project."""
    total: int
    """The weights that they gave added up."""


class Sides:
    """The supporters of every project that somebody named, and how many people each group has."""

    def __init__(self, papers: Sequence[tuple[Marks, int]]) -> None:
        people = [count for _marks, count in papers]
        self.order = sorted(range(len(papers)), key=people.__getitem__, reverse=True)
        """Which paper each bit stands for."""
        self.everyone = (1 << len(papers)) - 1
        self._more = _planes([people[number] - 1 for number in self.order])
        size = len(papers) // 8 + 1
        rows: defaultdict[tuple[int, int], bytearray] = defaultdict(lambda: bytearray(size))
        for at, number in enumerate(self.order):
            byte, bit = at >> 3, 1 << (at & 7)
            for mark in papers[number][0]:
                rows[mark][byte] |= bit
        parts: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for place, weight in sorted(rows):
            parts[place].append((weight, int.from_bytes(rows.pop((place, weight)), "little")))
        self.of = {place: self._side(tuple(found)) for place, found in parts.items()}

    def _side(self, parts: tuple[tuple[int, int], ...]) -> Side:
        heads = [self.count(groups) for _weight, groups in parts]
        total = sum(weight * count for (weight, _groups), count in zip(parts, heads, strict=True))
        return Side(parts, sum(heads), total)

    def count(self, groups: int) -> int:
        """Return how many people the groups of a set have."""
        found = groups.bit_count()
        for digit, more in enumerate(self._more):
            found += (groups & more).bit_count() << digit
        return found


def _planes(figures: Sequence[int]) -> list[int]:
    """Return figures that only get less as sets of bits: the n-th set holds those whose n-th binary digit is one."""
    planes = []
    for digit in range(max(figures, default=0).bit_length()):
        row = bytearray(len(figures) // 8 + 1)
        for at, figure in enumerate(figures):
            if not figure >> digit:
                break
            row[at >> 3] |= (figure >> digit & 1) << (at & 7)
        planes.append(int.from_bytes(row, "little"))
    return planes
