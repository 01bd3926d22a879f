"""Shops, resources, bookings and rooms against service on the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy, pgettext_lazy

from communities.people.desk import OfMyPlaces
from communities.venues.models import Venue
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.staff import Deed, MovesAdmin
from projects.evaluation.forms import places_of
from projects.market.forms import ReasonForm
from projects.market.sharing import operations
from projects.market.sharing.acts import WITH_BOOKING, WITH_CESSION, WITH_MERCHANT, WITH_OFFER, WITH_RESOURCE
from projects.market.sharing.forms import CessionForm, MerchantForm, OfferForm, ResourceForm, ReviewForm
from projects.market.sharing.models import (
    CessionService,
    Merchant,
    MerchantOffer,
    OpenResource,
    ResourceBooking,
    VenueCession,
)
from projects.market.sharing.operations import Opened

if TYPE_CHECKING:
    import datetime as dt

    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


class PlacedAdmin(OfMyPlaces):
    """Rows of a place, entered for the places of one's posts."""

    view_permission = "projects.view_market_desk"
    entered: ClassVar[list[str]] = []

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else self.entered

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the places of the person's posts, and the venues that are there."""
        if db_field.name == "division":
            kwargs["queryset"] = places_of(request.user)
        if db_field.name == "venue":
            kwargs["queryset"] = (
                Venue.objects.in_use().filter(division__in=places_of(request.user)).order_by("name", "pk")
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def _takes_part(row: Merchant) -> bool:
    return row.left_on is None


@admin.register(Merchant)
class MerchantAdmin(PlacedAdmin):
    """Shops that take part."""

    add_permission = "projects.join_merchant"
    form = MerchantForm
    entered: ClassVar[list[str]] = [*MerchantForm.Meta.fields, "keeper"]
    list_display = ("name", "division", "line", "consented_on", "left_on")
    list_select_related = ("division",)
    search_fields = ("name", "line")
    ordering = ("-pk",)
    autocomplete_fields = ("enterprise",)
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.merchant.joined": gettext_lazy("Shop takes part"),
        "projects.merchant.left": gettext_lazy("Shop has left"),
    }
    deeds = (
        Deed(
            "publish",
            pgettext_lazy("shop", "Publish an offer"),
            "projects.publish_offer",
            WITH_MERCHANT["publish"],
            form=OfferForm,
            is_open=_takes_part,
        ),
        Deed(
            "leave",
            pgettext_lazy("shop", "Let the shop leave"),
            "projects.remove_offer",
            WITH_MERCHANT["leave"],
            form=ReasonForm,
            is_grave=True,
            is_open=_takes_part,
        ),
    )

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Enter the shop."""
        return operations.join_merchant(by=acting_user(request), now=clock.now(), **form.cleaned_data)


def _stands(row: MerchantOffer) -> bool:
    return row.removed_at is None


@admin.register(MerchantOffer)
class MerchantOfferAdmin(OfMyPlaces):
    """What shops offer."""

    place = "merchant__division"
    view_permission = "projects.view_market_desk"
    list_display = ("merchant", "day", "kind", "text", "price", "removed_at")
    list_select_related = ("merchant__division",)
    list_filter = ("kind",)
    search_fields = ("text", "merchant__name")
    ordering = ("-pk",)
    date_hierarchy = "day"
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.merchant_offer.published": gettext_lazy("Offer published"),
        "projects.merchant_offer.removed": gettext_lazy("Offer taken down"),
    }
    deeds = (
        Deed(
            "remove",
            pgettext_lazy("shop", "Take down"),
            "projects.remove_offer",
            WITH_OFFER["remove"],
            form=ReasonForm,
            is_grave=True,
            is_open=_stands,
        ),
    )


def _is_open(row: OpenResource) -> bool:
    return row.closed_on is None


@admin.register(OpenResource)
class OpenResourceAdmin(PlacedAdmin):
    """Rooms, things and regular services that are open to people."""

    add_permission = "projects.open_resource"
    form = ResourceForm
    entered: ClassVar[list[str]] = ResourceForm.Meta.fields
    list_display = ("title", "division", "kind", "field", "venue", "closed_on")
    list_select_related = ("division", "venue")
    list_filter = ("kind", "field", "venue__property_class", "venue__operating_line")
    search_fields = ("title", "place")
    ordering = ("-pk",)
    autocomplete_fields = ("organization",)
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.open_resource.opened": gettext_lazy("Resource opened"),
        "projects.open_resource.closed": gettext_lazy("Resource closed"),
    }
    deeds = (
        Deed(
            "close",
            pgettext_lazy("resource", "Close it"),
            "projects.open_resource",
            WITH_RESOURCE["close"],
            form=ReasonForm,
            is_grave=True,
            is_open=_is_open,
        ),
    )

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Open the resource."""
        said = dict(form.cleaned_data)
        division = said.pop("division")
        return operations.open_resource(
            by=acting_user(request), now=clock.now(), division=division, opened=Opened(**said)
        )


