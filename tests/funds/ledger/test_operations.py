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
from funds.ledger.models import Account, Balance, Book, Journal, JournalKind, Period, Transfer
from funds.ledger.operations import Line
from funds.ledger.policy import GENESIS, canonical, chain_hash
from funds.ledger.queries import balance_of, content_of
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden, MoveHindered, ReasonMissing, SamePerson
from tests.factories.funds_ledger import OPENED_ON, AccountFactory, PeriodFactory, post

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


def test_posting_takes_one_statement(system: User, donors: Account, pool: Account, now: dt.datetime) -> None:
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
    assert [word for word in statements if word not in {"SAVEPOINT", "RELEASE"}] == ["SELECT"]


def test_voucher_numbers_run_through_each_year(system: User, donors: Account, pool: Account, now: dt.datetime) -> None:
    days = [dt.date(2025, 12, 30), dt.date(2026, 1, 2), dt.date(2025, 12, 31), dt.date(2026, 1, 3)]

    journals = [post(system, donors, pool, "1.00", now=now, posted_on=day) for day in days]

    assert [str(journal) for journal in journals] == ["2025-00001", "2026-00001", "2025-00002", "2026-00002"]
    assert [journal.sequence for journal in journals] == [1, 2, 3, 4]


def test_each_journal_names_the_one_before(system: User, donors: Account, pool: Account, now: dt.datetime) -> None:
    first = post(system, donors, pool, "1.00", now=now)
    second = post(system, donors, pool, "2.00", now=now)

    assert second.previous_hash == first.hash


def test_text_is_stored_as_it_is_hashed(system: User, donors: Account, pool: Account, now: dt.datetime) -> None:
    journal = post(system, donors, pool, "1.00", now=now, memo="  捐赠\u3000e\u0301\n用于助老 ")

    stored = Journal.objects.for_list().get(pk=journal.pk)
    assert stored.memo == "捐赠 \u00e9 用于助老"
    assert stored.hash == chain_hash(GENESIS, canonical(content_of(stored)))


def test_the_same_effect_is_posted_once(system: User, donors: Account, pool: Account, now: dt.datetime) -> None:
    first = post(system, donors, pool, "5.00", now=now, key="order:1")
    before = _figures(pool.book)

    again = post(system, donors, pool, "5.00", now=now + dt.timedelta(hours=1), key="order:1")

    assert again == first
    assert again.posted_at == first.posted_at
    assert _figures(pool.book) == before


def test_the_same_effect_is_found_again_in_a_frozen_book(
    system: User, district_admin: User, donors: Account, pool: Account, now: dt.datetime
) -> None:
    first = post(system, donors, pool, "5.00", now=now, key="order:1")
    operations.freeze_book(by=district_admin, book=pool.book, reason="核对", now=now)

    assert post(system, donors, pool, "5.00", now=now, key="order:1") == first


@pytest.mark.parametrize(
    "other",
    [{"amount": "6.00"}, {"memo": "别的"}, {"kind": JournalKind.INTEREST}, {"posted_on": dt.date(2026, 3, 3)}],
)
def test_a_key_stands_for_one_content(
    system: User, donors: Account, pool: Account, now: dt.datetime, other: dict[str, Any]
) -> None:
    post(system, donors, pool, "5.00", now=now, key="order:1")
    before = _figures(pool.book)

    with pytest.raises(operations.EffectRecordedDifferently) as refused:
        post(system, donors, pool, **{"amount": "5.00", "now": now, "key": "order:1", **other})

    assert refused.value.params == {"key": "order:1", "voucher": "2026-00001"}
    assert _figures(pool.book) == before


def test_a_pool_never_falls_below_zero(
    system: User, donors: Account, pool: Account, hold: Account, now: dt.datetime
) -> None:
    post(system, donors, pool, "100.00", now=now)
    before = _figures(pool.book)

    with pytest.raises(operations.InsufficientAvailable) as refused:
        post(system, pool, hold, "100.01", now=now)

    assert refused.value.params == {
        "account": pool.label,
        "available": Decimal("100.00"),
        "wanted": Decimal("100.01"),
    }
    assert _figures(pool.book) == before


