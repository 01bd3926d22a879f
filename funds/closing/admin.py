"""Closings of funds on the desk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy

from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund
from funds.closing import operations
from funds.closing.forms import AuditForm, BalanceUseForm, BeginEntryForm, ContactForm, ReportForm
from funds.closing.models import FundClosure
from funds.closing.moving import lead
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import MovesAdmin

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model
    from django.http import HttpRequest

FORMS: dict[str, type[forms.Form]] = {
    "audit": AuditForm,
    "propose": BalanceUseForm,
    "put_up": ContactForm,
    "report": ReportForm,
}


@admin.register(FundClosure)
class ClosureAdmin(MovesAdmin):
    """Closings with their steps; what hinders stands on the public page of each."""

    view_permission = "funds.view_fund_closure"
    add_permission = "funds.sign_fund_agreement"
    acts: ClassVar = {
        "funds.fund_closure.begun": gettext_lazy("Closing begun"),
    }
    form = BeginEntryForm
    list_display = ("fund", "ground", "status", "amount", "begun_at")
    list_select_related = ("fund__division", "fund__charity")
    list_filter = ("status", "ground")
    search_fields = ("fund__name",)
    ordering = ("-pk",)
    fields = (
        *("fund", "ground", "reason", "status", "auditor", "audit_opinion", "use", "recipient", "project"),
        *("use_reason", "amount", "notice", "out_journal", "in_journal", "report"),
        *("begun_by", "audited_by", "proposed_by", "transferred_by", "reported_by"),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else BeginEntryForm.Meta.fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the living funds that the person handles."""
        if db_field.name == "fund":
            funds = CommunityFund.objects.handled_by(acting_user(request))
            living = funds.filter(status__in=(FundStatus.ACTIVE, FundStatus.RECTIFYING))
            kwargs["queryset"] = living.order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Begin the closing."""
        by, now, today = acting_user(request), clock.now(), clock.today()
        return operations.begin_closing(by=by, now=now, today=today, **form.cleaned_data)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for what the step needs."""
        return FORMS.get(name)

    def form_for(self, row: Any, name: str) -> Callable[..., forms.Form] | None:
        """Offer the funds of the same charity."""
        return partial(BalanceUseForm, closure=row) if name == "propose" else self.move_form(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make the step through its operation."""
        return lead(row, name, by=acting_user(request), now=clock.now(), today=clock.today(), data=data)
