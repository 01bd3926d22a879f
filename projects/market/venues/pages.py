"""Venues of a place: their rooms, who runs them, who has them free of charge against service, and how they were judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from communities.territory.models import Division
from communities.territory.spreadsheet import wholly
from communities.venues.models import Venue
from governance.pages import attached, keyset_page
from projects.contracts.models import Contract
from projects.contracts.services.models import VenueOperation
from projects.evaluation.models import EvaluationPlan
from projects.evaluation.queries import outcome_of
from projects.market.sharing.models import OpenResource, VenueCession
from projects.market.sharing.queries import Hours, hours_at, with_hours
from projects.market.sheets import MOST_ROWS, workbook
from socialorgs.register.centers.models import ServiceCenter
from socialorgs.register.clubs.lifecycle import ClubStatus
from socialorgs.register.clubs.models import Club

if TYPE_CHECKING:
    from django.http import HttpRequest

SHOWN = 30
HEADS = (
    _("Venue"),
    _("Community"),
    _("Address"),
    _("Class of the premises"),
    pgettext_lazy("premises", "run by"),
    _("floor (m²)"),
    _("Rooms open to people"),
    _("Free uses against service"),
    _("Hours of service owed"),
    _("Hours of service served"),
    _("Served of owed (%)"),
)


def _told(venue: Venue) -> tuple[Venue, Hours]:
    return venue, hours_at(venue)


@require_safe
def venue_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the venues of a place and those below it, each with the hours owed and served for it."""
    place = get_object_or_404(Division, pk=pk)
    page = keyset_page(with_hours(Venue.objects.in_use().in_division(place).for_list()), request)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "page": page,
        "venues": [_told(venue) for venue in page.rows],
    }
    return render(request, "projects/market/sharing/venues.html", context)


@require_safe
def venue_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the venues of a place with their hours as a workbook."""
    del request
    place = get_object_or_404(Division, pk=pk)
    rows = wholly(with_hours(Venue.objects.in_use().in_division(place).for_list()), MOST_ROWS)
    lines = (
        (
            *(venue.name, venue.division.name, venue.address, venue.get_property_class_display()),
            *(venue.get_operating_line_display(), venue.area, getattr(venue, "rooms", None) or 0),
            *(hours.uses, hours.owed, hours.served, hours.share),
        )
        for venue, hours in map(_told, rows)
    )
    return attached(workbook(HEADS, lines), name=f"venues-{place.pk}.xlsx")


@require_safe
def venue_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one venue: its center, clubs and rooms, its operation under contract, its free uses with their hours, its evaluations."""
    venue = get_object_or_404(with_hours(Venue.objects.for_list()), pk=pk)
    contracts = Contract.objects.visible_to(request.user).values("pk")
    operations = VenueOperation.objects.filter(venue=venue, contract__in=contracts)
    cessions = VenueCession.objects.visible_to(request.user).filter(resource__venue=venue)
    judged = EvaluationPlan.objects.visible_to(request.user).filter(venue=venue).for_detail()
    context = {
        "venue": venue,
        "hours": hours_at(venue),
        "trail": list(Division.objects.ancestors(venue.division)),
        "rooms": OpenResource.objects.visible_to(request.user).filter(venue=venue).for_list()[:SHOWN],
        "operations": operations.select_related("contract__organization").order_by("-pk")[:SHOWN],
        "centers": ServiceCenter.objects.filter(venue=venue, closed_on=None).order_by("pk")[:SHOWN],
        "clubs": Club.objects.visible_to(request.user)
        .filter(venue=venue, status=ClubStatus.ACTIVE)
        .order_by("name")[:SHOWN],
        "cessions": cessions.for_list()[:SHOWN],
        "evaluations": [(plan, outcome_of(plan, request.user)) for plan in judged.order_by("-pk")[:SHOWN]],
    }
    return render(request, "projects/market/sharing/venue.html", context)
