"""Members of federations and offered resources on the desk; entered on the page of the organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from communities.people.desk import OfMyPlaces
from socialorgs.register.ties.models import FederationMember, OfferedResource

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(FederationMember)
class FederationMemberAdmin(OfMyPlaces):
    """Who belongs to which federation."""

    place = "federation__division"
    view_permission = "socialorgs.read_ties"
    acts: ClassVar = {
        "socialorgs.federation.member_added": _("Member of the federation entered"),
        "socialorgs.federation.member_left": _("Member of the federation left"),
    }
    list_display = ("federation", "member", "duty", "valid_from", "valid_to")
    list_select_related = ("federation", "member")
    search_fields = ("federation__name", "member__name")
    ordering = ("federation__name", "-pk")


@admin.register(OfferedResource)
class OfferedResourceAdmin(OfMyPlaces):
    """What is offered, and how much of it was used."""

    place = "organization__division"
    view_permission = "socialorgs.read_ties"
    acts: ClassVar = {
        "socialorgs.resource.offered": _("Resource offered"),
        "socialorgs.resource.used": _("Resource used"),
        "socialorgs.resource.ended": _("Offer ended"),
    }
    list_display = ("title", "organization", "kind", "quantity", "unit", "used_up", "valid_from", "valid_to")
    list_filter = ("kind",)
    list_select_related = ("organization",)
    search_fields = ("title", "organization__name")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Sum what was used with the rows."""
        return super().get_queryset(request).with_use()

    @admin.display(description=_("used"))
    def used_up(self, row: Any) -> int:
        """Return how much was used."""
        return row.used or 0
