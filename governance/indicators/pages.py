"""The page of figures of a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from communities.territory.models import Division, Tier
from funds.statements.download import BYTE_ORDER_MARK, csv_lines
from funds.statements.problems import problems_of
from funds.statements.sheet import workbook_of
from governance.calendar import clock
from governance.indicators import queries
from governance.indicators.drawing import draw
from governance.pages import attached

if TYPE_CHECKING:
    from django.http import HttpRequest

LONGEST_KEY = 18
ABOUT_PROBLEMS = ("fund.raised", "fund.problems", "reinvest.amount", "reinvest.problems")
"""Indicators of what funds have raised and solved."""
PROBLEMS_A_PAGE = 50
WIDTHS = (36, 20, 10, 36, 24, 14, 14, 14, 40)


@require_safe
def indicators(request: HttpRequest) -> HttpResponse:
    """Show the figures of a place: what reports claim beside what was found, and the newest value of each indicator."""
    choices = queries.places_of_figures(clock.today())
    place = _asked(request.GET.get("division", "")) or queries.most_claimed(choices)
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


@require_safe
def growth(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how organizations, projects and their evaluation stand and grew: growth beside share, claims beside counts."""
    place = get_object_or_404(Division.objects.filter(tier__gte=Tier.DISTRICT), pk=pk)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "claimed": queries.claimed_changes(place),
        "counted": queries.counted_changes(place, clock.today()),
        "values": [row for row in queries.latest_of(place) if row.indicator.startswith(queries.FLOORS)],
        "claims": [row for row in queries.compared(place) if row.claim.indicator.startswith(queries.FLOORS)],
    }
    return render(request, "indicators/growth.html", context)


def _asked(text: str) -> Division | None:
    """Return the place that is asked for, or nothing where none is."""
    if not text:
        return None
    if not text.isdecimal() or len(text) > LONGEST_KEY:
        raise Http404
    return get_object_or_404(Division.objects.filter(tier__gte=Tier.DISTRICT), pk=int(text))


@require_safe
def problems(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what funds have solved in a place and with whose money, beside what reports claim of it."""
    place = get_object_or_404(Division.objects.filter(tier__gte=Tier.DISTRICT), pk=pk)
    log = problems_of(place)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "log": log,
        "page": Paginator(log.problems, PROBLEMS_A_PAGE).get_page(request.GET.get("page")),
        "claims": [each for each in queries.compared(place) if each.claim.indicator in ABOUT_PROBLEMS],
    }
    return render(request, "indicators/problems.html", context)


@require_safe
def problems_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the log of problems for a spreadsheet."""
    del request
    place = get_object_or_404(Division.objects.filter(tier__gte=Tier.DISTRICT), pk=pk)
    text = BYTE_ORDER_MARK + csv_lines(problems_of(place).cells())
    return attached(text, name=f"problems-{place.pk}.csv")


@require_safe
def problems_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the log of problems as a workbook."""
    del request
    place = get_object_or_404(Division.objects.filter(tier__gte=Tier.DISTRICT), pk=pk)
    rows = problems_of(place).cells()
    return attached(workbook_of(place.name, rows, widths=WIDTHS, bold={1}, frozen=2), name=f"problems-{place.pk}.xlsx")
