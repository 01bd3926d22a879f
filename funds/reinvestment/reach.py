"""Whom the rows of this room concern: those who act for an enterprise or a charity today."""

from __future__ import annotations

from typing import Any

from django.db import models

from communities.people.queries import within
from funds.charity.queries import charities_of
from funds.enterprises.queries import appointments_of


def enterprises_of(user: Any, *roles: str) -> list[int]:
    """Return the keys of the enterprises that the user acts for today, in one of the roles or in any."""
    return [found.enterprise_id for found in appointments_of(user) if not roles or found.role in roles]


def charity_keys(user: Any) -> list[int]:
    """Return the keys of the charities that the user acts for today."""
    return [found.charity_id for found in charities_of(user)]


def concerned(user: Any, *, enterprise: str = "enterprise") -> models.Q:
    """Return the filter of rows whose enterprise the user oversees from a post or acts for."""
    return within(user, division=f"{enterprise}__division") | models.Q(**{f"{enterprise}__in": enterprises_of(user)})
