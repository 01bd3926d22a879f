"""The named people around one company in operation."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from funds.enterprises.letting.models import Letting
from funds.enterprises.models import CommunityEnterprise
from tests.factories.funds_enterprises import EnterpriseFactory, accountant, credit_code, walk_to
from tests.factories.funds_letting import LettingFactory, RentChargeFactory, RentReceiptFactory
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


@pytest.fixture
def letting(people: SimpleNamespace) -> Letting:
    """A running letting of the house's enterprise, with two months charged and one paid."""
    row: Letting = LettingFactory(
        asset__enterprise=people.enterprise,
        asset__name="芭蕉冲堆场",
        lessee="川南建材商行",
        ends_on=dt.date(2040, 1, 1),
        running=True,
    )
    RentChargeFactory(letting=row)
    RentChargeFactory(
        letting=row,
        number=2,
        from_on=dt.date(2025, 2, 1),
        to_on=dt.date(2025, 3, 1),
        due_on=dt.date(2025, 2, 11),
    )
    RentReceiptFactory(letting=row, reference="YH0001")
    return row