@admin.register(ResourceBooking)
class ResourceBookingAdmin(OfMyPlaces, MovesAdmin):
    """Bookings with their moves."""

    place = "resource__division"
    view_permission = "projects.view_market_desk"
    recorded = ("asked_at", "answered_by", "answer")
    list_display = ("resource", "starts_at", "ends_at", "people", "status")
    list_select_related = ("resource__division", "resource__organization")
    list_filter = ("status",)
    search_fields = ("resource__title",)
    ordering = ("-pk",)
    date_hierarchy = "starts_at"
    acts: ClassVar[dict[str, StrOrPromise]] = {"projects.resource_booking.asked": gettext_lazy("Booking asked for")}

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make every move by its operation."""
        WITH_BOOKING[name](row, acting_user(request), clock.now(), data)
        return ResourceBooking.objects.get(pk=row.pk)


def _has_reported(row: VenueCession) -> bool:
    return row.status == "RUNNING" and row.services.filter(checked_by=None).exists()


def _confirm_all(row: VenueCession, by: User, now: dt.datetime, data: dict[str, Any]) -> None:
    del data
    for service in CessionService.objects.filter(cession=row, checked_by=None).order_by("pk"):
        operations.check_service(by=by, now=now, service=service, is_right=True)


def _reported(rows: QuerySet[VenueCession]) -> QuerySet[VenueCession]:
    return rows.filter(status="RUNNING", services__checked_by=None, services__isnull=False).distinct()


@admin.register(VenueCession)
class VenueCessionAdmin(OfMyPlaces, MovesAdmin):
    """Rooms that are lent against hours of service."""

    place = "resource__division"
    view_permission = "projects.view_market_desk"
    add_permission = "projects.manage_cession"
    form = CessionForm
    recorded = ("agreed_by", "agreed_at", "hours_served", "reviewed_by", "review")
    list_display = ("resource", "organization", "starts_on", "ends_on", "hours_owed", "hours_served", "status")
    list_select_related = ("resource__division", "organization")
    list_filter = ("status",)
    search_fields = ("resource__title", "organization__name")
    ordering = ("-pk",)
    autocomplete_fields = ("organization",)
    acts: ClassVar[dict[str, StrOrPromise]] = {
        "projects.venue_cession.offered": gettext_lazy("Free use offered"),
        "projects.venue_cession.service_reported": gettext_lazy("Hours reported"),
        "projects.venue_cession.service_checked": gettext_lazy("Reported hours looked at"),
    }
    deeds = (
        Deed(
            "confirm_hours",
            pgettext_lazy("cession", "Confirm all reported hours"),
            "projects.manage_cession",
            _confirm_all,
            is_open=_has_reported,
            waiting=_reported,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask only for what is entered."""
        return super().get_fields(request, obj) if obj else CessionForm.Meta.fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the open rooms of the person's places."""
        if db_field.name == "resource":
            rooms = OpenResource.objects.filter(kind="ROOM", closed_on=None, division__in=places_of(request.user))
            kwargs["queryset"] = rooms.order_by("title", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, form: forms.ModelForm[Any], request: HttpRequest) -> Model:
        """Offer the use."""
        return operations.offer_cession(by=acting_user(request), now=clock.now(), **form.cleaned_data)

    def move_form(self, name: str) -> type[forms.Form] | None:
        """Ask what is found after the end."""
        return ReviewForm if name == "review" else None

    def make_move(self, row: Any, name: str, request: HttpRequest, data: dict[str, Any]) -> Model:
        """Make every move by its operation."""
        WITH_CESSION[name](row, acting_user(request), clock.now(), data)
        return VenueCession.objects.get(pk=row.pk)
