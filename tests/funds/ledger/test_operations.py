"""Posting, reversing, freezing, closing: effects, audit entries and every refusal."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communities.territory.models import Division
from funds.ledger import operations
from funds.ledger.models import Account, Balance, Book, Journal, JournalKind, Transfer
from funds.ledger.operations import Line
from funds.ledger.policy import GENESIS, canonical, chain_hash
from funds.ledger.queries import balance_of, content_of
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from tests.factories.funds_ledger import OPENED_ON, post

pytestmark = pytest.mark.django_db


def _last_entry() -> tuple[str, str, str]:
    entry = AuditEntry.objects.latest("id")
    return entry.verb, entry.object_label, entry.object_key


def _figures(book: Book) -> dict[str, Any]:
    """Everything a posting could change."""
    return {
        "head": Book.objects.values_list("sequence", "head_hash", "voucher_year", "voucher_number").get(pk=book.pk),
        "journals": Journal.objects.count(),
        "transfers": Transfer.objects.count(),
        "balances": list(Balance.objects.order_by("account").values_list("account", "received", "given")),
        "entries": AuditEntry.objects.count(),
    }


def test_opening_a_book_makes_the_standard_accounts_at_zero(
    system: User, community: Division, now: dt.datetime
) -> None:
    book = operations.open_book(by=system, code="fund-9", name="基金", division=community, opened_on=OPENED_ON, now=now)

    accounts = Account.objects.filter(book=book).order_by("id").select_related("balance")
    assert [(account.code, account.kind, account.balance.amount) for account in accounts] == [
        ("source:enterprise", "SOURCE", 0),
        ("source:donor", "SOURCE", 0),
        ("source:government", "SOURCE", 0),
        ("source:interest", "SOURCE", 0),
        ("pool:free", "POOL", 0),
    ]
    assert (book.status, book.sequence, book.head_hash, book.unit) == ("OPEN", 0, GENESIS, "YUAN")
    assert _last_entry() == ("funds.book.opened", "funds.Book", str(book.pk))


def test_two_books_never_share_a_code(book: Book, system: User, now: dt.datetime) -> None:
    with pytest.raises(operations.BookCodeTaken):
        operations.open_book(by=system, code=book.code, name="x", division=book.division, opened_on=OPENED_ON, now=now)

    assert Book.objects.count() == 1


def test_opening_an_account_twice_returns_the_first(book: Book, system: User, now: dt.datetime) -> None:
    values: dict[str, Any] = {"by": system, "book": book, "code": "pool:restricted:1", "kind": "POOL", "now": now}
    first = operations.open_account(**values, name="助老", purpose="助老")

    again = operations.open_account(**values, name="别的名称")

    assert again == first
    assert (again.name, again.purpose) == ("助老", "助老")
    assert _last_entry() == ("funds.account.opened", "funds.Account", str(first.pk))


@pytest.mark.parametrize(
    ("code", "kind"), [("pool:free", "HOLD"), ("pool:1", "SINK"), ("环境", "SINK"), ("source:donor", "POOL")]
)
def test_an_account_code_fits_its_kind(book: Book, system: User, now: dt.datetime, code: str, kind: str) -> None:
    with pytest.raises(operations.AccountDiffers):
        operations.open_account(by=system, book=book, code=code, kind=kind, name="x", now=now)

    assert Account.objects.filter(book=book).count() == 5


def test_an_account_needs_a_name(book: Book, system: User, now: dt.datetime) -> None:
    with pytest.raises(ValidationError):
        operations.open_account(by=system, book=book, code="use:1", kind="SINK", name="", now=now)


def test_posting_moves_the_money_and_chains_the_journal(
    system: User, donors: Account, pool: Account, now: dt.datetime
) -> None:
    journal = post(system, donors, pool, "1000.00", now=now, key="donation:1", memo="社区捐赠")

    stored = Journal.objects.for_list().get(pk=journal.pk)
    book = Book.objects.get(pk=pool.book_id)
    assert str(stored) == "2026-00001"
    assert (stored.sequence, stored.total, stored.previous_hash) == (1, Decimal("1000.00"), GENESIS)
    assert stored.hash == journal.hash == chain_hash(GENESIS, canonical(content_of(stored)))
    assert (book.sequence, book.head_hash, book.voucher_year, book.voucher_number) == (1, stored.hash, 2026, 1)
    assert [(line.line, line.source, line.target, line.amount) for line in stored.transfers.all()] == [
        (1, donors, pool, Decimal("1000.00"))
    ]
    assert (balance_of(pool), balance_of(donors)) == (Decimal("1000.00"), Decimal("-1000.00"))


def test_posting_writes_one_audit_entry(system: User, donors: Account, pool: Account, now: dt.datetime) -> None:
    journal = post(system, donors, pool, "12.30", now=now, key="donation:7")

    entry = AuditEntry.objects.latest("id")
    assert (entry.verb, entry.object_label, entry.object_key) == (
        "funds.journal.posted",
        "funds.Journal",
        str(journal.pk),
    )
    assert (entry.at, entry.actor, entry.object_name, entry.before) == (now, system, "2026-00001", {})
    assert entry.after == {"kind": "DONATION", "key": "donation:7", "total": "12.30"}


def test_posting_takes_two_statements(system: User, donors: Account, pool: Account, now: dt.datetime) -> None:
    post(system, donors, pool, "1.00", now=now, key="first of its year")

    with CaptureQueriesContext(connection) as queries:
        operations.post_journal(
            by=system,
            book=pool.book,
            kind=JournalKind.DONATION,
            key="donation:2",
            posted_on=now.date(),
            memo="捐赠",
            lines=[Line(donors, pool, Decimal("5.00"))],
            now=now,
        )

    statements = [query["sql"].split()[0] for query in queries]
    assert [word for word in statements if word not in {"SAVEPOINT", "RELEASE"}] == ["SELECT", "WITH"]
