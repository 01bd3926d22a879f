"""Rows of the enterprises room, with the people and places they need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone
from stdnum.cn import uscc

from communities.people.models import Post, Role
from communities.territory.models import Division
from funds.enterprises.models import CommunityEnterprise, EnterpriseAppointment, EnterpriseRole, ProfitDeclaration
from governance import lifecycle
from governance.accounts.models import User, UserKind

LONG_AGO = dt.date(2020, 1, 1)
BEGINNING = dt.datetime(2026, 1, 5, 9, 0, tzinfo=timezone.get_default_timezone())


def credit_code(number: int, prefix: str = "91510302MA") -> str:
    """Return a credit code with the right check character."""
    body = f"{prefix}{number:0{17 - len(prefix)}d}"
    return body + uscc.calc_check_digit(body)


class UserFactory(factory.django.DjangoModelFactory[User]):
    """A staff log-in without any post."""

    class Meta:
        model = User

    username = factory.Sequence("person-{}".format)
    display_name = factory.Sequence("张{}".format)
    kind = UserKind.STAFF
    password = "!"
    joined_at = BEGINNING


class DivisionFactory(factory.django.DjangoModelFactory[Division]):
    """A division with its path; a community unless another tier is given."""

    class Meta:
        model = Division
        skip_postgeneration_save = True

    name = factory.Sequence("第{}社区".format)
    short_name = factory.SelfAttribute("name")
    tier = 5
    level = factory.LazyAttribute(
        lambda made: {1: "PROVINCE", 2: "CITY", 3: "DISTRICT", 4: "STREET", 5: "COMMUNITY"}[made.tier]
    )
    path = factory.Sequence("/new-{}/".format)
    valid_from = LONG_AGO

    @factory.post_generation
    def place(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        """Put the row under its parent."""
        self.path = f"{self.parent.path if self.parent else '/'}{self.pk}/"
        Division.objects.filter(pk=self.pk).update(path=self.path)


class DistrictFactory(DivisionFactory):
    """A district at the top of a tree of its own."""

    name = factory.Sequence("第{}区".format)
    tier = 3


class StreetFactory(DivisionFactory):
    """A street in a district of its own."""

    name = factory.Sequence("第{}街道".format)
    tier = 4
    parent = factory.SubFactory(DistrictFactory)


class CommunityFactory(DivisionFactory):
    """A community in a street of its own."""

    parent = factory.SubFactory(StreetFactory)


class PostFactory(factory.django.DjangoModelFactory[Post]):
    """A post of community staff since long."""

    class Meta:
        model = Post

    user = factory.SubFactory(UserFactory)
    role = Role.COMMUNITY_STAFF
    division = factory.SubFactory(CommunityFactory)
    valid_from = LONG_AGO
    appointed_by = factory.SelfAttribute("user")
    appointed_at = BEGINNING


def officer(role: str, division: Division) -> User:
    """Return a new user with this post."""
    post: Post = PostFactory(role=role, division=division)
    return post.user


class EnterpriseFactory(factory.django.DjangoModelFactory[CommunityEnterprise]):
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
    division = factory.SubFactory(CommunityFactory)
    business_lines = "物业服务"
    registered_capital = Decimal("500000.00")
    founded_on = LONG_AGO
    entered_by = factory.SubFactory(UserFactory)
    entered_at = BEGINNING

    @classmethod
    def _create(cls, model_class: Any, *args: Any, walk: Sequence[str], **kwargs: Any) -> Any:
        """Move the row along legal pairs."""
        row = super()._create(model_class, *args, **kwargs)
        walk_to(row, walk)
        return row


class EnterpriseAppointmentFactory(factory.django.DjangoModelFactory[EnterpriseAppointment]):
    """An accountant of an enterprise in operation."""

    class Meta:
        model = EnterpriseAppointment

    enterprise = factory.SubFactory(EnterpriseFactory, operating=True)
    user = factory.SubFactory(UserFactory)
    role = EnterpriseRole.ACCOUNTANT
    valid_from = LONG_AGO


def accountant(enterprise: CommunityEnterprise) -> User:
    """Return a new user who is accountant of the enterprise."""
    appointment: EnterpriseAppointment = EnterpriseAppointmentFactory(enterprise=enterprise)
    return appointment.user


class DeclarationFactory(factory.django.DjangoModelFactory[ProfitDeclaration]):
    """The draft of the year 2025 of the worked example (domain.md §4.3); traits walk it on with four people."""

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
    enterprise = factory.SubFactory(EnterpriseFactory, operating=True)
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
    declared_by = factory.SubFactory(UserFactory)
    declared_at = BEGINNING

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
            values[f"{step.stamp}_at"] = BEGINNING
        if f"{step.stamp}_by" in columns:
            values[f"{step.stamp}_by"] = UserFactory()
        values |= {name: text for name, text in texts.items() if name in step.fields}
        type(row).objects.filter(pk=row.pk).update(**values)
        row.status = state
    if states:
        row.refresh_from_db()
