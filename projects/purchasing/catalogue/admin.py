"""Lists for purchasing and budget lines on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Tier
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.money import format_yuan
from governance.staff import Deed, MovesAdmin, display
from projects.purchasing.catalogue import operations
from projects.purchasing.catalogue.forms import BudgetLineForm, ItemsForm, ListForm, NextEditionForm, ReasonForm
from projects.purchasing.catalogue.lifecycle import ListStatus
from projects.purchasing.catalogue.models import PublicBudgetLine, PurchaseList
from projects.purchasing.catalogue.operations import Budgeted
from projects.purchasing.catalogue.queries import figures_of
from socialorgs.register.forms import reach

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest

    from governance.accounts.models import User

SHOWN_ITEMS = 20


def _fill(row: PurchaseList, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.replace_items(by=by, now=now, purchase_list=row, items=data["items"])


def _follow(row: PurchaseList, by: User, now: dt.datetime, data: dict[str, Any]) -> str:
    names = ("edition", "valid_from", "reason", "items", "dropped")
    made = operations.draft_next_edition(
        by=by, now=now, purchase_list=row, **{name: data[name] for name in names if name in data}
    )
    return gettext("“%(edition)s” is drafted; another person brings it into force.") % {"edition": made}


@admin.register(PurchaseList)
class PurchaseListAdmin(MovesAdmin):
    """Editions of lists with their items; the public page shows all of them and hands out the sheet."""

    view_permission = "projects.view_purchase_list"
    add_permission = "projects.draft_purchase_list"
    form = ListForm
    list_display = ("title", "edition", "kind", "division", "valid_from", "valid_to", "status")
    list_select_related = ("division",)
    list_filter = ("kind", "status")
    search_fields = ("title", "edition")
    ordering = ("-pk",)
    readonly_fields = ("first_items",)
    acts: ClassVar = {
        "projects.purchase_list.drafted": _("List for purchasing drafted"),
        "projects.purchase_list.proposed": _("Next edition proposed"),
        "projects.purchase_list.filled": _("Items of a list entered"),
        "projects.purchase_list.ended": _("List ended by the next edition"),
    }
    deeds = (
        Deed(
            "fill",
            _("Enter the items"),
            "projects.draft_purchase_list",
            _fill,
            form=ItemsForm,
            is_open=lambda row: row.status == ListStatus.DRAFT,
        ),
        Deed(
            "next_edition",
            _("Draft the next edition"),
            "projects.draft_purchase_list",
            _follow,
            form=NextEditionForm,
            is_open=lambda row: row.status == ListStatus.CONFIRMED and row.valid_to is None,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        entered = ListForm.Meta.fields
        if obj is None:
            return [*entered, "file", "items"]
        return [*entered, "first_items", "status", "drafted_by", "confirmed_by", "confirmed_at"]

    @display(description=_("items"))
    def first_items(self, row: PurchaseList) -> str:
        """Show the first items and how many there are."""
        lines = [f"{item.code} {item.class_shown} {item.name}" for item in row.items.all()[:SHOWN_ITEMS]]
        return "\n".join([*lines, f"… {row.items.count()}"])

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places that the person's posts reach."""
        if db_field.name == "division":
            kwargs["queryset"] = reach(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Draft the edition."""
        return operations.draft_list(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask why a draft is withdrawn."""
        return ReasonForm if name == "withdraw" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Move through the operations."""
        by, now = acting_user(request), clock.now()
        if name == "confirm":
            return operations.confirm_list(by=by, now=now, purchase_list=row)
        return operations.withdraw_list(by=by, now=now, purchase_list=row, reason=data["reason"])


@admin.register(PublicBudgetLine)
class PublicBudgetLineAdmin(MovesAdmin):
    """Public budget lines with what is bound, paid and left."""

    view_permission = "projects.view_public_budget_line"
    add_permission = "projects.enter_public_budget_line"
    form = BudgetLineForm
    list_display = ("fiscal_year", "division", "source", "name", "amount", "status")
    list_select_related = ("division",)
    list_filter = ("source", "status", "fiscal_year")
    search_fields = ("name", "document_number")
    ordering = ("-fiscal_year", "-pk")
    readonly_fields = ("figures",)
    acts: ClassVar = {"projects.public_budget_line.entered": _("Public budget line entered")}

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        entered = BudgetLineForm.Meta.fields
        return entered if obj is None else [*entered, "figures", "status", "entered_by", "confirmed_by"]

    @display(description=_("bound, paid and left"))
    def figures(self, row: PublicBudgetLine) -> str:
        """Show what of the line is bound, paid and left."""
        found = figures_of([row])[0]
        return " / ".join(format_yuan(amount) for amount in (found.bound, found.paid, found.left))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places that the person's posts reach."""
        if db_field.name == "division":
            kwargs["queryset"] = reach(request.user).filter(tier__in=(Tier.DISTRICT, Tier.STREET))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter the line."""
        given = dict(form.cleaned_data)
        division = given.pop("division")
        return operations.enter_budget_line(
            by=acting_user(request), now=clock.now(), division=division, budgeted=Budgeted(**given)
        )

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask why a line is closed."""
        return ReasonForm if name == "close" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Move through the operations."""
        by, now = acting_user(request), clock.now()
        if name == "confirm":
            return operations.confirm_budget_line(by=by, now=now, line=row)
        return operations.close_budget_line(by=by, now=now, line=row, reason=data["reason"])
