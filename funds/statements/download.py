"""The published ledger as a file: JSON Lines for the verifier, CSV for spreadsheets."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from funds.ledger.models import Account, Book, Journal
from funds.ledger.policy import stamp
from funds.statements.policy import LEDGER_FORM, digest_of_fields, plain_cell
from funds.statements.queries import money_in

if TYPE_CHECKING:
    from django.db.models import QuerySet

CHUNK = 500
BYTE_ORDER_MARK = "\ufeff"


def row_bytes(row: dict[str, Any]) -> bytes:
    """Write one row in its one canonical form: sorted keys, no spaces, UTF-8, a line feed."""
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def json_lines(book: Book, now: dt.datetime) -> Iterator[bytes]:
    """Yield the whole ledger of a book: the book with its accounts, every journal, balances and statement.

    Balances and head are read by one statement, so that a posting meanwhile is in both or in neither.
    """
    accounts = accounts_of_head(book)
    head = accounts[0].book if accounts else book
    digest = hashlib.sha256()
    yield _counted(digest, _book_row(head, accounts, now))
    for journal in _journals(head):
        yield _counted(digest, _journal_row(journal))
    yield row_bytes({**_end_row(head, accounts), "digest": digest.hexdigest()})


def accounts_of_head(book: Book) -> list[Account]:
    """Return the accounts with balances and the book's head as of one moment; one query."""
    return list(Account.objects.filter(book=book).select_related("balance", "book__division").order_by("code"))


def _counted(digest: Any, row: dict[str, Any]) -> bytes:
    written = row_bytes(row)
    digest.update(written)
    return written


def _journals(head: Book) -> Iterator[Journal]:
    """Read the journals up to the head in order, in chunks of their own."""
    last = 0
    while last < head.sequence:
        rows = Journal.objects.filter(book=head, sequence__gt=last, sequence__lte=head.sequence).for_list()
        chunk = list(rows.order_by("sequence")[:CHUNK])
        yield from chunk
        last = chunk[-1].sequence if chunk else head.sequence


def _book_row(book: Book, accounts: list[Account], now: dt.datetime) -> dict[str, Any]:
    listed = [{"code": account.code, "kind": account.kind, "name": account.name} for account in accounts]
    named = [LEDGER_FORM, book.code, book.unit, book.name, book.division.name, book.opened_on.isoformat(), stamp(now)]
    each = [account[key] for account in listed for key in ("code", "kind", "name")]
    return {
        "type": "book",
        "form": LEDGER_FORM,
        "code": book.code,
        "name": book.name,
        "unit": book.unit,
        "division": book.division.name,
        "opened_on": book.opened_on.isoformat(),
        "generated_at": stamp(now),
        "accounts": listed,
        "digest": digest_of_fields(*named, len(listed), *each),
    }


def _journal_row(journal: Journal) -> dict[str, Any]:
    return {
        "type": "journal",
        "sequence": journal.sequence,
        "year": journal.year,
        "voucher_number": journal.voucher_number,
        "kind": journal.kind,
        "key": journal.key,
        "posted_on": journal.posted_on.isoformat(),
        "posted_at": stamp(journal.posted_at),
        "memo": journal.memo,
        "reverses": journal.reverses.sequence if journal.reverses else None,
        "total": str(journal.total),
        "lines": [
            {"source": line.source.code, "target": line.target.code, "amount": str(line.amount)}
            for line in journal.transfers.all()
        ],
        "previous_hash": journal.previous_hash,
        "hash": journal.hash,
    }


def _end_row(book: Book, accounts: list[Account]) -> dict[str, Any]:
    money = money_in(accounts)
    left = {account.code: account.balance.amount for account in accounts}
    return {
        "type": "end",
        "journals": book.sequence,
        "head_hash": book.head_hash,
        "balances": {
            account.code: {"received": str(account.balance.received), "given": str(account.balance.given)}
            for account in accounts
        },
        "statement": {
            "income": {account.code: _amount(-left[account.code]) for account in accounts if account.kind == "SOURCE"},
            "uses": {account.code: _amount(left[account.code]) for account in accounts if account.kind == "SINK"},
            "free": _amount(money.free),
            "restricted": _amount(money.restricted),
            "held": _amount(money.held),
        },
    }


def _amount(value: Any) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00")


def csv_lines(rows: list[list[object]]) -> str:
    """Write rows as CSV that spreadsheets open in UTF-8 and never run as formulas."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerows([plain_cell(cell) for cell in row] for row in rows)
    return written.getvalue()


def journals_csv(journals: QuerySet[Journal], header: list[object]) -> Iterator[str]:
    """Yield journals, read by `for_list`, as CSV: one line per transfer."""
    yield BYTE_ORDER_MARK + csv_lines([header])
    for journal in journals.order_by("sequence").iterator(chunk_size=CHUNK):
        yield csv_lines(
            [
                [
                    str(journal),
                    journal.posted_on.isoformat(),
                    journal.get_kind_display(),
                    journal.memo,
                    line.source.label,
                    line.target.label,
                    line.amount,
                    str(journal.reverses or ""),
                    journal.hash,
                ]
                for line in journal.transfers.all()
            ]
        )
