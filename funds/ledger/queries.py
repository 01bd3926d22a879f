"""Reads of the ledger: a balance, the content of a journal, the proof that everything agrees."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from funds.ledger.models import Account, Balance, Journal
from funds.ledger.policy import CanonicalJournal, CanonicalLine
from governance.money import to_fen

if TYPE_CHECKING:
    from decimal import Decimal


def balance_of(account: Account) -> Decimal:
    """Return what lies on the account now; one indexed row, however many transfers it has."""
    received, given = Balance.objects.values_list("received", "given").get(account=account)
    difference: Decimal = received - given
    return difference


def content_of(journal: Journal) -> CanonicalJournal:
    """Return a stored journal as its hash sees it; four queries unless read by `for_list`."""
    return CanonicalJournal(
        book=journal.book.code,
        unit=journal.book.unit,
        sequence=journal.sequence,
        year=journal.year,
        voucher_number=journal.voucher_number,
        kind=journal.kind,
        key=journal.key,
        posted_on=journal.posted_on,
        posted_at=journal.posted_at,
        memo=journal.memo,
        reverses=journal.reverses.sequence if journal.reverses else None,
        lines=[
            CanonicalLine(line.source.code, line.target.code, to_fen(line.amount))
            for line in sorted(journal.transfers.all(), key=attrgetter("line"))
        ],
    )
