"""A charity with two officers, and an order that waits for its money."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from funds.charity.models import HostCharity
from funds.reinvestment.models import ReinvestmentOrder
from governance.accounts.models import User
from tests.factories.funds_charity import officer_of
from tests.funds.reinvestment.conftest import Plan, company, fund, plan, policy, worked_example
from tests.funds.reinvestment.test_operations import walk
from tests.people import House

__all__ = ["company", "fund", "plan", "policy", "worked_example"]


@pytest.fixture
def importer(charity: HostCharity) -> User:
    """An officer of the charity who imports files."""
    return officer_of(charity)


@pytest.fixture
def order(
    house: House, plan: Plan, policy: object, worked_example: dict[str, Decimal], now: dt.datetime
) -> ReinvestmentOrder:
    """The order of the worked example, paid on the day of `now`."""
    return walk(plan(house.enterprise, **worked_example).orders.get(), house, now, "PAID")
