"""Books, accounts, journals and closed months over HTTP."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from communities.territory.models import Division
from funds.ledger.models import Account, Book, Journal, Period
from governance.accounts.models import User
from tests.factories.funds_ledger import PeriodFactory, post
from tests.people import session_client, token_client

pytestmark = pytest.mark.django_db

BASE = "/api/v1"


@pytest.fixture
def donated(system: User, donors: Account, pool: Account, now: dt.datetime) -> Journal:
    """A donation of 100 yuan."""
    return post(system, donors, pool, "100.00", now=now, key="donation:1", memo="捐赠")


def test_a_book_shows_its_money_and_head(donated: Journal) -> None:
    row = session_client(None).get(f"{BASE}/books/{donated.book_id}").json()

    assert {name: row[name] for name in ("code", "status", "sequence", "head_hash", "free", "restricted", "held")} == {
        "code": "sanbalu",
        "status": "OPEN",
        "sequence": 1,
        "head_hash": donated.hash,
        "free": "100.00",
        "restricted": "0.00",
        "held": "0.00",
    }


def test_books_of_points_are_for_the_staff_of_their_place(
    book: Book, community: Division, community_staff: User, other_community_staff: User, resident: User
) -> None:
    points = Book.objects.create(code="points", name="积分", unit="POINTS", division=community, opened_on="2025-01-01")

    seen = {
        person: len(session_client(person).get(f"{BASE}/books").json()["results"])
        for person in (None, resident, other_community_staff, community_staff)
    }

    assert list(seen.values()) == [1, 1, 1, 2]
    assert session_client(resident).get(f"{BASE}/books/{points.pk}").status_code == 404
    assert book


def test_an_account_shows_what_came_and_went(donated: Journal, pool: Account) -> None:
    rows = session_client(None).get(f"{BASE}/accounts?book={donated.book_id}&code=pool:free").json()["results"]

    assert [(row["id"], row["received"], row["given"], row["balance"]) for row in rows] == [
        (pool.pk, "100.00", "0.00", "100.00")
    ]


def test_a_journal_shows_its_transfers_and_no_person(donated: Journal) -> None:
    row = session_client(None).get(f"{BASE}/journals/{donated.pk}").json()

    assert (row["number"], row["total"], row["hash"], row["reverses"]) == ("2026-00001", "100.00", donated.hash, None)
    assert [(line["source_code"], line["target_code"], line["amount"]) for line in row["transfers"]] == [
        ("source:donor", "pool:free", "100.00")
    ]
    assert "posted_by" not in row


@pytest.mark.parametrize("count", [1, 3])
def test_lists_take_a_fixed_number_of_queries(
    *,
    system: User,
    donors: Account,
    pool: Account,
    now: dt.datetime,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    for _number in range(count):
        post(system, donors, pool, "1.00", now=now)
        PeriodFactory.create()
    client = session_client(None)

    with django_assert_num_queries(2):
        assert len(client.get(f"{BASE}/journals?book={pool.book_id}").json()["results"]) == count
    with django_assert_num_queries(1):
        assert len(client.get(f"{BASE}/books").json()["results"]) == count + 1
    with django_assert_num_queries(1):
        assert len(client.get(f"{BASE}/accounts").json()["results"]) == 5
    with django_assert_num_queries(1):
        assert len(client.get(f"{BASE}/periods").json()["results"]) == count


def test_journals_come_newest_first_and_by_cursor(
    system: User, donors: Account, pool: Account, now: dt.datetime
) -> None:
    for _number in range(3):
        post(system, donors, pool, "1.00", now=now)
    client = session_client(None)

    first = client.get(f"{BASE}/journals?page_size=2").json()
    second = client.get(first["next"]).json()

    assert [row["sequence"] for row in first["results"] + second["results"]] == [3, 2, 1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=DONATION", 1),
        ("kind=HOLD", 0),
        ("posted_from=2026-03-04&posted_to=2026-03-04", 1),
        ("posted_from=2026-03-05", 0),
        ("key=donation:1", 1),
    ],
)
def test_journals_are_narrowed(donated: Journal, query: str, found: int) -> None:
    rows = session_client(None).get(f"{BASE}/journals?book={donated.book_id}&{query}").json()["results"]

    assert len(rows) == found


def test_a_strange_filter_is_refused(donated: Journal) -> None:
    answer = session_client(None).get(f"{BASE}/journals?book={donated.book_id}&kind=GIFT")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    ("person", "status"),
    [
        (None, 401),
        ("resident", 403),
        ("street_officer", 403),
        ("auditor", 403),
        ("street_reviewer", 200),
        ("district_admin", 200),
    ],
)
def test_who_may_freeze_a_book(request: pytest.FixtureRequest, book: Book, person: str | None, status: int) -> None:
    client = session_client(request.getfixturevalue(person) if person else None)

    answer = client.post(f"{BASE}/books/{book.pk}/freeze", {"reason": "核对"})

    assert answer.status_code in ({401, 403} if status == 401 else {status})
    assert Book.objects.get(pk=book.pk).status == ("FROZEN" if status == 200 else "OPEN")


def test_a_frozen_book_is_released_and_closed(book: Book, district_admin: User) -> None:
    client = session_client(district_admin)
    client.post(f"{BASE}/books/{book.pk}/freeze", {"reason": "核对"})

    released = client.post(f"{BASE}/books/{book.pk}/unfreeze", {"reason": "已查明"})
    closed = client.post(f"{BASE}/books/{book.pk}/close", {"reason": "终止"})

    assert (released.json()["status"], released.json()["status_reason"]) == ("OPEN", "已查明")
    assert (closed.status_code, closed.json()["status"]) == (200, "CLOSED")


def test_a_move_without_a_reason_is_refused(book: Book, district_admin: User) -> None:
    answer = session_client(district_admin).post(f"{BASE}/books/{book.pk}/freeze", {})

    assert (answer.status_code, answer.json()["code"]) == (400, "reason_missing")


def test_a_book_offers_its_moves(book: Book, district_admin: User) -> None:
    offers = session_client(district_admin).get(f"{BASE}/books/{book.pk}/moves").json()

    assert [(offer["name"], offer["open"]) for offer in offers] == [("freeze", True), ("close", True)]


def test_a_journal_is_reversed_once(donated: Journal, street_reviewer: User) -> None:
    client = session_client(street_reviewer)
    body = {"posted_on": "2026-03-04", "memo": "入错基金"}

    made = client.post(f"{BASE}/journals/{donated.pk}/reverse", body)
    again = client.post(f"{BASE}/journals/{donated.pk}/reverse", body)

    assert (made.status_code, made.json()["reverses"], made.json()["total"]) == (201, donated.pk, "100.00")
    assert (again.status_code, again.json()["code"]) == (409, "already_reversed")
    assert Journal.objects.count() == 2


def test_a_repeated_request_gets_the_first_answer(donated: Journal, street_reviewer: User) -> None:
    client = session_client(street_reviewer)
    body = {"posted_on": "2026-03-04", "memo": "入错基金"}

    answers = [
        client.post(f"{BASE}/journals/{donated.pk}/reverse", body, headers={"idempotency-key": "k1"}) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content


def test_reversing_is_not_for_everybody(donated: Journal, street_officer: User) -> None:
    answer = session_client(street_officer).post(
        f"{BASE}/journals/{donated.pk}/reverse", {"posted_on": "2026-03-04", "memo": "x"}
    )

    assert answer.status_code == 403
    assert Journal.objects.count() == 1


def test_two_persons_close_a_month(book: Book, street_officer: User, street_reviewer: User) -> None:
    body = {"book": book.pk, "year": 2026, "month": 2}

    proposed = session_client(street_officer).post(f"{BASE}/periods", body)
    period = proposed.json()["id"]
    own = session_client(street_officer).post(f"{BASE}/periods/{period}/close")
    closed = session_client(street_reviewer).post(f"{BASE}/periods/{period}/close")

    assert (proposed.status_code, proposed.json()["closed_at"]) == (201, None)
    assert own.status_code == 403
    assert closed.status_code == 200
    assert Period.objects.get().closed_by == street_reviewer


def test_the_proposer_may_not_close(book: Book, street_reviewer: User) -> None:
    client = session_client(street_reviewer)
    period = client.post(f"{BASE}/periods", {"book": book.pk, "year": 2026, "month": 2}).json()["id"]

    answer = client.post(f"{BASE}/periods/{period}/close")

    assert (answer.status_code, answer.json()["code"]) == (403, "same_person")


@pytest.mark.parametrize("change", [{"month": 13}, {"book": 0}, {"year": 1}])
def test_a_month_that_cannot_be_is_refused(book: Book, street_officer: User, change: dict[str, int]) -> None:
    answer = session_client(street_officer).post(
        f"{BASE}/periods", {"book": book.pk, "year": 2026, "month": 2, **change}
    )

    assert answer.status_code == 400
    assert not Period.objects.exists()


def test_a_partner_reads_with_its_scope_only(donated: Journal, service_client: User) -> None:
    client = token_client(service_client, "funds:read")

    assert client.get(f"{BASE}/journals/{donated.pk}").status_code == 200
    assert client.post(f"{BASE}/books/{donated.book_id}/freeze", {"reason": "x"}).status_code == 403


def test_a_partner_with_another_scope_reads_nothing(donated: Journal, service_client: User) -> None:
    client = token_client(service_client, "communities:read")

    assert client.get(f"{BASE}/journals/{donated.pk}").status_code == 403


def test_a_statement_of_a_period(donated: Journal, django_assert_num_queries: Any) -> None:
    client = session_client(None)

    with django_assert_num_queries(4):
        row = client.get(f"{BASE}/statements/{donated.book_id}?period=2026-Q1").json()

    assert (row["starts_on"], row["ends_on"]) == ("2026-01-01", "2026-03-31")
    assert [Decimal(row[name]) for name in ("opening", "received", "used", "closing")] == [0, 100, 0, 100]
    assert [(entry["code"], entry["amount"]) for entry in row["income"]] == [("source:donor", "100.00")]


@pytest.mark.parametrize(("path", "status"), [("{}?period=2026-13", 400), ("0", 404), ("x", 404)])
def test_a_statement_that_cannot_be_is_refused(donated: Journal, path: str, status: int) -> None:
    assert session_client(None).get(f"{BASE}/statements/{path.format(donated.book_id)}").status_code == status
