"""Residents' service centers for organizations: one a community, with its rooms and who is placed in them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.models import Division
from communities.venues.models import Venue
from governance.calendar.days import valid_on
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class ServiceCenterQuerySet(models.QuerySet["ServiceCenter"]):
    """Reads over centers, all of which are public."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them."""
        del user
        return self.all()

    def with_tenants(self, day: dt.date) -> Self:
        """Rows with how many are placed in each on a day, newest first."""
        held = Tenancy.objects.held_on(day).filter(center=models.OuterRef("pk")).order_by().values("center")
        counted = held.annotate(count=models.Count("organization", distinct=True)).values("count")
        return (
            self.select_related("division__parent", "operator", "venue")
            .annotate(tenants=models.Subquery(counted, output_field=models.IntegerField()))
            .order_by("-pk")
        )


class ServiceCenter(models.Model):
    """The residents' service center of community organizations (社区社会组织居民服务中心); one a community.

    Basis: report on Wuhou 2015.
    """

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("community"))
    name = models.CharField(_("name"), max_length=120)
    address = models.CharField(pgettext_lazy("place", "address"), max_length=200)
    venue = models.ForeignKey(
        Venue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="service_centers",
        verbose_name=_("venue"),
        help_text=_("The premises of the place in which it is run, where they are entered as a venue."),
    )
    rooms = models.PositiveIntegerField(_("rooms"))
    floor_area = models.PositiveIntegerField(_("floor area in square meters"), null=True, blank=True)
    services = models.TextField(_("what it offers"))
    operator = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("run by"),
    )
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(pgettext_lazy("resource", "closed on"), null=True, blank=True, editable=False)
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )

    objects = ServiceCenterQuerySet.as_manager()

    class Meta:
        verbose_name = _("residents' service center")
        verbose_name_plural = _("residents' service centers")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["division"], condition=models.Q(closed_on=None), name="servicecenter_one_a_community"
            ),
            models.UniqueConstraint(
                fields=["venue"], condition=models.Q(closed_on=None), name="servicecenter_one_a_venue"
            ),
            models.CheckConstraint(condition=models.Q(rooms__gte=1), name="servicecenter_has_rooms"),
            models.CheckConstraint(
                condition=models.Q(closed_on=None) | models.Q(closed_on__gte=models.F("opened_on")),
                name="servicecenter_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The center's page."""
        return reverse("socialorgs:center-detail", kwargs={"pk": self.pk})


class TenancyQuerySet(models.QuerySet["Tenancy"]):
    """Reads over tenancies, all of which are public."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them."""
        del user
        return self.all()

    def held_on(self, day: dt.date) -> Self:
        """Tenancies that run on a day."""
        return self.filter(valid_on(day))

    def for_list(self) -> Self:
        """Rows with what lists show, by room."""
        return self.select_related("center__division", "organization__division").order_by("room", "-pk")


class Tenancy(models.Model):
    """An organization's place in a center, half open; a room may be shared, an organization stands once in a center."""

    center = models.ForeignKey(
        ServiceCenter, on_delete=models.PROTECT, related_name="tenancies", verbose_name=_("center")
    )
    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="tenancies", verbose_name=_("organization")
    )
    room = models.PositiveIntegerField(_("room"))
    used_for = models.CharField(_("used for"), max_length=200)
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

    objects = TenancyQuerySet.as_manager()

    class Meta:
        verbose_name = _("tenancy")
        verbose_name_plural = _("tenancies")
        indexes: ClassVar = [
            # Where an organization is placed.
            models.Index(fields=["organization", "valid_from"], name="tenancy_body"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["center", "organization"], condition=models.Q(valid_to=None), name="tenancy_once_a_center"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="tenancy_period_runs_forward",
            ),
            models.CheckConstraint(condition=models.Q(room__gte=1), name="tenancy_has_a_room"),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.center} {self.room}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.center.division
