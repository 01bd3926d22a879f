"""Interest and management fees: by two hands, computed and not typed, no day twice, on every surface."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from funds.charity.models import CommunityFund
from funds.ledger.models import Account, Journal
from funds.ledger.operations import (
    InsufficientAvailable,
    Line,
    OutgoSuspended,
    open_account,
    post_journal,
    suspend_book,
)
from funds.ledger.queries import balance_of, differences_in
from funds.upkeep import operations
from funds.upkeep.models import UpkeepEntry
from funds.upkeep.policy import fee_of
from governance import lifecycle
from governance.errors import DomainError, NotAllowed
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_donations import DonationFactory
from tests.people import House, desk_client, session_client
from tests.walls import change_refused, refused

pytestmark = pytest.mark.django_db

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 3, 3)
DAYS: dict[str, Any] = {"covers_from": FIRST, "covers_to": LAST}
INTEREST: dict[str, Any] = {**DAYS, "amount": Decimal("12.34"), "reference": "结息20260303"}


def charges(fund: CommunityFund, rate: str = "0.0333") -> CommunityFund:
    """Let the agreement of a fund set a management fee."""
    CommunityFund.objects.filter(pk=fund.pk).update(fee_rate=Decimal(rate))
    fund.refresh_from_db()
    return fund


def read(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def balance(fund: CommunityFund, code: str) -> Decimal:
    return balance_of(Account.objects.get(book=fund.book, code=code))


def test_interest_comes_in_by_two_hands(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.enter_interest(by=people.charity_officer, fund=people.fund, now=now, **INTEREST)
    assert not Journal.objects.exists()

    with pytest.raises(lifecycle.SamePerson):
        operations.post_upkeep(by=people.charity_officer, entry=row, posted_on=LAST, now=now)
    with pytest.raises(lifecycle.MoveForbidden):
        operations.post_upkeep(by=people.other_officer, entry=row, posted_on=LAST, now=now)
    row = operations.post_upkeep(by=people.second_officer, entry=row, posted_on=LAST, now=now)

    assert (row.status, row.journal.kind, row.journal.key) == ("POSTED", "INTEREST", f"upkeep:{row.pk}")
    assert (balance(people.fund, "source:interest"), balance(people.fund, "pool:free")) == (
        Decimal("-12.34"),
        Decimal("12.34"),
    )
    with pytest.raises(lifecycle.MoveClosed):
        operations.post_upkeep(by=people.second_officer, entry=row, posted_on=LAST, now=now)
    assert Journal.objects.count() == 1


def test_the_fee_is_computed_on_the_money_of_its_days(people: SimpleNamespace, now: dt.datetime) -> None:
    fund = charges(people.fund)
    given = DonationFactory(fund=fund, received=True, amount=Decimal("1000.01"))
    DonationFactory(fund=fund, amount=Decimal("500.00"))
    days = {"covers_from": given.received_on or FIRST, "covers_to": LAST}
    assert given.journal is not None
    days["covers_from"] = given.journal.posted_on

    row = operations.enter_fee(by=people.charity_officer, fund=fund, now=now, **days)
    assert (row.base, row.rate, row.amount) == (Decimal("1000.01"), Decimal("0.0333"), Decimal("33.30"))
    row = operations.post_upkeep(by=people.second_officer, entry=row, posted_on=LAST, now=now)

    assert row.journal is not None
    assert row.journal.kind == "FEE"
    assert (balance(fund, "use:fee"), balance(fund, "pool:free")) == (Decimal("33.30"), Decimal("966.71"))
    assert differences_in(fund.book) == []


@pytest.mark.parametrize(
    ("base", "rate", "fee"),
    [("0.29", "0.0333", "0.00"), ("100.00", "0.05", "5.00"), ("100.19", "0.05", "5.00"), ("100.20", "0.05", "5.01")],
)
def test_fractions_of_a_fen_stay_with_the_fund(base: str, rate: str, fee: str) -> None:
    assert fee_of(Decimal(base), Decimal(rate)) == Decimal(fee)


def test_the_rate_never_exceeds_the_cap_of_the_rules(people: SimpleNamespace, now: dt.datetime) -> None:
    fund = charges(people.fund, "0.2000")
    given = DonationFactory(fund=fund, received=True)
    assert given.journal is not None

    row = operations.enter_fee(
        by=people.charity_officer, fund=fund, now=now, covers_from=given.journal.posted_on, covers_to=LAST
    )

    assert (row.rate, row.amount) == (Decimal("0.05"), Decimal("50.00"))


def test_no_day_is_charged_twice(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.enter_interest(by=people.charity_officer, fund=people.fund, now=now, **INTEREST)

    for first, last in ((FIRST, FIRST), (LAST, LAST), (dt.date(2025, 12, 1), FIRST)):
        with pytest.raises(operations.DaysTaken, match=people.fund.short_name):
            operations.enter_interest(
                by=people.second_officer,
                fund=people.fund,
                now=now,
                **{**INTEREST, "covers_from": first, "covers_to": last},
            )
    lifecycle.move(row, "withdraw", by=people.charity_officer, now=now, reason="抄错")
    operations.enter_interest(by=people.charity_officer, fund=people.fund, now=now, **INTEREST)

    assert UpkeepEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Decimal(0)}, "interest_unfit"),
        ({"amount": Decimal(-1)}, "interest_unfit"),
        ({"reference": " "}, "interest_unfit"),
        ({"covers_to": dt.date(2025, 12, 31)}, "upkeep_days_unfit"),
        ({"covers_to": dt.date(2026, 3, 4)}, "upkeep_days_unfit"),
    ],
)
def test_wrong_interest_is_refused(
    people: SimpleNamespace, now: dt.datetime, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        operations.enter_interest(by=people.charity_officer, fund=people.fund, now=now, **{**INTEREST, **changes})

    assert refusal.value.code == code
    assert not UpkeepEntry.objects.exists()


def test_where_no_fee_is_taken(people: SimpleNamespace, house: House, now: dt.datetime) -> None:
    budget = CommunityFundFactory(category="BUDGET", charity=None, division=house.places["district"], active=True)
    with pytest.raises(operations.NoFee):
        operations.enter_fee(by=people.charity_officer, fund=people.fund, now=now, **DAYS)
    with pytest.raises(operations.NoFee):
        operations.enter_fee(by=people.district_officer, fund=budget, now=now, **DAYS)
    charges(people.fund)
    with pytest.raises(operations.NoFee):
        operations.enter_fee(by=people.charity_officer, fund=people.fund, now=now, **DAYS)
    for by in (people.community_staff, people.street_reviewer, people.fund_supervisor, people.other_officer):
        with pytest.raises(NotAllowed):
            operations.enter_fee(by=by, fund=people.fund, now=now, **DAYS)
    assert not UpkeepEntry.objects.exists()


def test_a_fee_waits_for_money_and_the_right_sum(people: SimpleNamespace, now: dt.datetime) -> None:
    fund = charges(people.fund)
    given = DonationFactory(fund=fund, received=True)
    assert given.journal is not None
    day = given.journal.posted_on
    row = operations.enter_fee(by=people.charity_officer, fund=fund, now=now, covers_from=day, covers_to=LAST)

    suspend_book(by=people.street_reviewer, book=fund.book, flow="OUTGO", reason="核查", now=now)
    with pytest.raises(OutgoSuspended):
        operations.post_upkeep(by=people.second_officer, entry=row, posted_on=LAST, now=now)
    DonationFactory(fund=fund, received=True)
    with pytest.raises(operations.FeeChanged, match=r"66\.60"):
        operations.post_upkeep(by=people.second_officer, entry=row, posted_on=LAST, now=now)

    row.refresh_from_db()
    assert (row.status, row.journal) == ("ENTERED", None)


def test_a_fee_takes_no_restricted_money(people: SimpleNamespace, now: dt.datetime) -> None:
    fund = charges(people.fund)
    given = DonationFactory(fund=fund, received=True)
    assert given.journal is not None
    row = operations.enter_fee(
        by=people.charity_officer, fund=fund, now=now, covers_from=given.journal.posted_on, covers_to=LAST
    )
    use = open_account(by=people.charity_officer, book=fund.book, code="use:1", kind="SINK", name="支出", now=now)
    post_journal(
        by=people.charity_officer,
        book=fund.book,
        kind="PAYMENT",
        key="用尽",
        posted_on=LAST,
        memo="支出",
        lines=[Line(Account.objects.get(book=fund.book, code="pool:free"), use, Decimal(1000))],
        now=now,
    )

    with pytest.raises(InsufficientAvailable):
        operations.post_upkeep(by=people.second_officer, entry=row, posted_on=LAST, now=now)
    assert balance(fund, "pool:free") == Decimal(0)


GUARDS = [
    ("upkeepentry_kinds_are_known", "kind = 'OTHER'"),
    ("upkeepentry_amount_is_positive", "amount = 0"),
    ("upkeepentry_runs_forward", "covers_to = covers_from - 1"),
    ("upkeepentry_fee_is_computed", "kind = 'FEE', base = 100, rate = 0.05, amount = 5.01"),
    ("upkeepentry_interest_has_its_slip", "reference = ''"),
    ("upkeepentry_two_persons", "posted_by_id = entered_by_id"),
    ("upkeepentry_posted_has_its_voucher", "status = 'POSTED'"),
    ("upkeepentry_moves_by_the_table", "status = 'DRAFT'"),
]


@pytest.mark.parametrize(("guard", "change"), GUARDS)
def test_guards_of_an_entry(people: SimpleNamespace, now: dt.datetime, guard: str, change: str) -> None:
    row = operations.enter_interest(by=people.charity_officer, fund=people.fund, now=now, **INTEREST)

    change_refused(guard, row, change)


def test_the_database_takes_no_day_twice(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.enter_interest(by=people.charity_officer, fund=people.fund, now=now, **INTEREST)

    refused(
        "upkeepentry_no_day_twice",
        "INSERT INTO funds_upkeepentry (fund_id, kind, covers_from, covers_to, amount, reference, status, entered_at, "
        "entered_by_id) SELECT fund_id, kind, covers_to, covers_to, amount, 'x', status, entered_at, entered_by_id "
        "FROM funds_upkeepentry WHERE id = %s",
        row.pk,
    )


# --- Surfaces


def test_a_fee_goes_its_way_over_http(people: SimpleNamespace, now: dt.datetime) -> None:
    fund = charges(people.fund)
    given = DonationFactory(fund=fund, received=True)
    assert given.journal is not None
    officer, second = session_client(people.charity_officer), session_client(people.second_officer)
    body = {"fund": fund.pk, "kind": "FEE", "covers_from": str(given.journal.posted_on), "covers_to": str(LAST)}

    made = officer.post("/api/v1/upkeep-entries", body, format="json")
    assert (made.status_code, made.json()["amount"]) == (201, "33.30"), made.content
    again = officer.post("/api/v1/upkeep-entries", body, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "upkeep_days_taken")
    path = f"/api/v1/upkeep-entries/{made.json()['id']}"
    assert session_client(None).get(path).status_code == 404
    day = {"posted_on": str(LAST)}
    assert officer.post(f"{path}/confirm", day, format="json").json()["code"] == "same_person"
    assert second.post(f"{path}/confirm", day, format="json").json()["status"] == "POSTED"
    assert session_client(None).get(path).json()["amount"] == "33.30"
    assert session_client(people.stranger).post("/api/v1/upkeep-entries", body, format="json").status_code == 403
    wrong = {**body, "kind": "INTEREST", "amount": "1,000.005"}
    assert officer.post("/api/v1/upkeep-entries", wrong, format="json").status_code == 400


def test_interest_goes_its_way_on_the_desk(people: SimpleNamespace) -> None:
    officer, second = desk_client(people.charity_officer), desk_client(people.second_officer)
    read(officer, "/desk/funds/upkeepentry/add/")
    officer.post(
        "/desk/funds/upkeepentry/add/",
        {
            "fund": people.fund.pk,
            "kind": "INTEREST",
            "covers_from": "2026-01-01",
            "covers_to": "2026-02-28",
            "amount": "１２．３４",  # noqa: RUF001 - as people type it
            "reference": "结息",
        },
    )
    row = UpkeepEntry.objects.get()
    assert row.amount == Decimal("12.34")
    read(officer, "/desk/funds/upkeepentry/")
    page = read(second, f"/desk/funds/upkeepentry/{row.pk}/change/")
    assert "结息" in page
    second.post(f"/desk/funds/upkeepentry/{row.pk}/moves/confirm/", {"posted_on": "2026-03-01"})

    row.refresh_from_db()
    assert row.status == "POSTED"


def test_the_governance_page_shows_what_was_posted(people: SimpleNamespace, now: dt.datetime) -> None:
    officer, second = desk_client(people.charity_officer), desk_client(people.second_officer)
    home = f"/funds/{people.fund.pk}/governance/"
    said = {"covers_from": "2026-01-01", "covers_to": "2026-02-28"}
    said |= {"amount": "12.34", "reference": "结息"}

    assert officer.post(f"{home}acts/enter_interest/", said).status_code == 302
    row = UpkeepEntry.objects.get()
    assert "12.34" not in session_client(None).get(home).content.decode()
    page = second.get(home).content.decode()
    assert "12.34" in page
    assert f"/desk/funds/upkeepentry/{row.pk}/" in page
    operations.post_upkeep(by=people.second_officer, entry=row, posted_on=dt.date(2026, 3, 1), now=now)
    assert "12.34" in session_client(None).get(home).content.decode()


def test_the_list_takes_a_fixed_number_of_queries(people: SimpleNamespace, now: dt.datetime) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert session_client(None).get("/api/v1/upkeep-entries").status_code == 200
        return len(caught)

    def post(first: dt.date) -> None:
        days = {"covers_from": first, "covers_to": first}
        row = operations.enter_interest(by=people.charity_officer, fund=people.fund, now=now, **{**INTEREST, **days})
        operations.post_upkeep(by=people.second_officer, entry=row, posted_on=LAST, now=now)

    post(dt.date(2026, 1, 1))
    once = queries()
    post(dt.date(2026, 1, 2))
    post(dt.date(2026, 1, 3))
    assert queries() == once
