"""The proof names what does not agree, for every figure that could be wrong."""

from __future__ import annotations

import datetime as dt

import pytest

from funds.ledger import operations
from funds.ledger.models import Account, Book
from funds.ledger.queries import Finding, differences_in
from funds.ledger.tasks import prove
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from tests.factories.funds_ledger import post
from tests.walls import past_triggers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def posted(
    *,
    system: User,
    street_reviewer: User,
    donors: Account,
    pool: Account,
    hold: Account,
    use: Account,
    now: dt.datetime,
) -> Book:
    """A book with a donation, a hold, a payment and a reversal."""
    post(system, donors, pool, "100.00", now=now, key="donation:1")
    post(system, pool, hold, "40.00", now=now, key="hold:1")
    payment = post(system, hold, use, "40.00", now=now, key="payment:1")
    operations.reverse_journal(by=street_reviewer, journal=payment, posted_on=now.date(), memo="收款人有误", now=now)
    return pool.book


def _forge(statement: str) -> None:
    """Change rows as nobody may."""
    with past_triggers("funds_journal", "funds_transfer", "funds_balance", "funds_book") as cursor:
        cursor.execute(statement)


def test_a_sound_book_has_no_differences(posted: Book) -> None:
    assert differences_in(posted) == []


def test_an_empty_book_has_no_differences(book: Book) -> None:
    assert differences_in(book) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE funds_journal SET memo = memo || '。' WHERE sequence = 2", [("HASH", 2)]),
        ("UPDATE funds_journal SET key = 'x' WHERE sequence = 3", [("HASH", 3)]),
        ("UPDATE funds_journal SET kind = 'INTEREST' WHERE sequence = 1", [("HASH", 1)]),
        ("UPDATE funds_journal SET posted_on = posted_on - 1 WHERE sequence = 1", [("HASH", 1)]),
        (
            "UPDATE funds_journal SET posted_at = posted_at + interval '1 microsecond' WHERE sequence = 1",
            [("HASH", 1)],
        ),
        ("UPDATE funds_journal SET hash = repeat('0', 64) WHERE sequence = 2", [("HASH", 2), ("LINK", 3)]),
        ("UPDATE funds_journal SET previous_hash = repeat('1', 64) WHERE sequence = 1", [("LINK", 1), ("HASH", 1)]),
        ("UPDATE funds_journal SET voucher_number = 9 WHERE sequence = 4", [("VOUCHER", 4), ("HASH", 4)]),
        ("UPDATE funds_journal SET total = 99 WHERE sequence = 1", [("TOTAL", 1), ("HASH", 1)]),
        ("UPDATE funds_book SET head_hash = repeat('2', 64)", [("HEAD", 4)]),
        ("UPDATE funds_book SET sequence = 7", [("HEAD", 7)]),
        ("UPDATE funds_balance SET received = received + 1 WHERE kind = 'POOL'", [("BALANCE pool:free", 0)]),
        (
            "UPDATE funds_transfer SET amount = 41 FROM funds_journal AS j WHERE j.id = journal_id AND j.sequence = 2",
            [("TOTAL", 2), ("HASH", 2), ("BALANCE hold:1", 0), ("BALANCE pool:free", 0)],
        ),
        (
            """DELETE FROM funds_transfer USING funds_journal AS j WHERE j.id = journal_id AND j.sequence = 4;
            DELETE FROM funds_journal WHERE sequence = 4""",
            [("HEAD", 4), ("BALANCE hold:1", 0), ("BALANCE use:environment", 0)],
        ),
    ],
)
def test_a_forged_figure_is_named(posted: Book, statement: str, found: list[tuple[str, int]]) -> None:
    _forge(statement)

    assert [(finding.what, finding.place) for finding in differences_in(posted)] == found


def test_the_nightly_proof_freezes_a_forged_book(posted: Book) -> None:
    _forge("UPDATE funds_balance SET received = 61.00, given = 0 WHERE kind = 'POOL'")

    assert prove() == 1

    book = Book.objects.get(pk=posted.pk)
    entry = AuditEntry.objects.latest("id")
    finding = Finding("BALANCE pool:free", 0, "61.00 0.00", "100.00 40.00")
    assert (book.status, book.status_reason) == ("FROZEN", str(finding.sentence))
    assert (entry.verb, entry.object_key, entry.actor.username) == ("funds.book.frozen", str(posted.pk), "system")
    assert prove() == 0


def test_the_nightly_proof_leaves_sound_books_alone(posted: Book) -> None:
    assert prove() == 0
    assert Book.objects.get(pk=posted.pk).status == "OPEN"
