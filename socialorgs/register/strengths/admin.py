"""What organizations can do and where brands come from, on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from communities.people.desk import OfMyPlaces
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import MovesAdmin
from socialorgs.register.forms import ReasonForm
from socialorgs.register.strengths import operations
from socialorgs.register.strengths.models import BroughtIn, Capability

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest


@admin.register(Capability)
class CapabilityAdmin(OfMyPlaces, MovesAdmin):
    """Capabilities to be confirmed; stated on the page of the organization."""

    place = "organization__division"
    view_permission = "socialorgs.read_capabilities"
    acts: ClassVar = {"socialorgs.capability.stated": _("Capability stated")}
    recorded = ("certificates", "stated_by", "stated_at", "checked_by", "valid_to", "remark")
    list_display = ("organization", "field", "area", "staff_count", "status", "valid_to", "stated_at")
    list_filter = ("status", "field")
    list_select_related = ("organization", "area")
    search_fields = ("organization__name", "field")
    ordering = ("-pk",)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the reason."""
        return ReasonForm if name == "send_back" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Move through the operations."""
        by, now = acting_user(request), clock.now()
        if name == "check":
            return operations.check_capability(by=by, now=now, capability=row)
        if name == "send_back":
            return operations.return_capability(by=by, now=now, capability=row, reason=data["reason"])
        return super().make_move(row, name, request, data)


@admin.register(BroughtIn)
class BroughtInAdmin(OfMyPlaces):
    """Brands that were brought in; entered on the page of the organization."""

    place = "organization__division"
    view_permission = "socialorgs.read_capabilities"
    acts: ClassVar = {"socialorgs.brand.brought_in": _("Brand brought in")}
    list_display = ("organization", "brand", "origin_city", "said", "brought_in_on", "agreement_number")
    list_select_related = ("organization",)
    search_fields = ("organization__name", "brand", "origin_city")
    ordering = ("-brought_in_on", "-pk")

    @admin.display(description=_("fields"))
    def said(self, row: BroughtIn) -> str:
        """Return the fields."""
        return "、".join(row.fields)
