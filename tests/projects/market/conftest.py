"""A community with its staff, grown-up neighbors, an organization, and small services that they post."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from governance.accounts.models import User
from projects.market import delivering, operations
from projects.market.models import MicroService, ServiceMatch
from projects.market.operations import Terms
from tests.factories.accounts import UserFactory
from tests.factories.communities import ResidentFactory
from tests.factories.socialorgs_register import OrganizationFactory, manager_of
from tests.people import House

BORN = dt.date(1970, 1, 1)


def neighbor(
    house: House | SimpleNamespace, name: str, born: dt.date = BORN, place: str = "community", **more: Any
) -> User:
    """Return somebody whom the staff of the community have confirmed as living there."""
    user: User = UserFactory(resident=True, display_name=name, **more)
    ResidentFactory(
        user=user,
        division=house.places[place],
        name=name,
        birth_on=born,
        confirmed_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
        confirmed_by=house.people["community_staff"],
    )
    return user


@pytest.fixture
def people(house: House, system: User) -> SimpleNamespace:
    """Everybody, neighbors with their phones, a minor, an organization with its manager."""
    organization = OrganizationFactory(active=True, division=house.places["street"])
    return SimpleNamespace(
        **house.people,
        community=house.places["community"],
        places=house.places,
        organization=organization,
        manager=manager_of(organization),
        system=system,
        asker=neighbor(house, "孙桂芳", phone="13900000001"),
        helper=neighbor(house, "钱大力", phone="13900000002"),
        third=neighbor(house, "李三妹"),
        minor=neighbor(house, "小朋友", born=dt.date(2008, 3, 5)),
    )


@pytest.fixture
def at(now: dt.datetime) -> Callable[..., dt.datetime]:
    """An hour of that day, or of one after it."""

    def moment(hour: int, minute: int = 0, days: int = 0) -> dt.datetime:
        return now.replace(hour=hour, minute=minute) + dt.timedelta(days=days)

    return moment


@pytest.fixture
def terms(at: Any) -> Callable[..., Terms]:
    """What is said of a service that begins in three days at nine and lasts two hours."""

    def make(**more: Any) -> Terms:
        return Terms(
            **{
                "side": "NEED",
                "field": "HOME",
                "title": "帮忙换灯泡",
                "text": "客厅吊灯两只灯泡，自备灯泡，需要梯子。",
                "place": "12栋",
                "contact": "12栋1单元302",
                "starts_at": at(9, days=3),
                "ends_at": at(11, days=3),
                **more,
            }
        )

    return make


@pytest.fixture
def posted(people: SimpleNamespace, at: Any, terms: Any) -> Callable[..., MicroService]:
    """Let the asker post a service at noon."""

    def make(*, by: Any = None, now: Any = None, **more: Any) -> MicroService:
        who = {name: more.pop(name) for name in ("organization", "is_for_community", "division") if name in more}
        given = {"division": people.community, **who}
        return operations.post_service(by=by or people.asker, now=now or at(12), terms=terms(**more), **given)

    return make


@pytest.fixture
def taken(people: SimpleNamespace, at: Any) -> Callable[..., ServiceMatch]:
    """Let the helper take a service at one."""

    def make(service: MicroService, *, by: Any = None, now: Any = None, **more: Any) -> ServiceMatch:
        return operations.take_service(by=by or people.helper, now=now or at(13), service=service, **more)

    return make


@pytest.fixture
def done(people: SimpleNamespace, at: Any, taken: Any) -> Callable[..., ServiceMatch]:
    """Take a service, sign in with its code and say that it is done."""

    def make(service: MicroService, *, by: Any = None, receiver: Any = None, **more: Any) -> ServiceMatch:
        by = by or people.helper
        match = taken(service, by=by, **more)
        match = delivering.sign_in_match(by=by, now=at(9, days=3), match=match, code=service.code)
        receiver = receiver or (by if service.is_offer else service.posted_by)
        return delivering.finish_match(by=receiver, now=at(11, days=3), match=match)

    return make
