"""Named actors, and users by their phone."""

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
    """Return the people in use by the names that somebody typed: log-in names, or the phones with which they sign in.

    One query. People of the pages have a log-in name that they never see; those who know them know their phone.
    """
    typed = {name: _hash_of(name) for name in names}
    rows = User.objects.filter(Q(username__in=typed) | Q(phone_hash__in=[one for one in typed.values() if one]))
    found = list(rows.filter(is_active=True))
    by_name = {user.username: user for user in found}
    by_phone = {user.phone_hash: user for user in found if user.phone_hash}
    people = {name: by_name.get(name) or (by_phone.get(digest) if digest else None) for name, digest in typed.items()}
    return {name: user for name, user in people.items() if user is not None}


def _hash_of(text: str) -> str:
    try:
        return keyed_hash(normalize_phone(text))
    except PhoneInvalid:
        return ""
