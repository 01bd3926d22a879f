"""Posting to the ledger, reading a balance, posting in bulk: goals G8, G9 and G12 (workloads W5 and W7).

Limits of the same run: raw psycopg2 statements of the least ledger that balances (a transaction row, two legs, a
deferred trigger that their sum is zero, two stored balances); for bulk, the same INSERT … SELECT without the trigger.
`python3 run.py bench posting [--rounds N] [--seconds N] [--legs N] [--transfers N]`
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import itertools
import multiprocessing
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connection, transaction

from bench import measure
from bench._ledger import load
from bench._people import account, community
from funds.ledger.models import Account, JournalKind
from funds.ledger.operations import Line, open_book, post_journal
from funds.ledger.queries import balance_of, differences_in
from governance.accounts.models import User

NOW = dt.datetime(2026, 3, 4, 4, 0, tzinfo=dt.UTC)
BOOKS = 400
AMOUNT = Decimal("5.00")
WARM_UP = 20
"""Postings before a client is counted: after them a session has made its plans."""
SIZES = (1_000, 10_000, 100_000)
RAW = """
CREATE TABLE raw_account (id int PRIMARY KEY, balance bigint NOT NULL DEFAULT 0);
INSERT INTO raw_account SELECT generate_series(1, %(accounts)s);
CREATE TABLE raw_txn (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, memo text, at timestamptz DEFAULT now());
CREATE TABLE raw_leg (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    txn_id bigint NOT NULL REFERENCES raw_txn,
    account_id int NOT NULL REFERENCES raw_account,
    amount bigint NOT NULL
);
CREATE INDEX ON raw_leg (txn_id);
CREATE INDEX ON raw_leg (account_id, id);
CREATE FUNCTION raw_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount) FROM raw_leg WHERE txn_id = NEW.txn_id) <> 0 THEN RAISE EXCEPTION 'unbalanced'; END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER raw_balanced AFTER INSERT ON raw_leg DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION raw_balanced();
"""
TXN = "INSERT INTO raw_txn (memo) VALUES ('捐赠') RETURNING id"
# Without the order two postings at once could each wait for the other.
TXN_LOCKED = """
WITH locked AS MATERIALIZED (SELECT id FROM raw_account WHERE id IN (%s, %s) ORDER BY id FOR NO KEY UPDATE)
INSERT INTO raw_txn (memo) SELECT '捐赠' FROM (SELECT count(*) FROM locked) AS both_locked RETURNING id
"""
LEGS = "INSERT INTO raw_leg (txn_id, account_id, amount) VALUES (%s, %s, -500), (%s, %s, 500)"
LEGS_AND_BALANCES = """
WITH legs AS (INSERT INTO raw_leg (txn_id, account_id, amount) VALUES (%s, %s, -500), (%s, %s, 500))
UPDATE raw_account SET balance = balance + CASE id WHEN %s THEN -500 ELSE 500 END WHERE id IN (%s, %s)
"""

Ends = list[tuple[Account, Account]]


def main() -> int:
    """Measure the three goals and print them."""
    parser = argparse.ArgumentParser(prog="bench.posting")
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--legs", type=int, default=1_000_000)
    parser.add_argument("--transfers", type=int, default=500_000)
    options = parser.parse_args()
    with measure.scratch_database("posting"):
        report = measure.Report("posting", {"books": BOOKS, "legs": options.legs, "transfers": options.transfers})
        by, ends = _fill()
        _measure_posting(report, by, ends, options)
        _measure_balance(report, by, ends, options)
        _measure_bulk(report, by, options)
        return report.finish()


def _fill() -> tuple[User, Ends]:
    """Make the books through the product's operation, and the tables of the limit."""
    by = account(now=NOW)
    place = community()
    day = dt.date(2025, 1, 1)
    books = [
        open_book(by=by, code=f"book-{number}", name="基金", division=place, opened_on=day, now=NOW)
        for number in range(BOOKS)
    ]
    accounts = {(account.book_id, account.code): account for account in Account.objects.select_related("book")}
    ends = [(accounts[book.pk, "source:donor"], accounts[book.pk, "pool:free"]) for book in books]
    with connection.cursor() as cursor:
        cursor.execute(RAW, {"accounts": 2 * BOOKS})
        role = settings.DATABASE_APP_ROLE
        if role:
            cursor.execute(f"GRANT SELECT, INSERT, UPDATE ON raw_account, raw_txn, raw_leg TO {role}")
    return by, ends


