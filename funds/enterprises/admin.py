"""The enterprises room on the desk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ImportExportMixin
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from communities.people.queries import within
from communities.territory.spreadsheet import SheetUnreadable
from funds.charity.forms import STREET_AND_COMMUNITY, reach
from funds.enterprises import operations
from funds.enterprises.forms import (
    LABELS,
    AuditForm,
    DeskDeclarationForm,
    EnterpriseAppointmentForm,
    EnterpriseForm,
    FiguresForm,
    ReasonForm,
)
from funds.enterprises.lifecycle import DeclarationStatus
from funds.enterprises.models import (
    AUDITED_STATUSES,
    FIGURES,
    CommunityEnterprise,
    EnterpriseAppointment,
    ProfitDeclaration,
    own,
)
from funds.enterprises.spreadsheet import EnterpriseResource, TextXLSX
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError
from governance.money import ZERO
from governance.staff import Deed, MovesAdmin, StaffAdmin, Wanted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


class EditsAdmin(MovesAdmin):
    """A page of one lifecycle row that may be edited through its operation; the deed `edit` shows what stands there."""

    def edit_form(self, row: Any) -> Callable[..., forms.Form]:
        """Return what builds the form of the row's present values."""
        raise NotImplementedError

    def deed_view(self, request: HttpRequest, pk: str, name: str) -> HttpResponse:
        """Fill the form of an edit with the row's values."""
        if name != "edit":
            return super().deed_view(request, pk, name)
        row = self.row_for(request, pk)
        deed = next(deed for deed in self.deeds if deed.name == name)
        if not request.user.has_perm(deed.permission, row):
            raise PermissionDenied

        def run(data: dict[str, Any]) -> None:
            deed.run(row, acting_user(request), clock.now(), data)

        wanted = Wanted(deed.label, self.edit_form(row), run, asks=True, is_grave=False)
        return self._ask_and_do(request, row, wanted)


