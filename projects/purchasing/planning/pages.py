"""The plan of a year on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from communities.territory.models import Division
from governance.calendar import clock
from projects.purchasing.operations import BUYING_TIERS
from projects.purchasing.planning.queries import year_plan

if TYPE_CHECKING:
    from django.http import HttpRequest

FIRST, LAST = 2000, 2200


def _buyers_above(place: Division) -> list[Division]:
    """Return who buys for a place that buys nothing itself, the nearest first; one query."""
    if place.tier in BUYING_TIERS:
        return []
    return list(Division.objects.ancestors(place).filter(tier__in=BUYING_TIERS).order_by("-tier", "pk"))


@require_safe
def purchase_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a place plans to buy in a year, from which money, and how far it is."""
    place = get_object_or_404(Division, pk=pk)
    asked, this_year = request.GET.get("year", ""), clock.today().year
    year = int(asked) if asked.isdecimal() and len(asked) == len(str(FIRST)) else this_year
    year = min(max(year, FIRST), LAST)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "plan": year_plan(place, year, request.user),
        "year": year,
        "years": sorted({this_year + 1, this_year, this_year - 1, year}, reverse=True),
        "buyers": _buyers_above(place),
        "plans": request.user.has_perm("projects.plan_purchase", place),
    }
    return render(request, "projects/purchasing/plan.html", context)