def test_a_hold_never_falls_below_zero(system: User, hold: Account, use: Account, now: dt.datetime) -> None:
    with pytest.raises(operations.InsufficientAvailable) as refused:
        post(system, hold, use, "0.01", now=now)

    assert refused.value.params == {"account": "楼道照明", "available": Decimal(0), "wanted": Decimal("0.01")}


def test_money_may_come_and_go_in_one_voucher(
    *, system: User, book: Book, donors: Account, pool: Account, use: Account, now: dt.datetime
) -> None:
    journal = operations.post_journal(
        by=system,
        book=book,
        kind=JournalKind.PAYMENT,
        key="direct:1",
        posted_on=now.date(),
        memo="直接支付",
        lines=[Line(pool, use, Decimal("8.00")), Line(donors, pool, Decimal("8.00"))],
        now=now,
    )

    assert journal.total == Decimal("16.00")
    assert (balance_of(pool), balance_of(use)) == (0, Decimal("8.00"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": "0"}, "lines_unfit"),
        ({"amount": "-1.00"}, "lines_unfit"),
        ({"amount": "1000000000000.00"}, "lines_unfit"),
        ({"amount": "0.001"}, "not_an_amount"),
        ({"memo": " "}, "text_unfit"),
        ({"memo": "长" * 201}, "text_unfit"),
        ({"memo": "a\x00b"}, "text_unfit"),
        ({"key": "k" * 121}, "text_unfit"),
        ({"posted_on": dt.date(2024, 12, 31)}, "date_outside_book"),
        ({"posted_on": dt.date(2026, 3, 5)}, "date_outside_book"),
    ],
)
def test_a_posting_that_cannot_be_right_is_refused(
    *, system: User, donors: Account, pool: Account, now: dt.datetime, change: dict[str, Any], code: str
) -> None:
    before = _figures(pool.book)

    with pytest.raises(DomainError) as refused:
        post(system, donors, pool, **{"amount": "1.00", "now": now, **change})

    assert refused.value.code == code
    assert str(refused.value)
    assert _figures(pool.book) == before


def test_an_unknown_kind_is_a_mistake_of_the_program(
    system: User, donors: Account, pool: Account, now: dt.datetime
) -> None:
    with pytest.raises(ValueError, match="GIFT"):
        post(system, donors, pool, "1.00", now=now, kind="GIFT")


def test_a_posting_needs_lines(system: User, book: Book, now: dt.datetime) -> None:
    with pytest.raises(operations.LinesUnfit):
        operations.post_journal(
            by=system, book=book, kind="DONATION", key="k", posted_on=now.date(), memo="m", lines=[], now=now
        )


def test_a_line_needs_two_accounts(system: User, pool: Account, now: dt.datetime) -> None:
    with pytest.raises(operations.LinesUnfit):
        post(system, pool, pool, "1.00", now=now)


def test_books_do_not_mix(system: User, donors: Account, now: dt.datetime) -> None:
    strange = AccountFactory.create()

    with pytest.raises(operations.LinesUnfit):
        post(system, donors, strange, "1.00", now=now)


def test_books_do_not_mix_even_when_the_instance_lies(system: User, donors: Account, now: dt.datetime) -> None:
    strange = AccountFactory.create()
    strange.book_id = donors.book_id
    before = _figures(donors.book)

    with pytest.raises(operations.LinesUnfit):
        post(system, donors, strange, "1.00", now=now)

    assert _figures(donors.book) == before


def test_a_frozen_book_takes_no_posting(
    system: User, district_admin: User, donors: Account, pool: Account, now: dt.datetime
) -> None:
    operations.freeze_book(by=district_admin, book=pool.book, reason="账实不符", now=now)
    before = _figures(pool.book)

    with pytest.raises(operations.BookNotOpen) as refused:
        post(system, donors, pool, "1.00", now=now)

    assert refused.value.params["reason"] == "账实不符"
    assert _figures(pool.book) == before


