"""Users, who know nothing of roles, and the keys of repeated API requests."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

import rules
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication

from governance.accounts.secrets import EncryptedTextField


class UserKind(models.TextChoices):
    """What stands behind a user."""

    RESIDENT = "RESIDENT", _("resident")
    STAFF = "STAFF", _("staff")
    SERVICE = "SERVICE", _("partner system")
    SYSTEM = "SYSTEM", _("the system itself")


class UserManager(BaseUserManager["User"]):
    """Look-up by name; users are made by `governance.accounts.operations`."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Find a user by log-in name."""
        return self.get(username=username)


class User(AbstractBaseUser):  # type: ignore[django-manager-missing]  # of the untyped base of ApiClient
    """A person, a partner system or the system itself.

    Residents sign in by phone and code and have an invented log-in name; staff sign in by name, password and second
    factor. Rights come from posts and appointments through `rules`, never from flags: there is no superuser.
    """

    username = models.CharField(_("log-in name"), max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=UserKind)
    display_name = models.CharField(_("name"), max_length=50, blank=True)
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    phone_hash = models.CharField(  # noqa: DJ001 - unique, so an absent one is null
        _("phone hash"), max_length=64, unique=True, null=True, editable=False
    )
    phone_verified = models.BooleanField(_("phone verified"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_elder_mode = models.BooleanField(_("large type"), default=False)
    joined_at = models.DateTimeField(_("joined at"))

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=UserKind.values), name="user_kind_is_known"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    def get_full_name(self) -> str:
        """Return the name for people, as the desk shows it."""
        return str(self)

    @property
    def is_staff(self) -> bool:
        """Whether the desk may be opened at all; what is seen there follows from posts."""
        return self.kind == UserKind.STAFF and self.is_active

    @property
    def is_system(self) -> bool:
        """Whether this is the clock, not a person."""
        return self.kind == UserKind.SYSTEM

    @property
    def is_superuser(self) -> bool:
        """Nobody is: rights come from posts and appointments only."""
        return False

    def has_perm(self, permission: str, obj: Any = None) -> bool:
        """Answer through `rules`; without an object: whether there may be any object for which it holds."""
        return self.is_active and rules.has_perm(permission, self, obj)

    def has_perms(self, permissions: Iterable[str], obj: Any = None) -> bool:
        """Answer for all of several permissions."""
        return all(self.has_perm(permission, obj) for permission in permissions)

    def has_module_perms(self, app_label: str) -> bool:
        """Show a floor on the desk to anybody who works there."""
        del app_label
        return self.is_staff

    def get_all_permissions(self, obj: Any = None) -> set[str]:
        """Return nothing: permissions are answered one by one."""
        del obj
        return set()


class ApiClient(AbstractApplication):  # type: ignore[misc]  # the base is untyped
    """A partner system's OAuth 2 client (client credentials only); it acts as its service user.

    `allowed_scopes` lists what it may ever ask for, separated by spaces; which places it reaches follows from the
    posts of its service user.
    """

    allowed_scopes = models.TextField(_("allowed scopes"), blank=True)

    class Meta(AbstractApplication.Meta):  # type: ignore[misc]  # the base is untyped
        swappable = "OAUTH2_PROVIDER_APPLICATION_MODEL"
        verbose_name = _("API client")
        verbose_name_plural = _("API clients")


class IdempotencyKey(models.Model):
    """The first answer to a keyed API request, repeated for the same key and body.

    A row without `status_code` is a request in flight.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name=_("client"))
    key = models.CharField(_("key"), max_length=200)
    fingerprint = models.CharField(_("fingerprint of method, path and body"), max_length=64)
    status_code = models.PositiveSmallIntegerField(_("status code"), null=True)
    body = models.BinaryField(_("answer"), null=True)
    content_type = models.CharField(_("content type"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotencykey_once_per_client"),
        ]
        indexes: ClassVar = [
            # The nightly purge of old keys.
            models.Index(fields=["created_at"], name="idempotencykey_age"),
        ]

    def __str__(self) -> str:
        return self.key


def new_resident_name() -> str:
    """Return an invented log-in name for a resident, who never needs to know it."""
    return f"r-{uuid.uuid4().hex}"
