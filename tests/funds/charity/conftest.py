"""The named people around one active fund of the community."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from communities.bodies.models import BodyMembership, Seat
from funds.charity.models import CommunityFund
from tests.factories.accounts import UserFactory
from tests.factories.funds_charity import CommunityFundFactory, HostCharityFactory, committee_of, officer_of
from tests.people import House


@pytest.fixture
def fund(house: House) -> CommunityFund:
    """An active fund of the community at the district's charity, with a committee."""
    made: CommunityFund = CommunityFundFactory(
        charity=house.charity, division=house.places["community"], short_name="三八路社区慈善基金", active=True
    )
    committee_of(made, house.people["resident"])
    return made


@pytest.fixture
def people(house: House, fund: CommunityFund) -> SimpleNamespace:
    """Everybody who has a part, and some who have none."""
    supervisor = UserFactory()
    BodyMembership.objects.filter(body=fund.committee, seat=Seat.SUPERVISOR).update(user=supervisor)
    return SimpleNamespace(
        **house.people,
        fund=fund,
        district_pk=house.places["district"].pk,
        fund_member=house.people["resident"],
        fund_supervisor=supervisor,
        second_officer=officer_of(house.charity),
        other_officer=officer_of(HostCharityFactory(division=house.places["district"])),
    )
