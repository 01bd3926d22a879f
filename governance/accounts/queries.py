"""Named actors, and users by their phone or by what people type for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from governance.accounts.models import User, UserKind
from governance.accounts.phones import PhoneInvalid, normalize_phone
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


def people_named(names: Iterable[str]) -> dict[str, User]:
    """Return the active people behind log-in names or verified mobile numbers, by what was typed; one query.

    Residents know their number only: their log-in names are invented.
    """
    hashes = {name: _hash_of(name) for name in names}
    is_meant = Q(username__in=hashes) | Q(phone_hash__in=filter(None, hashes.values()), phone_verified=True)
    found = list(User.objects.filter(is_meant, is_active=True))
    by_name = {user.username: user for user in found}
    by_phone = {user.phone_hash: user for user in found if user.phone_verified}
    meant = {name: by_name.get(name) or by_phone.get(value) for name, value in hashes.items()}
    return {name: user for name, user in meant.items() if user is not None}


def _hash_of(text: str) -> str:
    """Return the key of a mobile number, empty where the text is none."""
    try:
        return keyed_hash(normalize_phone(text))
    except PhoneInvalid:
        return ""
