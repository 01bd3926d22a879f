"""The public pages of changes of divisions: what became what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from communities.changes import queries
from communities.changes.filters import DivisionChangeFilter
from communities.changes.models import DivisionChange
from communities.territory.models import Division
from governance.pages import keyset_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def change_list(request: HttpRequest) -> HttpResponse:
    """Show the changes in force, newest first, each with its lines; `?division=` those of one division."""
    rows = DivisionChangeFilter(request.GET, DivisionChange.objects.in_force()).qs
    page = keyset_page(rows.for_detail(), request)  # type: ignore[attr-defined]  # our queryset
    key = request.GET.get("division", "")
    place = Division.objects.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 18 else None  # noqa: PLR2004 - digits of an id
    context = {
        "page": page,
        "place": place,
        "trail": list(Division.objects.ancestors(place)) if place else [],
        "predecessors": queries.predecessors_of(place) if place else [],
        "successors": queries.successors_of(place) if place else [],
    }
    return render(request, "communities/changes/list.html", context)


@require_safe
def change_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one change: its document, the picture of what became what, the comparison table."""
    change = get_object_or_404(DivisionChange.objects.in_force().for_detail(), pk=pk)
    lines = list(change.lineage.all())
    context = {
        "change": change,
        "trail": list(Division.objects.ancestors(change.district)),
        "lines": lines,
        "picture": queries.picture_of(lines),
    }
    return render(request, "communities/changes/detail.html", context)
