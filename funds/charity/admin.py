"""The charity room on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.people.queries import within
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from funds.charity import operations, stations
from funds.charity.forms import (
    STREET_AND_COMMUNITY,
    AgreementForm,
    CharityAppointmentForm,
    CharityForm,
    CommitteeForm,
    DonationForm,
    FundForm,
    ReceiptForm,
    ReceivedForm,
    StationEndForm,
    StationForm,
    reach,
)
from funds.charity.lifecycle import FundStatus
from funds.charity.models import (
    CharityAppointment,
    CommunityFund,
    Donation,
    DonationStation,
    HostCharity,
    own_charities,
    own_seats,
)
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


def _name_committee(row: CommunityFund, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.name_committee(by=by, fund=row, seats=data["seats"], valid_from=data["valid_from"], now=now)


def _is_ending(row: CommunityFund) -> StrOrPromise | None:
    ends = row.status in {FundStatus.CLOSING, FundStatus.CLOSED}
    return _("A fund that is closing gets no new committee.") if ends else None


@admin.register(HostCharity)
class CharityAdmin(StaffAdmin):
    """Charities that host community funds."""

    view_permission = "funds.view_charity"
    add_permission = "funds.edit_charity"
    acts: ClassVar = {
        "funds.charity.entered": gettext_lazy("Charity entered"),
    }
    form = CharityForm
    list_display = ("name", "credit_code", "division", "has_public_fundraising")
    list_select_related = ("division",)
    search_fields = ("name", "credit_code")
    ordering = ("name", "pk")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts."""
        if db_field.name == "division":
            kwargs["queryset"] = reach(request.user, 2, 3)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter the charity."""
        return operations.enter_charity(by=acting_user(request), now=clock.now(), **form.cleaned_data)


@admin.register(CharityAppointment)
class CharityAppointmentAdmin(StaffAdmin):
    """Who acts for which charity."""

    view_permission = "funds.view_charity_appointment"
    add_permission = "funds.edit_charity"
    acts: ClassVar = {
        "funds.charity_appointment.made": gettext_lazy("Appointed for the charity"),
    }
    form = CharityAppointmentForm
    list_display = ("charity", "user", "valid_from", "valid_to")
    list_select_related = ("charity", "user")
    ordering = ("charity__name", "pk")

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Appoint the person."""
        return operations.appoint_for_charity(by=acting_user(request), now=clock.now(), **form.cleaned_data)


