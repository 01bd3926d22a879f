"""Appeals and their accounts on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy

from funds.appeals import operations
from funds.appeals.forms import AppealForm, EndForm, ReportForm
from funds.appeals.models import Appeal, AppealReport
from funds.charity.models import CommunityFund
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


@admin.register(Appeal)
class AppealAdmin(MovesAdmin):
    """Appeals with their moves."""

    view_permission = "funds.view_appeal"
    add_permission = "funds.draft_appeal"
    acts: ClassVar = {"funds.appeal.drafted": gettext_lazy("Appeal drafted")}
    form = AppealForm
    list_display = ("title", "fund", "kind", "target", "starts_on", "ends_on", "status")
    list_select_related = ("fund__division", "fund__charity")
    list_filter = ("kind", "status")
    search_fields = ("title", "filing_number", "fund__name")
    ordering = ("-pk",)
    fields = (
        *AppealForm.Meta.fields,
        "pool",
        "status",
        "drafted_by",
        "opened_by",
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else AppealForm.Meta.fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the funds that the person handles."""
        if db_field.name == "fund":
            kwargs["queryset"] = CommunityFund.objects.handled_by(acting_user(request)).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Draft the appeal."""
        return operations.draft_appeal(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask why an appeal ends early."""
        return EndForm if name == "end" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Open and end through the operations."""
        by, now = acting_user(request), clock.now()
        if name == "open":
            return operations.open_appeal(by=by, appeal=row, now=now)
        if name == "end":
            return operations.end_appeal(by=by, appeal=row, reason=data["reason"], now=now)
        return super().make_move(row, name, request, data)


def _show(row: AppealReport, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.show_report(by=by, report=row, text=data["text"], now=now)


def _is_shown(row: AppealReport) -> StrOrPromise | None:
    return operations.ReportShown.message if row.published_at else None


def _owed(rows: QuerySet[AppealReport]) -> QuerySet[AppealReport]:
    return rows.filter(published_at=None, covers_to__lt=clock.today())


@admin.register(AppealReport)
class AppealReportAdmin(StaffAdmin):
    """The accounts that appeals owe, by the day on which they fall due."""

    view_permission = "funds.view_appeal"
    acts: ClassVar = {"funds.appeal_report.shown": gettext_lazy("Account of an appeal shown")}
    list_display = ("appeal", "covers_from", "covers_to", "due_on", "is_final", "raised", "spent", "published_at")
    list_select_related = ("appeal__fund__division", "appeal__fund__charity")
    list_filter = ("is_final", ("published_at", admin.EmptyFieldListFilter))
    search_fields = ("appeal__title",)
    ordering = ("due_on", "pk")
    deeds = (
        Deed(
            "show",
            gettext_lazy("Show the account"),
            "funds.show_appeal_report",
            _show,
            form=ReportForm,
            hindrance=_is_shown,
            waiting=_owed,
        ),
    )
