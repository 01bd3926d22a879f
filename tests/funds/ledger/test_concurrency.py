"""Twenty threads at once: no double effect, right totals, continuous vouchers, no deadlock for the caller."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from communities.territory.models import Division
from funds.ledger import operations
from funds.ledger.models import Account, Book, Journal
from funds.ledger.queries import balance_of, differences_in
from governance.accounts.models import User
from governance.errors import DomainError
from tests.factories.funds_ledger import OPENED_ON, PeriodFactory, post

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 20


def _together(work: Callable[[int], Any], threads: int = THREADS) -> list[Any]:
    """Run the work in that many threads that start together; refusals are returned, everything else is raised."""
    barrier = Barrier(threads, timeout=30)

    def run(number: int) -> Any:
        try:
            barrier.wait()
            return work(number)
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


def test_twenty_threads_post_into_one_book(system: User, donors: Account, pool: Account, now: dt.datetime) -> None:
    def work(number: int) -> list[Journal]:
        return [post(system, donors, pool, "1.00", now=now, key=f"donation:{number}:{turn}") for turn in range(5)]

    posted = [journal for journals in _together(work) for journal in journals]

    assert sorted(journal.voucher_number for journal in posted) == list(range(1, 101))
    assert balance_of(pool) == Decimal("100.00")
    assert differences_in(pool.book) == []


def test_one_key_from_twenty_threads_is_one_journal(
    system: User, donors: Account, pool: Account, now: dt.datetime
) -> None:
    posted = _together(lambda _number: post(system, donors, pool, "7.00", now=now, key="order:1"))

    assert {journal.pk for journal in posted} == {Journal.objects.get().pk}
    assert balance_of(pool) == Decimal("7.00")
    assert differences_in(pool.book) == []


def test_a_pool_is_spent_once(system: User, donors: Account, pool: Account, use: Account, now: dt.datetime) -> None:
    post(system, donors, pool, "10.00", now=now)

    results = _together(lambda number: post(system, pool, use, "3.00", now=now, key=f"payment:{number}"))

    refused = [result for result in results if isinstance(result, DomainError)]
    assert {type(refusal) for refusal in refused} == {operations.InsufficientAvailable}
    assert (len(refused), balance_of(pool), balance_of(use)) == (17, Decimal("1.00"), Decimal("9.00"))
    assert differences_in(pool.book) == []


def test_one_journal_is_reversed_once(
    system: User, street_reviewer: User, donors: Account, pool: Account, now: dt.datetime
) -> None:
    journal = post(system, donors, pool, "10.00", now=now)

    results = _together(
        lambda _number: operations.reverse_journal(
            by=street_reviewer, journal=journal, posted_on=now.date(), memo="入错基金", now=now
        )
    )

    refused = [result for result in results if isinstance(result, DomainError)]
    assert {type(refusal) for refusal in refused} == {operations.AlreadyReversed}
    assert (len(refused), Journal.objects.count(), balance_of(pool)) == (19, 2, 0)


def test_twenty_threads_post_into_many_books(system: User, community: Division, now: dt.datetime) -> None:
    books = [
        operations.open_book(
            by=system, code=f"many-{number}", name="基金", division=community, opened_on=OPENED_ON, now=now
        )
        for number in range(10)
    ]
    ends = {book: _ends(book) for book in books}

    def work(number: int) -> None:
        for turn, book in enumerate(books[number % 10 :] + books[: number % 10]):
            post(system, *ends[book], "2.00", now=now, key=f"donation:{number}:{turn}")

    _together(work)

    assert [balance_of(ends[book][1]) for book in books] == [Decimal("40.00")] * 10
    assert [Book.objects.get(pk=book.pk).voucher_number for book in books] == [20] * 10
    assert [differences_in(book) for book in books] == [[]] * 10


def _ends(book: Book) -> tuple[Account, Account]:
    accounts = {account.code: account for account in Account.objects.filter(book=book).select_related("book")}
    return accounts["source:donor"], accounts["pool:free"]


def test_a_posting_that_lost_a_deadlock_is_tried_again(
    system: User, donors: Account, pool: Account, now: dt.datetime
) -> None:
    """Somebody locks the account and then the book, the posting the other way round: the server ends one of them."""
    barrier = Barrier(2, timeout=30)

    def work(number: int) -> Any:
        if number == 1:
            barrier.wait()
            return post(system, donors, pool, "1.00", now=now, key="donation:1")
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM funds_account WHERE id = %s FOR UPDATE", [pool.pk])
                barrier.wait()
                # The posting waits first, so it is the first to look for a deadlock and the one that is ended.
                cursor.execute("SELECT pg_sleep(0.5)")
                cursor.execute("SELECT 1 FROM funds_book WHERE id = %s FOR UPDATE", [pool.book_id])
        except OperationalError:
            return "the other was ended"
        return "the posting was ended"

    outcome, journal = _together(work, threads=2)

    assert outcome == "the posting was ended"
    assert (journal.voucher_number, balance_of(pool)) == (1, Decimal("1.00"))


def test_a_month_closes_before_or_after_a_posting(
    system: User, street_reviewer: User, donors: Account, pool: Account, now: dt.datetime
) -> None:
    period = PeriodFactory.create(book=pool.book)
    in_january = dt.date(2026, 1, 20)

    def work(number: int) -> Any:
        if number == 0:
            return operations.close_period(by=street_reviewer, period=period, now=now)
        return post(system, donors, pool, "1.00", now=now, key=f"donation:{number}", posted_on=in_january)

    results = _together(work)

    refused = [result for result in results if isinstance(result, DomainError)]
    assert {type(refusal) for refusal in refused} <= {operations.PeriodIsClosed}
    assert Journal.objects.count() == THREADS - 1 - len(refused)
    assert differences_in(pool.book) == []


def test_an_account_opened_by_twenty_threads_is_one(system: User, book: Book, now: dt.datetime) -> None:
    opened = _together(
        lambda _number: operations.open_account(
            by=system, book=book, code="pool:restricted:1", kind="POOL", name="助老", now=now
        )
    )

    assert len({account.pk for account in opened}) == 1
