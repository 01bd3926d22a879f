"""Named actors."""

from __future__ import annotations

from django.db.models.functions import Now

from governance.accounts.models import User, UserKind

SYSTEM_NAME = "system"


def system_actor() -> User:
    """Return the user in whose name the clock acts, made on first use."""
    return User.objects.get_or_create(
        username=SYSTEM_NAME,
        defaults={"kind": UserKind.SYSTEM, "display_name": "系统", "password": "!", "joined_at": Now()},
    )[0]
