"""The public account in full: periods, filters, the printed sheet and its check, the money of places."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.donations.models import Donation
from funds.ledger.flows import BookSummary
from funds.ledger.models import Account, Journal
from funds.ledger.operations import Line, post_journal
from funds.ledger.policy import GENESIS
from funds.statements.account import check_head, print_account
from funds.statements.place import money_of
from funds.statements.policy import read_span
from governance.accounts.models import User
from governance.printing import lacking
from governance.visitors import ELDER_COOKIE
from tests.paper import needs_paper

pytestmark = pytest.mark.django_db


def _read(client: Client, name: str, *arguments: Any, status: int = 200, **query: str) -> str:
    answer = client.get(reverse(f"funds:{name}", args=arguments), query)
    assert answer.status_code == status
    return answer.getvalue().decode()


def _queries(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


@pytest.mark.parametrize(
    ("period", "figures"),
    [
        ("", ["1,500.00", "400.00", "1,100.00"]),
        ("2025", ["300.00", "0.00", "300.00"]),
        ("2026", ["1,200.00", "400.00", "1,100.00"]),
        ("2026-01", ["1,200.00", "0.00", "1,500.00"]),
    ],
)
@pytest.mark.parametrize("is_summed", [False, True])
def test_the_picture_is_of_a_period(
    client: Client, posted: CommunityFund, period: str, figures: list[str], is_summed: bool
) -> None:
    if is_summed:
        BookSummary.objects.bring_up()

    answer = client.get(reverse("funds:fund-detail", args=[posted.pk]), {"period": period} if period else {})

    statement = answer.context["statement"]
    assert [f"{amount:,.2f}" for amount in (statement.received, statement.used, statement.closing)] == figures
    assert all(figure in answer.content.decode() for figure in figures)


def test_a_period_that_is_none_is_said(client: Client, posted: CommunityFund) -> None:
    assert "2026-13" in _read(client, "fund-detail", posted.pk, status=400, period="2026-13")


def test_large_type_has_a_picture_of_its_own(client: Client, posted: CommunityFund) -> None:
    plain = _read(client, "fund-detail", posted.pk)
    client.cookies[ELDER_COOKIE] = "1"
    large = _read(client, "fund-detail", posted.pk)

    assert ('font-size="15"' in plain, 'font-size="20"' in plain) == (True, False)
    assert ('font-size="15"' in large, 'font-size="20"' in large) == (False, True)


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"amount_from": "320"}, ["order:1", "hold:1", "payment:1"]),
        ({"amount_from": "80", "amount_to": "200"}, ["donation:2", "payment:2"]),
        ({"source": "source:enterprise"}, ["order:1"]),
        ({"use": "use:care"}, ["payment:2"]),
        ({"use": "use:environment", "posted_from": "2026-03-01"}, []),
        ({"kind": "DONATION", "posted_to": "2026-01-31"}, ["donation:1", "donation:2"]),
        ({"amount_from": "x"}, []),
        ({"source": "nowhere"}, []),
    ],
)
def test_vouchers_are_found(client: Client, posted: CommunityFund, query: dict[str, str], keys: list[str]) -> None:
    answer = client.get(reverse("funds:fund-journals", args=[posted.pk]), query)

    assert answer.status_code == 200
    assert [journal.key for journal in reversed(answer.context["page"].rows)] == keys
    rows = _read(client, "fund-ledger-csv", posted.pk, **query).splitlines()
    assert len(rows) == 1 + len(keys)


def test_the_api_narrows_as_the_page_does(client: Client, posted: CommunityFund) -> None:
    rows = client.get("/api/v1/journals", {"book": posted.book_id, "use": "use:care"}).json()["results"]

    assert [row["key"] for row in rows] == ["payment:2"]


def test_a_noted_head_is_found_again(
    client: Client, posted: CommunityFund, accounts: dict[str, Account], system: User, now: dt.datetime
) -> None:
    noted = (posted.book.sequence, posted.book.head_hash)
    post_journal(
        by=system,
        book=posted.book,
        kind="DONATION",
        key="later",
        posted_on=now.date(),
        memo="捐赠",
        lines=[Line(accounts["source:donor"], accounts["pool:free"], Decimal("1.00"))],
        now=now,
    )

    assert "notice--good" in _read(client, "fund-head", posted.pk, *noted)
    assert "notice--bad" in _read(client, "fund-head", posted.pk, noted[0], "f" * 64)
    assert "notice--bad" in _read(client, "fund-head", posted.pk, 99, noted[1])
    assert "notice--good" in _read(client, "fund-head", posted.pk, 0, GENESIS)
    assert "notice--bad" in _read(client, "fund-head", posted.pk, 0, "f" * 64)
    posted.book.refresh_from_db()
    assert (check_head(posted.book, *noted).holds, check_head(posted.book, *noted).later) == (True, 1)


def test_a_head_beyond_all_numbers_is_not_found(client: Client, posted: CommunityFund) -> None:
    assert client.get(f"/funds/{posted.pk}/heads/{'9' * 30}/x/").status_code == 404


@needs_paper
def test_the_printed_account_reads_back(posted: CommunityFund, now: dt.datetime) -> None:
    fund = CommunityFund.objects.for_detail().get(pk=posted.pk)

    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(print_account(fund, now.date(), now))).pages)

    for shown in ("1,500.00", "400.00", "1,100.00", "900.00", "120.00", "80.00"):
        assert shown in text
    assert posted.book.head_hash in "".join(text.split())


@needs_paper
def test_the_printed_picture_has_its_colours(posted: CommunityFund, now: dt.datetime) -> None:
    """What prints a picture does not read the style sheet: a picture without its own colours is black."""
    fund = CommunityFund.objects.for_detail().get(pk=posted.pk)

    pages = PdfReader(io.BytesIO(print_account(fund, now.date(), now))).pages

    contents = [page.get_contents() for page in pages]
    drawn = b"".join(content.get_data() for content in contents if content is not None)
    assert b"0.090196 0.290196 0.486275 rg" in drawn, "#174a7c"


def test_the_sheet_is_sent_as_pdf(client: Client, posted: CommunityFund) -> None:
    answer = client.get(reverse("funds:fund-account-sheet", args=[posted.pk]))

    if lacking():
        assert answer.status_code == 503
        return
    assert (answer.status_code, answer["Content-Type"], answer.content[:5]) == (200, "application/pdf", b"%PDF-")


def _give(fund: CommunityFund, by: User, now: dt.datetime, name: str) -> None:
    row = Donation.objects.create(
        fund=fund,
        charity=fund.charity,
        donor_kind="PERSON",
        donor_name=name,
        channel="CASH",
        amount=Decimal("1.00"),
        reference=str(Donation.objects.count()),
        recorded_at=now,
        recorded_by=by,
    )
    Donation.objects.filter(pk=row.pk).update(
        status="RECEIVED",
        received_on=now.date(),
        received_at=now,
        journal=Journal.objects.get(key=name or "donation:3"),
    )


@pytest.mark.parametrize("is_summed", [False, True])
def test_the_money_of_a_place_is_that_of_its_funds(
    posted: CommunityFund, community: Division, street: Division, district: Division, is_summed: bool
) -> None:
    if is_summed:
        BookSummary.objects.bring_up()

    for place in (community, street, district):
        money = money_of(place)
        assert (money.came, money.used, money.available, money.held) == (1500, 400, 1020, 80)
        assert {line.code: line.amount for line in money.sources} == {"source:enterprise": 1000, "source:donor": 500}
        assert {line.code: line.amount for line in money.uses} == {"use:environment": 320, "use:care": 80}
    year = money_of(district, read_span("2026"))
    assert (year.opening, year.came, year.used, year.available + year.held) == (300, 1200, 400, 1100)
    assert [part.label for part in money_of(community).parts] == [posted.short_name]


def test_the_api_tells_the_money_of_a_place(client: Client, posted: CommunityFund, district: Division) -> None:
    row = client.get(f"/api/v1/place-money/{district.pk}", {"period": "2026"}).json()

    figures = ("opening", "came", "used", "available", "held", "donors", "problems_solved")
    assert [row[name] for name in figures] == ["300.00", "1200.00", "400.00", "1020.00", "80.00", 0, 0]
    assert [(line["code"], line["amount"]) for line in row["uses"]] == [
        ("use:environment", "320.00"),
        ("use:care", "80.00"),
    ]
    assert client.get(f"/api/v1/place-money/{district.pk}", {"period": "x"}).status_code == 400
    for strange in (10**17, "9" * 40, "x"):
        assert client.get(f"/api/v1/place-money/{strange}").status_code == 404
    assert posted.pk


def test_a_place_without_money_says_so(client: Client, far_community: Division, posted: CommunityFund) -> None:
    assert money_of(far_community).came == 0
    assert 'class="empty"' in _read(client, "place-money", far_community.pk)
    assert posted.pk


def test_budget_funds_are_not_communities_money(posted: CommunityFund, community: Division) -> None:
    CommunityFund.objects.filter(pk=posted.pk).update(category="BUDGET", charity=None)

    assert money_of(community).came == 0


def test_each_figure_of_a_place_leads_to_its_rows(client: Client, posted: CommunityFund, community: Division) -> None:
    money = money_of(community, read_span("2026"))

    for line in (*money.sources, *money.uses):
        answer = client.get(line.url)
        moved: dict[str, Decimal] = {}
        for journal in answer.context["page"].rows:
            for transfer in journal.transfers.all():
                for account, sign in ((transfer.source, -1), (transfer.target, 1)):
                    moved[account.code] = moved.get(account.code, Decimal(0)) + sign * transfer.amount
        assert abs(moved[line.code]) >= line.amount
    assert posted.pk


def test_the_page_of_a_place_counts_donors_and_takes_few_queries(
    client: Client, posted: CommunityFund, community: Division, system: User, now: dt.datetime
) -> None:
    client.get(reverse("funds:place-money", args=[community.pk]))

    assert _queries(lambda: _read(client, "place-money", community.pk)) == 6
    assert _queries(lambda: _read(client, "place-journals", community.pk)) == 3
    assert "2026-13" in _read(client, "place-money", community.pk, status=400, period="2026-13")
    _give(posted, system, now, "donation:1")
    answer = client.get(reverse("funds:place-money", args=[community.pk]))
    assert answer.context["people"].donors == 1
    assert len(answer.content) < 40_000
