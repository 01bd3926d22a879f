"""A fund with a year of money: donations, a reinvestment, a restricted gift, a hold, a payment, a reversal."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from communities.territory.models import Division
from funds.charity.models import CommunityFund, HostCharity
from funds.ledger.models import Account
from funds.ledger.operations import Line, open_account, open_book, post_journal, reverse_journal
from governance.accounts.models import User
from tests.factories.funds_ledger import OPENED_ON

DAYS = {
    "donation:1": dt.date(2025, 11, 3),
    "order:1": dt.date(2026, 1, 10),
    "donation:2": dt.date(2026, 1, 20),
    "hold:1": dt.date(2026, 2, 2),
    "payment:1": dt.date(2026, 2, 20),
    "donation:3": dt.date(2026, 3, 1),
}


@pytest.fixture
def fund(system: User, community: Division, charity: HostCharity, now: dt.datetime) -> CommunityFund:
    """A fund with an agreement and an empty book."""
    book = open_book(
        by=system, code="sanbalu", name="三八路社区慈善基金", division=community, opened_on=OPENED_ON, now=now
    )
    fund = CommunityFund.objects.create(
        name="自流井区慈善会三八路社区慈善基金",
        short_name="三八路社区基金",
        charity=charity,
        division=community,
        purpose="助老扶弱、环境整治",
        book=book,
        applied_at=now,
        applied_by=system,
    )
    CommunityFund.objects.filter(pk=fund.pk).update(status="AGREED", agreement_number="〔2025〕1号")
    return fund


@pytest.fixture
def accounts(system: User, fund: CommunityFund, now: dt.datetime) -> dict[str, Account]:
    """The accounts of the fund by code, with a restricted pool, a hold and two uses."""
    for code, kind, name in (
        ("pool:restricted:1", "POOL", "助老"),
        ("hold:1", "HOLD", "楼道照明"),
        ("use:environment", "SINK", "环境整治"),
        ("use:care", "SINK", "助老"),
    ):
        open_account(by=system, book=fund.book, code=code, kind=kind, name=name, now=now)
    return {account.code: account for account in Account.objects.filter(book=fund.book).select_related("book")}


@pytest.fixture
def posted(
    system: User, street_reviewer: User, fund: CommunityFund, accounts: dict[str, Account], now: dt.datetime
) -> CommunityFund:
    """The fund after everything was posted: free 900.00, restricted 120.00, held 80.00, used 400.00."""
    for key, kind, source, target, amount in (
        ("donation:1", "DONATION", "source:donor", "pool:free", "300.00"),
        ("order:1", "REINVESTMENT", "source:enterprise", "pool:free", "1000.00"),
        ("donation:2", "DONATION", "source:donor", "pool:restricted:1", "200.00"),
        ("hold:1", "HOLD", "pool:free", "hold:1", "400.00"),
        ("payment:1", "PAYMENT", "hold:1", "use:environment", "320.00"),
    ):
        _post(system, accounts, (key, kind, source, target, amount), now)
    _post(system, accounts, ("payment:2", "PAYMENT", "pool:restricted:1", "use:care", "80.00"), now)
    mistake = _post(system, accounts, ("donation:3", "DONATION", "source:donor", "pool:free", "5.55"), now)
    reverse_journal(by=street_reviewer, journal=mistake, posted_on=now.date(), memo="入错基金", now=now)
    fund.book.refresh_from_db()
    return fund


def _post(by: User, accounts: dict[str, Account], what: tuple[str, str, str, str, str], now: dt.datetime):
    key, kind, source, target, amount = what
    return post_journal(
        by=by,
        book=accounts[source].book,
        kind=kind,
        key=key,
        posted_on=DAYS.get(key, now.date()),
        memo="测试",
        lines=[Line(accounts[source], accounts[target], Decimal(amount))],
        now=now,
    )
