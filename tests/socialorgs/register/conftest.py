"""What is entered of an organization, and the people around the register."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from governance.accounts.models import User
from tests.people import House

CODE = "52510302MJQ000015F"


@pytest.fixture
def people(house: House, system: User) -> SimpleNamespace:
    """Everybody, with the street and the community."""
    return SimpleNamespace(
        **house.people, system=system, street=house.places["street"], community=house.places["community"]
    )


def entry(people: SimpleNamespace, **more: Any) -> dict[str, Any]:
    """Return what is entered of a registered social service agency of the street."""
    return {
        "name": "自流井区邻里照护服务中心",
        "organization_type": "SOCIAL_SERVICE_AGENCY",
        "standing": "REGISTERED",
        "credit_code": CODE,
        "service_class": "LIFE_SERVICE",
        "division": people.street,
        "head_name": "宋晓梅",
        "founded_on": dt.date(2023, 4, 18),
        **more,
    }


def filed(people: SimpleNamespace, **more: Any) -> dict[str, Any]:
    """Return what is entered of a community organization that the street has filed."""
    wanted = {
        "name": "三八路巡逻队",
        "organization_type": "COMMUNITY_ORGANIZATION",
        "standing": "FILED",
        "credit_code": "",
        "filing_number": "东兴寺备〔2025〕3号",
        "members_count": 12,
        "division": people.community,
    }
    return entry(people, **{**wanted, **more})
