"""People in places: residents, and the posts from which jurisdiction follows."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.policy import latest_birth
from communities.territory.models import Division, Tier
from governance.accounts.masking import mask_name
from governance.accounts.secrets import EncryptedTextField
from governance.calendar.days import valid_on

if TYPE_CHECKING:
    from governance.accounts.models import User


ADULT_YEARS = 18
"""From this age people vote (Basis: Organic Law of Urban Residents' Committees art. 8)."""


class Role(models.TextChoices):
    """What a post is (Basis: separation of duties); rights over one object are appointments in that object's room."""

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


TIERS = {
    Role.DISTRICT_ADMIN: (Tier.DISTRICT,),
    Role.DISTRICT_OFFICER: (Tier.DISTRICT,),
    Role.STREET_OFFICER: (Tier.STREET,),
    Role.STREET_REVIEWER: (Tier.STREET,),
    Role.COMMUNITY_STAFF: (Tier.COMMUNITY,),
    Role.SUPERVISOR: (Tier.COMMUNITY,),
    Role.GRID_WORKER: (Tier.COMMUNITY,),
    Role.SOCIAL_WORKER: (Tier.COMMUNITY, Tier.STREET),
    Role.RESIDENT_REPRESENTATIVE: (Tier.COMMUNITY,),
    Role.STEWARD: (Tier.COMMUNITY,),
    Role.AUDITOR: (Tier.DISTRICT, Tier.STREET),
}
"""The tiers of the tree on which a post can lie."""

COMMUNITY_ROLES = frozenset(
    {
        Role.COMMUNITY_STAFF,
        Role.SUPERVISOR,
        Role.GRID_WORKER,
        Role.SOCIAL_WORKER,
        Role.RESIDENT_REPRESENTATIVE,
        Role.STEWARD,
    }
)
"""Posts that a street fills in its communities."""

DESK_ROLES = frozenset(
    {
        Role.DISTRICT_ADMIN,
        Role.DISTRICT_OFFICER,
        Role.STREET_OFFICER,
        Role.STREET_REVIEWER,
        Role.COMMUNITY_STAFF,
        Role.AUDITOR,
    }
)
"""Posts of people who work at the desk, or of the partner system that stands for them."""


class PostQuerySet(models.QuerySet["Post"]):
    """Reads over posts."""

    def held_on(self, day: dt.date) -> PostQuerySet:
        """Posts that run on this day."""
        return self.filter(valid_on(day))

    def of(self, user: User, day: dt.date) -> PostQuerySet:
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
    title = models.CharField(pgettext_lazy("post", "title"), max_length=60, blank=True)
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


class ResidentQuerySet(models.QuerySet["Resident"]):
    """Reads over residents. Who may see a row is asked of `communities.people.queries`."""

    def living_here(self) -> ResidentQuerySet:
        """People who have not moved away."""
        return self.filter(left_on=None)

    def on_rolls(self, day: dt.date) -> ResidentQuerySet:
        """Confirmed people of eighteen years and more who live here on this day (Basis: Organic Law of Urban Residents' Committees art. 8)."""
        return self.filter(
            models.Q(left_on=None) | models.Q(left_on__gt=day),
            confirmed_at__isnull=False,
            birth_on__lte=latest_birth(day, ADULT_YEARS),
        )

    def for_list(self) -> ResidentQuerySet:
        """Rows with what lists show."""
        return self.select_related("division", "user", "confirmed_by")


class Resident(models.Model):
    """A person who lives in a community, with or without a log-in of their own.

    Claimed by the person, or entered by community staff for somebody without a log-in; confirmed by community staff
    who are neither the person nor who entered it (`confirmed_at`). Only confirmed residents stand on rolls. Who moves
    away keeps the row (`left_on`) and claims a new one. Made by `communities.people.operations`.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="residences",
        verbose_name=_("log-in"),
    )
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="residents", verbose_name=_("community")
    )
    name = models.CharField(_("name"), max_length=50)
    identity_number = EncryptedTextField(_("identity number"), blank=True, default="")
    identity_hash = models.CharField(  # noqa: DJ001 - unique, so an absent one is null
        _("identity hash"), max_length=64, null=True, blank=True, editable=False
    )
    birth_on = models.DateField(_("date of birth"), null=True, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    registered_at = models.DateTimeField(_("registered at"))
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("registered by")
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("confirmed by"),
    )
    left_on = models.DateField(_("moved away on"), null=True, blank=True, editable=False)

    objects = ResidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("resident")
        verbose_name_plural = _("residents")
        indexes: ClassVar = [models.Index(fields=["division", "-id"], name="resident_division")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(left_on=None), name="resident_lives_in_one_place"
            ),
            models.UniqueConstraint(
                fields=["identity_hash"], condition=models.Q(left_on=None), name="resident_identity_is_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(identity_number="", identity_hash=None)
                | (~models.Q(identity_number="") & models.Q(identity_hash__isnull=False)),
                name="resident_identity_has_its_hash",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None, confirmed_by=None)
                | models.Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="resident_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None)
                | (
                    ~models.Q(confirmed_by=models.F("registered_by"))
                    & (models.Q(user=None) | ~models.Q(confirmed_by=models.F("user")))
                ),
                name="resident_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return mask_name(self.name)
