"""Standing bodies: one model of the body, one of the seat. Committees, councils and boards are kinds, not tables."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.models import Division, inside
from governance.accounts.masking import mask_name
from governance.calendar.days import valid_on


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
    DEPARTMENT = "DEPARTMENT", _("government department")
    ELECTION_COMMITTEE = "ELECTION_COMMITTEE", _("election committee")
    GRID_CENTER = "GRID_CENTER", _("grid service center")
    SERVICE_WINDOW = "SERVICE_WINDOW", _("one-window service hall")


COMMITTEES = (BodyKind.RESIDENTS_COMMITTEE, BodyKind.VILLAGERS_COMMITTEE, BodyKind.SUPERVISION_COMMITTEE)
"""Elected committees, whose members are public by name."""

WITH_PUBLIC_MEMBERS = (*COMMITTEES, BodyKind.FUND_COMMITTEE, BodyKind.ELECTION_COMMITTEE)

OFFICES = (BodyKind.DEPARTMENT, BodyKind.GRID_CENTER, BodyKind.SERVICE_WINDOW)
"""Bodies whose members work there (部门, 网格化服务管理中心, 综合受理窗口); they act on what is handed to their office."""


class BodyQuerySet(models.QuerySet["Body"]):
    """Reads over bodies, all of which are public."""

    def visible_to(self, user: Any) -> BodyQuerySet:
        """All of them; members' names are masked where they are not public."""
        del user
        return self.all()

    def in_division(self, division: Division) -> BodyQuerySet:
        """Bodies of the division and of those below it."""
        return self.filter(inside(division))

    def sitting_on(self, day: dt.date) -> BodyQuerySet:
        """Bodies whose term runs on this day."""
        return self.filter(models.Q(term_to=None) | models.Q(term_to__gt=day), term_from__lte=day)

    def with_seats(self, day: dt.date) -> BodyQuerySet:
        """Bodies with the seats held on this day as `seats`, chair first; two queries."""
        held = BodyMembership.objects.held_on(day).order_by("-is_chair", "pk")
        return self.prefetch_related(models.Prefetch("memberships", held, to_attr="seats"))

    def for_list(self) -> BodyQuerySet:
        """Rows with what lists show."""
        return self.select_related("division")


class Body(models.Model):
    """A standing body of a division with its term and size rule; seats are `BodyMembership` rows."""

    kind = models.CharField(_("kind"), max_length=30, choices=BodyKind)
    name = models.CharField(_("name"), max_length=100)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="bodies", verbose_name=_("division"))
    rule_key = models.CharField(_("decision rule"), max_length=60, blank=True)
    term_number = models.PositiveSmallIntegerField(_("term"), default=1)
    term_from = models.DateField(_("term from"))
    term_to = models.DateField(_("term to"), null=True, blank=True)

    objects = BodyQuerySet.as_manager()

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

    def get_absolute_url(self) -> str:
        """The body's public page."""
        return reverse("communities:body-detail", kwargs={"pk": self.pk})

    @property
    def has_public_members(self) -> bool:
        """Whether the members' names are public in full."""
        return self.kind in WITH_PUBLIC_MEMBERS

    def voting_members(self, day: dt.date) -> MembershipQuerySet:
        """The members who vote on this day, chair first; one query when read."""
        return self.memberships.voting_on(day).order_by("-is_chair", "pk")


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

    def held_on(self, day: dt.date) -> MembershipQuerySet:
        """Seats that are held on this day."""
        return self.filter(valid_on(day))

    def voting_on(self, day: dt.date) -> MembershipQuerySet:
        """Seats that are held on this day and have a vote: a supervisor has none."""
        return self.held_on(day).exclude(seat=Seat.SUPERVISOR)


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
    name = models.CharField(pgettext_lazy("person", "name"), max_length=50)
    seat = models.CharField(_("seat"), max_length=20, choices=Seat)
    is_chair = models.BooleanField(_("chair"), default=False)
    is_woman = models.BooleanField(
        _("woman"), null=True, blank=True, help_text=_("Empty where nobody has said; only the number is made public.")
    )
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
            # Who watches does not lead (Basis: Hunan guide on community charity funds 2025).
            models.CheckConstraint(
                condition=models.Q(is_chair=False) | ~models.Q(seat=Seat.SUPERVISOR),
                name="bodymembership_supervisor_does_not_chair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.body}"

    @property
    def division(self) -> Division:
        """The place of the body."""
        return self.body.division

    @property
    def shown_name(self) -> str:
        """The name as the public sees it; the body must be loaded."""
        return self.name if self.body.has_public_members else mask_name(self.name)
