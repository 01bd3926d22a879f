"""Standing bodies: one model of the body, one of the seat. Committees, councils and boards are kinds, not tables."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division

if TYPE_CHECKING:
    from django.db.models import QuerySet


class BodyKind(models.TextChoices):
    """What a body is."""

    RESIDENTS_COMMITTEE = "RESIDENTS_COMMITTEE", _("residents' committee")
    VILLAGERS_COMMITTEE = "VILLAGERS_COMMITTEE", _("villagers' committee")
    SUPERVISION_COMMITTEE = "SUPERVISION_COMMITTEE", _("supervision committee")
    FUND_COMMITTEE = "FUND_COMMITTEE", _("fund committee")
    COUNCIL = "COUNCIL", _("residents' council")
    PARTY_UNIT = "PARTY_UNIT", _("party unit")
    JOINT_MEETING = "JOINT_MEETING", _("joint meeting")
    LEADING_GROUP = "LEADING_GROUP", _("leading group")


class Body(models.Model):
    """A standing body of a division with its term and size rule; seats are `BodyMembership` rows."""

    kind = models.CharField(_("kind"), max_length=30, choices=BodyKind)
    name = models.CharField(_("name"), max_length=100)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="bodies", verbose_name=_("division"))
    rule_key = models.CharField(_("decision rule"), max_length=60, blank=True)
    term_number = models.PositiveSmallIntegerField(_("term"), default=1)
    term_from = models.DateField(_("term from"))
    term_to = models.DateField(_("term to"), null=True, blank=True)

    class Meta:
        verbose_name = _("body")
        verbose_name_plural = _("bodies")
        indexes: ClassVar = [models.Index(fields=["division", "kind"], name="body_division_kind")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=BodyKind.values), name="body_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(term_to=None) | models.Q(term_to__gt=models.F("term_from")),
                name="body_term_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Seat(models.TextChoices):
    """For whom a member sits."""

    COMMUNITY = "COMMUNITY", _("community")
    RESIDENT = "RESIDENT", _("residents")
    DONOR = "DONOR", _("donors")
    CHARITY = "CHARITY", _("charity")
    STREET = "STREET", _("street")
    UNIT = "UNIT", _("resident units")
    ORGANIZATION = "ORGANIZATION", _("social organizations")
    SUPERVISOR = "SUPERVISOR", _("supervisor")


class MembershipQuerySet(models.QuerySet["BodyMembership"]):
    """Reads over seats."""

    def held_on(self, day: dt.date) -> QuerySet[BodyMembership]:
        """Seats that are held on this day."""
        return self.filter(models.Q(valid_to=None) | models.Q(valid_to__gt=day), valid_from__lte=day)


class BodyMembership(models.Model):
    """One person's seat in a body for a period. A supervisor watches and does not vote."""

    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("body"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("log-in"),
    )
    name = models.CharField(_("name"), max_length=50)
    seat = models.CharField(_("seat"), max_length=20, choices=Seat)
    is_chair = models.BooleanField(_("chair"), default=False)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        indexes: ClassVar = [
            models.Index(fields=["body", "valid_from"], name="bodymembership_body"),
            models.Index(fields=["user", "valid_from"], name="bodymembership_user"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(seat__in=Seat.values), name="bodymembership_seat_is_known"),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="bodymembership_period_runs_forward",
            ),
            models.UniqueConstraint(
                fields=["body", "user"],
                condition=models.Q(valid_to=None, user__isnull=False),
                name="bodymembership_one_seat_each",
            ),
            models.UniqueConstraint(
                fields=["body"], condition=models.Q(is_chair=True, valid_to=None), name="bodymembership_one_chair"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.body}"
