"""Rows of the contracts room, and parameters brought into force for the tests of the projects floor."""

from __future__ import annotations

from typing import Any

from communities.policy.models import PolicyParameter
from communities.territory.models import Division
from tests.factories.accounts import UserFactory
from tests.factories.communities import PolicyParameterFactory


def in_force(key: str, value: Any, division: Division | None = None) -> None:
    """Bring a parameter into force for a division, or for the whole country."""
    row = PolicyParameterFactory(key=key, value=value, unit="x", division=division)
    PolicyParameter.objects.filter(pk=row.pk).update(status="ACTIVE", approved_by=UserFactory())
