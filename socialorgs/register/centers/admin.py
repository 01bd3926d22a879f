"""Residents' service centers on the desk."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from communities.people.desk import OfMyPlaces
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed
from socialorgs.register.centers import operations
from socialorgs.register.centers.forms import HousedForm, HouseForm, TenantForm
from socialorgs.register.centers.models import ServiceCenter
from socialorgs.register.centers.operations import House
from socialorgs.register.forms import ReasonForm, reach

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest

    from governance.accounts.models import User


def _place(row: ServiceCenter, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.place_tenant(by=by, now=now, center=row, **data)


def _house(row: ServiceCenter, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.house_center(by=by, now=now, center=row, venue=data["venue"])


def _close(row: ServiceCenter, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.close_center(by=by, now=now, center=row, reason=data["reason"])


def _is_open(row: ServiceCenter) -> bool:
    return row.closed_on is None


@admin.register(ServiceCenter)
class ServiceCenterAdmin(OfMyPlaces):
    """Centers with how many organizations are placed in each."""

    view_permission = "socialorgs.read_centers"
    add_permission = "socialorgs.manage_center"
    form = HouseForm
    acts: ClassVar = {
        "socialorgs.center.opened": _("Center entered"),
        "socialorgs.center.housed": _("Venue of the center entered"),
        "socialorgs.center.closed": _("Center closed"),
        "socialorgs.center.tenant_placed": _("Organization placed"),
        "socialorgs.center.tenant_moved_out": _("Organization moved out"),
    }
    list_display = ("name", "division", "venue", "rooms", "placed", "operator", "opened_on", "closed_on")
    list_select_related = ("division", "operator", "venue")
    search_fields = ("name", "division__name")
    ordering = ("-pk",)
    autocomplete_fields = ("operator",)
    deeds = (
        Deed("place", _("Place an organization"), "socialorgs.place_tenant", _place, TenantForm, is_open=_is_open),
        Deed(
            "house",
            _("Say in which venue it is"),
            "socialorgs.manage_center",
            _house,
            HousedForm,
            is_open=_is_open,
        ),
        Deed(
            "close",
            _("Close the center"),
            "socialorgs.manage_center",
            _close,
            ReasonForm,
            is_grave=True,
            is_open=_is_open,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask for what is entered."""
        return [*HouseForm.Meta.fields, *(["placed", "closed_on", "entered_by", "entered_at"] if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Name what is computed."""
        return ("placed",) if obj else ()

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count the tenants with the rows."""
        return super().get_queryset(request).with_tenants(clock.today())

    @admin.display(description=_("organizations placed"))
    def placed(self, row: Any) -> int:
        """Return how many are placed today."""
        return row.tenants or 0

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts."""
        if db_field.name == "division":
            kwargs["queryset"] = reach(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter the center."""
        return operations.open_center(by=acting_user(request), now=clock.now(), house=House(**form.cleaned_data))
