"""The public account pages: what they say, what they keep to themselves, how many queries they take."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funds.charity.models import CommunityFund
from funds.donations.models import Donation
from funds.ledger.models import Account, Book, Journal
from funds.ledger.operations import Line, freeze_book, post_journal
from governance.accounts.models import User
from tests.factories.funds_charity import CommunityFundFactory

pytestmark = pytest.mark.django_db

PAGES = ("fund-detail", "fund-journals", "fund-statement", "fund-ledger", "fund-ledger-csv")


def _read(client: Client, name: str, pk: int, status: int = 200, **query: str) -> str:
    answer = client.get(reverse(f"funds:{name}", args=[pk]), query)
    assert answer.status_code == status
    return answer.getvalue().decode()


def _queries(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


def test_the_account_page_shows_balance_flow_and_head(client: Client, posted: CommunityFund) -> None:
    text = _read(client, "fund-detail", posted.pk)

    book = Book.objects.get(pk=posted.book_id)
    for shown in ("900.00", "120.00", "80.00", "1,100.00", "自流井区慈善会", "〔2025〕1号", book.head_hash):
        assert shown in text
    assert text.count("<svg") >= 2
    assert '<path class="flow fill-' in text
    assert "Where the money came from and where it went" in text or "资金" in text


def test_an_empty_fund_says_so(client: Client, fund: CommunityFund) -> None:
    text = _read(client, "fund-detail", fund.pk)

    assert 'class="flow' not in text
    assert text.count('class="empty"') >= 2


def test_a_frozen_account_says_so(
    client: Client, posted: CommunityFund, district_admin: User, now: dt.datetime
) -> None:
    freeze_book(by=district_admin, book=posted.book, reason="核对", now=now)

    assert "badge--FROZEN" in _read(client, "fund-detail", posted.pk)


def test_a_fund_that_is_only_applied_for_is_not_public(client: Client, community_staff: User) -> None:
    applied = CommunityFundFactory.create()

    for name in PAGES:
        assert client.get(reverse(f"funds:{name}", args=[applied.pk])).status_code == 404


@pytest.mark.parametrize("journals", [1, 3])
def test_the_account_page_takes_the_same_queries(
    *,
    client: Client,
    fund: CommunityFund,
    accounts: dict[str, Account],
    system: User,
    now: dt.datetime,
    journals: int,
) -> None:
    _post_many(system, accounts, now, journals)

    assert _queries(lambda: _read(client, "fund-detail", fund.pk)) == 5


@pytest.mark.parametrize("journals", [1, 3])
def test_the_list_of_vouchers_takes_the_same_queries(
    *,
    client: Client,
    fund: CommunityFund,
    accounts: dict[str, Account],
    system: User,
    now: dt.datetime,
    journals: int,
) -> None:
    _post_many(system, accounts, now, journals)

    assert _queries(lambda: _read(client, "fund-journals", fund.pk)) == 4


def _post_many(system: User, accounts: dict[str, Account], now: dt.datetime, count: int) -> None:
    for number in range(count):
        post_journal(
            by=system,
            book=accounts["pool:free"].book,
            kind="DONATION",
            key=f"donation:{number}",
            posted_on=now.date(),
            memo="捐赠",
            lines=[Line(accounts["source:donor"], accounts["pool:free"], Decimal("1.00"))],
            now=now,
        )


def test_a_voucher_takes_few_queries(client: Client, posted: CommunityFund) -> None:
    journal = Journal.objects.get(book=posted.book, key="hold:1")

    assert _queries(lambda: _read(client, "journal-detail", journal.pk)) == 3


def test_a_voucher_shows_lines_hash_and_reversal(client: Client, posted: CommunityFund) -> None:
    reversal = Journal.objects.get(book=posted.book, kind="REVERSAL")
    mistake = Journal.objects.get(book=posted.book, key="donation:3")

    text, target = _read(client, "journal-detail", reversal.pk), _read(client, "journal-detail", mistake.pk)

    assert (reversal.hash in text, mistake.get_absolute_url() in text, "5.55" in text) == (True, True, True)
    assert reversal.get_absolute_url() in target


@pytest.mark.parametrize(("is_name_public", "is_shown"), [(True, True), (False, False)])
def test_a_donor_is_named_only_with_consent(
    client: Client, posted: CommunityFund, system: User, now: dt.datetime, is_name_public: bool, is_shown: bool
) -> None:
    journal = Journal.objects.get(book=posted.book, key="donation:1")
    donation = Donation.objects.create(
        fund=posted,
        charity=posted.charity,
        donor_kind="PERSON",
        donor_name="欧阳捐助",
        is_name_public=is_name_public,
        channel="CASH",
        amount=Decimal("300.00"),
        reference="1",
        recorded_at=now,
        recorded_by=system,
    )
    Donation.objects.filter(pk=donation.pk).update(journal=journal)

    for text in (_read(client, "journal-detail", journal.pk), _read(client, "fund-journals", posted.pk)):
        assert ("欧阳捐助" in text) is is_shown


def test_vouchers_are_narrowed_by_kind_and_date(client: Client, posted: CommunityFund) -> None:
    by_kind = _read(client, "fund-journals", posted.pk, kind="DONATION")
    by_day = _read(client, "fund-journals", posted.pk, posted_from="2026-02-01", posted_to="2026-02-28")

    assert [by_kind.count(f"/journals/{pk}/") for pk in _ids(posted, kind="DONATION")] == [1, 1, 1]
    assert [by_kind.count(f"/journals/{pk}/") for pk in _ids(posted, kind="HOLD")] == [0]
    assert [by_day.count(f"/journals/{pk}/") for pk in _ids(posted, posted_on__month=2)] == [1, 1]
    assert [by_day.count(f"/journals/{pk}/") for pk in _ids(posted, posted_on__month=1)] == [0, 0]


def _ids(fund: CommunityFund, **given: Any) -> list[int]:
    return list(Journal.objects.filter(book=fund.book, **given).order_by("pk").values_list("pk", flat=True))


@pytest.mark.parametrize("query", [{"kind": "GIFT"}, {"posted_from": "yesterday"}, {"before": "x"}])
def test_a_strange_filter_shows_a_page_and_no_error(
    client: Client, posted: CommunityFund, query: dict[str, str]
) -> None:
    assert _read(client, "fund-journals", posted.pk, **query)


def test_the_list_of_funds_shows_what_lies_in_them(client: Client, posted: CommunityFund) -> None:
    count = _queries(lambda: client.get(reverse("funds:fund-list")))
    text = client.get(reverse("funds:fund-list")).content.decode()

    assert count == 2
    assert ("1,020.00" in text, "80.00" in text, posted.short_name in text) == (True, True, True)


@pytest.mark.parametrize(
    ("period", "figures"),
    [
        ("2025", ["0.00", "300.00", "0.00", "300.00"]),
        ("2026-01", ["300.00", "1200.00", "0.00", "1500.00"]),
        ("2026-Q1", ["300.00", "1200.00", "400.00", "1100.00"]),
        ("2026", ["300.00", "1200.00", "400.00", "1100.00"]),
    ],
)
def test_a_statement_of_a_period(client: Client, posted: CommunityFund, period: str, figures: list[str]) -> None:
    text = _read(client, "fund-statement", posted.pk, period=period)
    rows = list(csv.reader(io.StringIO(_read(client, "fund-statement-csv", posted.pk, period=period))))

    statement = client.get(reverse("funds:fund-statement", args=[posted.pk]), {"period": period}).context["statement"]
    found = [statement.opening, statement.received, statement.used, statement.closing]
    assert [f"{amount:.2f}" for amount in found] == figures
    assert (rows[3][2], rows[-1][2]) == (figures[0], figures[3])
    assert period in text


@pytest.mark.parametrize("period", ["2026-13", "x", "2026-Q9"])
def test_what_is_no_period_is_refused_with_a_sentence(client: Client, posted: CommunityFund, period: str) -> None:
    assert period in _read(client, "fund-statement", posted.pk, status=400, period=period)
    assert period in _read(client, "fund-statement-csv", posted.pk, status=400, period=period)


def test_the_download_is_complete(client: Client, posted: CommunityFund) -> None:
    rows = [json.loads(line) for line in _read(client, "fund-ledger", posted.pk).splitlines()]

    assert [row["type"] for row in rows] == ["book", *["journal"] * 8, "end"]
    assert rows[-1]["statement"] == {
        "income": {
            "source:donor": "500.00",
            "source:enterprise": "1000.00",
            "source:government": "0.00",
            "source:interest": "0.00",
        },
        "uses": {"use:care": "80.00", "use:environment": "320.00"},
        "free": "900.00",
        "restricted": "120.00",
        "held": "80.00",
    }


def test_the_download_says_nothing_of_persons(client: Client, posted: CommunityFund, street_reviewer: User) -> None:
    text = _read(client, "fund-ledger", posted.pk)

    assert "posted_by" not in text
    assert street_reviewer.display_name not in text


def test_the_spreadsheet_has_a_row_per_line_and_no_formula(
    *, client: Client, posted: CommunityFund, accounts: dict[str, Account], system: User, now: dt.datetime
) -> None:
    post_journal(
        by=system,
        book=posted.book,
        kind="DONATION",
        key="evil",
        posted_on=now.date(),
        memo='=HYPERLINK("x")',
        lines=[
            Line(accounts["source:donor"], accounts["pool:free"], Decimal("1.00")),
            Line(accounts["source:interest"], accounts["pool:free"], Decimal("0.50")),
        ],
        now=now,
    )

    rows = list(csv.reader(io.StringIO(_read(client, "fund-ledger-csv", posted.pk).removeprefix("\ufeff"))))

    assert len(rows) == 1 + 8 + 2
    assert [row[3] for row in rows[-2:]] == ['\'=HYPERLINK("x")'] * 2
    assert [row[6] for row in rows[-2:]] == ["1.00", "0.50"]


def test_the_verifier_is_the_file_itself(client: Client) -> None:
    answer = client.get(reverse("funds:verifier"))

    assert answer.status_code == 200
    assert answer.getvalue().startswith(b"#!/usr/bin/env python3")
    assert "verify_ledger.py" in answer["Content-Disposition"]


@pytest.mark.parametrize("name", ["fund-detail", "fund-statement"])
def test_pages_stand_in_both_languages_and_stay_small(client: Client, posted: CommunityFund, name: str) -> None:
    for language in ("zh-hans", "en"):
        answer = client.get(reverse(f"funds:{name}", args=[posted.pk]), headers={"accept-language": language})
        assert answer.status_code == 200
        assert len(answer.content) < 40_000
