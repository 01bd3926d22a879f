"""The enterprises room on the desk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.people.queries import within
from funds.charity.forms import STREET_AND_COMMUNITY, reach
from funds.enterprises import operations
from funds.enterprises.desk import SheetAdmin
from funds.enterprises.forms import (
    LABELS,
    AuditForm,
    DeskDeclarationForm,
    EnterpriseAppointmentForm,
    EnterpriseForm,
    FiguresForm,
    ReasonForm,
    StatementForm,
)
from funds.enterprises.legal import FORMS
from funds.enterprises.letting.forms import PaperForm
from funds.enterprises.lifecycle import DeclarationStatus
from funds.enterprises.models import (
    AUDITED_STATUSES,
    FIGURES,
    PAPERS,
    CommunityEnterprise,
    EnterpriseAppointment,
    ProfitDeclaration,
    own,
)
from funds.enterprises.ownership.forms import ShareholdersForm, written
from funds.enterprises.ownership.operations import set_shareholders
from funds.enterprises.queries import term_audit_due
from funds.enterprises.records.operations import take_over_records
from funds.enterprises.records.queries import compare
from funds.enterprises.spreadsheet import EnterpriseResource, TextXLSX
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.money import ZERO
from governance.staff import Deed, EditsAdmin, MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


def _edit_enterprise(row: CommunityEnterprise, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.edit_enterprise(by=by, enterprise=row, now=now, **data)


def _edit_declaration(row: ProfitDeclaration, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    figures: dict[str, Any] = {name: data.pop(name) or ZERO for name in FIGURES}
    operations.edit_declaration(by=by, declaration=row, now=now, **figures, **data)


def _correct_declaration(row: ProfitDeclaration, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.correct_declaration(by=by, declaration=row, reason=data["reason"], now=now)


def _set_shareholders(row: CommunityEnterprise, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    set_shareholders(by=by, enterprise=row, now=now, **data)


def _attach(row: ProfitDeclaration, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    file = data["file"]
    operations.attach_statement(
        by=by, declaration=row, paper=data["paper"], name=file.name, content=file.read(), now=now
    )


def _attach_report(row: ProfitDeclaration, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    _attach(row, by, now, {**data, "paper": "audit_report"})


def _take_over(row: ProfitDeclaration, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    del data
    take_over_records(by=by, declaration=row, now=now)


def _not_checked(row: ProfitDeclaration) -> StrOrPromise | None:
    return None if row.status == DeclarationStatus.CHECKED else _("The report belongs to a checked declaration.")


def _has_no_shareholders(row: CommunityEnterprise) -> StrOrPromise | None:
    return None if FORMS[row.legal_form].has_shareholders else _("This legal form has no shareholders.")


def _not_a_draft(row: ProfitDeclaration) -> StrOrPromise | None:
    return None if row.status == DeclarationStatus.DRAFT else _("Only a draft can be edited.")


def _not_audited(row: ProfitDeclaration) -> StrOrPromise | None:
    return None if row.status in AUDITED_STATUSES else _("Only what is audited is corrected by a new revision.")


@admin.register(CommunityEnterprise)
class EnterpriseAdmin(SheetAdmin, EditsAdmin, MovesAdmin):
    """Community enterprises with their moves, Excel in and out."""

    view_permission = "funds.view_enterprise"
    add_permission = "funds.edit_enterprise"
    acts: ClassVar = {
        "funds.enterprise.entered": gettext_lazy("Enterprise entered"),
        "funds.enterprise.edited": gettext_lazy("Enterprise edited"),
        "funds.enterprise.shareholders_set": gettext_lazy("Shareholders entered"),
    }
    form = EnterpriseForm
    readonly_fields = ("parts", "term_audit")
    list_display = ("name", "division", "legal_form", "credit_code", "status")
    list_select_related = ("division",)
    list_filter = ("status", "legal_form")
    search_fields = ("name", "credit_code", "division__name")
    ordering = ("division__path", "name", "pk")
    resource_classes = (EnterpriseResource,)
    formats: ClassVar = [TextXLSX]
    export_permission = "funds.view_enterprise_file"
    deeds = (
        Deed("edit", gettext_lazy("Edit"), "funds.edit_enterprise", _edit_enterprise),
        Deed(
            "shareholders",
            gettext_lazy("Enter the shareholders"),
            "funds.edit_enterprise",
            _set_shareholders,
            form=ShareholdersForm,
            hindrance=_has_no_shareholders,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        entered = EnterpriseForm.Meta.fields
        if obj is None:
            return entered
        more = ("paid_capital", "parts", "term_audit", "status", "registered_at", "entered_at", "entered_by")
        return [*entered, *more]

    @admin.display(description=gettext_lazy("shareholders"))
    def parts(self, row: CommunityEnterprise) -> str:
        """Who holds which part at present; one query."""
        held = row.shareholders.filter(valid_to=None).order_by("-share", "pk")
        return "、".join(f"{part.shown_name} {part.percent} %" for part in held) or "-"

    @admin.display(description=gettext_lazy("audit at the end of the term"))
    def term_audit(self, row: CommunityEnterprise) -> str:
        """Say that the audit at the end of the committee's term is due."""
        due = term_audit_due(row, clock.today())
        return _("due: the term ends on %(day)s") % {"day": due.body.term_to} if due else "-"

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

    def forms_of(self) -> dict[str, Callable[[Any], Callable[..., forms.BaseForm]]]:
        """Show the present shareholders as well, where new ones are entered."""
        return {**super().forms_of(), "shareholders": self._shareholders_form}

    def _shareholders_form(self, row: Any) -> Callable[..., forms.Form]:
        parts = list(row.shareholders.filter(valid_to=None).order_by("-share", "pk"))
        return partial(ShareholdersForm, initial=written(parts))


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
class DeclarationAdmin(EditsAdmin, MovesAdmin):
    """Profit declarations with their moves, the editing of drafts and corrections."""

    view_permission = "funds.view_declaration_file"
    add_permission = "funds.submit_declaration"
    acts: ClassVar = {
        "funds.declaration.entered": gettext_lazy("Declaration entered"),
        "funds.declaration.edited": gettext_lazy("Declaration edited"),
        "funds.declaration.corrected": gettext_lazy("Corrected by a new revision"),
        "funds.declaration.paper_attached": gettext_lazy("File of the declaration attached"),
    }
    form = DeskDeclarationForm
    readonly_fields = ("beside",)
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
            "take_over",
            gettext_lazy("Take the figures of the records over"),
            "funds.submit_declaration",
            _take_over,
            hindrance=_not_a_draft,
        ),
        Deed(
            "attach",
            gettext_lazy("Attach a statement"),
            "funds.submit_declaration",
            _attach,
            form=StatementForm,
            hindrance=_not_a_draft,
        ),
        Deed(
            "attach_report",
            gettext_lazy("Attach the audit report"),
            "funds.audit_declaration",
            _attach_report,
            form=PaperForm,
            hindrance=_not_checked,
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
        return [*period, *LABELS, "note", *PAPERS, "beside", "audit_opinion", "audit_occasion", "status", *people]

    @admin.display(description=gettext_lazy("beside the records"))
    def beside(self, row: ProfitDeclaration) -> str:
        """Where the declaration differs from the records, in yuan; two queries."""
        names = {column.name: column.verbose_name for column in ProfitDeclaration._meta.concrete_fields}
        found = [f"{names[line.name]} {line.difference:+,.2f}" for line in compare(row) if line.difference]
        return "；".join(found) or _("no difference")

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
            opinion, occasion = data["audit_opinion"], data["audit_occasion"]
            return operations.audit_declaration(by=by, declaration=row, opinion=opinion, occasion=occasion, now=now)
        if name.startswith("return_"):
            return operations.return_declaration(by=by, declaration=row, move=name, reason=data["reason"], now=now)
        return super().make_move(row, name, request, data)

    def edit_form(self, row: Any) -> Callable[..., forms.Form]:
        """Return the figures of the draft with its version."""
        return partial(FiguresForm, initial={name: getattr(row, name) for name in (*FIGURES, "note", "version")})
