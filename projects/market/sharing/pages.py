"""Shops' offers of the day, open resources with their bookings, rooms that are lent against service."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import Act, Step, Tried, keyset_page, steps_of, take_step
from projects.contracts.policy import ServiceField
from projects.market.forms import ReasonForm
from projects.market.sharing import acts
from projects.market.sharing.forms import BookingForm, CheckForm, OfferForm, ReportForm, ReviewForm
from projects.market.sharing.lifecycle import BOOKING, CESSION, BookingStatus, CessionStatus
from projects.market.sharing.models import (
    Merchant,
    MerchantOffer,
    OpenResource,
    ResourceBooking,
    VenueCession,
)
from projects.market.sharing.policy import ResourceKind
from projects.market.sharing.queries import offers_on, served_of

if TYPE_CHECKING:
    from django.http import HttpRequest

SHOWN_DAYS = 4
SHOWN = 30

MERCHANT_ACTS = {
    "publish": Act(pgettext_lazy("shop", "Publish an offer"), acts.WITH_MERCHANT["publish"], OfferForm),
    "leave": Act(pgettext_lazy("shop", "Let the shop leave"), acts.WITH_MERCHANT["leave"], ReasonForm, is_grave=True),
}
OFFER_ACTS = {"remove": Act(pgettext_lazy("shop", "Take down"), acts.WITH_OFFER["remove"], ReasonForm, is_grave=True)}
RESOURCE_ACTS = {
    "book": Act(pgettext_lazy("booking", "Book it"), acts.WITH_RESOURCE["book"], BookingForm),
    "close": Act(pgettext_lazy("resource", "Close it"), acts.WITH_RESOURCE["close"], ReasonForm, is_grave=True),
}
BOOKING_ACTS = {
    name: Act(
        BOOKING.by_name[name].label,
        run,
        ReasonForm if BOOKING.by_name[name].needs_reason else None,
        is_grave=BOOKING.by_name[name].needs_reason,
    )
    for name, run in acts.WITH_BOOKING.items()
}
CESSION_FORMS: dict[str, type[forms.Form]] = {"review": ReviewForm, "end": ReasonForm}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with what can be done with it."""

    row: Any
    steps: list[Step]
    is_own: bool = False


# --- Shops


@require_safe
def offer_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the shops of a place offer on a day: today, unless one of the next is asked for."""
    place = get_object_or_404(Division, pk=pk)
    today = clock.today()
    days = [today + dt.timedelta(days=number) for number in range(SHOWN_DAYS)]
    asked = request.GET.get("day", "")
    day = next((found for found in days if found.isoformat() == asked), today)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "days": days,
        "day": day,
        "page": keyset_page(offers_on(place, day), request),
        "shops": Merchant.objects.filter(left_on=None).in_division(place).for_list()[:SHOWN],
    }
    return render(request, "projects/market/sharing/offers.html", context)


def _merchant(request: HttpRequest, pk: int) -> Merchant:
    return get_object_or_404(Merchant.objects.visible_to(request.user).for_list(), pk=pk)


@require_safe
def merchant_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a shop with what it offers today and on the next days, to its keeper with the form for more."""
    return _merchant_page(request, _merchant(request, pk))


def _merchant_page(
    request: HttpRequest, merchant: Merchant, tried: Tried | None = None, on_offer: tuple[int, Tried] | None = None
) -> HttpResponse:
    keeps = request.user.has_perm("projects.publish_offer", merchant) and merchant.left_on is None
    rows = merchant.offers.filter(removed_at=None, day__gte=clock.today()).order_by("day", "pk")[:SHOWN]
    shown = []
    for row in rows:
        row.merchant = merchant
        was_tried = on_offer[1] if on_offer is not None and on_offer[0] == row.pk else None
        steps = steps_of(
            OFFER_ACTS,
            ["remove"] if keeps else [],
            reverse("projects:merchant-offer-act", args=[row.pk, "remove"]).removesuffix("remove/"),
            was_tried,
        )
        shown.append(ShownRow(row, steps))
    context = {
        "merchant": merchant,
        "trail": list(Division.objects.ancestors(merchant.division)),
        "offers": shown,
        "steps": steps_of(
            MERCHANT_ACTS, list(MERCHANT_ACTS) if keeps else [], f"{merchant.get_absolute_url()}acts/", tried
        ),
    }
    return render(request, "projects/market/sharing/merchant.html", context, status=400 if tried or on_offer else 200)


@require_POST
def merchant_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with a shop; what is refused stays filled in with the reason."""
    row = _merchant(request, pk)
    if name not in MERCHANT_ACTS:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(row.get_absolute_url())
    tried = take_step(request, MERCHANT_ACTS[name], name, row)
    return redirect(row) if tried is None else _merchant_page(request, _merchant(request, pk), tried)


@require_POST
def offer_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take an offer down."""
    row = get_object_or_404(MerchantOffer.objects.visible_to(request.user).for_list(), pk=pk)
    if name not in OFFER_ACTS:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(row.get_absolute_url())
    tried = take_step(request, OFFER_ACTS[name], name, row)
    if tried is None:
        return redirect(row.merchant)
    return _merchant_page(request, _merchant(request, row.merchant_id), on_offer=(row.pk, tried))


# --- Resources