def _edit_enterprise(row: CommunityEnterprise, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    del data["reason"]
    operations.edit_enterprise(by=by, enterprise=row, now=now, **data)


def _edit_declaration(row: ProfitDeclaration, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    del data["reason"]
    figures: dict[str, Any] = {name: data.pop(name) or ZERO for name in FIGURES}
    operations.edit_declaration(by=by, declaration=row, now=now, **figures, **data)


def _correct_declaration(row: ProfitDeclaration, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.correct_declaration(by=by, declaration=row, reason=data["reason"], now=now)


def _not_a_draft(row: ProfitDeclaration) -> StrOrPromise | None:
    return None if row.status == DeclarationStatus.DRAFT else _("Only a draft can be edited.")


def _not_audited(row: ProfitDeclaration) -> StrOrPromise | None:
    return None if row.status in AUDITED_STATUSES else _("Only what is audited is corrected by a new revision.")


@admin.register(CommunityEnterprise)
class EnterpriseAdmin(ImportExportMixin, EditsAdmin):  # type: ignore[type-arg]  # the stubs' parameter is not there at run time
    """Community enterprises with their moves, Excel in and out."""

    view_permission = "funds.view_enterprise"
    add_permission = "funds.edit_enterprise"
    acts: ClassVar = {
        "funds.enterprise.entered": gettext_lazy("Enterprise entered"),
        "funds.enterprise.edited": gettext_lazy("Enterprise edited"),
    }
    form = EnterpriseForm
    list_display = ("name", "division", "legal_form", "credit_code", "status")
    list_select_related = ("division",)
    list_filter = ("status", "legal_form")
    search_fields = ("name", "credit_code", "division__name")
    ordering = ("division__path", "name", "pk")
    resource_classes = (EnterpriseResource,)
    formats: ClassVar = [TextXLSX]
    import_form_class = ImportForm
    export_form_class = ExportForm
    skip_admin_log = True
    deeds = (Deed("edit", gettext_lazy("Edit"), "funds.edit_enterprise", _edit_enterprise),)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        entered = EnterpriseForm.Meta.fields
        return [*entered, "status", "registered_at", "entered_at", "entered_by"] if obj else entered

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts."""
        if db_field.name == "division":
            kwargs["queryset"] = reach(request.user, *STREET_AND_COMMUNITY)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter the enterprise."""
        return operations.enter_enterprise(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def edit_form(self, row: Any) -> Callable[..., forms.Form]:
        """Return the master data; the community of an enterprise stays."""

        def build(data: Any, files: Any) -> Any:
            form = EnterpriseForm(data, files, instance=CommunityEnterprise.objects.get(pk=row.pk))
            del form.fields["division"]
            return form

        return build

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Let those import who may enter enterprises; each row is asked for again."""
        return bool(request.user.has_perm("funds.edit_enterprise"))

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Let those export who read the files of a place."""
        return bool(request.user.has_perm("funds.view_enterprise_file"))

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the time, and write all rows or none."""
        given = super().get_import_data_kwargs(**kwargs)
        return {**given, "now": clock.now(), "rollback_on_validation_errors": True}

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        """Say in plain words that the file is no workbook, or too large."""
        form.add_error("import_file", str(e if isinstance(e, DomainError) else SheetUnreadable()))


@admin.register(EnterpriseAppointment)
class EnterpriseAppointmentAdmin(StaffAdmin):
    """Who acts for which enterprise."""

    view_permission = "funds.view_enterprise_appointment"
    add_permission = "funds.edit_enterprise"
    acts: ClassVar = {
        "funds.enterprise_appointment.made": gettext_lazy("Appointed for the enterprise"),
        "funds.enterprise_appointment.ended": gettext_lazy("Appointment ended"),
    }
    form = EnterpriseAppointmentForm
    list_display = ("enterprise", "user", "role", "valid_from", "valid_to")
    list_select_related = ("enterprise", "user")
    list_filter = ("role",)
    search_fields = ("enterprise__name",)
    ordering = ("enterprise__name", "pk")
    autocomplete_fields = ("enterprise",)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Appoint the person."""
        return operations.appoint_for_enterprise(by=acting_user(request), now=clock.now(), **form.cleaned_data)


@admin.register(ProfitDeclaration)
class DeclarationAdmin(EditsAdmin):
    """Profit declarations with their moves, the editing of drafts and corrections."""

    view_permission = "funds.view_declaration_file"
    add_permission = "funds.submit_declaration"
    acts: ClassVar = {
        "funds.declaration.entered": gettext_lazy("Declaration entered"),
        "funds.declaration.edited": gettext_lazy("Declaration edited"),
        "funds.declaration.corrected": gettext_lazy("Corrected by a new revision"),
    }
    form = DeskDeclarationForm
    list_display = ("enterprise", "period", "revenue", "net_profit", "status")
    list_select_related = ("enterprise",)
    list_filter = ("status", "period_kind")
    search_fields = ("enterprise__name", "enterprise__credit_code")
    date_hierarchy = "starts_on"
    ordering = ("-starts_on", "-pk")
    autocomplete_fields = ("enterprise",)
    deeds = (
        Deed(
            "edit",
            gettext_lazy("Edit the draft"),
            "funds.submit_declaration",
            _edit_declaration,
            form=FiguresForm,
            hindrance=_not_a_draft,
        ),
        Deed(
            "correct",
            gettext_lazy("Correct"),
            "funds.submit_declaration",
            _correct_declaration,
            form=ReasonForm,
            hindrance=_not_audited,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProfitDeclaration]:
        """Show the files of the viewer's places and enterprises; what is public besides stands on the pages."""
        user = acting_user(request)
        rows: QuerySet[ProfitDeclaration] = super().get_queryset(request)
        return rows.filter(within(user, division="enterprise__division") | Q(enterprise__in=own(user)))

    @admin.display(description=gettext_lazy("period"), ordering="starts_on")
    def period(self, row: ProfitDeclaration) -> str:
        """The period in short."""
        return row.period_name

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        if obj is None:
            return DeskDeclarationForm.Meta.fields
        people = ("declared_by", "submitted_by", "reviewed_by", "checked_by", "audited_by")
        period = ("enterprise", "period_kind", "starts_on", "ends_on", "revision", "correction_reason")
        return [*period, *LABELS, "note", "audit_opinion", "status", *people]

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter the declaration."""
        entry = form.entry()  # type: ignore[attr-defined]  # DeskDeclarationForm
        return operations.enter_declaration(by=acting_user(request), now=clock.now(), **entry)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the opinion of an audit."""
        return AuditForm if name == "audit" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Audit and return through their operations."""
        by, now = acting_user(request), clock.now()
        if name == "audit":
            return operations.audit_declaration(by=by, declaration=row, opinion=data["audit_opinion"], now=now)
        if name.startswith("return_"):
            return operations.return_declaration(by=by, declaration=row, move=name, reason=data["reason"], now=now)
        return super().make_move(row, name, request, data)

    def edit_form(self, row: Any) -> Callable[..., forms.Form]:
        """Return the figures of the draft with its version."""
        return partial(FiguresForm, initial={name: getattr(row, name) for name in (*FIGURES, "note", "version")})
