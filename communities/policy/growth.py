"""Growth and the share of what is new: two figures of one change, never one called by the name of the other."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

HUNDRED, CENT = Decimal(100), Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Growth:
    """A value before and after: its growth, and beside it the share of what is new in the new total.

    Growth is (new - old) / old. The share (new - old) / new is another figure and is never called growth.
    """

    old: Decimal | int
    new: Decimal | int

    @property
    def difference(self) -> Decimal | int:
        """The new value less the old one."""
        return self.new - self.old

    @property
    def growth(self) -> Decimal | None:
        """In percent of the value before, with two decimals, half up; nothing where there was nothing."""
        return _percent(self.difference, self.old)

    @property
    def share(self) -> Decimal | None:
        """What is new in percent of the value after; nothing where nothing was added."""
        return None if self.difference < 0 else _percent(self.difference, self.new)


def _percent(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    return (part * HUNDRED / whole).quantize(CENT, rounding=ROUND_HALF_UP) if whole > 0 else None
