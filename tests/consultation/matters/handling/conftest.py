"""An office with somebody in it, and a matter on each of its ways."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from communities.bodies.models import Body, BodyKind
from consultation.matters import operations
from consultation.matters.models import Matter, MatterChannel, MatterKind, Route, ThreeWay
from governance.accounts.models import User
from tests.factories.accounts import UserFactory
from tests.factories.communities import BodyFactory, BodyMembershipFactory
from tests.people import House


def at(day: dt.date, hour: int = 12, minute: int = 0) -> dt.datetime:
    """Return a moment of a day in the district."""
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=timezone.get_default_timezone())


def known(user: User) -> User:
    """Return the user as a request would load them."""
    return User.objects.get(pk=user.pk)


@pytest.fixture
def office(house: House) -> Body:
    """A department of the district."""
    return BodyFactory(kind=BodyKind.DEPARTMENT, name="区市政管理所", division=house.places["district"])


@pytest.fixture
def clerk(office: Body) -> User:
    """Who works in the department."""
    user = UserFactory(username="clerk", display_name="吴市政")
    BodyMembershipFactory(body=office, user=user, name="吴市政")
    return known(user)


@pytest.fixture
def raised(house: House, system: User, now: dt.datetime) -> Callable[..., Matter]:
    """Raise a matter as the resident."""
    del system  # made before the clock is asked for

    def call(**changes: Any) -> Matter:
        given: dict[str, Any] = {
            "by": house.people["resident"],
            "now": now,
            "division": house.places["community"],
            "title": "路面塌陷",
            "text": "小区门口路面塌陷，车辆难行。",
            "channel": MatterChannel.PAGE,
            **changes,
        }
        return operations.raise_matter(**given)

    return call


@pytest.fixture
def sorted_to(house: House, raised: Any) -> Callable[..., Matter]:
    """Raise a matter and sort it on its way."""

    def call(route: str = Route.DEPARTMENT, **changes: Any) -> Matter:
        three_way = {Route.DEPARTMENT: ThreeWay.BIG, Route.ADVICE: ThreeWay.PRIVATE}.get(Route(route), ThreeWay.SMALL)
        matter = raised(**changes)
        is_shown = three_way != ThreeWay.PRIVATE and matter.kind != MatterKind.REPORT
        by = house.people["street_reviewer" if matter.kind == MatterKind.REPORT else "community_staff"]
        now = matter.raised_at
        return operations.sort_matter(
            by=by,
            now=now,
            today=timezone.localdate(now),
            matter=matter,
            three_way=three_way,
            route=route,
            reason="属于市政设施。",
            summary="路面塌陷。" if is_shown else "",
        )

    return call


@pytest.fixture
def closed(house: House, sorted_to: Any) -> Callable[..., Matter]:
    """A matter that was answered and closed by the person, or by silence where `is_solved` is nothing."""

    def call(*, is_solved: bool | None = True, satisfaction: int | None = None, **changes: Any) -> Matter:
        matter = sorted_to(Route.DIRECT, **changes)
        now = matter.raised_at
        staff = house.people["community_staff"]
        matter = operations.answer_matter(by=staff, now=now, matter=matter, reply="已修好。", outcome="FIXED")
        if is_solved is None:
            matter.status, matter.close_reason, matter.closed_at = "CLOSED", "未回复。", now
            matter.save()
            return matter
        return operations.close_matter(
            by=house.people["resident"],
            now=now,
            matter=matter,
            is_solved=is_solved,
            reason="" if is_solved else "没有修好。",
            satisfaction=satisfaction,
        )

    return call
