"""The public pages of divisions: the tree to browse and search, the plain facts of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from communities.territory.models import Division
from governance.calendar import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MOST_CHILDREN = 500
"""More than any division of the country has directly below it."""
MOST_FOUND = 50
LONGEST_SEARCH = 50


@require_safe
def division_list(request: HttpRequest) -> HttpResponse:
    """Show the top of the tree, or what carries a searched name or code."""
    text = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    rows = Division.objects.open().for_list()
    if text:
        found = list(rows.named(text).order_by("tier", "pk")[:MOST_FOUND])
    else:
        found = list(rows.filter(parent=None).order_by("tier", "pk")[:MOST_CHILDREN])
    context = {"text": text, "found": found, "is_cut": len(found) == MOST_FOUND and bool(text), "most": MOST_FOUND}
    return render(request, "communities/territory/list.html", context)


@require_safe
def to_facts(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the facts, where nothing above this room has a page for the place."""
    del request
    return redirect("communities:division-facts", pk=pk)


@require_safe
def division_facts(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the facts of a division, its codes, what it came from and became, and what lies directly below it."""
    place = get_object_or_404(Division.objects.for_detail(), pk=pk)
    below = Division.objects.filter(parent=place).valid_on(clock.today())
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "codes": sorted(place.codes.all(), key=lambda code: (code.system, -code.edition)),
        "below": list(below.order_by("pk")[:MOST_CHILDREN]),
    }
    return render(request, "communities/territory/detail.html", context)
