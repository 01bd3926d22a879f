"""Matters of two neighbors of one community, sorted or not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from communities.people.models import Resident
from consultation.matters import operations as matters
from consultation.matters.intake.recording import Origin
from consultation.matters.models import Matter, MatterChannel, Route, ThreeWay
from governance.accounts.models import User
from tests.factories.accounts import UserFactory
from tests.people import House

LAMP = {"title": "三号楼楼道灯坏了", "text": "三号楼二单元的楼道灯坏了一个月，老人晚上出门看不见台阶，希望尽快修好。"}
LAMP_AGAIN = {"title": "楼道灯不亮", "text": "二单元楼道灯坏了快一个月没人修，老人晚上看不见台阶，很危险。"}
NOISE = {"title": "广场舞太吵", "text": "每天晚上广场上跳舞音响声音太大，孩子没法写作业。"}


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """An empty folder for stored files."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def neighbor(house: House, now: dt.datetime) -> User:
    """Another resident of the same community."""
    return make_neighbor(house, now, "李大妈")


def make_neighbor(house: House, now: dt.datetime, name: str) -> User:
    """Return a resident of the community with a log-in."""
    user: User = UserFactory(resident=True, display_name=name)
    Resident.objects.create(
        user=user, division=house.places["community"], name=name, registered_at=now, registered_by=user
    )
    return user


@pytest.fixture
def raise_one(house: House, now: dt.datetime) -> Callable[..., Matter]:
    """Raise a matter as the resident, with whatever a test changes."""

    def call(**changes: Any) -> Matter:
        given = {
            "by": house.people["resident"],
            "now": now,
            "division": house.places["community"],
            "channel": MatterChannel.PAGE,
            "origin": Origin(),
            **LAMP,
            **changes,
        }
        return matters.raise_matter(**given)

    return call


@pytest.fixture
def sort_one(house: House, now: dt.datetime, today: dt.date) -> Callable[..., Matter]:
    """Sort a matter as a public small one."""

    def call(matter: Matter, **changes: Any) -> Matter:
        given: dict[str, Any] = {
            "three_way": ThreeWay.SMALL,
            "route": Route.DIRECT,
            "reason": "小区公共设施。",
            "summary": "楼道照明损坏，老人出行不便。",
            **changes,
        }
        return matters.sort_matter(by=house.people["community_staff"], now=now, today=today, matter=matter, **given)

    return call


@pytest.fixture
def public_one(raise_one: Any, sort_one: Any) -> Callable[..., Matter]:
    """Raise and sort a matter that everybody may know of."""

    def call(**changes: Any) -> Matter:
        summary = changes.pop("summary", "楼道照明损坏，老人出行不便。")
        made: Matter = sort_one(raise_one(**changes), summary=summary)
        return made

    return call
