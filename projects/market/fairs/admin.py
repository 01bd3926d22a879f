"""Fairs and intentions on the desk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy, pgettext_lazy

from communities.people.desk import OfMyPlaces
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin
from projects.evaluation.forms import places_of
from projects.market.fairs import operations
from projects.market.fairs.forms import FairForm, ListForm, SignForm
from projects.market.fairs.models import FairIntention, MatchFair
from projects.market.fairs.operations import Listed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


def _list(row: MatchFair, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    listed: list[Listed] = data["listed"]
    operations.list_projects(by=by, now=now, fair=row, listed=listed)


def _takes_projects(row: MatchFair) -> bool:
    return row.status in {"PLANNED", "OPEN"}


@admin.register(MatchFair)
class MatchFairAdmin(OfMyPlaces, MovesAdmin):
    """Fairs with their moves and their lists."""

    view_permission = "projects.view_market_desk"
    add_permission = "projects.manage_fair"
    form = FairForm
    list_display = ("title", "division", "starts_at", "status")
    list_select_related = ("division",)
    list_filter = ("status",)
    search_fields = ("title",)
    ordering = ("-pk",)
    date_hierarchy = "starts_at"
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.match_fair.planned": gettext_lazy("Fair planned"),
        "projects.match_fair.listed": gettext_lazy("Projects listed"),
    }
    deeds = (
        Deed(
            "list",
            pgettext_lazy("fair", "Add projects"),
            "projects.manage_fair",
            _list,
            form=ListForm,
            is_open=_takes_projects,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else FairForm.Meta.fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts."""
        if db_field.name == "division":
            kwargs["queryset"] = places_of(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Plan the fair."""
        return operations.plan_fair(by=acting_user(request), now=clock.now(), **form.cleaned_data)


@admin.register(FairIntention)
class FairIntentionAdmin(OfMyPlaces, MovesAdmin):
    """Intentions; the contract that came of one is noted here."""

    place = "project__fair__division"
    view_permission = "projects.view_market_desk"
    recorded = ("noted_by", "noted_at", "settled_at", "contract", "reference")
    list_display = ("project", "organization", "enterprise", "noted_at", "status")
    list_select_related = ("project__fair__division", "organization", "enterprise")
    list_filter = ("status", ("project__field", admin.ChoicesFieldListFilter))
    search_fields = ("project__title", "organization__name", "enterprise__name")
    ordering = ("-pk",)
    acts: ClassVar[dict[str, StrOrPromise]] = {"projects.fair_intention.noted": gettext_lazy("Intention noted")}

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the contract."""
        return SignForm if name == "sign" else None

    def form_for(self, row: Any, name: str) -> Callable[..., forms.Form] | None:
        """Offer the signed contracts of the body that had the intention."""
        return partial(SignForm, intention=row) if name == "sign" else super().form_for(row, name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Note the contract by its operation."""
        if name != "sign":
            return super().make_move(row, name, request, data)
        said = {key: data[key] for key in ("contract", "reference")}
        return operations.sign_intention(by=acting_user(request), now=clock.now(), intention=row, **said)
