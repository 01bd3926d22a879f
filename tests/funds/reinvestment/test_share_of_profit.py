"""The public share of profit given back: what is given by rent or a fixed sum is shown, but is no part of the profit."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.enterprises.models import CommunityEnterprise, ProfitDeclaration
from funds.reinvestment import operations
from governance.indicators.counting import Places, figures_of
from tests.factories.funds_reinvestment import make_policy
from tests.funds.reinvestment.conftest import Plan
from tests.funds.reinvestment.test_operations import walk
from tests.people import House

pytestmark = pytest.mark.django_db


def figure(key: str, place: Division, day: dt.date) -> tuple[Decimal, Decimal | None] | None:
    found = figures_of(key, day, Places(day)).get(place.pk)
    return found and (found.numerator, found.denominator)


@pytest.mark.parametrize(
    ("policy", "share"),
    [
        ({"base": "NET_PROFIT"}, (Decimal("600.00"), Decimal("1000.00"))),
        ({"base": "FIXED_AMOUNT", "fixed_amount": Decimal("1300.00")}, (Decimal(0), Decimal("1000.00"))),
    ],
    ids=["out of profit", "a fixed sum above the profit"],
)
def test_only_what_comes_out_of_profit_is_a_share_of_it(
    *,
    policy: dict[str, Any],
    share: tuple[Decimal, Decimal],
    company: CommunityEnterprise,
    fund: CommunityFund,
    plan: Plan,
    house: House,
    now: dt.datetime,
    today: dt.date,
) -> None:
    make_policy(enterprise=company, destinations=[(fund, "1")], route="DIRECT", **policy)
    run = plan(company, net_profit=Decimal(1000))
    order = walk(run.orders.get(), house, now, "PAID")
    operations.receive_order(by=house.people["street_officer"], order=order, received_on=today, now=now, today=today)
    ProfitDeclaration.objects.filter(pk=run.declaration_id).update(status="PUBLISHED")

    assert figure("reinvest.share", company.division, today) == share
    assert figure("reinvest.amount", company.division, today) == (order.amount, None)
