"""The log of problems solved: from the need to the acceptance, and with whose money."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from communities.territory.models import Division
from consultation.decisions.models import Decision
from funds.spending.models import Payment
from funds.statements.problems import problems_of
from governance.indicators.models import ClaimedFigure
from tests.funds.spending.conftest import approved, pay, payable, people
from tests.funds.statements.agreement import assert_three_ways

__all__ = ["people"]

pytestmark = pytest.mark.django_db


def paid(people: SimpleNamespace, now: dt.datetime, **more: Any) -> Payment:
    """Take a request to its payment in full."""
    request = approved(people, now, **more)
    return pay(people, now, payable(people, now, request, str(request.amount)))


def test_a_use_counts_to_its_sources_in_whole_fen(people: SimpleNamespace, now: dt.datetime) -> None:
    paid(people, now)

    log = problems_of(people.community)

    (problem,) = log.problems
    assert (problem.paid, problem.is_solved, log.solved) == (Decimal("3000.00"), False, 0)
    assert sum(share.amount for share in problem.shares) == problem.paid
    assert [(share.code, share.amount) for share in problem.shares] == [("source:donor", Decimal("3000.00"))]
    assert [(share.code, share.amount, uses) for share, uses in log.sources] == [
        ("source:donor", Decimal("3000.00"), 1)
    ]


def test_it_is_solved_when_residents_have_accepted(people: SimpleNamespace, now: dt.datetime) -> None:
    row = paid(people, now)
    Decision.objects.filter(pk=row.request.decision_id).update(accepted_at=now, acceptance="FULL")

    (problem,) = problems_of(people.community).problems

    assert problem.is_solved


def test_three_ways_lead_to_one_figure_after_a_use(
    client: Client, english: None, people: SimpleNamespace, now: dt.datetime
) -> None:
    paid(people, now)

    for period in (f"{now:%Y}", f"{now:%Y-%m}"):
        assert assert_three_ways(client, people.fund, period)[2] == Decimal("3000.00")


def test_what_is_only_approved_is_no_problem_solved(people: SimpleNamespace, far_community: Division) -> None:
    assert problems_of(people.community).problems == []
    assert problems_of(far_community).paid == Decimal("0.00")


def test_the_page_and_its_files(client: Client, english: None, people: SimpleNamespace, now: dt.datetime) -> None:
    row = paid(people, now)
    ClaimedFigure.objects.create(
        division=people.community,
        source="S0",
        reference="H0-34",
        indicator="fund.problems",
        meaning="用基金解决的民生问题",
        printed="32",
        value=Decimal(32),
        entered_at=now,
        entered_by=people.system,
    )
    text = client.get(reverse("indicators:division-problems", args=[people.community.pk])).content.decode()
    listed = client.get(reverse("indicators:division-problems-csv", args=[people.community.pk])).content.decode()
    book = client.get(reverse("indicators:division-problems-xlsx", args=[people.community.pk])).content

    for shown in ("3,000.00", row.request.get_absolute_url(), row.request.decision.get_absolute_url(), "H0-34", "32"):
        assert shown in text
    rows = list(csv.reader(io.StringIO(listed.removeprefix("\ufeff"))))
    assert (len(rows), rows[1][5]) == (2, "3000.00")
    assert [cell.value for cell in load_workbook(io.BytesIO(book)).worksheets[0][2]][5] == 3000


def test_an_unknown_place_has_no_log(client: Client, people: SimpleNamespace) -> None:
    for name in ("division-problems", "division-problems-csv", "division-problems-xlsx"):
        assert client.get(reverse(f"indicators:{name}", args=[987654321])).status_code == 404


@pytest.mark.parametrize("uses", [1, 3])
def test_the_log_takes_the_same_queries(
    client: Client, people: SimpleNamespace, now: dt.datetime, uses: int, django_assert_num_queries: Any
) -> None:
    for number in range(uses):
        paid(people, now, title=f"第{number}项", amount=Decimal("1000.00"))
    with django_assert_num_queries(3):
        problems_of(people.community)
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("indicators:division-problems", args=[people.community.pk]))
    assert len(captured) == 6
