"""Federations and their members; what chambers and other bodies offer to governance, and what of it was used."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.models import Division
from governance.calendar.days import valid_on
from socialorgs.register.models import OrganizationType, SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

UMBRELLAS = (OrganizationType.FEDERATION, OrganizationType.CHAMBER)
"""Kinds of bodies that have other bodies as members."""


class FederationMemberQuerySet(models.QuerySet["FederationMember"]):
    """Reads over members of federations, all of which are public."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them."""
        del user
        return self.all()

    def held_on(self, day: dt.date) -> Self:
        """Memberships that run on a day."""
        return self.filter(valid_on(day))

    def for_list(self) -> Self:
        """Rows with what lists show, by name of the member."""
        return self.select_related("federation__division", "member__division").order_by("member__name", "pk")


class FederationMember(models.Model):
    """One organization's membership in a federation or chamber for a period, half open."""

    federation = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="member_ties", verbose_name=_("federation")
    )
    member = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        related_name="federation_ties",
        verbose_name=pgettext_lazy("organization", "member"),
    )
    duty = models.CharField(_("duty in the federation"), max_length=60, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )

    objects = FederationMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member of a federation")
        verbose_name_plural = _("members of federations")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["federation", "member"], condition=models.Q(valid_to=None), name="federationmember_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(federation=models.F("member")), name="federationmember_is_another_body"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="federationmember_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} · {self.federation}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.federation.division


class ResourceKind(models.TextChoices):
    """What is offered."""

    SPACE = "SPACE", _("rooms and grounds")
    GOODS = "GOODS", pgettext_lazy("resource", "goods")
    SKILL = "SKILL", _("skilled hours")
    JOBS = "JOBS", _("jobs and training places")
    OTHER = "OTHER", pgettext_lazy("resource", "other")


class OfferedResourceQuerySet(models.QuerySet["OfferedResource"]):
    """Reads over offers, all of which are public."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them."""
        del user
        return self.all()

    def with_use(self) -> Self:
        """Rows with how much of each was used, newest first."""
        used = ResourceUse.objects.filter(resource=models.OuterRef("pk")).order_by().values("resource")
        total = used.annotate(total=models.Sum("quantity")).values("total")
        return (
            self.select_related("organization__division")
            .annotate(used=models.Subquery(total, output_field=models.IntegerField()))
            .order_by("-pk")
        )


class OfferedResource(models.Model):
    """Something that an organization offers to a place, in whole units (Basis: report on Jiangbei, street chambers)."""

    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="resources", verbose_name=_("organization")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=ResourceKind)
    title = models.CharField(_("what is offered"), max_length=120)
    quantity = models.PositiveIntegerField(_("how much"))
    unit = models.CharField(pgettext_lazy("resource", "unit"), max_length=20)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    offered_at = models.DateTimeField(pgettext_lazy("resource", "offered at"), editable=False)
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("offered by"),
    )

    objects = OfferedResourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("offered resource")
        verbose_name_plural = _("offered resources")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=ResourceKind.values), name="offeredresource_kind_is_known"
            ),
            models.CheckConstraint(condition=models.Q(quantity__gte=1), name="offeredresource_is_something"),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="offeredresource_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Where it is shown: the organization's page."""
        return self.organization.get_absolute_url()

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.organization.division


class ResourceUse(models.Model):
    """How much of an offer was used where, for what and on which day; never more in all than was offered."""

    resource = models.ForeignKey(
        OfferedResource, on_delete=models.PROTECT, related_name="uses", verbose_name=_("offered resource")
    )
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("used in"))
    used_on = models.DateField(_("used on"))
    quantity = models.PositiveIntegerField(_("how much"))
    purpose = models.CharField(_("used for"), max_length=200)
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )

    class Meta:
        verbose_name = _("use of a resource")
        verbose_name_plural = _("uses of resources")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(quantity__gte=1), name="resourceuse_is_something"),
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.used_on}: {self.quantity}"
