"""One community with its enterprise and the people around it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from communities.people.models import Role
from funds.enterprises.models import CommunityEnterprise
from tests.factories.funds_enterprises import (
    CommunityFactory,
    EnterpriseFactory,
    StreetFactory,
    UserFactory,
    accountant,
    officer,
)


@pytest.fixture
def place() -> SimpleNamespace:
    """A district with two streets; the community lies in the first."""
    street = StreetFactory()
    return SimpleNamespace(
        district=street.parent,
        street=street,
        community=CommunityFactory(parent=street, name="三八路社区"),
        elsewhere=CommunityFactory(parent=StreetFactory(parent=street.parent)),
    )


@pytest.fixture
def enterprise(place: SimpleNamespace) -> CommunityEnterprise:
    """A company of the community in operation."""
    made: CommunityEnterprise = EnterpriseFactory(division=place.community, operating=True)
    return made


@pytest.fixture
def people(place: SimpleNamespace, enterprise: CommunityEnterprise) -> SimpleNamespace:
    """Everybody who has a part, and some who have none."""
    return SimpleNamespace(
        enterprise=enterprise,
        accountant=accountant(enterprise),
        community_staff=officer(Role.COMMUNITY_STAFF, place.community),
        supervisor=officer(Role.SUPERVISOR, place.community),
        street_officer=officer(Role.STREET_OFFICER, place.street),
        street_reviewer=officer(Role.STREET_REVIEWER, place.street),
        auditor=officer(Role.AUDITOR, place.district),
        district_admin=officer(Role.DISTRICT_ADMIN, place.district),
        neighbor=officer(Role.COMMUNITY_STAFF, place.elsewhere),
        other_accountant=accountant(EnterpriseFactory(division=place.elsewhere, operating=True)),
        stranger=UserFactory(),
    )
