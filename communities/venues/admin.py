"""Venues on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from communities.venues import operations
from communities.venues.forms import CloseForm, VenueForm
from communities.venues.models import Venue
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, StaffAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Venue)
class VenueAdmin(StaffAdmin):
    """Venues: entered and given up; rooms, contracts, free uses and evaluations name them."""

    view_permission = "communities.view_venue"
    add_permission = "communities.keep_venue"
    acts: ClassVar = {
        "communities.venue.entered": _("Venue entered"),
        "communities.venue.given_up": _("Venue given up"),
    }
    form = VenueForm
    list_display = ("name", "division", "property_class", "operating_line", "area", "closed_on")
    list_filter = ("property_class", "operating_line")
    list_select_related = ("division",)
    search_fields = ("name", "address", "division__name")
    autocomplete_fields = ("division",)
    ordering = ("-id",)
    deeds = (
        Deed(
            "close",
            _("Give up"),
            "communities.keep_venue",
            lambda row, by, now, data: operations.close_venue(by=by, now=now, venue=row, reason=data["reason"]),
            form=CloseForm,
            is_grave=True,
            is_open=lambda row: row.closed_on is None,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else VenueForm.Meta.fields

    def create(self, form: Any, request: HttpRequest) -> Venue:
        """Enter the venue."""
        return operations.enter_venue(by=acting_user(request), now=clock.now(), **form.cleaned_data)
