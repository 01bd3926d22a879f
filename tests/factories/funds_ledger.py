"""Rows of the ledger. Journals have no factory: they continue a chain, so tests post them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from funds.ledger.models import Account, AccountKind, Balance, Book, Journal, JournalKind, Period
from funds.ledger.operations import Line, post_journal
from governance.accounts.models import User
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT, DivisionFactory

OPENED_ON = dt.date(2025, 1, 1)


class BookFactory(DjangoModelFactory[Book]):
    """An open book of yuan without accounts."""

    class Meta:
        model = Book

    code = factory.Sequence(lambda number: f"fund-{number}")
    name = factory.Sequence(lambda number: f"第{number}社区慈善基金")
    division: Any = factory.SubFactory(DivisionFactory)
    opened_on = OPENED_ON


class BalanceFactory(DjangoModelFactory[Balance]):
    """The balance of a free pool, at zero."""

    class Meta:
        model = Balance

    account: Any = factory.SubFactory("tests.factories.funds_ledger.AccountFactory", balance=None)
    kind = factory.SelfAttribute("account.kind")


class AccountFactory(DjangoModelFactory[Account]):
    """A pool with its balance; traits make the other kinds."""

    class Meta:
        model = Account
        skip_postgeneration_save = True

    book: Any = factory.SubFactory(BookFactory)
    code = factory.Sequence(lambda number: f"pool:{number}")
    kind = AccountKind.POOL
    name = "非限定资金"
    balance: Any = factory.RelatedFactory(BalanceFactory, factory_related_name="account")

    class Params:
        source = factory.Trait(
            kind=AccountKind.SOURCE, code=factory.Sequence(lambda number: f"source:{number}"), name="捐赠人"
        )
        hold = factory.Trait(
            kind=AccountKind.HOLD, code=factory.Sequence(lambda number: f"hold:{number}"), name="用款冻结"
        )
        sink = factory.Trait(
            kind=AccountKind.SINK, code=factory.Sequence(lambda number: f"use:{number}"), name="环境整治"
        )


class PeriodFactory(DjangoModelFactory[Period]):
    """January 2026, proposed and not closed; the trait closes it."""

    class Meta:
        model = Period

    book: Any = factory.SubFactory(BookFactory)
    year = 2026
    month = 1
    proposed_at = ENTERED_AT
    proposed_by: Any = factory.SubFactory(UserFactory)

    class Params:
        closed = factory.Trait(
            closed_at=ENTERED_AT, closed_by=factory.SubFactory(UserFactory), sequence=0, head_hash="0" * 64
        )


def shut_month(book: Book, day: dt.date) -> Period:
    """Close the month of a day where the chain of the book stands."""
    head = Book.objects.get(pk=book.pk)
    row: Period = PeriodFactory.create(book=book, year=day.year, month=day.month)
    row.closed_at, row.closed_by = ENTERED_AT, UserFactory.create()
    row.sequence, row.head_hash = head.sequence, head.head_hash
    row.save()
    return row


def post(
    by: User, source: Account, target: Account, amount: str, *, now: dt.datetime, key: str = "", **more: Any
) -> Journal:
    """Post one line of this amount; the key defaults to the number of the journal."""
    book = source.book
    values: dict[str, Any] = {
        "kind": JournalKind.DONATION,
        "key": key or f"test:{Journal.objects.filter(book=book).count() + 1}",
        "posted_on": now.date(),
        "memo": "测试",
        **more,
    }
    return post_journal(by=by, book=book, lines=[Line(source, target, Decimal(amount))], now=now, **values)