@require_safe
def resource_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is open to people in a place and those below it."""
    place = get_object_or_404(Division, pk=pk)
    rows = OpenResource.objects.visible_to(request.user).in_division(place).for_list()
    field = request.GET.get("field", "")
    if field:
        rows = rows.filter(field=field)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "page": keyset_page(rows, request),
        "field": field,
        "fields": ServiceField.choices,
    }
    return render(request, "projects/market/sharing/resources.html", context)


def _resource(request: HttpRequest, pk: int) -> OpenResource:
    return get_object_or_404(OpenResource.objects.visible_to(request.user).for_list(), pk=pk)


@require_safe
def resource_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a resource, when it is taken, one's own bookings, and to its keepers all that wait."""
    return _resource_page(request, _resource(request, pk))


def _resource_page(
    request: HttpRequest,
    resource: OpenResource,
    tried: Tried | None = None,
    on_booking: tuple[int, Tried] | None = None,
) -> HttpResponse:
    now = clock.now()
    coming = resource.bookings.filter(ends_at__gt=now)
    shown: list[ShownRow] = []
    names: list[str] = []
    if request.user.is_authenticated:
        by = acting_user(request)
        names += ["book"] if resource.closed_on is None else []
        names += ["close"] if resource.closed_on is None and by.has_perm("projects.open_resource", resource) else []
        seen = resource.bookings.visible_to(by).filter(status__in=["ASKED", "CONFIRMED"])
        for row in seen.select_related("person").order_by("starts_at", "pk")[:SHOWN]:
            row.resource = resource
            offers = [offer.move.name for offer in lifecycle.available(row, by) if offer.is_open]
            was_tried = on_booking[1] if on_booking is not None and on_booking[0] == row.pk else None
            steps = steps_of(BOOKING_ACTS, offers, f"{row.get_absolute_url()}acts/", was_tried)
            shown.append(ShownRow(row, steps, is_own=row.person_id == by.pk))
    context = {
        "resource": resource,
        "trail": list(Division.objects.ancestors(resource.division)),
        "taken": coming.filter(status=BookingStatus.CONFIRMED).order_by("starts_at", "pk")[:SHOWN],
        "bookings": shown,
        "cessions": resource.cessions.visible_to(request.user).for_list()[:SHOWN]
        if resource.kind == ResourceKind.ROOM
        else [],
        "steps": steps_of(RESOURCE_ACTS, names, f"{resource.get_absolute_url()}acts/", tried),
    }
    return render(request, "projects/market/sharing/resource.html", context, status=400 if tried or on_booking else 200)


@require_POST
def resource_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Book or close a resource; what is refused stays filled in with the reason."""
    row = _resource(request, pk)
    if name not in RESOURCE_ACTS:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(row.get_absolute_url())
    tried = take_step(request, RESOURCE_ACTS[name], name, row)
    return redirect(row) if tried is None else _resource_page(request, _resource(request, pk), tried)


def _booking(request: HttpRequest, pk: int) -> ResourceBooking:
    return get_object_or_404(ResourceBooking.objects.visible_to(request.user).for_list(), pk=pk)


@require_safe
def booking_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the resource of a booking."""
    return redirect(_booking(request, pk).resource)


@require_POST
def booking_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with a booking."""
    row = _booking(request, pk)
    if name not in BOOKING_ACTS:
        raise Http404
    tried = take_step(request, BOOKING_ACTS[name], name, row)
    if tried is None:
        return redirect(row.resource)
    return _resource_page(request, _resource(request, row.resource_id), on_booking=(row.pk, tried))


# --- Rooms against service


def _cession_acts(cession: VenueCession) -> dict[str, Act]:
    """Return what may be done with a use; which hours wait depends on it."""
    moves = {
        name: Act(CESSION.by_name[name].label, acts.WITH_CESSION[name], CESSION_FORMS.get(name), is_grave=name == "end")
        for name in ("agree", "review", "end")
    }
    return {
        **moves,
        "report": Act(pgettext_lazy("cession", "Report hours"), acts.WITH_CESSION["report"], ReportForm),
        "check": Act(
            pgettext_lazy("cession", "Look at reported hours"),
            acts.WITH_CESSION["check"],
            partial(CheckForm, cession=cession),
        ),
    }


def _cession(request: HttpRequest, pk: int) -> VenueCession:
    return get_object_or_404(VenueCession.objects.visible_to(request.user).for_list(), pk=pk)


@require_safe
def cession_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the free use of a room: hours owed beside hours served, and every report."""
    return _cession_page(request, _cession(request, pk))


def _cession_page(request: HttpRequest, cession: VenueCession, tried: Tried | None = None) -> HttpResponse:
    names: list[str] = []
    services = list(cession.services.order_by("-served_on", "-pk")[:SHOWN])
    if request.user.is_authenticated:
        by = acting_user(request)
        names = [offer.move.name for offer in lifecycle.available(cession, by) if offer.is_open]
        if clock.today() < cession.ends_on:
            names = [name for name in names if name != "review"]
        if cession.status == CessionStatus.RUNNING:
            names += ["report"] if by.has_perm("projects.act_for_cession", cession) else []
            waits = any(service.checked_by_id is None for service in services)
            names += ["check"] if waits and by.has_perm("projects.manage_cession", cession) else []
    context = {
        "cession": cession,
        "trail": list(Division.objects.ancestors(cession.division)),
        "served": served_of(cession),
        "services": services,
        "steps": steps_of(_cession_acts(cession), names, f"{cession.get_absolute_url()}acts/", tried),
    }
    return render(request, "projects/market/sharing/cession.html", context, status=400 if tried else 200)


@require_POST
def cession_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with the free use of a room; what is refused stays filled in."""
    row = _cession(request, pk)
    found = _cession_acts(row)
    if name not in found:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(row.get_absolute_url())
    tried = take_step(request, found[name], name, row)
    return redirect(row) if tried is None else _cession_page(request, _cession(request, pk), tried)