def test_a_released_book_takes_postings_again(
    system: User, district_admin: User, donors: Account, pool: Account, now: dt.datetime
) -> None:
    frozen = operations.freeze_book(by=district_admin, book=pool.book, reason="核对", now=now)
    assert _last_entry()[0] == "funds.book.frozen"

    opened = operations.unfreeze_book(by=district_admin, book=frozen, reason="已查明", now=now)

    assert (opened.status, opened.status_reason) == ("OPEN", "已查明")
    assert _last_entry()[0] == "funds.book.unfrozen"
    assert post(system, donors, pool, "1.00", now=now).sequence == 1


def test_freezing_needs_a_reason(district_admin: User, book: Book, now: dt.datetime) -> None:
    with pytest.raises(ReasonMissing):
        operations.freeze_book(by=district_admin, book=book, reason=" ", now=now)

    assert Book.objects.get(pk=book.pk).status == "OPEN"


def test_not_everybody_may_freeze(resident: User, auditor: User, book: Book, now: dt.datetime) -> None:
    for person in (resident, auditor):
        with pytest.raises(MoveForbidden):
            operations.freeze_book(by=person, book=book, reason="x", now=now)

    assert Book.objects.get(pk=book.pk).status == "OPEN"


def test_a_book_with_money_cannot_be_closed(
    system: User, district_admin: User, donors: Account, pool: Account, now: dt.datetime
) -> None:
    post(system, donors, pool, "1.00", now=now)

    with pytest.raises(MoveHindered, match=str(pool.label)):
        operations.close_book(by=district_admin, book=pool.book, reason="基金终止", now=now)

    assert Book.objects.get(pk=pool.book_id).status == "OPEN"


def test_a_closed_book_stays_closed(
    system: User, district_admin: User, donors: Account, pool: Account, now: dt.datetime
) -> None:
    operations.close_book(by=district_admin, book=pool.book, reason="基金终止", now=now)

    with pytest.raises(operations.BookNotOpen):
        post(system, donors, pool, "1.00", now=now)
    with pytest.raises(MoveClosed):
        operations.unfreeze_book(by=district_admin, book=pool.book, reason="x", now=now)


def test_a_reversal_moves_the_money_back_and_names_what_it_reverses(
    system: User, street_reviewer: User, donors: Account, pool: Account, now: dt.datetime
) -> None:
    journal = post(system, donors, pool, "30.00", now=now, key="donation:1")

    reversal = operations.reverse_journal(
        by=street_reviewer, journal=journal, posted_on=now.date(), memo="入错基金", now=now
    )

    line = Transfer.objects.get(journal=reversal)
    assert (reversal.kind, reversal.reverses, reversal.key) == ("REVERSAL", journal, "reversal:1")
    assert (line.source, line.target, line.amount) == (pool, donors, Decimal("30.00"))
    assert (balance_of(pool), balance_of(donors)) == (0, 0)
    assert Journal.objects.for_detail().get(pk=journal.pk).reversed_by == reversal
    assert operations.prove_book(by=system, book=pool.book, now=now) == []


@pytest.mark.parametrize("memo", ["入错基金", "另一个理由"])
def test_a_journal_is_reversed_once(
    *, system: User, street_reviewer: User, donors: Account, pool: Account, now: dt.datetime, memo: str
) -> None:
    journal = post(system, donors, pool, "30.00", now=now)
    values: dict[str, Any] = {"by": street_reviewer, "journal": journal, "posted_on": now.date(), "now": now}
    operations.reverse_journal(**values, memo="入错基金")
    before = _figures(pool.book)

    with pytest.raises(operations.AlreadyReversed):
        operations.reverse_journal(**values, memo=memo)

    assert _figures(pool.book) == before


def test_money_that_is_spent_cannot_be_taken_back(
    *, system: User, street_reviewer: User, donors: Account, pool: Account, use: Account, now: dt.datetime
) -> None:
    journal = post(system, donors, pool, "30.00", now=now)
    post(system, pool, use, "10.00", now=now)
    before = _figures(pool.book)

    with pytest.raises(operations.InsufficientAvailable):
        operations.reverse_journal(by=street_reviewer, journal=journal, posted_on=now.date(), memo="入错基金", now=now)

    assert _figures(pool.book) == before


