"""Large sheets of the register on the desk: take in, look over, confirm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from communities.people.desk import OfMyPlaces
from communities.territory.files.taking import job_of
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import sent
from governance.staff import MovesAdmin
from socialorgs.register.intake import operations
from socialorgs.register.intake.forms import ConfirmForm, SheetForm
from socialorgs.register.intake.lifecycle import SheetStatus
from socialorgs.register.intake.listings import said_of
from socialorgs.register.intake.models import RegisterSheet, SheetKind, Verdict
from socialorgs.register.intake.reading import changes
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

PREVIEWED = 20
BAD_SHOWN = 200
RELOAD_SECONDS = "2"
"""How soon the page of a running job loads itself again; by a header, so that it works without script."""
UNDER_WAY = (SheetStatus.UPLOADED, SheetStatus.CONFIRMED)


@admin.register(RegisterSheet)
class RegisterSheetAdmin(OfMyPlaces, MovesAdmin):
    """Sheets of the register: upload, look over, confirm; what cannot be used stands below with its reason."""

    view_permission = "socialorgs.view_register_sheet"
    acts: ClassVar = {"socialorgs.register_sheet.uploaded": _("Sheet of the register uploaded")}
    change_list_template = "socialorgs/register/desk_sheets.html"
    change_form_outer_after_template = "socialorgs/register/desk_rows.html"
    list_display = ("name", "kind", "division", "status", "fresh", "changed", "same", "bad", "uploaded_at")
    list_select_related = ("division",)
    list_filter = ("status", "kind")
    search_fields = ("name", "division__name")
    ordering = ("-pk",)
    fields = (
        "kind",
        "division",
        "name",
        "sha256",
        "status",
        "problem",
        "fresh",
        "changed",
        "same",
        "bad",
        "uploaded_by",
        "uploaded_at",
        "confirmed_by",
        "confirmed_at",
        "finished_at",
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the page that takes a sheet in."""
        wrapped = self.admin_site.admin_view(self.take_in_view)
        return [path("take-in/", wrapped, name="socialorgs_registersheet_take_in"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the way to the upload to those who may use it."""
        more = {"may_take_in": request.user.has_perm("socialorgs.take_register_in")}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Load the page again while a job runs."""
        answer = super().change_view(request, object_id, form_url, extra_context)
        row = self.get_object(request, object_id)
        if isinstance(row, RegisterSheet) and row.status in UNDER_WAY:
            answer["Refresh"] = RELOAD_SECONDS
        return answer

    def around(self, request: HttpRequest, row: Model) -> dict[str, Any]:
        """Show how far the job is, the first rows, and every row that cannot be used."""
        return {**super().around(request, row), **_preview(row)}

    def take_in_view(self, request: HttpRequest) -> HttpResponse:
        """Take a workbook in; a job reads it, and the page of the sheet shows what it holds."""
        if not request.user.has_perm("socialorgs.take_register_in"):
            raise PermissionDenied
        user = acting_user(request)
        form = SheetForm(sent(request), request.FILES or None, user=user)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                row = operations.upload_sheet(by=user, now=clock.now(), name=said["file"].name, **said)
                return HttpResponseRedirect(reverse("admin:socialorgs_registersheet_change", args=[row.pk]))
            except (DomainError, ValidationError) as refusal:
                put_into(form, refusal)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Take in a sheet of the register"),
            "form": form,
            "home": reverse("admin:socialorgs_registersheet_changelist"),
            "opts": self.opts,
        }
        status = 400 if form.errors else 200
        return TemplateResponse(request, "communities/territory/desk_form.html", context, status=status)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask whether unusable rows are left out."""
        return ConfirmForm if name == "confirm" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Confirm and discard through the operations."""
        by, now = acting_user(request), clock.now()
        if name == "confirm":
            return operations.confirm_sheet(by=by, now=now, sheet=row, leave_out_bad=data["leave_out_bad"])
        if name == "discard":
            return operations.discard_sheet(by=by, now=now, sheet=row, reason=data["reason"])
        return super().make_move(row, name, request, data)


def _preview(row: Any) -> dict[str, Any]:
    """Return what the page shows of the rows; four queries."""

    columns = {column.name: column.verbose_name for column in SocialOrganization._meta.fields}

    def rows(verdict: str, most: int) -> list[Any]:
        found = row.rows.filter(verdict=verdict).select_related("division", "organization")
        lines = list(found.order_by("number")[:most])
        for line in lines:
            names = ("identifier", "credit_code", "filing_number")
            line.number_said = next((line.values[name] for name in names if line.values.get(name)), "")
            line.said = line.reason
            if row.kind == SheetKind.LISTINGS:
                line.said = line.reason or said_of(line)
            elif verdict == Verdict.CHANGED:
                pairs = changes(line.organization, line.values)
                line.said = "; ".join(
                    f"{columns[key]}: {old or '–'} → {new or '–'}" for key, (old, new) in pairs.items()
                )
        return lines

    return {
        "job": job_of(operations.SHEETS, row),
        "fresh_rows": rows(Verdict.FRESH, PREVIEWED),
        "edited_rows": rows(Verdict.CHANGED, PREVIEWED),
        "bad_rows": rows(Verdict.BAD, BAD_SHOWN),
    }
