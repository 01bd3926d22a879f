"""The page of a declaration: the months as a picture with its tables, what a correction changes, and its queries."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from funds.enterprises.models import EnterpriseRole
from funds.enterprises.operations import correct_declaration
from funds.enterprises.records.drawing import picture_of
from funds.enterprises.records.queries import MonthRow, Totals
from tests.factories.funds_enterprises import (
    DeclarationFactory,
    EnterpriseAppointmentFactory,
    EnterpriseFactory,
)
from tests.factories.funds_letting import AssetFactory, BusinessRecordFactory, LettingFactory, RentChargeFactory
from tests.funds.enterprises.surfaces import signed_in

pytestmark = pytest.mark.django_db


def month(number: int, revenue: int, cost: int) -> MonthRow:
    """Return one month of the books."""
    return MonthRow(dt.date(2025, number, 1), Totals(revenue=Decimal(revenue), cost=Decimal(cost)))


def test_revenue_stands_above_the_line_and_cost_below() -> None:
    picture = picture_of([month(1, 300, 0), month(2, 100, 100)])

    assert picture is not None
    first, second = picture.bars
    assert (first.revenue_height, second.revenue_height, second.spent_height) == (90, 30, 30)
    assert (first.revenue_y + first.revenue_height, second.spent_y) == (picture.axis_y, picture.axis_y)
    assert (first.profit_y, second.profit_y) == (picture.axis_y - 90, picture.axis_y)
    assert (picture_of([]), picture_of([month(1, 0, 0)])) == (None, None)


def test_a_loss_lies_below_the_line() -> None:
    picture = picture_of([month(1, 100, 200)])

    assert picture is not None
    assert picture.bars[0].profit_y > picture.axis_y


def test_the_handlers_see_the_months_and_visitors_do_not(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, published=True)
    BusinessRecordFactory(enterprise=people.enterprise, month=dt.date(2025, 3, 1))

    mine = signed_in(people.accountant).get(row.get_absolute_url()).content.decode()
    open_to_all = signed_in(None).get(row.get_absolute_url()).content.decode()

    assert ("months-title" in mine, "2025-03" in mine) == (True, True)
    assert "months-title" not in open_to_all


def test_a_correction_shows_what_it_changes(people: SimpleNamespace, now: dt.datetime) -> None:
    first = DeclarationFactory(enterprise=people.enterprise, audited=True)
    row = correct_declaration(by=people.accountant, declaration=first, reason="漏记", now=now)
    same = signed_in(people.accountant).get(row.get_absolute_url())
    row.revenue, row.net_profit = row.revenue + 5, row.net_profit + 5
    row.save(update_fields=["revenue", "net_profit"])

    changed = signed_in(people.accountant).get(row.get_absolute_url())

    assert same.context["earlier"] == []
    assert [line.difference for line in changed.context["earlier"]] == [Decimal(5), Decimal(5)]
    assert signed_in(people.accountant).get(first.get_absolute_url()).context["earlier"] is None


PAGES = {
    "list": "/enterprises/",
    "detail": "/enterprises/{firm}/",
    "mine": "/enterprises/mine/",
    "lettings": "/enterprises/{firm}/lettings/",
    "arrears": "/enterprises/arrears/",
    "books": "/enterprises/{firm}/books/?year=2025",
    "letting": "/lettings/{letting}/",
    "declaration": "/declarations/{declaration}/",
}


@pytest.mark.parametrize("page", list(PAGES))
def test_pages_take_as_many_queries_for_three_rows_as_for_one(people: SimpleNamespace, page: str) -> None:
    firm = people.enterprise
    declaration = DeclarationFactory(enterprise=firm, published=True)
    letting = LettingFactory(asset=AssetFactory(enterprise=firm), ends_on=dt.date(2040, 1, 1), running=True)
    path = PAGES[page].format(firm=firm.pk, letting=letting.pk, declaration=declaration.pk)

    def more(number: int) -> None:
        other = EnterpriseFactory(division=firm.division, operating=True)
        EnterpriseAppointmentFactory(enterprise=other, user=people.accountant, role=EnterpriseRole.HEAD)
        BusinessRecordFactory(enterprise=firm, month=dt.date(2025, number, 1))
        RentChargeFactory(
            letting=letting,
            number=number,
            from_on=dt.date(2025, number, 1),
            to_on=dt.date(2025, number + 1, 1),
            due_on=dt.date(2025, number, 11),
        )
        late = LettingFactory(asset=AssetFactory(enterprise=firm), ends_on=dt.date(2040, 1, 1), running=True)
        RentChargeFactory(letting=late)
        start = dt.date(2025 - number, 1, 1)
        DeclarationFactory(enterprise=firm, starts_on=start, ends_on=start.replace(year=start.year + 1), published=True)

    more(1)
    client = signed_in(people.accountant)
    counted = queries_of(client, path)
    more(2)
    more(3)

    assert queries_of(client, path) == counted
    assert counted <= 22


def queries_of(client: Client, path: str) -> int:
    """Return how many queries the page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)
