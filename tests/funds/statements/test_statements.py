"""Statements by period, place and day of knowledge: on the screen, as files, on paper; and what cannot be asked."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.ledger.models import Account, Journal
from funds.ledger.operations import Line, post_journal, reverse_journal
from funds.statements import queries
from funds.statements.periods import (
    DayUnknown,
    KnownInFuture,
    PeriodBackwards,
    PeriodHalfGiven,
    PeriodNotBegun,
    PeriodTooLong,
    asked_span,
)
from funds.statements.policy import PeriodUnknown, read_span, statement_of
from governance.accounts.models import User
from tests.factories.funds_charity import CommunityFundFactory

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 3, 4)


def late(system: User, accounts: dict[str, Account], now: dt.datetime) -> Journal:
    """Post a donation of February in March, a day after everything else."""
    return post_journal(
        by=system,
        book=accounts["pool:free"].book,
        kind="DONATION",
        key="late",
        posted_on=dt.date(2026, 2, 10),
        memo="迟到的捐赠",
        lines=[Line(accounts["source:donor"], accounts["pool:free"], Decimal("50.00"))],
        now=now + dt.timedelta(days=1),
    )


@pytest.mark.parametrize(
    ("given", "start", "last", "known"),
    [
        ({}, "2026-01-01", "2026-12-31", None),
        ({"period": "2026-02"}, "2026-02-01", "2026-02-28", None),
        ({"period": "2025-q4", "known_on": "2026-03-04"}, "2025-10-01", "2025-12-31", "2026-03-04"),
        ({"from": "2026-01-15", "to": "2026-01-15"}, "2026-01-15", "2026-01-15", None),
        ({"from": "2016-03-05", "to": "2026-03-04"}, "2016-03-05", "2026-03-04", None),
    ],
)
def test_periods_are_read(given: dict[str, str], start: str, last: str, known: str | None) -> None:
    span = asked_span(given, TODAY)

    assert (span.start.isoformat(), span.last.isoformat()) == (start, last)
    assert (span.known_on.isoformat() if span.known_on else None) == known


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"period": "last month"}, PeriodUnknown),
        ({"period": "\uff12\uff10\uff12\uff16"}, PeriodUnknown),
        ({"period": "2026-04"}, PeriodNotBegun),
        ({"from": "2026-03-05", "to": "2026-03-06"}, PeriodNotBegun),
        ({"from": "2026-02-02", "to": "2026-02-01"}, PeriodBackwards),
        ({"from": "2026-02-02"}, PeriodHalfGiven),
        ({"to": "2026-02-02"}, PeriodHalfGiven),
        ({"from": "2000-01-01", "to": "2026-02-01"}, PeriodTooLong),
        ({"from": "2026-02-30", "to": "2026-03-01"}, DayUnknown),
        ({"from": "20260201", "to": "2026-03-01"}, DayUnknown),
        ({"from": "0001-01-01", "to": "9999-12-31"}, DayUnknown),
        ({"known_on": "2026-03-05"}, KnownInFuture),
        ({"known_on": "yesterday"}, DayUnknown),
    ],
)
def test_what_cannot_be_stated_is_refused_with_what_to_do(given: dict[str, str], refusal: type[Exception]) -> None:
    with pytest.raises(refusal) as found:
        asked_span(given, TODAY)

    assert len(str(found.value)) > 10


@pytest.mark.parametrize("name", ["fund-statement", "fund-statement-csv", "fund-statement-xlsx", "fund-statement-pdf"])
@pytest.mark.parametrize("query", [{"from": "2026-02-02", "to": "2026-02-01"}, {"known_on": "2999-01-01"}])
def test_each_surface_refuses_the_same(client: Client, posted: CommunityFund, name: str, query: dict[str, str]) -> None:
    answer = client.get(reverse(f"funds:{name}", args=[posted.pk]), query)

    assert answer.status_code == 400
    assert list(query.values())[-1] in answer.content.decode()


def test_an_unknown_fund_or_place_is_not_found(client: Client, community: Division, posted: CommunityFund) -> None:
    for name in ("fund-statement", "fund-statement-xlsx", "fund-statement-pdf", "area-statement", "area-statement-csv"):
        assert client.get(reverse(f"funds:{name}", args=[987654321])).status_code == 404


def test_what_was_known_on_a_day_stays_what_it_was(
    client: Client, posted: CommunityFund, system: User, accounts: dict[str, Account], now: dt.datetime
) -> None:
    address = reverse("funds:fund-statement", args=[posted.pk])
    then = client.get(address, {"period": "2026-02"}).context["statement"]
    late(system, accounts, now - dt.timedelta(hours=24))
    query = {"period": "2026-02", "known_on": "2026-03-03"}

    assert client.get(address, {"period": "2026-02"}).context["statement"].received == Decimal("50.00")
    # Everything was posted on 4 March, so that on the third nothing was known.
    assert client.get(address, query).context["statement"].closing == Decimal("0.00")
    assert client.get(address, query).context["head"].sequence == 0
    assert then.received == Decimal("0.00")


def test_two_bounds_are_independent(
    posted: CommunityFund, system: User, accounts: dict[str, Account], now: dt.datetime
) -> None:
    late(system, accounts, now)
    posted.book.refresh_from_db()
    listed = queries.accounts_of(posted.book)

    def received(period: str, known: dt.date | None) -> Decimal:
        span = asked_span({"period": period, "known_on": known.isoformat() if known else ""}, dt.date(2026, 3, 5))
        return statement_of(queries.movements(posted.book, listed, span)).received

    assert [received("2026-02", day) for day in (dt.date(2026, 3, 4), dt.date(2026, 3, 5), None)] == [
        Decimal("0.00"),
        Decimal("50.00"),
        Decimal("50.00"),
    ]
    assert received("2026-03", None) == Decimal("0.00")
    assert queries.head_of(posted.book, dt.date(2026, 3, 4)).sequence == posted.book.sequence - 1
    assert queries.head_of(posted.book).hash == posted.book.head_hash


def test_the_same_head_gives_the_same_figures(
    posted: CommunityFund, system: User, accounts: dict[str, Account], now: dt.datetime
) -> None:
    listed, head, span = queries.accounts_of(posted.book), posted.book.sequence, read_span("2026-Q1")
    before = statement_of(queries.movements(posted.book, listed, span, head))
    late(system, accounts, now)

    assert statement_of(queries.movements(posted.book, listed, span, head)) == before
    assert statement_of(queries.movements(posted.book, listed, span)) != before


def test_a_correction_of_an_earlier_period_stands_in_the_later_one(
    client: Client, posted: CommunityFund, street_reviewer: User, now: dt.datetime
) -> None:
    wrong = Journal.objects.get(book=posted.book, key="donation:1")
    made = reverse_journal(by=street_reviewer, journal=wrong, posted_on=now.date(), memo="银行退票", now=now)
    address = reverse("funds:fund-statement", args=[posted.pk])

    march, november = client.get(address, {"period": "2026-03"}), client.get(address, {"period": "2025-11"})

    assert [journal.pk for journal in march.context["corrections"]] == [made.pk]
    assert november.context["corrections"] == []
    assert wrong.get_absolute_url() in march.content.decode()
    assert november.context["statement"].received == Decimal("300.00")
    assert march.context["statement"].received == Decimal("-300.00")


def test_the_workbook_says_what_the_page_says(client: Client, posted: CommunityFund) -> None:
    query = {"period": "2026-Q1"}
    shown = client.get(reverse("funds:fund-statement", args=[posted.pk]), query).context["statement"]
    sheet = load_workbook(io.BytesIO(client.get(reverse("funds:fund-statement-xlsx", args=[posted.pk]), query).content))
    rows = list(sheet.worksheets[0].iter_rows(values_only=True))
    listed = list(
        csv.reader(
            io.StringIO(client.get(reverse("funds:fund-statement-csv", args=[posted.pk]), query).content.decode())
        )
    )

    amounts = [row[2] for row in rows if isinstance(row[2], int | float)]
    assert amounts[0] == float(shown.opening)
    assert amounts[-1] == float(shown.closing)
    assert [float(row[2]) for row in listed[3:]] == amounts
    assert posted.book.head_hash in [row[1] for row in rows]


def test_a_name_that_looks_like_a_formula_stays_text(
    client: Client, posted: CommunityFund, system: User, now: dt.datetime
) -> None:
    Account.objects.filter(book=posted.book, code="use:care").update(name="=HYPERLINK(1)")

    content = client.get(reverse("funds:fund-statement-xlsx", args=[posted.pk]), {"period": "2026"}).content
    cells = [cell for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows() for cell in row]

    assert [cell.data_type for cell in cells if cell.value == "=HYPERLINK(1)"] in ([], ["s"])
    assert not [cell for cell in cells if cell.data_type == "f"]


@pytest.mark.parametrize("tier", ["community", "street", "district"])
def test_the_statement_of_a_place_sums_its_funds(
    client: Client, posted: CommunityFund, request: pytest.FixtureRequest, tier: str
) -> None:
    place: Division = request.getfixturevalue(tier)
    query = {"period": "2026-Q1"}
    of_fund = client.get(reverse("funds:fund-statement", args=[posted.pk]), query).context["statement"]
    of_place = client.get(reverse("funds:area-statement", args=[place.pk]), query).context["statement"]

    for name in ("opening", "received", "used", "closing", "free", "restricted", "held"):
        assert getattr(of_place, name) == getattr(of_fund, name)
    assert [line.fund.pk for line in of_place.lines] == [posted.pk]


def test_another_street_has_nothing_of_it(client: Client, posted: CommunityFund, other_street: Division) -> None:
    answer = client.get(reverse("funds:area-statement", args=[other_street.pk]), {"period": "2026"})

    assert (answer.status_code, answer.context["statement"].closing) == (200, Decimal("0.00"))


@pytest.mark.parametrize("funds", [1, 3])
def test_the_statement_of_a_place_takes_the_same_queries(
    client: Client, posted: CommunityFund, district: Division, funds: int, system: User, now: dt.datetime
) -> None:
    for _number in range(funds - 1):
        CommunityFundFactory(division=posted.division, active=True)
    address = reverse("funds:area-statement", args=[district.pk])
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address, {"period": "2026"}).status_code == 200

    assert len(captured) == 5


@pytest.mark.parametrize("corrected", [0, 1])
def test_the_statement_of_a_fund_takes_the_same_queries(
    client: Client, posted: CommunityFund, street_reviewer: User, now: dt.datetime, corrected: int
) -> None:
    for journal in Journal.objects.filter(book=posted.book, key="donation:1")[:corrected]:
        reverse_journal(by=street_reviewer, journal=journal, posted_on=now.date(), memo="退票", now=now)
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("funds:fund-statement", args=[posted.pk]), {"period": "2026-03", "known_on": "2026-03-04"})

    assert len(captured) == 7


def test_free_days_make_a_statement_of_their_own(client: Client, posted: CommunityFund) -> None:
    answer = client.get(reverse("funds:fund-statement", args=[posted.pk]), {"from": "2026-01-10", "to": "2026-01-10"})
    found: Any = answer.context["statement"]

    assert (found.opening, found.received, found.closing) == (Decimal("300"), Decimal("1000"), Decimal("1300"))
    assert "from=2026-01-10&amp;to=2026-01-10" in answer.content.decode()
