"""Vouchers for accounting systems: an order in which none is ever missed, and each with its debits and credits.

The feed has the order of transactions, and shows only those below the watermark: every older transaction has ended, so
nothing can appear behind a cursor that was handed out. Inside one book the sequence has no gap and each voucher names the
hash of the one before, so that a receiver can prove that it has all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from funds.charity.models import CommunityFund
from funds.ledger.models import Journal
from funds.statements import queries
from governance.errors import Invalid
from governance.outbox import policy as feed

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from funds.ledger.models import Transfer
    from funds.statements.policy import Span
    from governance.accounts.models import User

DEBIT, CREDIT = "DEBIT", "CREDIT"
CHUNK = 500


class VoucherCursorUnknown(Invalid):
    """The place in the feed is not one that was handed out."""

    code = "voucher_cursor_unknown"
    message = _("This cursor was not handed out by the feed of vouchers.")


write_cursor = partial(feed.write_cursor, version="v1")
read_cursor = partial(feed.read_cursor, version="v1", refusal=VoucherCursorUnknown)


def vouchers_of(user: User) -> QuerySet[Journal]:
    """Return the vouchers of the funds whose places and charities this person acts for, with lines and causes."""
    books = CommunityFund.objects.handled_by(user).values("book")
    return queries.lines().filter(book__in=books).select_related("book__fund", *queries.CAUSES)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a voucher as accountants write it (借／贷): what an account takes is its debit, what it gives its credit."""

    number: int
    direction: str
    account: Any
    amount: Any


def entries_of(journal: Journal) -> list[Entry]:
    """Return debits and credits of a voucher, read by `for_list`; both sides have the same sum."""
    entries = []
    for line in journal.transfers.all():
        entries += [_entry(line, 2 * line.line - 1, DEBIT), _entry(line, 2 * line.line, CREDIT)]
    return entries


def _entry(line: Transfer, number: int, direction: str) -> Entry:
    return Entry(number, direction, line.target if direction == DEBIT else line.source, line.amount)


def cause_of(journal: Journal) -> dict[str, Any]:
    """Return what caused a voucher: its kind, the key under which the API shows it, and the number on its paper."""
    for kind, name in (("donation", "donation"), ("reinvestment-order", "order"), ("payment", "payment")):
        row = getattr(journal, name, None)
        if row is not None:
            return {"kind": kind, "id": row.pk, "number": _number(kind, row)}
    for name in ("held_for", "released_for"):
        row = getattr(journal, name, None)
        if row is not None:
            return {"kind": "spending-request", "id": row.pk, "number": row.number}
    return {"kind": "", "id": None, "number": ""}


def _number(kind: str, row: Any) -> str:
    """Return the number of the paper: of the receipt, of the order, of the bank slip."""
    if kind == "donation":
        return str(row.receipt_number)
    return str(row.bank_reference or row) if kind == "payment" else str(row.pk)


def vouchers_in(rows: QuerySet[Journal], book: int, span: Span) -> QuerySet[Journal]:
    """Return the vouchers of a book in a period, in their order."""
    return rows.filter(book=book, posted_on__gte=span.start, posted_on__lt=span.end).order_by("sequence")


def accounting_rows(journals: QuerySet[Journal]) -> Iterator[list[object]]:
    """Yield the entries of vouchers as rows of a file that accounting programs read: one per debit and per credit."""
    for journal in journals.iterator(chunk_size=CHUNK):
        for entry in entries_of(journal):
            is_debit = entry.direction == DEBIT
            yield [
                *(journal.book.code, journal.posted_on.isoformat(), str(journal), entry.number, journal.memo),
                *(entry.account.code, entry.account.label),
                *(entry.amount if is_debit else "", "" if is_debit else entry.amount),
                *(cause_of(journal)["number"], str(journal.reverses or ""), journal.hash),
            ]
