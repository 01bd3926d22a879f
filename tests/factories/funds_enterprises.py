"""Rows of the enterprises room. Traits walk a row on from its first status along the lifecycle."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory
from stdnum.cn import uscc

from funds.enterprises.models import CommunityEnterprise, EnterpriseAppointment, EnterpriseRole, ProfitDeclaration
from governance import lifecycle
from governance.accounts.models import User
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT, LONG_AGO, DivisionFactory


def credit_code(number: int, prefix: str = "91510302MA") -> str:
    """Return a credit code with the right check character."""
    body = f"{prefix}{number:0{17 - len(prefix)}d}"
    return body + uscc.calc_check_digit(body)


class EnterpriseFactory(DjangoModelFactory[CommunityEnterprise]):
    """A planned company of a community; `operating=True` walks it to its opening."""

    class Meta:
        model = CommunityEnterprise

    class Params:
        operating = factory.Trait(walk=["REGISTERED", "OPERATING"])
        closed = factory.Trait(walk=["REGISTERED", "DISSOLVING", "CLOSED"])

    walk = ()
    name = factory.Sequence("第{}社区服务有限公司".format)
    credit_code = factory.Sequence(credit_code)
    legal_form = "WHOLLY_OWNED_COMPANY"
    division: Any = factory.SubFactory(DivisionFactory)
    business_lines = "物业服务"
    registered_capital = Decimal("500000.00")
    founded_on = LONG_AGO
    entered_by: Any = factory.SubFactory(UserFactory)
    entered_at = ENTERED_AT

    @classmethod
    def _create(cls, model_class: Any, *args: Any, walk: Sequence[str], **kwargs: Any) -> Any:
        """Move the row along legal pairs."""
        row = super()._create(model_class, *args, **kwargs)
        walk_to(row, walk)
        return row


class EnterpriseAppointmentFactory(DjangoModelFactory[EnterpriseAppointment]):
    """An accountant of an enterprise in operation."""

    class Meta:
        model = EnterpriseAppointment

    enterprise: Any = factory.SubFactory(EnterpriseFactory, operating=True)
    user: Any = factory.SubFactory(UserFactory)
    role = EnterpriseRole.ACCOUNTANT
    valid_from = LONG_AGO


def accountant(enterprise: CommunityEnterprise) -> User:
    """Return a new user who is accountant of the enterprise."""
    appointment: EnterpriseAppointment = EnterpriseAppointmentFactory(enterprise=enterprise)
    return appointment.user


class DeclarationFactory(DjangoModelFactory[ProfitDeclaration]):
    """The draft of the year 2025 of the worked example (report S0); traits walk it on with four people."""

    class Meta:
        model = ProfitDeclaration

    class Params:
        submitted = factory.Trait(walk=["SUBMITTED"])
        reviewed = factory.Trait(walk=["SUBMITTED", "REVIEWED"])
        checked = factory.Trait(walk=["SUBMITTED", "REVIEWED", "CHECKED"])
        audited = factory.Trait(walk=["SUBMITTED", "REVIEWED", "CHECKED", "AUDITED"])
        published = factory.Trait(walk=["SUBMITTED", "REVIEWED", "CHECKED", "AUDITED", "PUBLISHED"])
        locked = factory.Trait(walk=["SUBMITTED", "REVIEWED", "CHECKED", "AUDITED", "PUBLISHED", "LOCKED"])

    walk = ()
    enterprise: Any = factory.SubFactory(EnterpriseFactory, operating=True)
    period_kind = "YEAR"
    starts_on = dt.date(2025, 1, 1)
    ends_on = dt.date(2026, 1, 1)
    revenue = Decimal("900000.00")
    cost = Decimal("580000.00")
    tax = Decimal("20000.00")
    net_profit = factory.LazyAttribute(lambda made: made.revenue - made.cost - made.tax)
    losses_carried = Decimal("20000.00")
    registered_capital = Decimal("500000.00")
    reserve_before = Decimal("240000.00")
    correction_reason = factory.LazyAttribute(lambda made: "错记一笔收入" if getattr(made, "revision", 1) > 1 else "")
    declared_by: Any = factory.SubFactory(UserFactory)
    declared_at = ENTERED_AT

    @classmethod
    def _create(cls, model_class: Any, *args: Any, walk: Sequence[str], **kwargs: Any) -> Any:
        """Move the row along legal pairs, each step by another person."""
        row = super()._create(model_class, *args, **kwargs)
        walk_to(row, walk, audit_opinion="无保留意见")
        return row


def walk_to(row: Any, states: Sequence[str], **texts: str) -> None:
    """Set each state in turn with its stamps, as the mover would, without checks, audit entries or events."""
    machine = lifecycle.of(row)
    columns = {column.name for column in row._meta.concrete_fields}
    for state in states:
        step = next(move for move in machine.moves if row.status in move.sources and move.target == state)
        values: dict[str, Any] = {"status": state}
        if f"{step.stamp}_at" in columns:
            values[f"{step.stamp}_at"] = ENTERED_AT
        if f"{step.stamp}_by" in columns:
            values[f"{step.stamp}_by"] = UserFactory()
        values |= {name: text for name, text in texts.items() if name in step.fields}
        type(row).objects.filter(pk=row.pk).update(**values)
        row.status = state
    if states:
        row.refresh_from_db()
