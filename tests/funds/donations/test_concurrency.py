"""Many at once: a donation arrives once, a receipt number is used once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest

from funds.donations import operations
from funds.donations.models import Donation
from funds.ledger.models import Account, Journal
from funds.ledger.queries import balance_of, differences_in
from tests.factories.funds_charity import officer_of
from tests.factories.funds_donations import DonationFactory
from tests.funds.charity.test_concurrency import THREADS, afresh, codes, together

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_donation_is_received_once(people: SimpleNamespace, now: dt.datetime) -> None:
    row = DonationFactory(fund=people.fund)
    officers = [officer_of(people.fund.charity) for _number in range(THREADS)]

    results = together(
        lambda number: operations.receive_donation(
            by=afresh(officers[number]), donation=row, received_on=now.date(), now=now
        )
    )

    assert codes(results) == ["move_closed"] * (THREADS - 1)
    assert Journal.objects.count() == 1
    assert balance_of(Account.objects.get(book=people.fund.book, code="pool:free")) == Decimal("1000.00")
    assert differences_in(people.fund.book) == []


def test_different_donations_arrive_side_by_side(people: SimpleNamespace, now: dt.datetime) -> None:
    rows = [DonationFactory(fund=people.fund, restricted_to="助学" if n % 2 else "") for n in range(THREADS)]

    together(
        lambda number: operations.receive_donation(
            by=afresh(people.charity_officer), donation=rows[number], received_on=now.date(), now=now
        )
    )

    assert Donation.objects.filter(status="RECEIVED").count() == THREADS
    assert sorted(Journal.objects.values_list("voucher_number", flat=True)) == list(range(1, THREADS + 1))
    assert differences_in(people.fund.book) == []


def test_a_receipt_number_goes_to_one_donation(people: SimpleNamespace, now: dt.datetime) -> None:
    rows = [DonationFactory(fund=people.fund, received=True) for _number in range(THREADS)]

    results = together(
        lambda number: operations.issue_receipt(
            by=afresh(people.charity_officer), donation=rows[number], receipt_number="川财1", now=now
        )
    )

    assert codes(results) == ["receipt_number_taken"] * (THREADS - 1)
    assert Donation.objects.filter(receipt_number="川财1", status="RECEIPTED").count() == 1
