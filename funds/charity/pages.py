"""What everybody may read about charities: where they take donations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from funds.charity.filters import StationFilter
from funds.charity.models import DonationStation
from governance.calendar import clock
from governance.pages import keyset_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def station_list(request: HttpRequest) -> HttpResponse:
    """List the donation stations that are open, with place, hours and contact."""
    rows = DonationStation.objects.visible_to(request.user).open_on(clock.today()).for_list()
    narrowed = StationFilter(request.GET, rows)
    found = narrowed.qs if narrowed.is_valid() else DonationStation.objects.none()
    return render(request, "funds/charity/stations.html", {"page": keyset_page(found, request)})
