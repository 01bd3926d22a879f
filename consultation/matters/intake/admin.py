"""Visits, joinings and quarterly lists on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from communities.people.queries import within
from consultation.matters.intake import joining, listing
from consultation.matters.intake.forms import SplitForm
from consultation.matters.intake.lists import LivelihoodList
from consultation.matters.intake.models import MatterJoining, Visit
from consultation.matters.models import FILE_READERS
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    from django import forms
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Visit)
class VisitAdmin(StaffAdmin):
    """Visits of the places that one handles; they are recorded on the pages, on the way."""

    view_permission = "consultation.view_visit"
    list_display = ("visited_on", "division", "kind", "person_name", "recorded_by", "companion")
    list_filter = ("kind",)
    list_select_related = ("division", "recorded_by")
    search_fields = ("person_name", "address", "division__name")
    acts: ClassVar = {"consultation.visit.recorded": _("Visit recorded")}
    ordering = ("-id",)
    fields = (
        "division",
        "kind",
        "visited_on",
        "person_name",
        "address",
        "companion",
        "findings",
        "recorded_by",
        "recorded_at",
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the entry to those who handle matters."""
        return request.user.is_authenticated and request.user.has_perm("consultation.view_matter")


@admin.register(MatterJoining)
class JoiningAdmin(MovesAdmin):
    """What is asked about and what is handled together, in the places that one handles."""

    view_permission = "consultation.view_joining"
    list_display = ("matter", "lead", "status", "due_on", "voice", "asked_by")
    list_filter = ("status", "voice")
    list_select_related = ("matter", "lead", "asked_by")
    search_fields = ("matter__number", "lead__number")
    acts: ClassVar = {
        "consultation.joining.asked": _("Asked whether matters are handled together"),
        "consultation.joining.answered": _("Answer of the leading matter passed on"),
    }
    ordering = ("-id",)
    fields = (
        "matter",
        "lead",
        "reason",
        "status",
        "asked_by",
        "asked_at",
        "due_on",
        "voice",
        "answered_at",
        "ended_at",
        "end_reason",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[MatterJoining]:
        """Those of the places that one handles; what one is asked about oneself stands on the pages."""
        return MatterJoining.objects.filter(within(request.user, *FILE_READERS, division="matter__division"))

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Return what a step asks for."""
        return SplitForm if name == "split" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Any:
        """Take the step by its operation."""
        by, now = acting_user(request), clock.now()
        if name == "split":
            return joining.split_joining(by=by, now=now, joining=row, reason=data["reason"])
        return joining.answer_joining(by=by, now=now, joining=row, agrees=name == "agree")


@admin.register(LivelihoodList)
class LivelihoodAdmin(MovesAdmin):
    """The quarterly lists; they are filled on their pages."""

    view_permission = "consultation.view_needs"
    list_display = ("division", "year", "quarter", "status", "closes_on")
    list_filter = ("status", "year")
    list_select_related = ("division",)
    search_fields = ("division__name",)
    acts: ClassVar = {
        "consultation.livelihood.begun": _("Quarterly list begun"),
        "consultation.livelihood.entered": _("Matter put on the quarterly list"),
    }
    ordering = ("-id",)
    fields = ("division", "year", "quarter", "status", "closes_on", "begun_by", "begun_at", "settled_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LivelihoodList]:
        """Those of the places that one works in."""
        return LivelihoodList.objects.filter(within(request.user, *FILE_READERS))

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Any:
        """Settle the list by its operation."""
        del name, data
        return listing.settle_list(by=acting_user(request), now=clock.now(), today=clock.today(), livelihood_list=row)