def test_not_everybody_may_reverse(
    system: User, street_officer: User, donors: Account, pool: Account, now: dt.datetime
) -> None:
    journal = post(system, donors, pool, "30.00", now=now)

    with pytest.raises(NotAllowed):
        operations.reverse_journal(by=street_officer, journal=journal, posted_on=now.date(), memo="x", now=now)

    assert Journal.objects.count() == 1


def test_two_persons_close_a_month(street_officer: User, street_reviewer: User, book: Book, now: dt.datetime) -> None:
    proposed = operations.propose_period_close(by=street_officer, book=book, year=2026, month=2, now=now)
    assert _last_entry() == ("funds.period.proposed", "funds.Period", str(proposed.pk))

    closed = operations.close_period(by=street_reviewer, period=proposed, now=now)

    assert (closed.proposed_by, closed.closed_by, closed.closed_at) == (street_officer, street_reviewer, now)
    assert _last_entry() == ("funds.period.closed", "funds.Period", str(proposed.pk))


def test_a_closed_month_takes_no_posting(system: User, donors: Account, pool: Account, now: dt.datetime) -> None:
    PeriodFactory.create(book=pool.book, closed=True)
    before = _figures(pool.book)

    with pytest.raises(operations.PeriodIsClosed) as refused:
        post(system, donors, pool, "1.00", now=now, posted_on=dt.date(2026, 1, 31))

    assert refused.value.params == {"month": "2026-01", "book": pool.book.name}
    assert _figures(pool.book) == before
    assert post(system, donors, pool, "1.00", now=now, posted_on=dt.date(2026, 2, 1)).sequence == 1


def test_a_proposed_month_still_takes_postings(system: User, donors: Account, pool: Account, now: dt.datetime) -> None:
    PeriodFactory.create(book=pool.book)

    assert post(system, donors, pool, "1.00", now=now, posted_on=dt.date(2026, 1, 31)).sequence == 1


def test_a_month_is_proposed_once(street_officer: User, book: Book, now: dt.datetime) -> None:
    values: dict[str, Any] = {"by": street_officer, "book": book, "year": 2026, "month": 2, "now": now}

    assert operations.propose_period_close(**values) == operations.propose_period_close(**values)
    assert Period.objects.count() == 1


@pytest.mark.parametrize(("year", "month"), [(2026, 3), (2026, 4), (2027, 1)])
def test_a_month_that_is_not_over_cannot_be_closed(
    street_officer: User, book: Book, now: dt.datetime, year: int, month: int
) -> None:
    with pytest.raises(operations.PeriodNotOver):
        operations.propose_period_close(by=street_officer, book=book, year=year, month=month, now=now)

    assert not Period.objects.exists()


def test_a_month_has_to_exist(street_officer: User, book: Book, now: dt.datetime) -> None:
    with pytest.raises(ValidationError):
        operations.propose_period_close(by=street_officer, book=book, year=2025, month=13, now=now)


def test_the_proposer_does_not_close(street_reviewer: User, book: Book, now: dt.datetime) -> None:
    period = operations.propose_period_close(by=street_reviewer, book=book, year=2026, month=2, now=now)

    with pytest.raises(SamePerson):
        operations.close_period(by=street_reviewer, period=period, now=now)

    assert Period.objects.get().closed_at is None


def test_a_closed_month_is_not_closed_again(street_reviewer: User, book: Book, now: dt.datetime) -> None:
    period = PeriodFactory.create(book=book, closed=True)

    with pytest.raises(operations.PeriodNotProposed):
        operations.close_period(by=street_reviewer, period=period, now=now)


def test_closing_a_month_is_not_for_everybody(
    resident: User, street_officer: User, book: Book, now: dt.datetime
) -> None:
    with pytest.raises(NotAllowed):
        operations.propose_period_close(by=resident, book=book, year=2026, month=2, now=now)
    with pytest.raises(NotAllowed):
        operations.close_period(by=street_officer, period=PeriodFactory.create(book=book), now=now)
