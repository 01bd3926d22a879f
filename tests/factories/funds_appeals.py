"""Rows of the appeals room. Traits open a row by its operation, for its pool and its accounts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from funds.appeals import operations
from funds.appeals.models import Appeal
from funds.charity.models import HostCharity
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT
from tests.factories.funds_charity import CommunityFundFactory, officer_of

FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 12, 30)
ADDRESS = "https://gongyi.qq.com/project/123"


def certified(charity: HostCharity, until: dt.date = dt.date(2027, 1, 1)) -> HostCharity:
    """Give a charity the certificate to appeal to the public."""
    charity.has_public_fundraising, charity.fundraising_valid_to = True, until
    charity.save(update_fields=["has_public_fundraising", "fundraising_valid_to"])
    return charity


class AppealFactory(DjangoModelFactory[Appeal]):
    """A draft of an appeal to the public that runs from March to December 2026."""

    class Meta:
        model = Appeal

    class Params:
        opened = factory.Trait(is_opened=True)

    is_opened = False
    fund: Any = factory.SubFactory(CommunityFundFactory, active=True)
    kind = "PUBLIC"
    title = factory.Sequence("为{}号楼加装扶手".format)
    purpose = "楼道扶手与照明"
    target = Decimal("10000.00")
    starts_on = FIRST
    ends_on = LAST
    filing_number = "慈募备〔2026〕1号"
    platform_url = ADDRESS
    drafted_by: Any = factory.SubFactory(UserFactory)
    drafted_at = ENTERED_AT

    @classmethod
    def _create(cls, model_class: Any, *args: Any, is_opened: bool, **kwargs: Any) -> Any:
        """Open the row by an officer of the charity."""
        row = super()._create(model_class, *args, **kwargs)
        if not is_opened:
            return row
        certified(row.fund.charity)
        return operations.open_appeal(by=officer_of(row.fund.charity), appeal=row, now=ENTERED_AT)
