"""The named people around one company in operation."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from funds.enterprises.models import CommunityEnterprise
from tests.factories.funds_enterprises import EnterpriseFactory, accountant, credit_code, walk_to
from tests.people import House


@pytest.fixture
def place(house: House) -> SimpleNamespace:
    """The places by name; `elsewhere` lies in the other street."""
    return SimpleNamespace(**house.places, elsewhere=house.places["far_community"])


@pytest.fixture
def enterprise(house: House) -> CommunityEnterprise:
    """The company of the community, in operation."""
    CommunityEnterprise.objects.update(registered_capital="500000.00", credit_code=credit_code(900))
    walk_to(house.enterprise, ["REGISTERED", "OPERATING"])
    return house.enterprise


@pytest.fixture
def people(house: House, enterprise: CommunityEnterprise) -> SimpleNamespace:
    """Everybody who has a part, and some who have none."""
    return SimpleNamespace(
        **house.people,
        enterprise=enterprise,
        accountant=house.people["enterprise_accountant"],
        other_accountant=accountant(EnterpriseFactory(division=house.places["far_community"], operating=True)),
    )
