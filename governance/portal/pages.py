"""The front door: the districts, the home of a place, search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from communities.territory.models import Division, Tier
from governance.calendar import clock
from governance.portal import queries

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SHORTEST_SEARCH = 2
LONGEST_SEARCH = 50


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the district of this installation, or the choice where it serves several."""
    found = list(queries.districts(clock.today()).select_related("parent"))
    if len(found) == 1:
        return redirect(found[0])
    return render(request, "portal/home.html", {"districts": found})


@require_safe
def division(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the home of a place: what is open here, where the money is, what lies below."""
    place = get_object_or_404(Division.objects.select_related("parent", "managed_by"), pk=pk)
    year = clock.today().year - 1
    below = (
        Division.objects.filter(parent=place, status=place.status).order_by("path")
        if place.tier < Tier.COMMUNITY
        else []
    )
    context = {
        "place": place,
        "ancestors": list(Division.objects.ancestors(place).exclude(pk=place.pk)),
        "below": list(below),
        "notices": list(queries.notices_of(place)[: queries.SHOWN]),
        "funds": list(queries.funds_of(place)[: queries.SHOWN]),
        "money": queries.money_of(place),
        "given_back": queries.given_back(place, year),
        "year": year,
    }
    return render(request, "portal/division.html", context)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show what carries the searched name."""
    text = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    is_long_enough = len(text) >= SHORTEST_SEARCH
    found = queries.find(text) if is_long_enough else {}
    context = {"text": text, "is_long_enough": is_long_enough, "found": found, "is_empty": not any(found.values())}
    return render(request, "portal/search.html", context)
