"""Who acts in a measurement, and where."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from communities.territory.models import Division, DivisionLevel, Tier
from governance.accounts.models import User, UserKind


def account(name: str = "bench", kind: str = UserKind.SYSTEM, *, now: dt.datetime) -> User:
    """Return a new account that nobody can sign in with."""
    return User.objects.create(username=name, kind=kind, password=UNUSABLE_PASSWORD_PREFIX, joined_at=now)


def community() -> Division:
    """Return the only community of a measurement."""
    return Division.objects.create(
        name="测试社区", short_name="测试", tier=Tier.COMMUNITY, level=DivisionLevel.COMMUNITY, path="/1/"
    )
