"""The page of figures of a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from communities.territory.models import Division, Tier
from governance.calendar import clock
from governance.indicators import queries
from governance.indicators.drawing import draw
from governance.portal.queries import districts

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LONGEST_KEY = 18


@require_safe
def indicators(request: HttpRequest) -> HttpResponse:
    """Show the figures of a place: what reports claim beside what was found, and the newest value of each indicator."""
    choices = list(districts(clock.today()))
    place = _asked(request.GET.get("division", "")) or queries.first_claimed(choices)
    found = queries.compared(place) if place is not None else []
    claims = [each for each in found if each.found is not None]
    context = {
        "place": place,
        "choices": choices,
        "trail": list(Division.objects.ancestors(place)) if place is not None else [],
        "claims": claims,
        "others": [each for each in found if each.found is None],
        "picture": draw(claims),
        "values": queries.latest_of(place) if place is not None else [],
    }
    return render(request, "indicators/indicators.html", context)


def _asked(text: str) -> Division | None:
    """Return the place that is asked for, or nothing where none is."""
    if not text:
        return None
    if not text.isdecimal() or len(text) > LONGEST_KEY:
        raise Http404
    return get_object_or_404(Division.objects.filter(tier__gte=Tier.DISTRICT), pk=int(text))
