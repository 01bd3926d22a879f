"""Statements and vouchers on paper, read back: the figures, the hands, the numbers without gaps."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.ledger.models import Account, Book, Journal
from funds.ledger.operations import Line, post_journal, reverse_journal
from funds.statements import vouchers
from funds.statements.policy import read_span
from governance.accounts.models import User
from tests.funds.statements.agreement import assert_three_ways
from tests.walls import refused

pytestmark = pytest.mark.django_db


def text_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


@pytest.mark.parametrize("period", ["2025", "2026-Q1", "2026-02", "2026"])
def test_three_ways_lead_to_one_figure(client: Client, english: None, posted: CommunityFund, period: str) -> None:
    assert any(assert_three_ways(client, posted, period))


def test_also_for_an_empty_fund(client: Client, english: None, fund: CommunityFund) -> None:
    assert assert_three_ways(client, fund, "2026") == [Decimal(0)] * 4


def test_also_after_corrections_of_closed_periods_and_large_amounts(
    client: Client,
    english: None,
    posted: CommunityFund,
    accounts: dict[str, Account],
    system: User,
    street_reviewer: User,
    now: dt.datetime,
) -> None:
    wrong = Journal.objects.get(book=posted.book, key="donation:1")
    post_journal(
        by=system,
        book=posted.book,
        kind="SUPPORT",
        key="large",
        posted_on=now.date(),
        memo="财政扶持",
        lines=[Line(accounts["source:government"], accounts["pool:free"], Decimal("123456789.01"))],
        now=now,
    )
    reverse_journal(by=street_reviewer, journal=wrong, posted_on=now.date(), memo="银行退票", now=now)

    for period in ("2025", "2026-02", "2026-03", "2026"):
        assert_three_ways(client, posted, period)


def test_the_sheet_of_a_place_is_printed(
    client: Client, english: None, posted: CommunityFund, district: Division
) -> None:
    answer = client.get(reverse("funds:area-statement-pdf", args=[district.pk]), {"period": "2026-Q1"})

    text = "\n".join(text_of(answer.content))
    for shown in ("1,100.00", "1,200.00", posted.short_name, "2026-01-01"):
        assert shown in text


def test_a_voucher_names_the_hands_it_went_through(
    client: Client, english: None, posted: CommunityFund, auditor: User
) -> None:
    journal = Journal.objects.get(book=posted.book, key="donation:3")
    client.force_login(auditor)

    (text,) = text_of(client.get(reverse("funds:journal-voucher", args=[journal.pk])).content)

    for shown in (str(journal), "5.55", "2026-03-01", journal.hash[:20], "Posted by"):
        assert shown in text


def test_vouchers_are_for_those_who_keep_or_oversee_the_books(
    client: Client, posted: CommunityFund, resident: User, other_street_officer: User, street_officer: User
) -> None:
    journal = Journal.objects.filter(book=posted.book).first()
    assert journal is not None
    address = reverse("funds:journal-voucher", args=[journal.pk])
    many = reverse("funds:fund-vouchers-pdf", args=[posted.pk])

    assert [client.get(where).status_code for where in (address, many)] == [302, 302]
    statement = reverse("funds:fund-statement", args=[posted.pk])
    assert many not in client.get(statement).content.decode()
    for user, status in ((resident, 403), (other_street_officer, 403), (street_officer, 200)):
        client.force_login(user)
        assert [client.get(where).status_code for where in (address, many)] == [status, status]
    assert many in client.get(statement).content.decode()


def test_the_vouchers_of_a_period_are_one_a_sheet_and_without_gaps(
    client: Client, english: None, posted: CommunityFund, charity_officer: User
) -> None:
    client.force_login(charity_officer)

    pages = text_of(client.get(reverse("funds:fund-vouchers-pdf", args=[posted.pk]), {"period": "2026"}).content)

    listed = Journal.objects.filter(book=posted.book, year=2026).order_by("voucher_number")
    assert len(pages) == len(listed) == 7
    for number, (page, journal) in enumerate(zip(pages, listed, strict=True), start=1):
        assert journal.voucher_number == number
        assert f"2026-{number:05d}" in page


@pytest.mark.parametrize(
    "query", [{"period": "2024"}, {"first": "x", "period": "2026"}, {"first": "0", "period": "2026"}]
)
def test_what_cannot_be_printed_is_said(
    client: Client, posted: CommunityFund, charity_officer: User, query: dict[str, str]
) -> None:
    client.force_login(charity_officer)

    assert client.get(reverse("funds:fund-vouchers-pdf", args=[posted.pk]), query).status_code in {400, 409}


def test_a_long_period_is_printed_in_parts(posted: CommunityFund, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vouchers, "MOST_VOUCHERS", 3)
    span = read_span("2026")

    with pytest.raises(vouchers.TooManyVouchers):
        vouchers.vouchers_in(posted.book, span)
    found = vouchers.vouchers_in(posted.book, span, 3)
    assert [voucher.journal.voucher_number for voucher in found] == [3, 4, 5]


@pytest.mark.parametrize("count", [1, 3])
def test_printing_takes_the_same_queries(
    fund: CommunityFund,
    accounts: dict[str, Account],
    system: User,
    now: dt.datetime,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    for number in range(count):
        lines = [Line(accounts["source:donor"], accounts["pool:free"], Decimal("1.00"))]
        post_journal(
            by=system,
            book=fund.book,
            kind="DONATION",
            key=f"d:{number}",
            posted_on=now.date(),
            memo="捐",
            lines=lines,
            now=now,
        )

    with django_assert_num_queries(3):
        vouchers.vouchers_in(fund.book, read_span("2026"))


def test_the_numbers_have_no_gaps_and_no_statement_can_make_one(posted: CommunityFund) -> None:
    book = Book.objects.get(pk=posted.book_id)
    numbers = list(Journal.objects.filter(book=book, year=2026).order_by("pk").values_list("voucher_number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert vouchers.missing_number(book, 2025, 2026) == ""
    last = Journal.objects.filter(book=book).order_by("-sequence").values().first()
    assert last is not None
    skipped = {**last, "sequence": book.sequence + 1, "voucher_number": book.voucher_number + 2, "key": "gap"}
    skipped |= {"previous_hash": book.head_hash, "kind": "DONATION", "reverses_id": None}
    del skipped["id"]

    names, values = ", ".join(skipped), ", ".join(["%s"] * len(skipped))
    refused("journal_voucher_is_the_next", f"INSERT INTO funds_journal ({names}) VALUES ({values})", *skipped.values())


def test_a_gap_would_be_named_and_nothing_printed(posted: CommunityFund, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vouchers, "missing_number", lambda *_given: "2026-00003")

    with pytest.raises(vouchers.VouchersMissing) as refusal:
        vouchers.vouchers_in(posted.book, read_span("2026"))
    assert "2026-00003" in str(refusal.value)
