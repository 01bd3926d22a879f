"""Forty clients post at once and send every request three times, as networks make them do: nothing twice, nothing lost."""

from __future__ import annotations

import datetime as dt
import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import local
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum

from funds.banking import operations as banking
from funds.banking.models import BankAllocation, BankLine
from funds.donations.models import Donation
from funds.ledger.models import Account, Journal
from funds.ledger.queries import balance_of, differences_in
from governance.audit.models import AuditEntry
from tests.factories.funds_charity import CommunityFundFactory, officer_of
from tests.factories.funds_donations import DonationFactory
from tests.people import session_client

BASE = "/api/v1"
THREADS, SENT, FUNDS = 40, 3, 8
DAY = dt.date(2026, 3, 2)
BUSY = "idempotency_key_in_flight"
LONGEST = 60.0
"""Seconds that a client goes on asking while its first request is still under way."""
Request = tuple[str, str, dict[str, Any]]


class Clients(local):
    """One signed-in client for each thread."""

    def of(self, user: Any) -> Any:
        """Return this thread's client."""
        if not hasattr(self, "client"):
            self.client = session_client(user)
        return self.client


def post(clients: Clients, user: Any, request: Request) -> tuple[str, int, str]:
    """Send one request as a client does: while the first of the same key is under way, ask again."""
    key, path, body = request
    until = time.monotonic() + LONGEST
    try:
        while True:
            answer = clients.of(user).post(path, body, headers={"Idempotency-Key": key})
            if answer.status_code != 409 or answer.json()["code"] != BUSY or time.monotonic() > until:
                return key, answer.status_code, json.dumps(answer.json(), sort_keys=True)
            time.sleep(0.05)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("postings", [300, pytest.param(2000, marks=pytest.mark.nightly)])
def test_a_storm_of_postings_sent_three_times(people: SimpleNamespace, now: dt.datetime, postings: int) -> None:
    """Half of the postings hit one fund. Half a minute by day on two quiet cores: a thousand requests."""
    others = [CommunityFundFactory(charity=people.fund.charity, active=True) for _number in range(FUNDS)]
    funds = [people.fund if number % 2 else others[number // 2 % FUNDS] for number in range(postings)]
    donations = [
        DonationFactory(
            fund=fund, amount=Decimal(number) / 100, reference=f"BANK{number:08d}", recorded_by=people.community_staff
        )
        for number, fund in enumerate(funds, start=1)
    ]
    received: list[Request] = [
        (f"receive:{row.pk}", f"{BASE}/donations/{row.pk}/receive", {"received_on": f"{DAY}"}) for row in donations
    ]
    booked: list[Request] = [
        (
            f"line:{row.pk}",
            f"{BASE}/bank-lines",
            {
                "charity": row.charity_id,
                "lines": [
                    {
                        "bank_reference": f"L{row.pk}",
                        "booked_on": f"{DAY}",
                        "amount": f"{row.amount}",
                        "payer": "甲",
                        "memo": row.reference,
                    }
                ],
            },
        )
        for row in donations[::10]
    ]
    sent = [*received, *booked] * SENT
    random.Random(20260302).shuffle(sent)
    clients = Clients()

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda request: post(clients, people.charity_officer, request), sent))

    assert {status for _key, status, _body in answers} == {200, 201}
    assert len({(key, body) for key, _status, body in answers}) == len(received) + len(booked)
    total = sum((row.amount for row in donations), Decimal(0))
    assert Journal.objects.count() == postings
    assert Journal.objects.aggregate(total=Sum("total"))["total"] == total
    assert set(Donation.objects.values_list("status", flat=True)) == {"RECEIVED"}
    assert AuditEntry.objects.filter(verb="funds.donation.received").count() == postings
    for fund in [people.fund, *others]:
        own = sum((row.amount for row in donations if row.fund_id == fund.pk), Decimal(0))
        assert balance_of(Account.objects.get(book=fund.book, code="pool:free")) == own
        vouchers = Journal.objects.filter(book=fund.book).order_by("sequence").values_list("voucher_number", flat=True)
        assert list(vouchers) == list(range(1, len(vouchers) + 1))
        assert differences_in(fund.book) == []

    assert BankLine.objects.count() == len(booked)
    assert banking.suggest_matches(by=officer_of(people.fund.charity), now=now) == len(booked)
    matched = BankAllocation.objects.aggregate(total=Sum("amount"))["total"]
    assert matched == sum((row.amount for row in donations[::10]), Decimal(0))
