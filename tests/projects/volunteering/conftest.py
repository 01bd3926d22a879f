"""An open activity on the morning of 4 March 2026, and people who serve."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from communities.people.models import Role
from governance.accounts.models import User
from projects.volunteering import operations
from projects.volunteering.models import ServiceHour, VolunteerActivity
from tests.factories.accounts import UserFactory
from tests.factories.communities import PostFactory
from tests.factories.socialorgs_register import OrganizationFactory, manager_of
from tests.people import House


@pytest.fixture
def people(house: House, system: User) -> SimpleNamespace:
    """Everybody, a second member of the community's staff, an organization with its manager."""
    second_staff = UserFactory()
    PostFactory(user=second_staff, role=Role.COMMUNITY_STAFF, division=house.places["community"])
    organization = OrganizationFactory(active=True, division=house.places["street"])
    return SimpleNamespace(
        **house.people,
        community=house.places["community"],
        places=house.places,
        second_staff=second_staff,
        organization=organization,
        manager=manager_of(organization),
        system=system,
    )


@pytest.fixture
def at(now: dt.datetime) -> Callable[..., dt.datetime]:
    """An hour of that day."""

    def moment(hour: int, minute: int = 0, days: int = 0) -> dt.datetime:
        return now.replace(hour=hour, minute=minute) + dt.timedelta(days=days)

    return moment


@pytest.fixture
def planned(people: SimpleNamespace, at: Any) -> Callable[..., VolunteerActivity]:
    """Plan an activity from 8 to 12."""

    def make(**more: Any) -> VolunteerActivity:
        given = {
            "by": people.community_staff,
            "now": at(7, days=-1),
            "division": people.community,
            "title": "清理楼道杂物",
            "place": "12栋一单元门口",
            "starts_at": at(8),
            "ends_at": at(12),
            "places": 3,
            **more,
        }
        return operations.plan_activity(**given)

    return make


@pytest.fixture
def opened(people: SimpleNamespace, at: Any, planned: Any) -> Callable[..., VolunteerActivity]:
    """Plan and open an activity."""

    def make(**more: Any) -> VolunteerActivity:
        by = more.get("by", people.community_staff)
        return operations.open_activity(by=by, now=at(7, days=-1), activity=planned(**more))

    return make


@pytest.fixture
def activity(opened: Any) -> VolunteerActivity:
    found: VolunteerActivity = opened()
    return found


@pytest.fixture
def served(at: Any) -> Callable[..., ServiceHour]:
    """Let somebody sign in and out."""

    def make(activity: VolunteerActivity, person: User, begun: dt.datetime, minutes: int) -> ServiceHour:
        operations.sign_in(by=person, now=begun, activity=activity, code=activity.code)
        return operations.sign_out(by=person, now=begun + dt.timedelta(minutes=minutes), activity=activity)

    return make
