"""The statement of a fund with a million transfers: for a year, for a month, as known on a day, and its page.

Limit of the same run: one plain aggregate over the same rows, without periods or accounts.
`python3 run.py bench statement [--rounds N] [--transfers N]`
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys

from django.db import connection

from bench import measure
from bench._ledger import load
from bench._people import account, community
from funds.ledger.models import Account, Book
from funds.ledger.operations import open_book
from funds.statements import queries
from funds.statements.periods import asked_span
from funds.statements.policy import statement_of

NOW = dt.datetime(2026, 3, 4, 4, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 12, 31)
LIMIT = "one plain sum"
RAW = """
SELECT sum(transfer.amount) FROM funds_transfer AS transfer JOIN funds_journal AS journal ON journal.id = transfer.journal_id
WHERE journal.book_id = %s
"""
SPREAD = """
UPDATE funds_journal SET posted_on = date '2025-01-01' + (sequence %% 700)::int, posted_at = timestamptz '2025-01-01' + (sequence %% 430) * interval '1 day'
WHERE book_id = %s AND sequence > 10000000
"""


def main() -> int:
    """Measure the statements and print them."""
    parser = argparse.ArgumentParser(prog="bench.statement")
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS)
    parser.add_argument("--transfers", type=int, default=1_000_000)
    options = parser.parse_args()
    with measure.scratch_database("statement"):
        report = measure.Report("statement", {"transfers": options.transfers})
        book = _fill(options.transfers)
        found = measure.interleaved(_cases(book), rounds=options.rounds)
        for name, values in found.items():
            report.line(name, values, unit="s", limit="" if name == LIMIT else LIMIT)
        return report.finish()


def _cases(book: Book) -> dict[str, measure.Case]:
    def stated(**given: str) -> measure.Case:
        return measure.seconds(lambda: _statement(book, given))

    return {
        LIMIT: measure.seconds(lambda: _raw(book)),
        "statement of a year": stated(period="2026"),
        "statement of a month": stated(period="2025-06"),
        "statement of a month, as known on a day": stated(period="2025-06", known_on="2026-03-01"),
    }


def _fill(transfers: int) -> Book:
    by = account(now=NOW)
    place = community()
    book = open_book(by=by, code="hot", name="热点基金", division=place, opened_on=dt.date(2024, 1, 1), now=NOW)
    accounts = {account.code: account for account in Account.objects.filter(book=book).select_related("book")}
    load(by, accounts["source:donor"], accounts["pool:free"], transfers)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE funds_journal DISABLE TRIGGER USER")
        cursor.execute(SPREAD, [book.pk])
        cursor.execute("ALTER TABLE funds_journal ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE funds_journal, funds_transfer")
    return book


def _raw(book: Book) -> None:
    with connection.cursor() as cursor:
        cursor.execute(RAW, [book.pk])
        cursor.fetchone()


def _statement(book: Book, given: dict[str, str]) -> None:
    span = asked_span(given, TODAY)
    found = statement_of(queries.movements(book, queries.accounts_of(book), span))
    if not found.stocks and not span.known_on:
        message = "the statement is empty"
        raise RuntimeError(message)


if __name__ == "__main__":
    sys.exit(main())
