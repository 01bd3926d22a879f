"""The named people around an active fund with a committee and a supervisor who has a log-in."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from communities.bodies.models import BodyMembership, Seat
from governance.accounts.models import User
from tests.factories.accounts import UserFactory
from tests.factories.funds_charity import CommunityFundFactory, committee_of
from tests.people import House


@pytest.fixture
def people(house: House, system: User) -> SimpleNamespace:
    """The fund, its committee, its supervisor."""
    fund = CommunityFundFactory(
        charity=house.charity, division=house.places["community"], short_name="三八路社区慈善基金", active=True
    )
    body = committee_of(fund, house.people["resident"])
    supervisor = UserFactory()
    seat = BodyMembership.objects.get(body=body, seat=Seat.SUPERVISOR)
    seat.user = supervisor
    seat.save()
    return SimpleNamespace(
        **house.people, fund=fund, body=body, fund_supervisor=supervisor, supervisor_seat=seat, system=system
    )
