"""Interest and management fees on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy

from funds.charity.models import CommunityFund
from funds.upkeep import operations
from funds.upkeep.forms import PostingForm, UpkeepForm
from funds.upkeep.models import UpkeepEntry, UpkeepKind
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.money import ZERO
from governance.staff import MovesAdmin

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest


@admin.register(UpkeepEntry)
class UpkeepAdmin(MovesAdmin):
    """Interest and fees: entered by one person, posted by another."""

    view_permission = "funds.view_upkeep"
    add_permission = "funds.enter_upkeep"
    acts: ClassVar = {
        "funds.upkeep_entry.entered": gettext_lazy("Interest or management fee entered"),
    }
    form = UpkeepForm
    list_display = ("fund", "kind", "covers_from", "covers_to", "amount", "status")
    list_select_related = ("fund__division", "fund__charity")
    list_filter = ("status", "kind")
    search_fields = ("fund__name", "reference")
    ordering = ("-pk",)
    fields = (
        *("fund", "kind", "covers_from", "covers_to", "base", "rate", "amount", "reference", "status"),
        *("posted_on", "journal", "entered_by", "posted_by"),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else UpkeepForm.Meta.fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the funds whose account the person keeps."""
        if db_field.name == "fund":
            funds = CommunityFund.objects.handled_by(acting_user(request))
            kwargs["queryset"] = funds.filter(status__in=operations.OPEN).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter it; a fee is computed, whatever amount was typed."""
        data = form.cleaned_data
        said = {"fund": data["fund"], "covers_from": data["covers_from"], "covers_to": data["covers_to"]}
        by, now = acting_user(request), clock.now()
        if data["kind"] == UpkeepKind.FEE:
            return operations.enter_fee(by=by, now=now, **said)
        amount = data["amount"] or ZERO
        return operations.enter_interest(by=by, now=now, amount=amount, reference=data["reference"], **said)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the day of the voucher."""
        return PostingForm if name == "confirm" else super().move_form(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Post it through its operation."""
        if name == "confirm":
            by, now = acting_user(request), clock.now()
            return operations.post_upkeep(by=by, entry=row, posted_on=data["posted_on"], now=now)
        return super().make_move(row, name, request, data)
