"""The bodies of a place and their members, as far as they are public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from communities.bodies.models import Body
from communities.bodies.queries import bodies_of, shortcomings
from communities.territory.models import Division
from governance.calendar import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def bodies_of_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the bodies of one place with their members; four queries."""
    place = get_object_or_404(Division, pk=pk)
    today = clock.today()
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "bodies": bodies_of(place, today),
    }
    return render(request, "communities/bodies/list.html", context)


@require_safe
def body_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one body, its members and, to those who keep it, what its composition lacks."""
    today = clock.today()
    rows = Body.objects.visible_to(request.user).select_related("division").with_seats(today)
    body = get_object_or_404(rows, pk=pk)
    keeps = request.user.has_perm("communities.edit_body", body)
    context = {
        "body": body,
        "trail": list(Division.objects.ancestors(body.division)),
        "lacks": shortcomings(body, today) if keeps else [],
    }
    return render(request, "communities/bodies/detail.html", context)
