"""Residents' service centers for everybody: where they are, who is placed in them, and how many of a place's bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from governance.calendar import clock
from governance.pages import KEY_DIGITS, Act, Tried, keyset_page, steps_of, take_step
from socialorgs.register.centers import operations
from socialorgs.register.centers.filters import CenterFilter
from socialorgs.register.centers.forms import HousedForm, MovedOutForm, TenantForm
from socialorgs.register.centers.models import ServiceCenter, Tenancy
from socialorgs.register.centers.queries import placed_in

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

    from governance.accounts.models import User

BAD_REQUEST = 400
MOST_SHOWN = 100


@require_safe
def center_list(request: HttpRequest) -> HttpResponse:
    """Show the centers with how many are placed in each, and in all of a place; four queries."""
    today = clock.today()
    narrowed = CenterFilter(request.GET, ServiceCenter.objects.visible_to(request.user).with_tenants(today))
    rows = narrowed.qs if narrowed.is_valid() else ServiceCenter.objects.none()
    text = request.GET.get("division", "")
    place = Division.objects.filter(pk=text).first() if text.isdecimal() and len(text) <= KEY_DIGITS else None
    context = {"page": keyset_page(rows, request), "place": place, "placed": placed_in(place, today)}
    return render(request, "socialorgs/centers/list.html", context)


def _place_tenant(row: ServiceCenter, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.place_tenant(by=by, now=now, center=row, **data)


def _end_tenancy(row: ServiceCenter, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del row
    return operations.end_tenancy(by=by, now=now, **data)


def _house(row: ServiceCenter, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.house_center(by=by, now=now, center=row, **data)


def acts_for(row: ServiceCenter) -> dict[str, Act]:
    """Return what may be done with a center, each with its form."""

    def moved_out_form(*args: Any, **kwargs: Any) -> MovedOutForm:
        return MovedOutForm(*args, center=row, **kwargs)

    def housed_form(*args: Any, **kwargs: Any) -> HousedForm:
        return HousedForm(*args, row=row, **kwargs)

    return {
        "house": Act(_("Say in which venue it is"), _house, housed_form),
        "place": Act(_("Place an organization"), _place_tenant, TenantForm),
        "moved_out": Act(_("Enter that one has moved out"), _end_tenancy, moved_out_form, is_grave=True),
    }


def _find(request: HttpRequest, pk: int) -> ServiceCenter:
    return get_object_or_404(ServiceCenter.objects.visible_to(request.user).with_tenants(clock.today()), pk=pk)


@require_safe
def center_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a center with who is placed in which room."""
    return _page(request, _find(request, pk))


def _page(request: HttpRequest, row: ServiceCenter, tried: Tried | None = None) -> HttpResponse:
    acts = acts_for(row)
    is_open = row.closed_on is None and request.user.is_authenticated
    may = is_open and request.user.has_perm("socialorgs.place_tenant", row)
    tenancies = list(Tenancy.objects.held_on(clock.today()).filter(center=row).for_list()[:MOST_SHOWN])
    names = ["place", *(["moved_out"] if tenancies else [])] if may else []
    names += ["house"] if is_open and request.user.has_perm("socialorgs.manage_center", row) else []
    home = reverse("socialorgs:center-detail", args=[row.pk])
    context = {"center": row, "tenancies": tenancies, "steps": steps_of(acts, names, f"{home}acts/", tried)}
    return render(request, "socialorgs/centers/detail.html", context, status=BAD_REQUEST if tried else None)


@require_POST
def center_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step; what is refused stays filled in with the reason."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("socialorgs:center-detail", args=[pk]))
    row = _find(request, pk)
    acts = acts_for(row)
    if name not in acts:
        raise Http404
    tried = take_step(request, acts[name], name, row)
    return redirect(row) if tried is None else _page(request, _find(request, pk), tried)
