"""Where the money of a fund came from, line by line, with its share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db.models import F

from funds.ledger.models import Account, AccountKind
from governance.money import ZERO

if TYPE_CHECKING:
    from funds.ledger.models import Book

WHOLE = 1000
"""All, in tenths of a percent."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """What one source has given, and its part of all."""

    account: Account
    amount: Decimal
    part: Fraction
    tenths: int
    """The part in tenths of a percent; those of all sources sum to 1,000."""

    @property
    def percent(self) -> str:
        """The part in percent with one decimal."""
        return f"{self.tenths // 10}.{self.tenths % 10}"


def sources_of(book: Book) -> list[Sourced]:
    """Return what each source has given to a book, largest first; one query."""
    rows = Account.objects.filter(book=book, kind=AccountKind.SOURCE, balance__given__gt=F("balance__received"))
    found = [(row, -row.balance.amount) for row in rows.select_related("balance").order_by("pk")]
    found.sort(key=lambda pair: -pair[1])
    total = sum((amount for _row, amount in found), ZERO)
    parts = [Fraction(amount) / Fraction(total) for _row, amount in found]
    return [
        Sourced(row, amount, part, tenths)
        for (row, amount), part, tenths in zip(found, parts, tenths_of(parts), strict=True)
    ]


def tenths_of(parts: Sequence[Fraction]) -> list[int]:
    """Return parts of 1 in tenths of a percent that sum to 1,000: cut, and the rest to those that lost most.

    A part that is less than all is never shown as all.
    """
    tenths = [int(part * 1000) for part in parts]
    lost = sorted(range(len(parts)), key=lambda place: (tenths[place] - parts[place] * 1000, place))
    takers = [place for place in lost if tenths[place] < WHOLE - 1 or parts[place] == 1]
    for place in takers[: WHOLE - sum(tenths)]:
        tenths[place] += 1
    return tenths
