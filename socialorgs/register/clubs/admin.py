"""Clubs on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from communities.people.desk import OfMyPlaces
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import MovesAdmin
from socialorgs.register.clubs import operations
from socialorgs.register.clubs.models import Club
from socialorgs.register.forms import ReasonForm

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest


@admin.register(Club)
class ClubAdmin(OfMyPlaces, MovesAdmin):
    """Clubs with their moves; what they do is entered on their pages."""

    view_permission = "socialorgs.read_clubs"
    acts: ClassVar = {
        "socialorgs.club.proposed": _("Club proposed"),
        "socialorgs.club.relocated": _("Place or time of meeting changed"),
        "socialorgs.club.joined": _("Joined the club"),
        "socialorgs.club.left": _("Left the club"),
        "socialorgs.club.consent_changed": _("Consent to be named changed"),
        "socialorgs.club.event_announced": _("Event announced"),
        "socialorgs.club.event_told": _("Event told"),
        "socialorgs.club.filing_asked": _("Asked to be filed"),
    }
    recorded = (
        "proposed_by",
        "proposed_at",
        "opened_by",
        "opened_at",
        "filing",
        "remark",
    )
    list_display = ("name", "kind", "division", "place", "venue", "status", "joined", "proposed_at")
    list_filter = ("status", "kind")
    list_select_related = ("division", "venue")
    search_fields = ("name", "division__name", "place", "venue__name")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count the members with the rows."""
        return super().get_queryset(request).for_list()

    @admin.display(description=_("members of the club"))
    def joined(self, row: Any) -> int:
        """Return how many have joined."""
        return row.members_count or 0

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the reason."""
        return ReasonForm if name in {"refuse", "dissolve"} else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Move through the operations."""
        by, now = acting_user(request), clock.now()
        if name == "grow":
            return operations.grow_club(by=by, now=now, club=row)
        found = {"refuse": operations.refuse_club, "dissolve": operations.dissolve_club}.get(name)
        if found is None:
            return super().make_move(row, name, request, data)
        return found(by=by, now=now, club=row, reason=data["reason"])
