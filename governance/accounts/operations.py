"""Making users and partner systems, their keys and their phones, and what people set for themselves."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import clear_expired

from governance.accounts.masking import mask_name, mask_phone
from governance.accounts.models import ApiClient, IdempotencyKey, User, UserKind, new_resident_name
from governance.accounts.phones import normalize_phone
from governance.accounts.scopes import Scopes
from governance.accounts.secrets import keyed_hash
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

KEY_LIFE = dt.timedelta(days=1)
SIGN_IN_LOG_LIFE = dt.timedelta(days=183)
"""Network logs are kept six months and no longer (Basis: Cybersecurity Law art. 21)."""


class PhoneTaken(Conflict):
    """The number belongs to another account."""

    code = "phone_taken"
    message = _("This number is registered already. Please sign in with a code.")


class NameTaken(Conflict):
    """The log-in name belongs to another account."""

    code = "name_taken"
    message = _("The log-in name “%(name)s” is taken.")


class PasswordWeak(Invalid):
    """The password does not keep to the rules."""

    code = "password_weak"
    message = _("%(reason)s")


class ScopeUnknown(Invalid):
    """A partner asks for a scope that does not exist."""

    code = "scope_unknown"
    message = _("There is no scope “%(scope)s”.")


def register_resident_user(
    *, by: User, phone: str, now: dt.datetime, display_name: str = "", is_verified: bool = False
) -> User:
    """Make the account of a resident, who signs in by phone and code; the log-in name is invented.

    Raises:
        PhoneInvalid: not a mobile number of mainland China.
        PhoneTaken: the number has an account already.
    """
    number = normalize_phone(phone)
    user = User(
        username=new_resident_name(),
        kind=UserKind.RESIDENT,
        display_name=display_name.strip(),
        phone=number,
        phone_hash=keyed_hash(number),
        phone_verified=is_verified,
        joined_at=now,
    )
    user.set_unusable_password()
    return _create(user, by=by, now=now, taken=PhoneTaken(field="phone"))


def create_staff_user(
    *, by: User, username: str, display_name: str, now: dt.datetime, password: str | None = None
) -> User:
    """Make the account of a member of staff; posts give it rights, the first log-in asks for a second factor.

    Without a password nobody can sign in until `set_password`.

    Raises:
        NameTaken: somebody has this log-in name.
        PasswordWeak: the password does not keep to the rules.
    """
    user = User(username=username, kind=UserKind.STAFF, display_name=display_name, joined_at=now)
    if password is None:
        user.set_unusable_password()
    else:
        _check_password(password, user)
        user.set_password(password)
    return _create(user, by=by, now=now, taken=NameTaken(field="username", name=username))


def set_password(*, by: User, user: User, password: str, now: dt.datetime) -> User:
    """Give a member of staff a new password, which ends their other sessions.

    Raises:
        PasswordWeak: the password does not keep to the rules.
    """
    _check_password(password, user)
    with transaction.atomic():
        fresh = User.objects.select_for_update().get(pk=user.pk)
        fresh.set_password(password)
        fresh.save(update_fields=["password"])
        audit.record(by=by, verb="accounts.user.password_set", row=fresh, now=now)
    return fresh


def remove_second_factor(*, by: User, user: User, now: dt.datetime, reason: str) -> int:
    """Take off a lost second factor with its recovery codes; the next log-in sets up a new one. Returns how many."""
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        count: int = Authenticator.objects.filter(user=locked).delete()[0]
        audit.record(
            by=by,
            verb="accounts.user.second_factor_removed",
            row=locked,
            now=now,
            before={"factors": count},
            reason=reason,
        )
    return count


def set_phone(*, by: User, phone: str, is_verified: bool, now: dt.datetime) -> User:
    """Keep a person's own new number, or that the code sent to it was entered.

    Raises:
        PhoneInvalid: not a mobile number of mainland China.
        PhoneTaken: another account has the number.
    """
    number = normalize_phone(phone)
    try:
        with transaction.atomic():
            user = User.objects.select_for_update().get(pk=by.pk)
            before = {"phone": mask_phone(user.phone), "verified": user.phone_verified}
            user.phone, user.phone_hash, user.phone_verified = number, keyed_hash(number), is_verified
            user.save(update_fields=["phone", "phone_hash", "phone_verified"])
            after = {"phone": mask_phone(number), "verified": is_verified}
            if before != after:
                audit.record(by=user, verb="accounts.user.phone_set", row=user, now=now, before=before, after=after)
    except IntegrityError:
        raise PhoneTaken(field="phone") from None
    by.phone, by.phone_hash, by.phone_verified = user.phone, user.phone_hash, user.phone_verified
    return user


def set_elder_mode(*, by: User, is_on: bool, now: dt.datetime) -> User:
    """Keep a person's wish for large type; a preference, so without an audit entry."""
    del now
    User.objects.filter(pk=by.pk).update(is_elder_mode=is_on)
    by.is_elder_mode = is_on
    return by


def create_api_client(*, by: User, name: str, scopes: Iterable[str], now: dt.datetime) -> tuple[ApiClient, str]:
    """Make a partner system's client with a service user of its own; return it with its secret, shown this once.

    The service user has no rights until it holds posts.

    Raises:
        ScopeUnknown: a scope does not exist.
        NameTaken: a client has this name.
    """
    wanted = sorted(set(scopes))
    known = Scopes().get_all_scopes()
    for scope in wanted:
        if scope not in known:
            raise ScopeUnknown(field="scopes", scope=scope)
    secret = secrets.token_urlsafe(40)
    with transaction.atomic():
        user = User(username=f"service-{name}", kind=UserKind.SERVICE, display_name=name, joined_at=now)
        user.set_unusable_password()
        _create(user, by=by, now=now, taken=NameTaken(field="name", name=name))
        client = ApiClient(
            name=name,
            user=user,
            client_secret=secret,
            client_type=ApiClient.CLIENT_CONFIDENTIAL,
            authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
            allowed_scopes=" ".join(wanted),
        )
        client.full_clean()
        client.save()
        audit.record(
            by=by, verb="accounts.api_client.created", row=client, now=now, after={"name": name, "scopes": wanted}
        )
    return client, secret


def purge_keys(*, by: User, now: dt.datetime) -> int:
    """Delete idempotency keys older than a day and return how many; a request in flight that long is dead."""
    del by
    return IdempotencyKey.objects.filter(created_at__lt=now - KEY_LIFE).delete()[0]


def purge_sign_ins(*, by: User, now: dt.datetime) -> int:
    """Delete sessions that are over, expired tokens of partners, and sign-in logs older than six months."""
    del by
    clear_expired()
    oldest = now - SIGN_IN_LOG_LIFE
    over = (
        Session.objects.filter(expire_date__lt=now),
        AccessAttempt.objects.filter(attempt_time__lt=oldest),
        AccessLog.objects.filter(attempt_time__lt=oldest),
    )
    return sum(int(rows.delete()[0]) for rows in over)


def _create(user: User, *, by: User, now: dt.datetime, taken: Conflict) -> User:
    """Insert a user with its audit entry; a second one with the same name or number is refused by name."""
    user.full_clean(validate_unique=False)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            audit.record(
                by=by,
                verb="accounts.user.created",
                row=user,
                now=now,
                after={"kind": user.kind, "name": mask_name(user.display_name), "phone": mask_phone(user.phone)},
            )
    except IntegrityError:
        raise taken from None
    return user


def _check_password(password: str, user: User) -> None:
    """Hold a password against the validators of the settings."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise PasswordWeak(field="password", reason=" ".join(error.messages)) from None
