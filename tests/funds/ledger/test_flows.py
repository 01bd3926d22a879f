"""The sums of the months: right after any number of runs, written by nothing but summing up, proven every night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from funds.ledger.flows import BookSummary, MonthFlow
from funds.ledger.models import Account, Book
from funds.ledger.queries import differences_in
from funds.ledger.tasks import sum_up
from governance.accounts.models import User
from tests.factories.funds_ledger import post
from tests.walls import alone, copied, past_triggers, refused, violated

pytestmark = pytest.mark.django_db


def _flows(book: Book) -> list[tuple[str, str, dt.date, Decimal, int]]:
    rows = MonthFlow.objects.filter(book=book).order_by("month", "source__code", "target__code")
    return list(rows.values_list("source__code", "target__code", "month", "amount", "transfers"))


def _donors(month: dt.date, amount: str, transfers: int) -> tuple[str, str, dt.date, Decimal, int]:
    return ("source:donor", "pool:free", month, Decimal(amount), transfers)


def test_a_book_begins_with_a_summary(pool: Account) -> None:
    assert BookSummary.objects.get(book=pool.book_id).sequence == 0


def test_what_was_posted_is_summed_once(system: User, donors: Account, pool: Account, now: dt.datetime) -> None:
    post(system, donors, pool, "100.00", now=now, key="1")
    post(system, donors, pool, "5.50", now=now, key="2")

    assert [sum_up(), sum_up()] == [1, 0]
    assert _flows(pool.book) == [_donors(dt.date(2026, 3, 1), "105.50", 2)]

    post(system, donors, pool, "1.00", now=now, key="3")
    sum_up()

    assert _flows(pool.book) == [_donors(dt.date(2026, 3, 1), "106.50", 3)]
    assert BookSummary.objects.get(book=pool.book_id).sequence == 3
    assert differences_in(pool.book) == []


def test_asking_again_for_less_changes_nothing(system: User, donors: Account, pool: Account, now: dt.datetime) -> None:
    for key in "123":
        post(system, donors, pool, "1.00", now=now, key=key)
    sum_up()

    with connection.cursor() as cursor:
        cursor.execute("UPDATE funds_booksummary SET sequence = 1 WHERE book_id = %s", [pool.book_id])

    assert BookSummary.objects.get(book=pool.book_id).sequence == 3
    assert _flows(pool.book) == [_donors(dt.date(2026, 3, 1), "3.00", 3)]


def test_a_summary_reaches_no_further_than_its_book(pool: Account) -> None:
    refused(
        "booksummary_follows_its_book", "UPDATE funds_booksummary SET sequence = 7 WHERE book_id = %s", pool.book_id
    )


def test_a_summary_stands_with_its_book(pool: Account) -> None:
    refused("booksummary_stands_with_its_book", "DELETE FROM funds_booksummary WHERE book_id = %s", pool.book_id)


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_the_sums_refuses_alone(summed: Book, owner: Callable[[], Any]) -> None:
    flow = MonthFlow.objects.get(book=summed)
    summary = "WHERE book_id = %s"

    with owner():
        alone("ledger_summary_kept", f"DELETE FROM funds_booksummary {summary}", summed.pk)
        alone("ledger_summed_up", f"UPDATE funds_booksummary SET sequence = 7 {summary}", summed.pk)
        alone("monthflow_is_one_sum", copied(flow), beside=["ledger_flow_kept"])
        alone("ledger_flow_kept", "UPDATE funds_monthflow SET amount = 7 WHERE id = %s", flow.pk)


@pytest.mark.django_db(transaction=True)
def test_only_its_trigger_begins_a_summary(pool: Account, owner: Callable[[], Any]) -> None:
    """`ledger_summary_begins` refuses nothing: without it a book has no summary, and none can be added by hand."""
    opened = copied(pool.book, code="'another'")
    by_hand = "INSERT INTO funds_booksummary (book_id, sequence) SELECT max(id), 0 FROM funds_book"

    def summaries() -> int:
        return BookSummary.objects.filter(book__code="another").count()

    with owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(opened)
        begun = summaries()
        transaction.set_rollback(True)
    with owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE funds_book DISABLE TRIGGER ledger_summary_begins")
        cursor.execute(opened)
        without = summaries()
        assert violated(by_hand) == "booksummary_stands_with_its_book"
        transaction.set_rollback(True)

    assert (begun, without) == (1, 0)


STATEMENTS = [
    "UPDATE funds_monthflow SET amount = 7",
    "DELETE FROM funds_monthflow",
    "INSERT INTO funds_monthflow (book_id, source_id, target_id, month, amount, transfers) SELECT 1, 2, 3, now(), 1, 1",
]
PULLED = """
CREATE TEMPORARY TABLE lever (pulled integer);
CREATE FUNCTION pg_temp.pull() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; RETURN NEW; END $$;
CREATE TRIGGER pull AFTER INSERT ON lever FOR EACH ROW EXECUTE FUNCTION pg_temp.pull();
INSERT INTO lever VALUES (1);
"""


@pytest.fixture
def summed(system: User, donors: Account, pool: Account, now: dt.datetime) -> Book:
    """A book with one donation, summed up."""
    post(system, donors, pool, "100.00", now=now, key="1")
    sum_up()
    return pool.book


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize("form", ["{}", PULLED])
def test_the_application_changes_no_flow(summed: Book, statement: str, form: str) -> None:
    refusal = violated(form.format(statement))

    assert refusal == "monthflow_follows_its_transfers" or "permission denied" in refusal
    assert _flows(summed) == [_donors(dt.date(2026, 3, 1), "100.00", 1)]


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.django_db(transaction=True)
def test_the_owner_changes_no_flow_by_hand(summed: Book, owner: Callable[[], Any], statement: str) -> None:
    del summed

    with owner():
        assert violated(statement) == "monthflow_follows_its_transfers"


@pytest.mark.django_db(transaction=True)
def test_a_wrong_sum_is_found_by_the_proof(summed: Book) -> None:
    with past_triggers("funds_monthflow") as cursor:
        cursor.execute("UPDATE funds_monthflow SET amount = 99")

    found = differences_in(summed)

    assert [(row.what, row.stored, row.computed) for row in found] == [("MONTH 2026-03", "99.00 1", "100.00 1")]
