"""What the tests of giving back stand on: an enterprise, its fund, a policy, an audited year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from funds.charity.models import CommunityFund
from funds.enterprises.models import CommunityEnterprise
from funds.reinvestment.models import DistributionPolicy, ReinvestmentRun
from funds.reinvestment.planner import pending_cells, plan_cell
from governance.accounts.models import User
from tests.factories.funds_enterprises import walk_to
from tests.factories.funds_reinvestment import declare, make_policy, open_fund
from tests.people import House

Plan = Callable[..., ReinvestmentRun]


@pytest.fixture
def company(house: House) -> CommunityEnterprise:
    """The company of the community, in operation, with a registered capital of 500,000 yuan."""
    CommunityEnterprise.objects.update(registered_capital="500000.00")
    walk_to(house.enterprise, ["REGISTERED", "OPERATING"])
    return house.enterprise


@pytest.fixture
def fund(house: House) -> CommunityFund:
    """The fund of the company's community, at the charity of the district."""
    return open_fund(house.places["community"], house.charity)


@pytest.fixture
def policy(company: CommunityEnterprise, fund: CommunityFund) -> DistributionPolicy:
    """60 % of the distributable profit to the fund."""
    return make_policy(enterprise=company, destinations=[(fund, "1")])


@pytest.fixture
def plan(system: User, now: dt.datetime) -> Plan:
    """Plan everything that is pending, and return the run of a declaration made with these figures."""

    def run(enterprise: CommunityEnterprise, **figures: Any) -> ReinvestmentRun:
        declaration = declare(enterprise, **figures)
        for cell, _count in pending_cells():
            plan_cell(by=system, cell=cell, now=now)
        return ReinvestmentRun.objects.get(declaration=declaration)

    return run


@pytest.fixture
def worked_example() -> dict[str, Decimal]:
    """The figures of report S0."""
    return {
        "net_profit": Decimal("300000.00"),
        "losses_carried": Decimal("20000.00"),
        "registered_capital": Decimal("500000.00"),
        "reserve_before": Decimal("240000.00"),
    }