def _measure_posting(report: measure.Report, by: User, ends: Ends, options: argparse.Namespace) -> None:
    """G8: postings a second by one, by eight and by forty processes, on one fund and on many."""
    keys = itertools.count()
    cases: dict[str, measure.Case] = {}
    for clients, books in ((1, 1), (1, BOOKS), (8, 1), (8, BOOKS), (40, 1), (40, BOOKS)):
        name = f"{clients} client{'s' * (clients > 1)}, {'one fund' if books == 1 else 'many funds'}"
        for way, worker in (("raw", _raw(LEGS)), ("raw with balances", _raw(LEGS_AND_BALANCES)), ("product", _product)):
            cases[f"{way}: {name}"] = _rate(worker, by, ends[:books], clients, options.seconds, keys)
    found = measure.interleaved(cases, rounds=options.rounds)
    for name, values in found.items():
        way, _, where = name.partition(": ")
        if way == "raw":
            report.line(name, values, unit="postings/s")
        elif way == "raw with balances":
            report.line(name, values, unit="postings/s", limit=f"raw: {where}")
        else:
            report.line(name, values, unit="postings/s", limit=f"raw: {where}", at_least=0.5)
            same = f"raw with balances: {where}"
            report.line(f"{name}, same effect", values, unit="postings/s", limit=same, at_least=0.5)
    report.parameters["books that agree"] = sum(not differences_in(source.book) for source, _pool in ends)


Worker = Callable[[User, Ends, int, int], Callable[[], None]]


def _rate(  # noqa: PLR0917 - one line of the table above
    worker: Worker, by: User, ends: Ends, clients: int, seconds: float, keys: itertools.count[int]
) -> measure.Case:
    """Make a case that runs so many processes for so long and returns what they did in a second."""

    def case() -> float:
        run = next(keys)
        connection.close()
        context = multiprocessing.get_context("fork")
        barrier = context.Barrier(clients)
        done = context.Queue()

        def client(number: int) -> None:
            try:
                post = worker(by, ends, number, run)
                for _ in range(WARM_UP):
                    post()
                barrier.wait()
                count, until = 0, time.perf_counter() + seconds
                while time.perf_counter() < until:
                    post()
                    count += 1
                done.put(count)
            except BaseException:
                done.put(None)
                raise

        processes = [context.Process(target=client, args=(number,)) for number in range(clients)]
        for process in processes:
            process.start()
        counts = [done.get() for _ in processes]
        for process in processes:
            process.join()
        if None in counts:
            message = "a client failed"
            raise RuntimeError(message)
        return sum(counts) / seconds

    return case


def _raw(legs: str) -> Worker:
    """Post by two statements and a commit."""
    keeps_balances = legs is LEGS_AND_BALANCES

    def client(by: User, ends: Ends, number: int, run: int) -> Callable[[], None]:
        del by, run
        own = measure.raw(as_owner=not settings.DATABASE_APP_ROLE)
        cursor = own.cursor()
        turns = itertools.count(number * 37)

        def post() -> None:
            source = 2 * (next(turns) % len(ends)) + 1
            cursor.execute(TXN_LOCKED if keeps_balances else TXN, (source, source + 1) if keeps_balances else ())
            made = cursor.fetchone()[0]
            more = (source, source, source + 1) if keeps_balances else ()
            cursor.execute(legs, (made, source, made, source + 1, *more))
            own.commit()

        return post

    return client


