"""Many transfers in one book, brought in below the walls."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

from funds.ledger.models import Account
from funds.ledger.policy import CanonicalJournal, CanonicalLine, canonical, chain_hash
from governance.accounts.models import User


def load(by: User, source: Account, target: Account, transfers: int) -> None:
    """Put so many transfers between two accounts, as the owner with the walls down; the balance is right afterwards."""
    with connection.cursor() as cursor:
        for table in ("funds_journal", "funds_transfer", "funds_balance"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(
            """
            WITH journals AS (
                INSERT INTO funds_journal (book_id, sequence, year, voucher_number, kind, posted_on, posted_at,
                    posted_by_id, key, memo, total, previous_hash, hash)
                SELECT %(book)s, 10000000 + n, 2026, 10000000 + n, 'DONATION', '2026-03-04', now(), %(by)s,
                    'load:' || n, '捐赠', 5, repeat('0', 64), repeat('0', 64)
                FROM generate_series(1, %(transfers)s) AS n RETURNING id
            )
            INSERT INTO funds_transfer (journal_id, book_id, line, source_id, target_id, amount)
            SELECT id, %(book)s, 1, %(source)s, %(target)s, 5 FROM journals
            """,
            {"book": source.book_id, "by": by.pk, "transfers": transfers, "source": source.pk, "target": target.pk},
        )
        cursor.execute(
            "UPDATE funds_balance SET received = received + 5 * %s WHERE account_id = %s", [transfers, target.pk]
        )
        for table in ("funds_journal", "funds_transfer", "funds_balance"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE funds_journal, funds_transfer, funds_balance")


WALLED = ("funds_journal", "funds_transfer", "funds_balance", "funds_book")
FIRST_DAY = dt.date(2023, 1, 1)
DAYS = 3 * 365
JOURNAL_COLUMNS = (
    "id, book_id, sequence, year, voucher_number, kind, posted_on, posted_at, posted_by_id, key, memo, total, "
    "previous_hash, hash"
)
CHUNK = 50_000


@contextmanager
def walls_down() -> Iterator[Any]:
    """Run a block as the owner with the triggers of the ledger off; yields a cursor."""
    with connection.cursor() as cursor:
        for table in WALLED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        for table in WALLED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def load_chain(by: User, ends: Sequence[tuple[Account, Account]], journals: int, *, now: dt.datetime) -> None:
    """Put so many vouchers over three years into an empty book as a true chain; balances and head are right afterwards.

    The vouchers take the pairs of accounts in turn; the first pair must fill the pool that the others draw on.
    """
    book = ends[0][0].book
    with walls_down() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM funds_journal")
        base = cursor.fetchone()[0]
        head, number, year = book.head_hash, 0, 0
        for first in range(1, journals + 1, CHUNK):
            rows, lines = io.StringIO(), io.StringIO()
            for sequence in range(first, min(first + CHUNK, journals + 1)):
                day = FIRST_DAY + dt.timedelta(days=(sequence - 1) * DAYS // journals)
                number, year = (number + 1, year) if day.year == year else (1, day.year)
                source, target = ends[(sequence - 1) % len(ends)]
                key, amount = f"load:{sequence}", 5 if source.kind == "SOURCE" else 1
                content = CanonicalJournal(
                    *(book.code, book.unit, sequence, year, number, "DONATION", key, day, now, "捐赠", None),
                    [CanonicalLine(source.code, target.code, amount * 100)],
                )
                before, head = head, chain_hash(head, canonical(content))
                cells = (base + sequence, book.pk, sequence, year, number, "DONATION", day, now, by.pk, key, "捐赠")
                rows.write("\t".join(map(str, (*cells, amount, before, head))) + "\n")
                lines.write(f"{base + sequence}\t{book.pk}\t1\t{source.pk}\t{target.pk}\t{amount}\n")
            rows.seek(0)
            lines.seek(0)
            cursor.copy_expert(f"COPY funds_journal ({JOURNAL_COLUMNS}) FROM STDIN", rows)
            cursor.copy_expert(
                "COPY funds_transfer (journal_id, book_id, line, source_id, target_id, amount) FROM STDIN", lines
            )
        cursor.execute("SELECT setval(pg_get_serial_sequence('funds_journal', 'id'), %s)", [base + journals])
        cursor.execute(
            "UPDATE funds_book SET sequence = %s, head_hash = %s, voucher_year = %s, voucher_number = %s WHERE id = %s",
            [journals, head, year, number, book.pk],
        )
        cursor.execute(RIGHT_BALANCES, [[book.pk], [book.pk]])
    book.refresh_from_db()


RIGHT_BALANCES = """
UPDATE funds_balance AS balance SET received = moved.received, given = moved.given
FROM (
    SELECT account_id, sum(received) AS received, sum(given) AS given FROM (
        SELECT target_id AS account_id, amount AS received, 0 AS given FROM funds_transfer WHERE book_id = ANY(%s)
        UNION ALL SELECT source_id, 0, amount FROM funds_transfer WHERE book_id = ANY(%s)
    ) AS legs GROUP BY account_id
) AS moved WHERE balance.account_id = moved.account_id
"""

SPREAD = """
WITH pairs AS (
    SELECT row_number() OVER (ORDER BY source_id, target_id) - 1 AS place, count(*) OVER () AS pairs, *
    FROM unnest(%(books)s::bigint[], %(sources)s::bigint[], %(targets)s::bigint[]) AS pair (book_id, source_id, target_id)
), wanted AS (
    SELECT pairs.*, n, row_number() OVER (PARTITION BY pairs.book_id ORDER BY n) AS sequence
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n JOIN pairs ON pairs.place = n %% pairs.pairs
), journals AS (
    INSERT INTO funds_journal (book_id, sequence, year, voucher_number, kind, posted_on, posted_at, posted_by_id, key,
        memo, total, previous_hash, hash)
    SELECT book_id, before.sequence + wanted.sequence, 2023, before.sequence + wanted.sequence, 'DONATION',
        DATE '2023-01-01' + (n %% 1095)::integer, now(), %(by)s, 'load:' || n, '捐赠', 1, repeat('0', 64), repeat('0', 64)
    FROM wanted JOIN LATERAL (
        SELECT sequence FROM funds_book WHERE id = wanted.book_id
    ) AS before ON true
    RETURNING id, book_id, key
)
INSERT INTO funds_transfer (journal_id, book_id, line, source_id, target_id, amount)
SELECT journals.id, journals.book_id, 1, wanted.source_id, wanted.target_id, 1
FROM journals JOIN wanted ON 'load:' || wanted.n = journals.key AND wanted.book_id = journals.book_id
"""
HEADS = """
UPDATE funds_book AS book SET sequence = (
    SELECT coalesce(max(sequence), 0) FROM funds_journal WHERE book_id = book.id
) WHERE id = ANY(%s)
"""


def load_spread(by: User, ends: Sequence[tuple[Account, Account]], transfers: int, *, first: int) -> None:
    """Put so many transfers over three years into many books, pair by pair in turn; heads right, hashes invented."""
    books = sorted({source.book_id for source, _target in ends})
    columns = {
        "books": [source.book_id for source, _target in ends],
        "sources": [source.pk for source, _target in ends],
        "targets": [target.pk for _source, target in ends],
        "by": by.pk,
    }
    with walls_down() as cursor:
        for start in range(first, first + transfers, 10 * CHUNK):
            last = min(start + 10 * CHUNK, first + transfers) - 1
            cursor.execute(SPREAD, {**columns, "first": start, "last": last})
            cursor.execute(HEADS, [books])
