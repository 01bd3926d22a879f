"""Named actors, and users by their phone."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now

from governance.accounts.models import User, UserKind
from governance.accounts.secrets import keyed_hash
from governance.errors import NotAllowed

SYSTEM_NAME = "system"


def system_actor() -> User:
    """Return the user in whose name the clock acts, made on first use."""
    return User.objects.get_or_create(
        username=SYSTEM_NAME,
        defaults={"kind": UserKind.SYSTEM, "display_name": "系统", "password": "!", "joined_at": Now()},
    )[0]


def acting_user(request: Any) -> User:
    """Return the signed-in user of a request, for the `by` of an operation.

    Raises:
        NotAllowed: nobody is signed in.
    """
    user = request.user
    if not isinstance(user, User):
        raise NotAllowed
    return user


def require(by: User, permission: str, row: Any) -> None:
    """Refuse a person who lacks the right over the row.

    Raises:
        NotAllowed: `by` lacks it.
    """
    if not by.has_perm(permission, row):
        raise NotAllowed


def user_of_phone(phone: str) -> User | None:
    """Return the user with this normalized number, if there is one."""
    return User.objects.filter(phone_hash=keyed_hash(phone)).first()
