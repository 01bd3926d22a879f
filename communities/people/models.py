"""People in places: residents, and the posts from which jurisdiction follows."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division
from governance.accounts.secrets import EncryptedTextField

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from governance.accounts.models import User


class Role(models.TextChoices):
    """What a post is (Basis: domain.md §14); rights over one object are appointments in that object's room."""

    DISTRICT_ADMIN = "DISTRICT_ADMIN", _("district lead department")
    DISTRICT_OFFICER = "DISTRICT_OFFICER", _("district department")
    STREET_OFFICER = "STREET_OFFICER", _("street staff")
    STREET_REVIEWER = "STREET_REVIEWER", _("street reviewer")
    COMMUNITY_STAFF = "COMMUNITY_STAFF", _("community staff")
    SUPERVISOR = "SUPERVISOR", _("supervision committee")
    GRID_WORKER = "GRID_WORKER", _("grid worker")
    SOCIAL_WORKER = "SOCIAL_WORKER", _("social worker")
    RESIDENT_REPRESENTATIVE = "RESIDENT_REPRESENTATIVE", _("residents' representative")
    STEWARD = "STEWARD", _("steward")
    AUDITOR = "AUDITOR", _("auditor")


class PostQuerySet(models.QuerySet["Post"]):
    """Reads over posts."""

    def held_on(self, day: dt.date) -> QuerySet[Post]:
        """Posts that run on this day."""
        return self.filter(models.Q(valid_to=None) | models.Q(valid_to__gt=day), valid_from__lte=day)

    def of(self, user: User, day: dt.date) -> QuerySet[Post]:
        """The posts this user holds on this day, with their divisions."""
        return self.held_on(day).filter(user=user).select_related("division")


class Post(models.Model):
    """A user's role in a division for a period: jurisdiction over the places at and below it (岗位).

    Half-open period. Made and ended by `communities.people.operations`.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="posts", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=30, choices=Role)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="posts", verbose_name=_("division"))
    title = models.CharField(_("title"), max_length=60, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    appointed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("appointed by")
    )
    appointed_at = models.DateTimeField(_("appointed at"))

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        indexes: ClassVar = [
            # Every permission check: the posts of one user.
            models.Index(fields=["user", "valid_from"], name="post_user"),
            # Who holds a role in a place.
            models.Index(fields=["division", "role"], name="post_division_role"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="post_role_is_known"),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="post_period_runs_forward",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "division"], condition=models.Q(valid_to=None), name="post_held_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.division}"


class Resident(models.Model):
    """A person who lives in a community, with or without a log-in of their own.

    Claimed by the person, confirmed by community staff (`confirmed_at`); only confirmed residents stand on rolls.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="resident",
        verbose_name=_("log-in"),
    )
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="residents", verbose_name=_("community")
    )
    name = models.CharField(_("name"), max_length=50)
    identity_number = EncryptedTextField(_("identity number"), blank=True, default="")
    identity_hash = models.CharField(  # noqa: DJ001 - unique, so an absent one is null
        _("identity hash"), max_length=64, unique=True, null=True, editable=False
    )
    birth_on = models.DateField(_("date of birth"), null=True, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    registered_at = models.DateTimeField(_("registered at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )
    left_on = models.DateField(_("moved away on"), null=True, blank=True)

    class Meta:
        verbose_name = _("resident")
        verbose_name_plural = _("residents")
        indexes: ClassVar = [models.Index(fields=["division", "-id"], name="resident_division")]

    def __str__(self) -> str:
        return self.name
