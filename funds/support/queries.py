"""Where the money of a fund came from, line by line, with its share."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db.models import F

from funds.ledger.models import Account, AccountKind
from governance.money import ZERO

if TYPE_CHECKING:
    from funds.ledger.models import Book


@dataclass(frozen=True, slots=True)
class Sourced:
    """What one source has given, and its part of all."""

    account: Account
    amount: Decimal
    part: Fraction

    @property
    def percent(self) -> str:
        """The part in percent with one decimal, cut so that 99.96 is never shown as 100."""
        tenths = int(self.part * 1000)
        return f"{tenths // 10}.{tenths % 10}"


def sources_of(book: Book) -> list[Sourced]:
    """Return what each source has given to a book, largest first; one query."""
    rows = Account.objects.filter(book=book, kind=AccountKind.SOURCE, balance__given__gt=F("balance__received"))
    found = [(row, -row.balance.amount) for row in rows.select_related("balance").order_by("pk")]
    found.sort(key=lambda pair: -pair[1])
    total = sum((amount for _row, amount in found), ZERO)
    return [Sourced(row, amount, Fraction(amount) / Fraction(total)) for row, amount in found]
