"""The fund of the statements' tests, active since the year before."""

from __future__ import annotations

import datetime as dt

import pytest

from funds.charity.models import CommunityFund
from funds.disclosure.models import Disclosure
from funds.disclosure.operations import open_due
from governance.accounts.models import User
from tests.funds.statements.conftest import accounts, fund, posted

__all__ = ["accounts", "active", "fund", "opened", "posted"]

TEXT = "一季度共受理困难帮扶三件，楼道照明已完工。"


@pytest.fixture
def active(posted: CommunityFund) -> CommunityFund:
    """The fund after its opening on 1 October 2025."""
    CommunityFund.objects.filter(pk=posted.pk).update(status="ACTIVE", opened_on=dt.date(2025, 10, 1))
    return CommunityFund.objects.select_related("book", "division").get(pk=posted.pk)


@pytest.fixture
def opened(active: CommunityFund, system: User, now: dt.datetime, today: dt.date) -> Disclosure:
    """The account of the last quarter, opened by the clock."""
    open_due(by=system, now=now, today=today)
    return Disclosure.objects.get(fund=active, kind="ACCOUNT")
