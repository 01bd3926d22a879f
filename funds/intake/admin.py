"""Files of donations on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funds.intake import operations
from funds.intake.forms import ConfirmForm, DeskFileForm, DiscardForm, MappingForm, PublishForm
from funds.intake.lifecycle import IntakeStatus
from funds.intake.models import ColumnMapping, DonationIntake, IntakeRow, Verdict
from governance.accounts.masking import mask_name
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import sent
from governance.staff import Deed, MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User

PREVIEWED = 20


def _publish(row: DonationIntake, by: User, now: dt.datetime, data: dict[str, Any]) -> str:
    count = operations.publish_intake(by=by, intake=row, note=data["note"], now=now)
    return _("%(count)s donations were published.") % {"count": count}


def _is_unposted(row: DonationIntake) -> StrOrPromise | None:
    return None if row.status == "POSTED" else str(operations.NotPosted(status=row.get_status_display()))


@admin.register(DonationIntake)
class IntakeAdmin(MovesAdmin):
    """Files of donations: upload, look over, confirm; what cannot be used stands below with its reason."""

    view_permission = "funds.view_donation_intake"
    acts: ClassVar = {
        "funds.donation_intake.uploaded": gettext_lazy("File of donations uploaded"),
        "funds.donation_intake.published": gettext_lazy("Donations of a file published"),
    }
    change_list_template = "funds/intake/desk_list.html"
    change_form_outer_after_template = "funds/intake/desk_rows.html"
    list_display = ("name", "fund", "status", "fresh", "known", "bad", "total", "uploaded_at")
    list_select_related = ("fund__division", "fund__charity")
    list_filter = ("status",)
    search_fields = ("name", "fund__name")
    ordering = ("-pk",)
    fields = (
        "fund",
        "appeal",
        "mapping",
        "name",
        "sha256",
        "status",
        "problem",
        "fresh",
        "known",
        "bad",
        "total",
        "uploaded_by",
        "confirmed_by",
    )
    deeds: ClassVar[tuple[Deed, ...]] = (
        Deed(
            "publish",
            gettext_lazy("Publish its donations"),
            "funds.receive_donation",
            _publish,
            form=PublishForm,
            hindrance=_is_unposted,
            is_open=lambda row: row.status != IntakeStatus.POSTED or row.has_unpublished,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that take a file in and save headings."""
        wrapped = self.admin_site.admin_view
        return [
            path("take-in/", wrapped(self.take_in_view), name="funds_donationintake_take_in"),
            path("headings/", wrapped(self.headings_view), name="funds_donationintake_headings"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the ways to the upload and the headings to those who may use them."""
        more = {
            "may_take_in": request.user.has_perm("funds.take_donations_in"),
            "may_save": request.user.has_perm("funds.save_column_mapping"),
        }
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def around(self, request: HttpRequest, row: Model) -> dict[str, Any]:
        """Show the first rows and every row that cannot be used, donors masked."""
        shown = {
            "good_rows": self._rows(row, Verdict.FRESH, Verdict.POSTED),
            "known_rows": self._rows(row, Verdict.KNOWN),
            "bad_rows": self._rows(row, Verdict.BAD, most=200),
            "late": IntakeRow.objects.filter(intake=row.pk).in_closed_months().count(),
        }
        return {**super().around(request, row), **shown}

    @staticmethod
    def _rows(row: Any, *verdicts: str, most: int = PREVIEWED) -> list[Any]:
        found = list(row.rows.filter(verdict__in=verdicts).order_by("number")[:most])
        for line in found:
            line.shown_name = line.donor_name if line.is_name_public else mask_name(line.donor_name)
        return found

    def take_in_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file in; a job reads it, and the page of the file shows what it holds."""
        if not request.user.has_perm("funds.take_donations_in"):
            raise PermissionDenied
        user = acting_user(request)
        form = DeskFileForm(sent(request), request.FILES or None, user=user)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                row = operations.upload_file(by=user, now=clock.now(), name=said["file"].name, **said)
                return HttpResponseRedirect(reverse("admin:funds_donationintake_change", args=[row.pk]))
            except (DomainError, ValidationError) as refusal:
                put_into(form, refusal)
        return self._form_page(request, form, gettext_lazy("Take in a platform's file"))

    def headings_view(self, request: HttpRequest) -> HttpResponse:
        """Save how a platform heads its columns."""
        if not request.user.has_perm("funds.save_column_mapping"):
            raise PermissionDenied
        user = acting_user(request)
        form = MappingForm(sent(request), user=user)
        if request.method == "POST" and form.is_valid():
            said = {"charity": form.cleaned_data["charity"], "name": form.cleaned_data["name"]}
            try:
                operations.save_mapping(by=user, now=clock.now(), columns=form.columns(), **said)
                return HttpResponseRedirect(reverse("admin:funds_donationintake_changelist"))
            except (DomainError, ValidationError) as refusal:
                put_into(form, refusal)
        return self._form_page(request, form, gettext_lazy("Save the headings of a platform"))

    def _form_page(self, request: HttpRequest, form: forms.Form, title: StrOrPromise) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "home": reverse("admin:funds_donationintake_changelist"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "funds/donations/desk_form.html", context, status=400 if form.errors else 200)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask whether unusable rows are left out, and why a file is discarded."""
        return {"confirm": ConfirmForm, "discard": DiscardForm}.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Confirm and discard through the operations."""
        by, now = acting_user(request), clock.now()
        if name == "confirm":
            return operations.confirm_intake(by=by, intake=row, now=now, leave_out_bad=data["leave_out_bad"])
        if name == "discard":
            return operations.discard_intake(by=by, intake=row, reason=data["reason"], now=now)
        return super().make_move(row, name, request, data)


@admin.register(ColumnMapping)
class MappingAdmin(StaffAdmin):
    """Saved headings of the files of platforms and banks."""

    view_permission = "funds.view_column_mapping"
    acts: ClassVar = {"funds.column_mapping.saved": gettext_lazy("Headings of a platform or bank saved")}
    list_display = ("name", "kind", "charity", "account", "saved_by", "saved_at")
    list_filter = ("kind",)
    list_select_related = ("charity", "saved_by")
    ordering = ("charity__name", "name", "pk")
