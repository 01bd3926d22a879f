"""The charity room on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from funds.charity import operations, stations
from funds.charity.forms import (
    STREET_AND_COMMUNITY,
    AgreementForm,
    CharityAppointmentForm,
    CharityForm,
    CommitteeForm,
    FillSeatForm,
    FundForm,
    StationEndForm,
    StationForm,
    reach,
)
from funds.charity.lifecycle import FundStatus
from funds.charity.models import (
    CharityAppointment,
    CommunityFund,
    DonationStation,
    HostCharity,
    own_charities,
)
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin, StaffAdmin

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


def _name_committee(row: CommunityFund, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.name_committee(by=by, fund=row, seats=data["seats"], valid_from=data["valid_from"], now=now)


def _fill_seat(row: CommunityFund, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    operations.fill_seat(by=by, fund=row, seated=data["seated"], valid_from=data["valid_from"], now=now)


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
        "funds.fund.seat_filled": gettext_lazy("Seat filled"),
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
        "agreement_ends_on",
        "agreement_terms",
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
        Deed(
            "fill_seat",
            gettext_lazy("Fill a seat"),
            "funds.name_committee",
            _fill_seat,
            form=FillSeatForm,
            is_open=lambda row: row.committee_id is not None,
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
            said = {key: data[key] for key in AgreementForm.base_fields}
            return operations.sign_agreement(by=by, fund=row, now=now, **said)
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
