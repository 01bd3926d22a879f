"""The register on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from communities.territory.desk import OutPages
from communities.territory.spreadsheet import SheetPages, SheetUnreadable, TextXLSX
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError
from governance.staff import Deed, MovesAdmin, StaffAdmin, Wanted
from socialorgs.register import operations
from socialorgs.register.barring import operations as barring
from socialorgs.register.barring.forms import BanForm
from socialorgs.register.filing import operations as filing
from socialorgs.register.filing.forms import ClassForm, UpgradeForm, YearForm
from socialorgs.register.forms import (
    AppointForm,
    AppointmentForm,
    EndForm,
    InspectionForm,
    ListingEndForm,
    ListingForm,
    OrganizationForm,
    RevisionForm,
    reach,
)
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import CreditListing, OrganizationAppointment, SocialOrganization, Standing
from socialorgs.register.queries import doubts, hindrances
from socialorgs.register.spreadsheet import ListingResource, OrganizationResource

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


def _edit(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.edit_organization(by=by, organization=row, now=now, **data)


def _appoint(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.appoint_for_organization(
        by=by, organization=row, user=data["user"], valid_from=data["valid_from"], now=now
    )


def _list(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.record_listing(by=by, organization=row, now=now, **data)


def _inspect(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.record_inspection(by=by, organization=row, now=now, **data)


def _revise(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.revise_inspection(by=by, organization=row, now=now, **data)


def _end_listing(row: CreditListing, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.end_listing(by=by, listing=row, now=now, **data)


def _end_appointment(row: OrganizationAppointment, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.end_appointment(by=by, appointment=row, valid_to=data["valid_to"], now=now)


def _upgrade(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    filing.upgrade_organization(by=by, organization=row, now=now, **data)


def _classify(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    scheme, _colon, word = data["choice"].partition(":")
    filing.classify_organization(by=by, organization=row, now=now, scheme=scheme, word=word)


def _report_year(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    filing.report_year(by=by, organization=row, now=now, **data)


def _bar(row: SocialOrganization, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    barring.propose_ban(by=by, organization=row, now=now, **data)


def _is_filed(row: SocialOrganization) -> bool:
    return row.standing == Standing.FILED and row.status == OrganizationStatus.ACTIVE


def _has_ended(row: SocialOrganization) -> StrOrPromise | None:
    ended = row.status in {OrganizationStatus.DEREGISTERED, OrganizationStatus.REVOKED}
    return _("The organization is no more.") if ended else None


def _is_over(row: CreditListing) -> StrOrPromise | None:
    return _("The listing was ended.") if row.removed_on else None


@admin.register(SocialOrganization)
class OrganizationAdmin(SheetPages, MovesAdmin):
    """Social organizations with their moves, their lists and inspections, Excel in and out."""

    view_permission = "socialorgs.view_organization"
    add_permission = "socialorgs.enter_organization"
    form = OrganizationForm
    acts: ClassVar = {
        "socialorgs.organization.entered": gettext_lazy("Organization entered"),
        "socialorgs.organization.edited": gettext_lazy("Organization edited"),
        "socialorgs.inspection.recorded": gettext_lazy("Inspection entered"),
        "socialorgs.inspection.revised": gettext_lazy("Inspection revised"),
    }
    list_display = ("name", "organization_type", "standing", "credit_code", "division", "status")
    list_select_related = ("division",)
    list_filter = ("status", "standing", "organization_type", "service_class")
    search_fields = ("name", "credit_code", "filing_number", "division__name")
    ordering = ("name", "pk")
    resource_classes = (OrganizationResource,)
    formats: ClassVar = [TextXLSX]
    import_form_class = ImportForm
    export_form_class = ExportForm
    skip_admin_log = True
    readonly_fields = ("in_the_way", "in_doubt")
    deeds = (
        Deed("edit", gettext_lazy("Edit"), "socialorgs.enter_organization", _edit, hindrance=_has_ended),
        Deed(
            "appoint",
            gettext_lazy("Appoint a person"),
            "socialorgs.appoint_for_organization",
            _appoint,
            form=AppointForm,
            hindrance=_has_ended,
        ),
        Deed(
            "classify", gettext_lazy("Sort into a class"), "socialorgs.classify_organization", _classify, form=ClassForm
        ),
        Deed(
            "report_year",
            gettext_lazy("Report a year"),
            "socialorgs.report_filed_organization",
            _report_year,
            form=YearForm,
            is_open=_is_filed,
        ),
        Deed(
            "upgrade",
            gettext_lazy("Record its registration"),
            "socialorgs.upgrade_organization",
            _upgrade,
            form=UpgradeForm,
            is_open=_is_filed,
        ),
        Deed(
            "inspection", gettext_lazy("Enter an inspection"), "socialorgs.record_inspection", _inspect, InspectionForm
        ),
        Deed("revision", gettext_lazy("Revise an inspection"), "socialorgs.record_inspection", _revise, RevisionForm),
        Deed(
            "listing",
            gettext_lazy("Put on a credit list"),
            "socialorgs.record_listing",
            _list,
            ListingForm,
            is_grave=True,
        ),
        Deed(
            "ban",
            gettext_lazy("Propose a ban from taking part"),
            "socialorgs.propose_ban",
            _bar,
            BanForm,
            is_grave=True,
            hindrance=_has_ended,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show all of the row; ask only for what is entered."""
        entered = OrganizationForm.Meta.fields
        if obj is None:
            return entered
        return ["in_the_way", "in_doubt", *entered, "status", "entered_by", "entered_at", "verified_by", "verified_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Name what is computed on the page of a row."""
        return self.readonly_fields if obj else ()

    @admin.display(description=gettext_lazy("what stands in the way"))
    def in_the_way(self, row: SocialOrganization) -> str:
        """Return what keeps the organization from taking part today."""
        return "; ".join(hindrances(row, clock.today())) or _("nothing")

    @admin.display(description=gettext_lazy("what to look at when checking"))
    def in_doubt(self, row: SocialOrganization) -> str:
        """Return which figures do not fit the usual conditions."""
        return " ".join(doubts(row, clock.today())) or _("nothing")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts."""
        if db_field.name == "division":
            kwargs["queryset"] = reach(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter the organization."""
        return operations.enter_organization(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """End through the operations, so that nobody goes on acting for the body."""
        found = {"deregister": operations.deregister, "revoke": operations.revoke}.get(name)
        if found is None:
            return super().make_move(row, name, request, data)
        return found(by=acting_user(request), now=clock.now(), organization=row, reason=data.get("reason", ""))

    def deed_view(self, request: HttpRequest, pk: str, name: str) -> HttpResponse:
        """Fill the form of an edit with what stands there; the place stays."""
        if name != "edit":
            return super().deed_view(request, pk, name)
        row = self.row_for(request, pk)
        deed = self.deeds[0]
        if not request.user.has_perm(deed.permission, row):
            raise PermissionDenied

        def build(data: Any, files: Any) -> Any:
            form = OrganizationForm(data, files, instance=SocialOrganization.objects.get(pk=row.pk))
            del form.fields["division"]
            return form

        def run(data: dict[str, Any]) -> None:
            deed.run(row, acting_user(request), clock.now(), data)

        return self._ask_and_do(request, row, Wanted(deed.label, build, run, asks=True, is_grave=False))

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Let those import who may enter organizations; each row is asked for again."""
        return bool(request.user.has_perm("socialorgs.enter_organization"))

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Let those export who read the files of a place."""
        return bool(request.user.has_perm("socialorgs.view_organization_file"))

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read the places with the rows."""
        rows: QuerySet[Any] = super().get_export_queryset(request)
        return rows.select_related("division__parent")

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the time, and write all rows or none."""
        given = super().get_import_data_kwargs(**kwargs)
        return {**given, "now": clock.now(), "rollback_on_validation_errors": True}

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        """Say in plain words that the file is no workbook, or too large."""
        form.add_error("import_file", str(e if isinstance(e, DomainError) else SheetUnreadable()))


@admin.register(OrganizationAppointment)
class OrganizationAppointmentAdmin(StaffAdmin):
    """Who acts for which organization."""

    view_permission = "socialorgs.view_organization_appointment"
    add_permission = "socialorgs.appoint_for_organization"
    form = AppointmentForm
    acts: ClassVar = {
        "socialorgs.organization_appointment.made": gettext_lazy("Appointed for the organization"),
        "socialorgs.organization_appointment.ended": gettext_lazy("Appointment ended"),
    }
    list_display = ("organization", "user", "valid_from", "valid_to")
    list_select_related = ("organization", "user")
    search_fields = ("organization__name",)
    ordering = ("organization__name", "pk")
    autocomplete_fields = ("organization",)
    deeds = (
        Deed(
            "end",
            gettext_lazy("End the appointment"),
            "socialorgs.appoint_for_organization",
            _end_appointment,
            form=EndForm,
        ),
    )

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Appoint the person."""
        return operations.appoint_for_organization(by=acting_user(request), now=clock.now(), **form.cleaned_data)


@admin.register(CreditListing)
class CreditListingAdmin(OutPages, StaffAdmin):
    """The credit lists; entries are made on the page of the organization."""

    view_permission = "socialorgs.view_listing"
    acts: ClassVar = {
        "socialorgs.listing.recorded": gettext_lazy("Put on a credit list"),
        "socialorgs.listing.ended": gettext_lazy("Listing ended"),
    }
    list_display = ("organization", "credit_list", "decision_number", "listed_on", "removed_on")
    list_select_related = ("organization__division",)
    list_filter = ("credit_list",)
    search_fields = ("organization__name", "decision_number")
    ordering = ("-listed_on", "-pk")
    resource_classes = (ListingResource,)
    deeds = (
        Deed(
            "end",
            gettext_lazy("End the listing"),
            "socialorgs.record_listing",
            _end_listing,
            form=ListingEndForm,
            hindrance=_is_over,
        ),
    )
