"""Filings and yearly confirmations on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from communities.people.desk import OfMyPlaces
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import MovesAdmin
from socialorgs.register.filing import operations
from socialorgs.register.filing.forms import OpinionForm
from socialorgs.register.filing.models import Filing, FilingConfirmation
from socialorgs.register.forms import ReasonForm

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest


@admin.register(Filing)
class FilingAdmin(OfMyPlaces, MovesAdmin):
    """Filings with their moves: the community's opinion, the street's number."""

    view_permission = "socialorgs.read_filings"
    acts: ClassVar = {"socialorgs.filing.submitted": _("Filing submitted")}
    list_display = ("name", "division", "form", "service_class", "status", "number", "submitted_at")
    list_filter = ("status", "form", "service_class")
    list_select_related = ("division",)
    search_fields = ("name", "number", "division__name")
    ordering = ("-pk",)
    fields = (
        "division",
        "name",
        "form",
        "service_class",
        "purpose",
        "activity_place",
        "head_name",
        "contact",
        "members",
        "rules_text",
        "status",
        "submitted_by",
        "submitted_at",
        "opinion",
        "recommended_by",
        "recommended_at",
        "number",
        "filed_by",
        "filed_at",
        "remark",
        "organization",
    )

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the opinion, or for the reason."""
        return {"recommend": OpinionForm, "send_back": ReasonForm, "refuse": ReasonForm}.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Move through the operations."""
        by, now = acting_user(request), clock.now()
        if name == "recommend":
            return operations.recommend_filing(by=by, now=now, filing=row, opinion=data["opinion"])
        if name == "file":
            return operations.file_filing(by=by, now=now, filing=row)
        found = {"send_back": operations.send_filing_back, "refuse": operations.refuse_filing}.get(name)
        if found is None:
            return super().make_move(row, name, request, data)
        return found(by=by, now=now, filing=row, reason=data["reason"])


@admin.register(FilingConfirmation)
class FilingConfirmationAdmin(OfMyPlaces, MovesAdmin):
    """Years that filed organizations have reported, to be confirmed by the street."""

    place = "organization__division"
    view_permission = "socialorgs.read_filings"
    acts: ClassVar = {
        "socialorgs.filing_confirmation.reported": _("Year of a filed organization reported"),
        "socialorgs.organization.classified": _("Organization sorted into a class"),
    }
    recorded = (
        "reported_by",
        "reported_at",
        "decided_by",
        "decided_at",
        "remark",
    )
    list_display = ("organization", "year", "members_count", "activities", "status", "reported_at")
    list_filter = ("status", "year")
    list_select_related = ("organization",)
    search_fields = ("organization__name",)
    ordering = ("-pk",)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the reason."""
        return ReasonForm if name == "send_back" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Return through the operation."""
        if name != "send_back":
            return super().make_move(row, name, request, data)
        return operations.send_year_back(
            by=acting_user(request), now=clock.now(), confirmation=row, reason=data["reason"]
        )
