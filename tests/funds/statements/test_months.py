"""Closing a month: what stands open, two persons, never again open, corrections in a later month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from funds.charity.models import CommunityFund
from funds.ledger.models import Account, Book, Journal, Period
from funds.ledger.operations import (
    PeriodIsClosed,
    PeriodNotOver,
    PeriodNotProposed,
    freeze_book,
    reverse_journal,
)
from funds.statements import queries
from funds.statements.checklist import open_points
from funds.statements.operations import MonthClosedForGood, MonthNotReady, close_month, propose_month
from funds.statements.policy import read_span, statement_of
from governance.accounts.models import User
from governance.calendar import clock
from governance.errors import NotAllowed
from governance.lifecycle import SamePerson
from tests.factories.funds_donations import DonationFactory
from tests.factories.funds_reinvestment import BankLineFactory
from tests.funds.statements.test_statements import late
from tests.people import desk_client, session_client
from tests.walls import alone, change_refused, refused

pytestmark = pytest.mark.django_db

MONTHS = ((2025, 11), (2026, 1), (2026, 2))


@pytest.fixture
def closed(posted: CommunityFund, street_officer: User, street_reviewer: User, now: dt.datetime) -> CommunityFund:
    """The fund whose months up to February are closed."""
    for year, month in MONTHS:
        row = propose_month(by=street_officer, book=posted.book, year=year, month=month, now=now)
        close_month(by=street_reviewer, period=row, now=now)
    return posted


def test_a_month_closes_where_the_chain_stands(closed: CommunityFund, street_reviewer: User) -> None:
    book = Book.objects.get(pk=closed.book_id)
    row = Period.objects.get(book=book, year=2026, month=2)

    assert (row.sequence, row.head_hash, row.closed_by) == (book.sequence, book.head_hash, street_reviewer)
    assert row.open_points == [{"key": "holds", "count": 1}]


def test_the_statement_says_which_months_are_closed(client: Client, english: None, closed: CommunityFund) -> None:
    address = reverse("funds:fund-statement", args=[closed.pk])

    quarter = client.get(address, {"period": "2026-Q1"})
    assert [row.name for row in quarter.context["closed"]] == ["2026-01", "2026-02"]
    assert f"at journal {closed.book.sequence}" in quarter.content.decode()
    assert client.get(address, {"period": "2026-03"}).context["closed"] == []


def test_what_stands_open_has_its_place_on_the_desk(posted: CommunityFund) -> None:
    BankLineFactory.create(charity=posted.charity, booked_on=dt.date(2026, 2, 5), memo=posted.short_name)
    BankLineFactory.create(charity=posted.charity, booked_on=dt.date(2026, 2, 6))
    BankLineFactory.create(charity=posted.charity, booked_on=dt.date(2026, 3, 1), memo=posted.short_name)
    DonationFactory.create(fund=posted, recorded_at=dt.datetime(2026, 2, 1, 12, tzinfo=dt.UTC))

    found = {point.key: point for point in open_points(posted.book, 2026, 2)}

    assert {key: (point.count, point.is_blocking) for key, point in found.items()} == {
        "bank_lines": (1, True),
        "unclear_lines": (1, False),
        "earlier": (2, True),
        "donations": (1, False),
        "holds": (1, False),
    }
    assert all(point.url.startswith("/desk/funds/") for point in found.values())


@pytest.mark.parametrize("what", ["bank_lines", "earlier", "book"])
def test_a_month_that_is_not_ready_is_refused_with_what_to_do(
    posted: CommunityFund, street_officer: User, district_admin: User, now: dt.datetime, what: str
) -> None:
    month = (2026, 1) if what == "earlier" else (2025, 11)
    if what == "bank_lines":
        BankLineFactory.create(charity=posted.charity, booked_on=dt.date(2025, 11, 5), memo=posted.name)
    if what == "book":
        freeze_book(by=district_admin, book=posted.book, reason="核对", now=now)

    with pytest.raises(MonthNotReady) as refusal:
        propose_month(by=street_officer, book=posted.book, year=month[0], month=month[1], now=now)

    assert f"{month[0]}-{month[1]:02d}" in str(refusal.value)
    assert not Period.objects.exists()


def test_what_came_up_meanwhile_holds_the_closing(
    posted: CommunityFund, street_officer: User, street_reviewer: User, now: dt.datetime
) -> None:
    row = propose_month(by=street_officer, book=posted.book, year=2025, month=11, now=now)
    BankLineFactory.create(charity=posted.charity, booked_on=dt.date(2025, 11, 30), memo=posted.short_name)

    with pytest.raises(MonthNotReady):
        close_month(by=street_reviewer, period=row, now=now)
    assert Period.objects.get().closed_at is None


def test_two_persons_who_may(
    posted: CommunityFund, street_reviewer: User, resident: User, other_street_officer: User, now: dt.datetime
) -> None:
    for nobody in (resident, other_street_officer):
        with pytest.raises(NotAllowed):
            propose_month(by=nobody, book=posted.book, year=2025, month=11, now=now)
    row = propose_month(by=street_reviewer, book=posted.book, year=2025, month=11, now=now)
    with pytest.raises(SamePerson):
        close_month(by=street_reviewer, period=row, now=now)


def test_a_running_or_coming_month_is_not_closed(posted: CommunityFund, street_officer: User, now: dt.datetime) -> None:
    for year, month in ((2026, 3), (2027, 1)):
        with pytest.raises((PeriodNotOver, MonthNotReady)):
            propose_month(by=street_officer, book=posted.book, year=year, month=month, now=now)


def test_a_closed_month_is_never_opened_again(
    closed: CommunityFund, street_officer: User, street_reviewer: User, now: dt.datetime
) -> None:
    row = Period.objects.get(book=closed.book, year=2026, month=1)

    with pytest.raises(MonthClosedForGood) as refusal:
        propose_month(by=street_officer, book=closed.book, year=2026, month=1, now=now)
    with pytest.raises(PeriodNotProposed):
        close_month(by=street_reviewer, period=row, now=now)
    change_refused("period_stays_closed", row, "closed_at = NULL, closed_by_id = NULL, sequence = NULL, head_hash = ''")
    refused("period_stays_closed", "DELETE FROM funds_period WHERE id = %s", row.pk)
    assert "reversal" in str(refusal.value) or "冲正" in str(refusal.value)


def test_walls_of_the_closing(
    posted: CommunityFund, street_officer: User, street_reviewer: User, now: dt.datetime
) -> None:
    row = propose_month(by=street_officer, book=posted.book, year=2025, month=11, now=now)
    closing = f"closed_at = now(), closed_by_id = {street_reviewer.pk}"

    change_refused("period_closes_at_the_head", row, f"{closing}, sequence = 3, head_hash = repeat('0', 64)")
    refused(
        "period_closed_at_a_journal",
        "INSERT INTO funds_period (book_id, year, month, proposed_at, proposed_by_id, closed_at, closed_by_id, head_hash, "
        "open_points) SELECT book_id, year, 12, proposed_at, proposed_by_id, now(), %s, '', '[]' FROM funds_period",
        street_reviewer.pk,
    )


@pytest.mark.django_db(transaction=True)
def test_the_closing_at_the_head_refuses_alone(
    *,
    posted: CommunityFund,
    street_officer: User,
    street_reviewer: User,
    now: dt.datetime,
    owner: Callable[[], Any],
) -> None:
    row = propose_month(by=street_officer, book=posted.book, year=2025, month=11, now=now)
    closing = (
        "UPDATE funds_period SET closed_at = now(), closed_by_id = %s, sequence = %s, head_hash = %s WHERE id = %s"
    )
    head = Book.objects.get(pk=posted.book_id)

    with owner():
        for at in ((head.sequence - 1, head.head_hash), (head.sequence, "0" * 64)):
            alone("ledger_period_closes", closing, street_reviewer.pk, *at, row.pk)


def test_what_was_wrong_is_a_difference_of_a_later_month(
    closed: CommunityFund, accounts: dict[str, Account], system: User, street_reviewer: User, now: dt.datetime
) -> None:
    wrong = Journal.objects.get(book=closed.book, key="donation:2")
    january = read_span("2026-01")
    before = statement_of(queries.movements(closed.book, list(accounts.values()), january))

    with pytest.raises(PeriodIsClosed):
        late(system, accounts, now)
    with pytest.raises(PeriodIsClosed):
        reverse_journal(by=street_reviewer, journal=wrong, posted_on=dt.date(2026, 2, 28), memo="错", now=now)
    # 80 of these 200 were used; what is left can be taken back by another voucher only.
    order = Journal.objects.get(book=closed.book, key="donation:1")
    made = reverse_journal(by=street_reviewer, journal=order, posted_on=now.date(), memo="银行退票", now=now)

    closed.book.refresh_from_db()
    assert statement_of(queries.movements(closed.book, list(accounts.values()), january)) == before
    assert queries.corrections_in(closed.book, read_span("2026-03"), closed.book.sequence) == [made]
    march = statement_of(queries.movements(closed.book, list(accounts.values()), read_span("2026-03")))
    assert march.received == Decimal("-300.00")


def test_the_checklist_for_programs_and_who_may_ask(
    posted: CommunityFund, street_officer: User, resident: User
) -> None:
    query = {"book": posted.book_id, "year": 2025, "month": 11}

    body = session_client(street_officer).get("/api/v1/periods/checklist", query).json()

    assert (body["is_ready"], [point["key"] for point in body["points"]]) == (True, ["holds"])
    assert session_client(resident).get("/api/v1/periods/checklist", query).status_code == 403
    assert APIClient().get("/api/v1/periods/checklist", query).status_code in {401, 403}
    assert session_client(street_officer).get("/api/v1/periods/checklist", {**query, "month": 13}).status_code == 400


def test_months_over_http(posted: CommunityFund, street_officer: User, street_reviewer: User) -> None:
    officer = session_client(street_officer)
    early = officer.post("/api/v1/periods", {"book": posted.book_id, "year": 2026, "month": 1})
    made = officer.post("/api/v1/periods", {"book": posted.book_id, "year": 2025, "month": 11}).json()
    done = session_client(street_reviewer).post(f"/api/v1/periods/{made['id']}/close").json()
    again = officer.post("/api/v1/periods", {"book": posted.book_id, "year": 2025, "month": 11})

    assert (early.status_code, early.json()["code"]) == (409, "month_not_ready")
    assert (done["sequence"], done["open_points"]) == (posted.book.sequence, [{"key": "holds", "count": 1}])
    assert (again.status_code, again.json()["code"]) == (409, "month_closed_for_good")


def test_months_on_the_desk(posted: CommunityFund, street_officer: User, street_reviewer: User) -> None:
    officer: Client = desk_client(street_officer)
    add = reverse("admin:funds_period_add")

    offered = officer.get(add).context["adminform"].form.initial
    refusal = officer.post(add, {"book": posted.book_id, "year": 2026, "month": 1})
    officer.post(add, {"book": posted.book_id, "year": 2025, "month": 11})
    row = Period.objects.get()
    reviewer = desk_client(street_reviewer)
    shown = reviewer.get(reverse("admin:funds_period_change", args=[row.pk])).content.decode()

    ended = clock.today().replace(day=1) - dt.timedelta(days=1)
    assert offered == {"year": ended.year, "month": ended.month}
    assert refusal.status_code == 200
    assert "2026-01" in refusal.content.decode()
    assert "/desk/funds/spendingrequest/" in shown
    reviewer.post(reverse("admin:funds_period_deed", args=[row.pk, "close"]))
    assert Period.objects.get().closed_by == street_reviewer


@pytest.mark.parametrize("lines", [1, 3])
def test_the_checklist_takes_the_same_queries(
    posted: CommunityFund, lines: int, django_assert_num_queries: Any
) -> None:
    for _number in range(lines):
        BankLineFactory.create(charity=posted.charity, booked_on=dt.date(2025, 11, 5))

    with django_assert_num_queries(11):
        open_points(posted.book, 2025, 11)