@admin.register(CommunityFund)
class FundAdmin(MovesAdmin):
    """Community funds with their moves, and the naming of their committees."""

    view_permission = "funds.view_fund"
    add_permission = "funds.apply_for_any_fund"
    acts: ClassVar = {
        "funds.fund.applied": gettext_lazy("Fund applied for"),
        "funds.fund.committee_named": gettext_lazy("Committee named"),
        "funds.fund.supervisor_named": gettext_lazy("Supervisor named"),
        "funds.fund.supervision_ended": gettext_lazy("Term of a supervisor ended"),
    }
    form = FundForm
    list_display = ("short_name", "category", "division", "charity", "status", "opened_on")
    list_select_related = ("division", "charity")
    list_filter = ("status", "category", "charity")
    search_fields = ("name", "short_name", "division__name")
    ordering = ("division__path", "name", "pk")
    fields = (
        "name",
        "short_name",
        "category",
        "charity",
        "partner",
        "division",
        "purpose",
        "kind",
        "rule_pack",
        "book",
        "committee",
        "committee_minimum",
        "committee_is_odd",
        "opening_minimum",
        "fee_rate",
        "agreement_number",
        "opened_on",
        "status",
        "applied_by",
        "agreed_by",
        "activated_by",
    )
    deeds = (
        Deed(
            "committee",
            gettext_lazy("Name the committee"),
            "funds.name_committee",
            _name_committee,
            form=CommitteeForm,
            hindrance=_is_ending,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else FundForm.Meta.fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts."""
        if db_field.name == "division":
            kwargs["queryset"] = reach(request.user, Tier.DISTRICT, *STREET_AND_COMMUNITY)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Apply for the fund."""
        return operations.apply_for_fund(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the number of the agreement."""
        return AgreementForm if name == "sign_agreement" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Sign and open through their operations."""
        by, now = acting_user(request), clock.now()
        if name == "sign_agreement":
            number, fee = data["agreement_number"], data["fee_rate"]
            return operations.sign_agreement(by=by, fund=row, agreement_number=number, fee_rate=fee, now=now)
        if name == "close":
            return operations.close_fund(by=by, fund=row, reason=data.get("reason", ""), now=now)
        if name == "activate":
            return operations.activate_fund(by=by, fund=row, now=now)
        return super().make_move(row, name, request, data)


@admin.register(DonationStation)
class StationAdmin(StaffAdmin):
    """Donation stations."""

    view_permission = "funds.view_station"
    add_permission = "funds.keep_station"
    acts: ClassVar = {
        "funds.station.opened": gettext_lazy("Station opened"),
        "funds.station.closed": gettext_lazy("Station closed"),
    }
    form = StationForm
    list_display = ("name", "charity", "division", "place", "hours", "valid_to")
    list_select_related = ("charity", "division")
    search_fields = ("name", "place")
    ordering = ("division__path", "name", "pk")
    fields = ("charity", "division", "name", "place", "hours", "contact", "takes", "valid_from", "valid_to")
    deeds = (
        Deed(
            "close",
            gettext_lazy("Close the station"),
            "funds.keep_station",
            lambda row, by, now, data: stations.close_station(by=by, station=row, on=data["on"], now=now),
            form=StationEndForm,
            is_open=lambda row: row.valid_to is None,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else StationForm.Meta.fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts, to officers of a charity those below its own."""
        if db_field.name == "division":
            user = acting_user(request)
            hosts = HostCharity.objects.filter(pk__in=own_charities(user)).select_related("division")
            below = [Q(path__startswith=host.division.path) for host in hosts]
            found = reach(user, *STREET_AND_COMMUNITY)
            for condition in below:
                found = found | Division.objects.filter(
                    condition, tier__in=STREET_AND_COMMUNITY, status=DivisionStatus.ACTIVE, is_stub=False
                ).order_by("path")
            kwargs["queryset"] = found
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Open the station."""
        return stations.open_station(by=acting_user(request), now=clock.now(), **form.cleaned_data)


@admin.register(Donation)
class DonationAdmin(MovesAdmin):
    """Donations with their moves; the donor's name as far as the viewer may know it."""

    view_permission = "funds.view_donation_file"
    add_permission = "funds.record_donation"
    acts: ClassVar = {
        "funds.donation.recorded": gettext_lazy("Donation recorded"),
    }
    form = DonationForm
    list_display = ("pk", "fund", "named", "amount", "channel", "status", "received_on")
    list_select_related = ("fund__division",)
    list_filter = ("status", "channel")
    search_fields = ("reference", "receipt_number", "fund__name")
    ordering = ("-pk",)
    fields = (
        "fund",
        "donor_kind",
        "donor",
        "is_name_public",
        "channel",
        "amount",
        "reference",
        "restricted_to",
        "received_on",
        "journal",
        "receipt_number",
        "is_receipt_waived",
        "receipt_note",
        "status",
        "recorded_by",
        "received_by",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Donation]:
        """Show the files of the viewer's places, charities and committees; published ones stand on the pages."""
        user = acting_user(request)
        handled = Q(charity__in=own_charities(user)) | Q(fund__committee__in=own_seats(user))
        rows: QuerySet[Donation] = super().get_queryset(request)
        return rows.filter(within(user, division="fund__division") | handled)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered; show the donor's name as far as the viewer may know it."""
        if obj is None:
            return DonationForm.Meta.fields
        knows = request.user.has_perm("funds.view_donor", obj)
        return [{"donor": "donor_name" if knows else "named"}.get(name, name) for name in self.fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Name the display of a donor who is not to be known."""
        return ["named"] if obj else super().get_readonly_fields(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the funds that take donations and that the person handles."""
        if db_field.name == "fund":
            kwargs["queryset"] = (
                CommunityFund.objects.handled_by(acting_user(request)).taking_donations().order_by("name")
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("donor"))
    def named(self, row: Donation) -> str:
        """Return the donor as everybody may know them."""
        return row.public_donor_name

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Record the donation."""
        return operations.record_donation(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask for the day of the money and for the receipt."""
        return {"receive": ReceivedForm, "issue_receipt": ReceiptForm}.get(name)

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Receive and issue receipts through their operations."""
        by, now = acting_user(request), clock.now()
        if name == "receive":
            return operations.receive_donation(by=by, donation=row, received_on=data["received_on"], now=now)
        if name == "issue_receipt":
            return operations.issue_receipt(
                by=by,
                donation=row,
                receipt_number=data["receipt_number"],
                waived_note=data["waived_note"],
                now=now,
            )
        return super().make_move(row, name, request, data)
