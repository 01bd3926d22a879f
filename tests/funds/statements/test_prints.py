"""Sheets that everybody may have: made once for all who ask for the same, and not as often as somebody likes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from funds.charity.models import CommunityFund
from funds.ledger.models import Account
from funds.ledger.operations import Line, post_journal
from governance.accounts.models import User
from tests.paper import needs_paper

pytestmark = [pytest.mark.django_db, needs_paper]
HOUSE, NEIGHBOR = "10.9.0.1", "10.9.0.2"


@pytest.fixture(autouse=True)
def one_a_minute(settings: Any) -> None:
    """Let an address make one new sheet a minute."""
    settings.PRINTS_A_MINUTE = 1
    cache.delete_many([f"prints:address:{address}" for address in (HOUSE, NEIGHBOR)])


def fetched(fund: CommunityFund, period: str, address: str = HOUSE) -> Any:
    """Ask for the sheet of a period from an address."""
    return Client().get(reverse("funds:fund-statement-pdf", args=[fund.pk]), {"period": period}, REMOTE_ADDR=address)


def test_the_same_sheet_is_made_once_for_everybody(posted: CommunityFund) -> None:
    answers = [fetched(posted, "2026-Q1"), fetched(posted, "2026-Q1"), fetched(posted, "2026-Q1", NEIGHBOR)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].content.startswith(b"%PDF")
    assert (cache.get(f"prints:address:{HOUSE}"), cache.get(f"prints:address:{NEIGHBOR}")) == (1, None)


def test_one_new_sheet_after_another_is_refused_with_what_to_do(posted: CommunityFund, english: None) -> None:
    """What is there already is still handed out to the house; the neighbor makes theirs."""
    first = fetched(posted, "2026-01")
    refused = fetched(posted, "2026-02")
    again = fetched(posted, "2026-01")
    neighbor = fetched(posted, "2026-02", NEIGHBOR)
    then = fetched(posted, "2026-02")

    assert [answer.status_code for answer in (first, refused, again, neighbor, then)] == [200, 429, 200, 200, 200]
    assert "Please wait a minute" in refused.content.decode()


def test_a_person_who_is_signed_in_is_counted_by_person(posted: CommunityFund, resident: User) -> None:
    """A whole office stands behind one address."""
    client = Client()
    client.force_login(resident)
    path = reverse("funds:fund-statement-pdf", args=[posted.pk])
    cache.delete(f"prints:user:{resident.pk}")

    fetched(posted, "2026-01")
    own = client.get(path, {"period": "2026-02"}, REMOTE_ADDR=HOUSE)

    assert own.status_code == 200


def test_a_posting_makes_a_new_sheet(
    posted: CommunityFund, accounts: dict[str, Account], system: User, now: dt.datetime, settings: Any
) -> None:
    settings.PRINTS_A_MINUTE = 0
    before = fetched(posted, "2026").content
    line = Line(accounts["source:donor"], accounts["pool:free"], Decimal("1.00"))
    told: dict[str, Any] = {"kind": "DONATION", "key": "later", "memo": "捐款", "posted_on": now.date(), "now": now}
    post_journal(by=system, book=posted.book, lines=[line], **told)

    assert fetched(posted, "2026").content != before
