"""Statements and the feed of journals for programs."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.ledger.models import Journal
from funds.ledger.operations import reverse_journal
from governance.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> APIClient:
    """A program without a log-in."""
    return APIClient()


def test_a_statement_says_when_it_was_computed(
    api: APIClient, posted: CommunityFund, street_reviewer: User, now: dt.datetime
) -> None:
    wrong = Journal.objects.get(book=posted.book, key="donation:1")
    made = reverse_journal(by=street_reviewer, journal=wrong, posted_on=now.date(), memo="银行退票", now=now)
    posted.book.refresh_from_db()

    body = api.get(f"/api/v1/statements/{posted.book_id}", {"period": "2026-Q1", "known_on": "2026-03-04"}).json()

    assert (body["opening"], body["received"], body["used"], body["closing"]) == (
        "300.00",
        "900.00",
        "400.00",
        "800.00",
    )
    assert (body["sequence"], body["head_hash"], body["known_on"]) == (
        posted.book.sequence,
        posted.book.head_hash,
        "2026-03-04",
    )
    assert [(row["id"], row["reverses_number"], row["total"]) for row in body["corrections"]] == [
        (made.pk, "2025-00001", "300.00")
    ]
    early = api.get(f"/api/v1/statements/{posted.book_id}", {"period": "2026-Q1", "known_on": "2026-03-03"}).json()
    assert (early["sequence"], early["received"], early["corrections"]) == (0, "0.00", [])


def test_a_place_is_stated_with_its_funds(api: APIClient, posted: CommunityFund, district: Division) -> None:
    body = api.get(f"/api/v1/area-statements/{district.pk}", {"from": "2026-01-01", "to": "2026-03-31"}).json()

    assert (body["closing"], body["moved"], body["division"]) == ("1100.00", "0.00", district.pk)
    assert [(line["fund"], line["closing"]) for line in body["funds"]] == [(posted.pk, "1100.00")]
    assert {entry["code"]: entry["amount"] for entry in body["income"]} == {
        "source:enterprise": "1000.00",
        "source:donor": "200.00",
    }


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"period": "2026-13"}, "statement_period_unknown"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "statement_period_backwards"),
        ({"from": "2026-02-01"}, "statement_period_half_given"),
        ({"from": "2001-01-01", "to": "2026-01-01"}, "statement_period_too_long"),
        ({"period": "2999"}, "statement_period_not_begun"),
        ({"known_on": "2999-01-01"}, "statement_known_in_future"),
        ({"known_on": "1e5"}, "statement_day_unknown"),
    ],
)
def test_bad_periods_are_refused_by_code(
    api: APIClient, posted: CommunityFund, district: Division, query: dict[str, str], code: str
) -> None:
    for address in (f"/api/v1/statements/{posted.book_id}", f"/api/v1/area-statements/{district.pk}"):
        answer = api.get(address, query)
        assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize("key", ["987654321", "x", "9" * 30])
def test_what_is_not_there_is_not_found(api: APIClient, key: str) -> None:
    for name in ("statements", "area-statements"):
        assert api.get(f"/api/v1/{name}/{key}").status_code == 404


def test_the_feed_of_a_book_has_no_gaps(api: APIClient, posted: CommunityFund) -> None:
    address = f"/api/v1/books/{posted.book_id}/journals"
    seen: list[int] = []
    after = 0
    while True:
        body = api.get(address, {"after": str(after), "limit": "3"}).json()
        seen += [row["sequence"] for row in body["journals"]]
        after = body["next_after"]
        if after == body["sequence"]:
            break

    assert seen == list(range(1, 9))
    assert api.get(address, {"after": str(after)}).json()["journals"] == []
    assert api.get(address, {"after": "999999999"}).json()["next_after"] == after


@pytest.mark.parametrize("query", [{"after": "-1"}, {"after": "x"}, {"limit": "1e3"}, {"after": "9" * 40}])
def test_a_strange_place_in_the_feed_is_refused(api: APIClient, posted: CommunityFund, query: dict[str, str]) -> None:
    answer = api.get(f"/api/v1/books/{posted.book_id}/journals", query)

    assert (answer.status_code, answer.json()["code"]) == (400, "feed_place_unknown")


@pytest.mark.parametrize("limit", ["1", "3"])
def test_the_feed_takes_the_same_queries(
    api: APIClient, posted: CommunityFund, limit: str, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(3):
        api.get(f"/api/v1/books/{posted.book_id}/journals", {"limit": limit})


def test_amounts_are_texts(api: APIClient, posted: CommunityFund) -> None:
    body = api.get(f"/api/v1/statements/{posted.book_id}", {"period": "2026"}).json()

    assert Decimal(body["closing"]) == sum(Decimal(row["closing"]) for row in body["stocks"])