def _product(by: User, ends: Ends, number: int, run: int) -> Callable[[], None]:
    """Post through the product's operation, as the application's role."""
    connection.settings_dict["USER"] = settings.ENGINES.app_user
    turns = itertools.count(number * 37)
    day = NOW.date()

    def post() -> None:
        turn = next(turns)
        source, pool = ends[turn % len(ends)]
        post_journal(
            by=by,
            book=source.book,
            kind=JournalKind.DONATION,
            key=f"donation:{run}:{number}:{turn}",
            posted_on=day,
            memo="捐赠",
            lines=[Line(source, pool, AMOUNT)],
            now=NOW,
        )

    return post


def _measure_balance(report: measure.Report, by: User, ends: Ends, options: argparse.Namespace) -> None:
    """G9: the balance of an account with a thousand and with up to a million legs."""
    sizes = [size for size in SIZES if size < options.legs] + [options.legs]
    places = dict(zip(sizes, ends[-len(sizes) :], strict=True))
    for size, place in places.items():
        load(by, *place, size)

    def stored(size: int) -> measure.Case:
        return measure.milliseconds(lambda: balance_of(places[size][1]), times=500)

    def summed() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sum(amount) FROM funds_transfer WHERE target_id = %s", [places[sizes[-1]][1].pk])
            cursor.fetchone()

    cases = {f"balance, {size:,} legs": stored(size) for size in sizes}
    by_sum = f"sum of {sizes[-1]:,} legs"
    found = measure.interleaved({**cases, by_sum: measure.milliseconds(summed)}, rounds=options.rounds)
    first = next(iter(cases))
    report.line(first, found[first], unit="ms")
    for name in list(cases)[1:]:
        report.line(name, found[name], unit="ms", limit=first, at_most=2.0)
    report.line(by_sum, found[by_sum], unit="ms", limit=first)


BULK_ROWS = """
SELECT journal.id, journal.book_id, 1, source.id, pool.id, journal.total
FROM bulk_journal AS journal
JOIN funds_account AS source ON source.id = journal.source_id
JOIN funds_account AS pool ON pool.id = journal.target_id
"""
BULK = f"INSERT INTO funds_transfer (journal_id, book_id, line, source_id, target_id, amount) {BULK_ROWS}"
COPY = "COPY funds_transfer (journal_id, book_id, line, source_id, target_id, amount) FROM STDIN"
BY_HAND = """
UPDATE funds_balance AS balance
SET received = balance.received + moved.received, given = balance.given + moved.given
FROM (
    SELECT account_id, sum(received) AS received, sum(given) AS given FROM (
        SELECT target_id AS account_id, amount AS received, 0 AS given FROM funds_transfer
        UNION ALL SELECT source_id, 0, amount FROM funds_transfer
    ) AS legs GROUP BY account_id
) AS moved WHERE balance.account_id = moved.account_id
"""


