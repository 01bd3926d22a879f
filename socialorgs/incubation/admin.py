"""Incubation on the desk: incubators with their places, stays with their shells."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from communities.people.desk import OfMyPlaces
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, EditsAdmin, MovesAdmin
from socialorgs.incubation import sites
from socialorgs.incubation.forms import PlaceEditForm, PlaceForm, SiteEditForm, SiteForm
from socialorgs.incubation.lifecycle import SHELLS
from socialorgs.incubation.models import IncubationStay, Incubator
from socialorgs.incubation.operators.forms import AgreedForm
from socialorgs.incubation.operators.operations import Agreed, enter_contract
from socialorgs.incubation.sites import Site
from socialorgs.register.forms import ReasonForm, reach

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

    from governance.accounts.models import User
    from governance.lifecycle import Offer
    from governance.staff import Step


def _add_place(row: Incubator, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    sites.add_place(by=by, now=now, incubator=row, label=data["label"])


def _edit(row: Incubator, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    sites.edit_incubator(by=by, now=now, incubator=row, site=Site.of(row, **data))


def _edit_place(row: Incubator, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    del row
    place = data["place"]
    label = data["label"].strip() or place.label
    sites.edit_place(by=by, now=now, place=place, label=label, is_open=data["is_open"])


def _close(row: Incubator, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    sites.close_incubator(by=by, now=now, incubator=row, reason=data["reason"])


def _is_open(row: Incubator) -> bool:
    return row.closed_on is None


def _enter_contract(row: Incubator, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    enter_contract(by=by, now=now, incubator=row, agreed=Agreed(**data))


@admin.register(Incubator)
class IncubatorAdmin(EditsAdmin):
    """Incubators in their tiers, with how much room there is."""

    view_permission = "socialorgs.view_incubator"
    add_permission = "socialorgs.manage_incubator"
    form = SiteForm
    acts: ClassVar = {
        "socialorgs.incubator.opened": _("Incubator entered"),
        "socialorgs.incubator.place_added": _("Place added"),
        "socialorgs.incubator.place_edited": _("Place changed"),
        "socialorgs.incubator.edited": _("Incubator edited"),
        "socialorgs.incubator.operator_followed": _("Who runs it changed with its contract"),
        "socialorgs.incubator.closed": _("Incubator closed"),
    }
    list_display = ("name", "tier", "parent", "division", "operator", "room", "opened_on")
    list_filter = ("tier",)
    list_select_related = ("division", "parent", "operator")
    search_fields = ("name", "division__name")
    ordering = ("name", "pk")
    autocomplete_fields = ("operator", "parent")
    deeds = (
        Deed("edit", _("Edit"), "socialorgs.manage_incubator", _edit, is_open=_is_open),
        Deed(
            "add_place",
            _("Add a room or desk"),
            "socialorgs.manage_incubator",
            _add_place,
            form=PlaceForm,
            is_open=_is_open,
        ),
        Deed("edit_place", _("Change a room or desk"), "socialorgs.manage_incubator", _edit_place, is_open=_is_open),
        Deed(
            "enter_contract",
            _("Enter a contract with who runs it"),
            "socialorgs.enter_operator_contract",
            _enter_contract,
            form=AgreedForm,
            is_open=_is_open,
        ),
        Deed(
            "close",
            _("Close it"),
            "socialorgs.manage_incubator",
            _close,
            form=ReasonForm,
            is_grave=True,
            is_open=_is_open,
        ),
    )

    def edit_form(self, row: Any) -> Callable[..., forms.BaseForm]:
        """Fill in what stands there."""
        return partial(SiteEditForm, incubator=row)

    def forms_of(self) -> dict[str, Callable[[Any], Callable[..., forms.BaseForm]]]:
        """Offer the incubator's own rooms, too."""
        return {**super().forms_of(), "edit_place": lambda row: partial(PlaceEditForm, incubator=row)}

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the entry to those who handle stays."""
        return request.user.is_authenticated and request.user.has_perm("socialorgs.read_stays")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask for what is entered; show besides how much room there is."""
        return [*SiteForm.Meta.fields, *(["room", "entered_by", "entered_at"] if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Name what is computed."""
        return ("room",) if obj else ()

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count the places with the rows."""
        return Incubator.objects.visible_to(request.user).for_list()

    @admin.display(description=_("places taken"))
    def room(self, row: Any) -> str:
        """Return how many of the places are taken."""
        return f"{row.taken_places or 0} / {row.open_places or 0}"

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts."""
        if db_field.name == "division":
            kwargs["queryset"] = reach(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter the incubator."""
        return sites.open_incubator(by=acting_user(request), now=clock.now(), site=Site(**form.cleaned_data))


def _is_reviewed(row: IncubationStay) -> bool:
    return row.status in SHELLS


def _review_due(rows: Any) -> QuerySet[IncubationStay]:
    due: QuerySet[IncubationStay] = rows.review_due(clock.today())
    return due


@admin.register(IncubationStay)
class StayAdmin(OfMyPlaces, MovesAdmin):
    """Stays by shell; what is done with one is done on its page."""

    place = "incubator__division"
    view_permission = "socialorgs.read_stays"
    acts: ClassVar = {
        "socialorgs.incubation.applied": _("Applied for a stay"),
        "socialorgs.incubation.filing_asked": _("Asked to be filed"),
        "socialorgs.incubation.planned": _("Item of the capacity plan entered"),
        "socialorgs.incubation.item_done": _("Item of the capacity plan done"),
        "socialorgs.incubation.reviewed": _("Stay reviewed"),
    }
    recorded = (
        "applied_by",
        "applied_at",
        "entry_score",
        "proposed_by",
        "place",
        "admitted_on",
        "due_on",
        "review_due_on",
        "extensions",
        "exit_score",
        "projects_done",
    )
    list_display = (
        *("name", "incubator", "kind", "status", "shell_since", "review_due_on", "due_on"),
        *("entry_score", "exit_score"),
    )
    list_filter = ("status", "kind", "incubator__tier")
    list_select_related = ("incubator__division",)
    search_fields = ("name", "incubator__name")
    ordering = ("-pk",)
    deeds = (
        Deed(
            "review",
            _("Enter a review"),
            "socialorgs.operate_incubation",
            lambda _row, _by, _now, _data: None,
            is_open=_is_reviewed,
            waiting=_review_due,
            address=IncubationStay.get_absolute_url,
        ),
    )

    @admin.display(description=_("in this shell since"))
    def shell_since(self, row: IncubationStay) -> dt.date | None:
        """Return the day on which the present shell began."""
        return row.since.date() if row.since else None

    def _move_step(self, row: Model, offer: Offer) -> Step:
        """Lead to the page of the stay, where each move has its form."""
        step = super()._move_step(row, offer)
        home = row.get_absolute_url() if isinstance(row, IncubationStay) else step.url
        return type(step)(step.label, home, step.is_open, step.reason, step.is_grave, asks=True)
