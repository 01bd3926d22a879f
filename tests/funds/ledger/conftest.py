"""A book of the community with money to move."""

from __future__ import annotations

import datetime as dt

import pytest

from communities.territory.models import Division
from funds.ledger.models import Account, Book
from funds.ledger.operations import open_account, open_book
from governance.accounts.models import User
from tests.factories.funds_ledger import OPENED_ON


@pytest.fixture
def book(system: User, community: Division, now: dt.datetime) -> Book:
    """An open book with the standard accounts."""
    return open_book(
        by=system, code="sanbalu", name="三八路社区慈善基金", division=community, opened_on=OPENED_ON, now=now
    )


@pytest.fixture
def donors(book: Book) -> Account:
    """Where donations come from."""
    return Account.objects.select_related("book").get(book=book, code="source:donor")


@pytest.fixture
def pool(book: Book) -> Account:
    """The free pool."""
    return Account.objects.select_related("book").get(book=book, code="pool:free")


@pytest.fixture
def hold(system: User, book: Book, now: dt.datetime) -> Account:
    """A hold of one request."""
    return open_account(by=system, book=book, code="hold:1", kind="HOLD", name="楼道照明", now=now)


@pytest.fixture
def use(system: User, book: Book, now: dt.datetime) -> Account:
    """What the money goes to."""
    return open_account(by=system, book=book, code="use:environment", kind="SINK", name="环境整治", now=now)
