"""The enterprises room on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ImportExportMixin
from unfold.contrib.import_export.forms import ExportForm, ImportForm
from unfold.decorators import action

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
from funds.enterprises.models import FIGURES, CommunityEnterprise, EnterpriseAppointment, ProfitDeclaration
from funds.enterprises.spreadsheet import EnterpriseResource, TextXLSX
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.staff import MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse


class ActsAdmin(MovesAdmin):
    """A page of one lifecycle row with acts besides its moves, each on a page of its own.

    Subclasses list `acts`: name -> (label, permission); and answer `act_form` and `act`.
    """

    acts: ClassVar[dict[str, tuple[Any, str]]] = {}

    def get_urls(self) -> list[Any]:
        """Add the page of one act."""
        page = path("<path:pk>/acts/<str:name>/", self.admin_site.admin_view(self.act_view), name=self.address("act"))
        return [page, *super().get_urls()]

    def may(self, request: HttpRequest, name: str, object_id: str | None) -> bool:
        """Ask `rules` for the act's permission on the row."""
        row = self.get_object(request, object_id) if object_id else None
        return bool(request.user.has_perm(self.acts[name][1], row))

    def lead(self, name: str, object_id: str) -> HttpResponseRedirect:
        """Lead to the page of the act."""
        return HttpResponseRedirect(reverse(f"admin:{self.address('act')}", args=[object_id, name]))

    def act_form(self, name: str, row: Any, request: HttpRequest) -> forms.Form:
        """Return the form of an act, bound when something was sent."""
        raise NotImplementedError

    def act(self, name: str, row: Any, form: Any, request: HttpRequest) -> Model:
        """Do it by its operation and return the row to show."""
        raise NotImplementedError

    def act_view(self, request: HttpRequest, pk: str, name: str) -> HttpResponse:
        """Ask for what the act needs, then do it; a refusal stands beside what was typed."""
        row = self.get_object(request, pk)
        if row is None or name not in self.acts:
            raise Http404
        if not self.may(request, name, pk):
            raise PermissionDenied
        form = self.act_form(name, row, request)
        label = self.acts[name][0]
        if request.method == "POST" and form.is_valid():
            try:
                done = self.act(name, row, form, request)
            except DomainError as refusal:
                put_into(form, refusal)
            else:
                messages.success(request, _("Done: %(move)s.") % {"move": label})
                return HttpResponseRedirect(reverse(f"admin:{self.address('change')}", args=[done.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": label,
            "row": row,
            "step": {"label": label},
            "form": form,
            "home": reverse(f"admin:{self.address('change')}", args=[row.pk]),
            "opts": self.opts,
        }
        return TemplateResponse(request, "desk/move.html", context)


@admin.register(CommunityEnterprise)
class EnterpriseAdmin(ImportExportMixin, ActsAdmin):  # type: ignore[type-arg]  # the stubs' parameter is not there at run time
    """Community enterprises with their moves, Excel in and out."""

    view_permission = "funds.view_enterprise"
    add_permission = "funds.edit_enterprise"
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
    acts: ClassVar = {"edit": (gettext_lazy("Edit"), "funds.edit_enterprise")}
    actions_detail: ClassVar = ["edit_link"]

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

    @action(description=gettext_lazy("Edit"), permissions=["edit_link"])  # type: ignore[untyped-decorator]  # unfold is untyped
    def edit_link(self, request: HttpRequest, object_id: str) -> HttpResponseRedirect:
        """Lead to the page on which the master data are edited."""
        del request
        return self.lead("edit", object_id)

    def has_edit_link_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Ask `rules`."""
        return self.may(request, "edit", object_id)

    def act_form(self, name: str, row: Any, request: HttpRequest) -> forms.Form:
        """Return the master data; the community of an enterprise stays."""
        del name
        form: Any = EnterpriseForm(request.POST or None, instance=CommunityEnterprise.objects.get(pk=row.pk))
        del form.fields["division"]
        return form  # type: ignore[no-any-return]

    def act(self, name: str, row: Any, form: Any, request: HttpRequest) -> Model:
        """Edit the master data."""
        del name
        return operations.edit_enterprise(by=acting_user(request), enterprise=row, now=clock.now(), **form.cleaned_data)

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
        """Say in plain words that the file is no workbook."""
        del e
        form.add_error("import_file", _("This file cannot be read as an Excel workbook (.xlsx)."))


@admin.register(EnterpriseAppointment)
class EnterpriseAppointmentAdmin(StaffAdmin):
    """Who acts for which enterprise."""

    view_permission = "funds.view_enterprise_appointment"
    add_permission = "funds.edit_enterprise"
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
class DeclarationAdmin(ActsAdmin):
    """Profit declarations with their moves, the editing of drafts and corrections."""

    view_permission = "funds.view_declaration_file"
    add_permission = "funds.submit_declaration"
    form = DeskDeclarationForm
    list_display = ("enterprise", "period_name", "revenue", "net_profit", "status")
    list_select_related = ("enterprise",)
    list_filter = ("status", "period_kind")
    search_fields = ("enterprise__name", "enterprise__credit_code")
    date_hierarchy = "starts_on"
    ordering = ("-starts_on", "-pk")
    autocomplete_fields = ("enterprise",)
    acts: ClassVar = {
        "edit": (gettext_lazy("Edit the draft"), "funds.submit_declaration"),
        "correct": (gettext_lazy("Correct"), "funds.submit_declaration"),
    }
    actions_detail: ClassVar = ["edit_link", "correct_link"]

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

    @action(description=gettext_lazy("Edit the draft"), permissions=["edit_link"])  # type: ignore[untyped-decorator]  # unfold is untyped
    def edit_link(self, request: HttpRequest, object_id: str) -> HttpResponseRedirect:
        """Lead to the page on which the draft is edited."""
        del request
        return self.lead("edit", object_id)

    @action(description=gettext_lazy("Correct"), permissions=["correct_link"])  # type: ignore[untyped-decorator]  # unfold is untyped
    def correct_link(self, request: HttpRequest, object_id: str) -> HttpResponseRedirect:
        """Lead to the page on which a correction is begun."""
        del request
        return self.lead("correct", object_id)

    def has_edit_link_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Ask `rules`."""
        return self.may(request, "edit", object_id)

    def has_correct_link_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Ask `rules`."""
        return self.may(request, "correct", object_id)

    def act_form(self, name: str, row: Any, request: HttpRequest) -> forms.Form:
        """Return the figures of the draft, or the reason of the correction."""
        if name == "correct":
            return ReasonForm(request.POST or None)
        initial = {column: getattr(row, column) for column in (*FIGURES, "note", "version")}
        return FiguresForm(request.POST or None, initial=initial)

    def act(self, name: str, row: Any, form: Any, request: HttpRequest) -> Model:
        """Edit the draft, or begin the correction."""
        by, now = acting_user(request), clock.now()
        if name == "correct":
            return operations.correct_declaration(by=by, declaration=row, reason=form.cleaned_data["reason"], now=now)
        return operations.edit_declaration(
            by=by, declaration=row, version=form.cleaned_data["version"], now=now, **form.figures()
        )
