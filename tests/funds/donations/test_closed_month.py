"""A gift of a month that is closed is corrected in the open one; whoever dates the correction back is told so.

The operation, the API and the desk take a day for a reversal; the page takes none and posts today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from funds.donations.models import Donation
from funds.ledger.models import Book, Journal
from funds.ledger.operations import PeriodIsClosed, reverse_journal
from funds.ledger.queries import differences_in
from funds.statements.policy import Statement, read_span, statement_of
from funds.statements.queries import accounts_of, movements
from governance.audit.models import AuditEntry
from governance.calendar import clock
from tests.factories.communities import ENTERED_AT
from tests.factories.funds_donations import DonationFactory
from tests.factories.funds_ledger import shut_month
from tests.people import desk_client, session_client, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

BACK = {"posted_on": ENTERED_AT.date(), "memo": "重复登记"}
REASON = f"{ENTERED_AT:%Y-%m} is closed in"
WHAT_TO_DO = "Choose a later date."


@pytest.fixture
def given(people: SimpleNamespace) -> Donation:
    """A gift whose month was closed."""
    row: Donation = DonationFactory.create(fund=people.fund, received=True)
    shut_month(people.fund.book, ENTERED_AT.date())
    return Donation.objects.select_related("fund__book", "journal").get(pk=row.pk)


def month_of(row: Donation) -> Statement:
    return statement_of(movements(row.fund.book, accounts_of(row.fund.book), read_span(f"{ENTERED_AT:%Y-%m}")))


def by_operation(people: SimpleNamespace, journal: Journal, now: dt.datetime) -> str:
    with pytest.raises(PeriodIsClosed) as refusal:
        reverse_journal(by=people.street_reviewer, journal=journal, now=now, **BACK)
    return str(refusal.value)


def by_program(people: SimpleNamespace, journal: Journal, now: dt.datetime) -> str:
    del now
    client = session_client(people.street_reviewer)
    answer = client.post(f"/api/v1/journals/{journal.pk}/reverse", BACK, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "period_closed")
    return str(answer.json()["detail"])


def on_the_desk(people: SimpleNamespace, journal: Journal, now: dt.datetime) -> str:
    del now
    answer: Any = desk_client(people.street_reviewer).post(f"/desk/funds/journal/{journal.pk}/deeds/reverse/", BACK)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize("ask", [by_operation, by_program, on_the_desk])
def test_nothing_is_dated_back_into_a_closed_month(
    people: SimpleNamespace,
    given: Donation,
    now: dt.datetime,
    ask: Callable[[SimpleNamespace, Journal, dt.datetime], str],
) -> None:
    assert given.journal is not None
    before = (Journal.objects.count(), AuditEntry.objects.count(), Book.objects.get(pk=given.fund.book_id).head_hash)

    said = ask(people, given.journal, now)

    assert REASON in said
    assert WHAT_TO_DO in said
    head = Book.objects.get(pk=given.fund.book_id).head_hash
    assert (Journal.objects.count(), AuditEntry.objects.count(), head) == before


def test_the_page_corrects_in_the_open_month(people: SimpleNamespace, given: Donation) -> None:
    before = month_of(given)
    officer, reviewer = Client(), Client()
    sign_in(officer, people.charity_officer)
    sign_in(reviewer, people.street_reviewer)

    asked = officer.post(f"/donations/{given.pk}/propose-refund/", {"ground": "ERROR", "reason": "重复登记"})
    done = reviewer.post(f"/donations/{given.pk}/refund/")

    made = Journal.objects.latest("pk")
    assert (asked.status_code, done.status_code) == (302, 302)
    assert (made.kind, made.reverses, made.posted_on) == ("REVERSAL", given.journal, clock.today())
    assert month_of(given) == before
    assert differences_in(given.fund.book) == []
