"""Rows of the register. Traits walk an organization on along its lifecycle."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import factory
from factory.django import DjangoModelFactory

from governance.accounts.models import User
from socialorgs.register.models import AnnualInspection, CreditListing, OrganizationAppointment, SocialOrganization
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT, LONG_AGO, DivisionFactory
from tests.factories.funds_enterprises import credit_code, walk_to


class OrganizationFactory(DjangoModelFactory[SocialOrganization]):
    """A registered social service agency whose entry nobody has checked; traits walk it on."""

    class Meta:
        model = SocialOrganization

    class Params:
        active = factory.Trait(walk=["ACTIVE"])
        liquidating = factory.Trait(walk=["ACTIVE", "LIQUIDATING"])
        deregistered = factory.Trait(walk=["ACTIVE", "DEREGISTERED"])
        revoked = factory.Trait(walk=["ACTIVE", "REVOKED"])
        filed = factory.Trait(
            standing="FILED",
            organization_type="COMMUNITY_ORGANIZATION",
            credit_code=None,
            filing_number=factory.Sequence("东兴寺备〔2025〕{}号".format),
            members_count=8,
        )

    walk = ()
    name = factory.Sequence("第{}邻里服务中心".format)
    organization_type = "SOCIAL_SERVICE_AGENCY"
    standing = "REGISTERED"
    credit_code = factory.Sequence(lambda number: credit_code(number, "52510302MJ"))
    service_class = "LIFE_SERVICE"
    division: Any = factory.SubFactory(DivisionFactory)
    head_name = "宋晓梅"
    contact = "办公室"
    founded_on = LONG_AGO
    entered_by: Any = factory.SubFactory(UserFactory)
    entered_at = ENTERED_AT

    @classmethod
    def _create(cls, model_class: Any, *args: Any, walk: Sequence[str], **kwargs: Any) -> Any:
        """Move the row along legal pairs."""
        row = super()._create(model_class, *args, **kwargs)
        walk_to(row, walk)
        return row


class OrganizationAppointmentFactory(DjangoModelFactory[OrganizationAppointment]):
    """A manager of an organization."""

    class Meta:
        model = OrganizationAppointment

    organization: Any = factory.SubFactory(OrganizationFactory, active=True)
    user: Any = factory.SubFactory(UserFactory, resident=True)
    valid_from = LONG_AGO


class CreditListingFactory(DjangoModelFactory[CreditListing]):
    """A running entry on the list of serious breaches."""

    class Meta:
        model = CreditListing

    organization: Any = factory.SubFactory(OrganizationFactory, active=True)
    credit_list = "SERIOUS_BREACH"
    decision_number = factory.Sequence("自民失信〔2026〕{}号".format)
    reason = "提供虚假材料。"
    listed_on = dt.date(2026, 2, 1)
    entered_by: Any = factory.SubFactory(UserFactory)
    entered_at = ENTERED_AT


class AnnualInspectionFactory(DjangoModelFactory[AnnualInspection]):
    """The inspection of 2024, passed."""

    class Meta:
        model = AnnualInspection

    organization: Any = factory.SubFactory(OrganizationFactory, active=True)
    year = 2024
    conclusion = "PASSED"
    concluded_on = dt.date(2025, 6, 1)
    entered_by: Any = factory.SubFactory(UserFactory)
    entered_at = ENTERED_AT


def manager_of(organization: SocialOrganization) -> User:
    """Return a new user who acts for the organization."""
    appointment: OrganizationAppointment = OrganizationAppointmentFactory(organization=organization)
    return appointment.user
