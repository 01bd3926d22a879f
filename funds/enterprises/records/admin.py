"""The books of enterprises on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy

from communities.territory.spreadsheet import TextXLSX
from funds.enterprises.desk import SheetAdmin
from funds.enterprises.forms import ReasonForm
from funds.enterprises.letting.forms import PaperForm
from funds.enterprises.records import operations
from funds.enterprises.records.forms import NOTED, DeskRecordForm
from funds.enterprises.records.models import BusinessRecord
from funds.enterprises.records.spreadsheet import RecordSheet
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, StaffAdmin

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest

    from governance.accounts.models import User


def _attach(row: BusinessRecord, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.attach_evidence(by=by, record=row, name=data["file"].name, content=data["file"].read(), now=now)


def _void(row: BusinessRecord, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.void_record(by=by, record=row, reason=data["reason"], now=now)


@admin.register(BusinessRecord)
class RecordAdmin(SheetAdmin, StaffAdmin):
    """Revenue, cost and tax by line and month, Excel in and out."""

    view_permission = "funds.view_business_record"
    add_permission = "funds.keep_records"
    acts: ClassVar = {
        "funds.record.entered": gettext_lazy("Record entered"),
        "funds.record.evidence_attached": gettext_lazy("Evidence attached"),
        "funds.record.taken_back": gettext_lazy("Record taken back"),
    }
    form = DeskRecordForm
    list_display = ("month_text", "enterprise", "kind", "line", "amount", "evidence_number", "is_related", "voided_at")
    list_select_related = ("enterprise",)
    list_filter = ("kind", "line", "is_related")
    search_fields = ("enterprise__name", "description", "evidence_number", "party")
    date_hierarchy = "month"
    ordering = ("-pk",)
    autocomplete_fields = ("enterprise",)
    resource_classes = (RecordSheet,)
    formats: ClassVar = [TextXLSX]
    deeds = (
        Deed(
            "attach",
            gettext_lazy("Attach evidence"),
            "funds.keep_records",
            _attach,
            form=PaperForm,
            is_open=lambda row: row.voided_at is None,
        ),
        Deed(
            "void",
            gettext_lazy("Take the record back"),
            "funds.keep_records",
            _void,
            form=ReasonForm,
            is_grave=True,
            is_open=lambda row: row.voided_at is None,
        ),
    )

    @admin.display(description=gettext_lazy("month"), ordering="month")
    def month_text(self, row: BusinessRecord) -> str:
        """The month in short."""
        return f"{row.month:%Y-%m}"

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        entered = ["enterprise", *NOTED]
        return (
            [*entered, "evidence", "recorded_by", "voided_at", "voided_by", "void_reason"]
            if obj
            else [*entered, "file"]
        )

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter the record."""
        file = form.cleaned_data["file"]
        return operations.enter_record(
            by=acting_user(request),
            enterprise=form.cleaned_data["enterprise"],
            noted=form.noted(),  # type: ignore[attr-defined]  # DeskRecordForm
            now=clock.now(),
            name=file.name if file else "",
            content=file.read() if file else b"",
        )
