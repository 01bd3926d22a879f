"""Rows of the reinvestment and banking rooms, with the funds that receive the money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from communities.policy.models import PolicyParameter
from communities.territory.models import Division
from funds.banking.models import BankLine
from funds.charity.models import CommunityFund, HostCharity
from funds.enterprises.models import CommunityEnterprise, ProfitDeclaration
from funds.reinvestment.models import (
    DistributionPolicy,
    PolicyDestination,
    PolicyTier,
    StandingDecision,
)
from funds.reinvestment.policy import PolicyBase
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT, LONG_AGO, PolicyDocumentFactory
from tests.factories.funds_charity import CommunityFundFactory, HostCharityFactory
from tests.factories.funds_enterprises import DeclarationFactory, EnterpriseFactory


def open_fund(division: Division, charity: HostCharity | None = None) -> CommunityFund:
    """Return an active fund of a place with its book and the book's standard accounts."""
    more = {"charity": charity} if charity else {}
    made: CommunityFund = CommunityFundFactory(active=True, division=division, **more)
    return made


class StandingDecisionFactory(DjangoModelFactory[StandingDecision]):
    """A standing decision without a limit, since long ago."""

    class Meta:
        model = StandingDecision

    enterprise: Any = factory.SubFactory(EnterpriseFactory, operating=True)
    document: Any = factory.SubFactory(PolicyDocumentFactory)
    decided_on = LONG_AGO
    valid_from = LONG_AGO
    recorded_at = ENTERED_AT
    recorded_by: Any = factory.SubFactory(UserFactory)


class BankLineFactory(DjangoModelFactory[BankLine]):
    """A credit of 151,200 yuan on the charity's account."""

    class Meta:
        model = BankLine

    charity: Any = factory.SubFactory(HostCharityFactory)
    bank_reference = factory.Sequence(lambda number: f"20260301{number:010d}")
    booked_on = dt.date(2026, 3, 2)
    amount = Decimal("151200.00")
    payer = "三八路社区服务有限公司"
    memo = ""
    imported_at = ENTERED_AT
    imported_by: Any = factory.SubFactory(UserFactory)


def make_policy(
    *,
    enterprise: CommunityEnterprise | None = None,
    division: Division | None = None,
    tiers: Sequence[tuple[str, str | None, str]] = (("0", None, "0.60"),),
    destinations: Sequence[tuple[CommunityFund, str]],
    valid_from: dt.date = LONG_AGO,
    valid_to: dt.date | None = None,
    **more: Any,
) -> DistributionPolicy:
    """Return a policy in force, entered by one person and approved by another."""
    place = division or (enterprise.division if enterprise else None)
    policy = DistributionPolicy.objects.create(
        enterprise=enterprise,
        division=place,
        document=PolicyDocumentFactory(),
        valid_from=valid_from,
        valid_to=valid_to,
        entered_at=ENTERED_AT,
        entered_by=UserFactory(),
        **{"base": PolicyBase.DISTRIBUTABLE_PROFIT, **more},
    )
    PolicyTier.objects.bulk_create(
        PolicyTier(policy=policy, lower=Decimal(lower), upper=upper and Decimal(upper), share=Decimal(share))
        for lower, upper, share in tiers
    )
    PolicyDestination.objects.bulk_create(
        PolicyDestination(policy=policy, fund=fund, share=Decimal(share)) for fund, share in destinations
    )
    DistributionPolicy.objects.filter(pk=policy.pk).update(
        status="ACTIVE", approved_at=ENTERED_AT, approved_by=UserFactory()
    )
    policy.refresh_from_db()
    return policy


def set_value(key: str, value: str, division: Division | None, **more: Any) -> PolicyParameter:
    """Put a rule value in force in a division."""
    row = PolicyParameter.objects.create(
        key=key,
        division=division,
        value=value,
        unit="part of 1",
        basis=PolicyDocumentFactory(),
        entered_at=ENTERED_AT,
        entered_by=UserFactory(),
        **{"valid_from": LONG_AGO, **more},
    )
    PolicyParameter.objects.filter(pk=row.pk).update(status="ACTIVE", approved_at=ENTERED_AT, approved_by=UserFactory())
    return row


def declare(enterprise: CommunityEnterprise, **figures: Any) -> ProfitDeclaration:
    """Return an audited declaration of the year 2025 with these figures; losses and reserve are none unless given."""
    values = {"losses_carried": Decimal(0), "reserve_before": Decimal(0), **figures}
    if "net_profit" in values:
        profit = Decimal(values["net_profit"])
        cost = Decimal("1000.00") + max(-profit, Decimal(0))
        values |= {"cost": cost, "tax": Decimal(0), "revenue": values.get("revenue", profit + cost)}
        values["cost"] = values["revenue"] - profit
    declaration: ProfitDeclaration = DeclarationFactory(enterprise=enterprise, audited=True, **values)
    return declaration
