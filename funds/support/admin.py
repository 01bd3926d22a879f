"""Public money for funds on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy

from funds.charity.models import CommunityFund
from funds.support import operations
from funds.support.forms import AppropriationForm, ArrivalForm
from funds.support.models import Appropriation
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import MovesAdmin

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest


@admin.register(Appropriation)
class AppropriationAdmin(MovesAdmin):
    """Appropriations: planned by one person, received by another."""

    view_permission = "funds.view_appropriation"
    add_permission = "funds.plan_appropriation"
    acts: ClassVar = {
        "funds.appropriation.planned": gettext_lazy("Public money planned"),
    }
    form = AppropriationForm
    list_display = ("document_number", "fund", "source", "fiscal_year", "amount", "status")
    list_select_related = ("fund__division", "fund__charity")
    list_filter = ("status", "source", "fiscal_year")
    search_fields = ("document_number", "fund__name")
    ordering = ("-pk",)
    fields = (
        *("fund", "source", "fiscal_year", "document_number", "amount", "restricted_to", "status"),
        *("received_on", "journal", "planned_by", "received_by"),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else AppropriationForm.Meta.fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the funds of the person's places."""
        if db_field.name == "fund":
            funds = CommunityFund.objects.handled_by(acting_user(request))
            kwargs["queryset"] = funds.filter(status__in=operations.TAKING).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Plan it."""
        return operations.plan_appropriation(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the day of the money."""
        return ArrivalForm if name == "receive" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Receive it through its operation."""
        if name == "receive":
            by, now = acting_user(request), clock.now()
            return operations.receive_appropriation(by=by, appropriation=row, received_on=data["received_on"], now=now)
        return super().make_move(row, name, request, data)
