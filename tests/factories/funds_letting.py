"""Rows of assets, lettings and records of an enterprise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from communities.policy.models import PolicyDocument
from funds.enterprises.letting.models import CommunityAsset, Letting, RentCharge, RentReceipt
from funds.enterprises.ownership.models import Shareholder
from funds.enterprises.records.models import BusinessRecord
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT, LONG_AGO, PolicyDocumentFactory
from tests.factories.funds_enterprises import EnterpriseFactory, walk_to


def decision() -> PolicyDocument:
    """Return the residents' decision that lettings and shares rest on."""
    row: PolicyDocument = PolicyDocumentFactory(title="居民会议关于场地出租的决议", effective_on=LONG_AGO)
    return row


class AssetFactory(DjangoModelFactory[CommunityAsset]):
    """A yard of the community (report S0: 芭蕉冲)."""

    class Meta:
        model = CommunityAsset

    enterprise: Any = factory.SubFactory(EnterpriseFactory, operating=True)
    name = factory.Sequence("堆场{}号".format)
    kind = "YARD"
    address = "芭蕉冲 1 号"
    area = Decimal("90.00")
    area_unit = "MU"
    owner_kind = "COLLECTIVE"
    owner_name = "芭蕉冲集体经济组织"
    right_to_let = "ENTRUSTED"
    right_paper = "委托经营协议 2024-01"
    entered_by: Any = factory.SubFactory(UserFactory)
    entered_at = ENTERED_AT


class LettingFactory(DjangoModelFactory[Letting]):
    """A draft for the year 2025 at 40,000 yuan a month; `running=True` walks it to its confirmation."""

    class Meta:
        model = Letting

    class Params:
        running = factory.Trait(walk=["RUNNING"])

    walk = ()
    asset: Any = factory.SubFactory(AssetFactory)
    enterprise: Any = factory.LazyAttribute(lambda made: made.asset.enterprise)
    lessee_kind = "UNIT"
    lessee = "自贡市川南建材商行"
    purpose = "建材堆放"
    starts_on = dt.date(2025, 1, 1)
    ends_on = dt.date(2026, 1, 1)
    monthly_rent = Decimal("40000.00")
    document: Any = factory.LazyFunction(decision)
    entered_by: Any = factory.SubFactory(UserFactory)
    entered_at = ENTERED_AT

    @classmethod
    def _create(cls, model_class: Any, *args: Any, walk: Sequence[str], **kwargs: Any) -> Any:
        """Move the row along legal pairs."""
        row = super()._create(model_class, *args, **kwargs)
        walk_to(row, walk)
        return row


class RentChargeFactory(DjangoModelFactory[RentCharge]):
    """The first month of a running letting."""

    class Meta:
        model = RentCharge

    letting: Any = factory.SubFactory(LettingFactory, running=True)
    number = 1
    from_on = dt.date(2025, 1, 1)
    to_on = dt.date(2025, 2, 1)
    due_on = dt.date(2025, 1, 11)
    amount = Decimal("40000.00")
    made_at = ENTERED_AT


class RentReceiptFactory(DjangoModelFactory[RentReceipt]):
    """A month's rent that arrived."""

    class Meta:
        model = RentReceipt

    letting: Any = factory.SubFactory(LettingFactory, running=True)
    received_on = dt.date(2025, 1, 10)
    amount = Decimal("40000.00")
    reference = factory.Sequence("YH2025{:06d}".format)
    recorded_by: Any = factory.SubFactory(UserFactory)
    recorded_at = ENTERED_AT


class ShareholderFactory(DjangoModelFactory[Shareholder]):
    """The committee as the only shareholder."""

    class Meta:
        model = Shareholder

    enterprise: Any = factory.SubFactory(EnterpriseFactory, operating=True)
    kind = "COMMITTEE"
    name = "三八路社区居民委员会"
    share = Decimal(1)
    contributed = Decimal("300000.00")
    valid_from = LONG_AGO
    entered_by: Any = factory.SubFactory(UserFactory)
    entered_at = ENTERED_AT


class BusinessRecordFactory(DjangoModelFactory[BusinessRecord]):
    """Revenue of a market in January 2025."""

    class Meta:
        model = BusinessRecord

    enterprise: Any = factory.SubFactory(EnterpriseFactory, operating=True)
    kind = "REVENUE"
    line = "MARKET"
    month = dt.date(2025, 1, 1)
    amount = Decimal("1000.00")
    description = "摊位费"
    evidence_kind = "INVOICE"
    evidence_number = factory.Sequence("FP{:06d}".format)
    recorded_by: Any = factory.SubFactory(UserFactory)
    recorded_at = ENTERED_AT
