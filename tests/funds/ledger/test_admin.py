"""The desk of the ledger: lists, buttons, and what they refuse."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from funds.charity.models import CharityAppointment
from funds.ledger.models import Account, Book, Journal, Period
from governance.accounts.models import User
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_ledger import PeriodFactory, post
from tests.people import desk_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def donated(system: User, donors: Account, pool: Account, now: dt.datetime) -> Journal:
    """A donation of 100 yuan."""
    return post(system, donors, pool, "100.00", now=now, key="donation:1", memo="捐赠")


@pytest.mark.parametrize("name", ["book", "account", "journal", "period"])
def test_lists_and_pages_open(street_officer: User, donated: Journal, name: str) -> None:
    PeriodFactory.create(book=donated.book)
    rows = {"book": Book, "account": Account, "journal": Journal, "period": Period}
    row = rows[name].objects.filter(**({"pk": donated.book_id} if name == "book" else {"book": donated.book})).last()
    desk = desk_client(street_officer)

    assert row is not None
    assert desk.get(reverse(f"admin:funds_{name}_changelist")).status_code == 200
    assert desk.get(reverse(f"admin:funds_{name}_change", args=[row.pk])).status_code == 200
    assert desk.get(reverse(f"admin:funds_{name}_add")).status_code == (200 if name == "period" else 403)
    assert desk.post(reverse(f"admin:funds_{name}_delete", args=[row.pk])).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_lists_take_a_fixed_number_of_queries(
    *,
    street_officer: User,
    system: User,
    donors: Account,
    pool: Account,
    now: dt.datetime,
    count: int,
    django_assert_max_num_queries,
) -> None:
    for number in range(count):
        post(system, donors, pool, "1.00", now=now)
        PeriodFactory.create(book=pool.book, month=number + 1)
    desk = desk_client(street_officer)

    for name in ("book", "account", "journal", "period"):
        with django_assert_max_num_queries(10):
            desk.get(reverse(f"admin:funds_{name}_changelist"))


def test_a_journal_is_reversed_from_the_desk(street_reviewer: User, donated: Journal) -> None:
    desk = desk_client(street_reviewer)
    url = reverse("admin:funds_journal_deed", args=[donated.pk, "reverse"])

    asked = desk.get(url)
    done = desk.post(url, {"posted_on": "2026-03-04", "memo": "入错基金"})

    assert (asked.status_code, done.status_code) == (200, 302)
    assert Journal.objects.get(kind="REVERSAL").reverses == donated


def test_a_refused_reversal_says_why(street_reviewer: User, donated: Journal) -> None:
    url = reverse("admin:funds_journal_deed", args=[donated.pk, "reverse"])

    answer = desk_client(street_reviewer).post(url, {"posted_on": "2024-01-01", "memo": "入错基金"})

    assert "2024-01-01" in answer.content.decode()
    assert Journal.objects.count() == 1


def test_reversing_is_not_for_everybody(street_officer: User, donated: Journal) -> None:
    url = reverse("admin:funds_journal_deed", args=[donated.pk, "reverse"])

    assert desk_client(street_officer).get(url).status_code == 403


def test_two_persons_close_a_month(street_officer: User, street_reviewer: User, donated: Journal) -> None:
    officer = desk_client(street_officer)
    officer.post(reverse("admin:funds_period_add"), {"book": donated.book_id, "year": 2026, "month": 2})
    close = reverse("admin:funds_period_deed", args=[Period.objects.get().pk, "close"])

    own = officer.post(close)
    desk_client(street_reviewer).post(close)

    assert own.status_code == 403
    assert Period.objects.get().closed_by == street_reviewer


def test_a_book_is_frozen_with_its_reason(district_admin: User, book: Book) -> None:
    url = reverse("admin:funds_book_move", args=[book.pk, "freeze"])

    desk_client(district_admin).post(url, {"reason": "核对"})

    frozen = Book.objects.get(pk=book.pk)
    assert (frozen.status, frozen.status_reason) == ("FROZEN", "核对")


def test_a_book_is_proven_from_the_desk(auditor: User, donated: Journal) -> None:
    url = reverse("admin:funds_book_deed", args=[donated.book_id, "prove"])

    answer = desk_client(auditor).post(url, follow=True)

    assert answer.status_code == 200
    assert Book.objects.get(pk=donated.book_id).status == "OPEN"


def test_the_charity_keeps_the_account_of_its_funds_only(charity_officer: User, book: Book, donated: Journal) -> None:
    other = PeriodFactory.create()
    charity = CharityAppointment.objects.get(user=charity_officer).charity
    CommunityFundFactory.create(book=book, charity=charity, division=book.division)

    assert donated.total == Decimal("100.00")
    for code, row in (
        ("funds.reverse_journal", Journal.objects.get(pk=donated.pk)),
        ("funds.propose_period_close", Book.objects.get(pk=book.pk)),
        ("funds.close_period", PeriodFactory.create(book=book)),
    ):
        assert charity_officer.has_perm(code, row)
    assert not charity_officer.has_perm("funds.close_period", other)
    assert not charity_officer.has_perm("funds.unfreeze_book", book)
