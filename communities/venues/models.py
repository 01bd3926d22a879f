"""Venues: the one thing that rooms, operations under contract, free uses and evaluations are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.models import Division, inside
from communities.venues.policy import OperatingLine, PropertyClass
from governance import lifecycle

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class VenueQuerySet(models.QuerySet["Venue"]):
    """Reads over venues, all of which are public."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them."""
        del user
        return self.all()

    def in_use(self) -> Self:
        """Venues that were not given up."""
        return self.filter(closed_on=None)

    def in_division(self, division: Division) -> Self:
        """Venues of the division and of those below it."""
        return self.filter(inside(division))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division").order_by("-pk")


class Venue(models.Model):
    """Premises of a place in which people meet and are served (活动场馆、社区用房), with their class and line (两条线).

    What it is never changes: contracts and agreements are about it. Who runs it, uses it and judges it stands in rows of
    the floors above.
    """

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="venues", verbose_name=_("division"))
    name = models.CharField(_("name"), max_length=120)
    address = models.CharField(pgettext_lazy("place", "address"), max_length=200)
    property_class = models.CharField(
        pgettext_lazy("premises", "class of the premises"), max_length=12, choices=PropertyClass
    )
    operating_line = models.CharField(
        pgettext_lazy("premises", "run by"), max_length=15, choices=OperatingLine, editable=False
    )
    area = models.DecimalField(_("floor (m²)"), max_digits=8, decimal_places=1, null=True, blank=True)
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )
    closed_on = models.DateField(pgettext_lazy("venue", "given up on"), null=True, blank=True, editable=False)

    objects = VenueQuerySet.as_manager()

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = pgettext_lazy("several", "venues")
        triggers: ClassVar = [
            lifecycle.columns_stay(
                "premises_stay", ("division_id", "name", "address", "property_class", "operating_line", "area")
            ),
        ]
        indexes: ClassVar = [
            # Venues of a place, newest first.
            models.Index(fields=["division", "-id"], name="venue_place"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["division", "name"], condition=Q(closed_on=None), name="venue_name_once_in_a_place"
            ),
            # Public premises are run by street or department, the others by the state-owned company (Basis: report S3).
            models.CheckConstraint(
                condition=Q(property_class="PUBLIC", operating_line="STREET")
                | Q(property_class__in=["SEMI_PUBLIC", "MARKET"], operating_line="STATE_COMPANY"),
                name="venue_line_fits_its_class",
            ),
            models.CheckConstraint(condition=Q(area=None) | Q(area__gt=0), name="venue_has_some_floor"),
        ]

    def __str__(self) -> str:
        return self.name
