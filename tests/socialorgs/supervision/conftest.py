"""People of the register's tests, a body of the street and who acts for it, another body and who acts for that."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.factories.socialorgs_register import OrganizationFactory, manager_of
from tests.socialorgs.register.conftest import people

__all__ = ["body", "people"]


@pytest.fixture
def body(people: SimpleNamespace) -> Any:
    """An active body of the community; `people` learns who acts for it, and who for another body there."""
    row = OrganizationFactory(division=people.community, active=True, name="邻里照护中心")
    other = OrganizationFactory(division=people.community, active=True, name="四点半课堂")
    people.manager, people.other_manager = manager_of(row), manager_of(other)
    people.other_body = other
    return row