def _measure_bulk(report: measure.Report, by: User, options: argparse.Namespace) -> None:
    """G12: so many transfers over 200,000 accounts by one INSERT … SELECT or COPY, with and without the walls."""
    _fill_bulk(by, options.transfers)
    lines = _bulk_lines()
    walls = "ALTER TABLE funds_transfer {} TRIGGER ledger_transfers_added"

    def insert(cursor: Any) -> None:
        cursor.execute(BULK)

    def copy(cursor: Any) -> None:
        lines.seek(0)
        cursor.copy_expert(COPY, lines)

    def case(write: Callable[[Any], None], *, is_walled: bool, is_by_hand: bool) -> measure.Case:
        def run() -> float:
            with connection.cursor() as cursor:
                for table in ("funds_transfer", "funds_balance"):
                    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                cursor.execute("TRUNCATE funds_transfer")
                cursor.execute("UPDATE funds_balance SET received = 0, given = 0 WHERE received + given <> 0")
                cursor.execute("VACUUM ANALYZE funds_balance")
                if is_walled:
                    cursor.execute(walls.format("ENABLE"))
                    cursor.execute("ALTER TABLE funds_balance ENABLE TRIGGER USER")
                began = time.perf_counter()
                with transaction.atomic():
                    write(cursor)
                    if is_by_hand:
                        cursor.execute(BY_HAND)
                return time.perf_counter() - began

        return run

    for way, write in (("INSERT … SELECT", insert), ("COPY", copy)):
        plain, by_hand = f"{way}: keys and indexes only", f"{way}: balances by hand"
        walled = f"{way}: with the walls"
        found = measure.interleaved(
            {
                plain: case(write, is_walled=False, is_by_hand=False),
                by_hand: case(write, is_walled=False, is_by_hand=True),
                walled: case(write, is_walled=True, is_by_hand=False),
            },
            rounds=options.rounds,
        )
        report.line(plain, found[plain], unit="s")
        report.line(by_hand, found[by_hand], unit="s", limit=plain)
        report.line(walled, found[walled], unit="s", limit=by_hand, at_most=1.3)
        report.line(f"{walled}, to plain", found[walled], unit="s", limit=plain)


def _bulk_lines() -> io.StringIO:
    """Return the transfers to come as text for COPY."""
    lines = io.StringIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({BULK_ROWS}) TO STDOUT", lines)
    return lines


def _fill_bulk(by: User, transfers: int) -> None:
    """Make 500 accounts in each book and a journal for each transfer to come, with the walls down."""
    with connection.cursor() as cursor:
        for table in ("funds_journal", "funds_balance"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE funds_transfer DISABLE TRIGGER USER")
        cursor.execute("TRUNCATE funds_transfer, funds_journal CASCADE")
        cursor.execute(
            """
            WITH made AS (
                INSERT INTO funds_account (book_id, code, kind, name, purpose)
                SELECT book.id, kind.prefix || n, kind.kind, 'x', ''
                FROM funds_book AS book, generate_series(1, 250) AS n,
                    (VALUES ('source:bulk', 'SOURCE'), ('pool:bulk', 'POOL')) AS kind (prefix, kind)
                RETURNING id, kind
            )
            INSERT INTO funds_balance (account_id, kind, received, given) SELECT id, kind, 0, 0 FROM made
            """
        )
        cursor.execute(
            """
            INSERT INTO funds_journal (book_id, sequence, year, voucher_number, kind, posted_on, posted_at,
                posted_by_id, key, memo, total, previous_hash, hash)
            SELECT book.id, n, 2026, n, 'DONATION', '2026-03-04', now(), %s, 'bulk:' || n, '捐赠',
                1 + n %% 1000, repeat('0', 64), repeat('0', 64)
            FROM funds_book AS book, generate_series(1, %s) AS n
            """,
            [by.pk, transfers // BOOKS],
        )
        cursor.execute(
            """
            CREATE TABLE bulk_account AS
            SELECT book_id, kind, id, row_number() OVER (PARTITION BY book_id, kind ORDER BY id) AS place
            FROM funds_account WHERE code LIKE '%:bulk%';
            CREATE INDEX ON bulk_account (book_id, kind, place);
            ANALYZE bulk_account, funds_journal;
            CREATE TABLE bulk_journal AS
            SELECT journal.id, journal.book_id, journal.total, source.id AS source_id, pool.id AS target_id
            FROM funds_journal AS journal
            JOIN bulk_account AS source ON source.book_id = journal.book_id AND source.kind = 'SOURCE'
                AND source.place = 1 + journal.sequence % 250
            JOIN bulk_account AS pool ON pool.book_id = journal.book_id AND pool.kind = 'POOL'
                AND pool.place = 1 + (journal.sequence * 7 + 1) % 250
            """
        )
        cursor.execute("VACUUM ANALYZE funds_journal, funds_account, funds_balance, bulk_journal")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except psycopg2.OperationalError as error:
        sys.exit(f"the measurement needs its engines: {error}")
