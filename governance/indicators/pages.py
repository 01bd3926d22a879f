"""The page of figures of a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from communities.territory.models import Division, Tier
from funds.statements.download import BYTE_ORDER_MARK, csv_lines
from funds.statements.problems import problems_of
from funds.statements.sheet import workbook_of
from governance.calendar import clock
from governance.indicators import queries, sheet
from governance.indicators.drawing import draw
from governance.pages import attached, printed
from governance.printing import render as print_paper

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
    found = [row for row in queries.compared(place) if row.claim.indicator.startswith(queries.FLOORS)]
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "claimed": queries.claimed_changes(place),
        "counted": queries.counted_changes(place, clock.today()),
        "values": [row for row in queries.latest_of(place) if row.indicator.startswith(queries.FLOORS)],
        "claims": [row for row in found if row.found is not None],
        "others": [row for row in found if row.found is None],
    }
    return render(request, "indicators/growth.html", context)


def _cells(pk: int) -> tuple[Division, list[list[object]]]:
    place = get_object_or_404(Division.objects.filter(tier__gte=Tier.DISTRICT), pk=pk)
    return place, sheet.cells_of(place, clock.today())


@require_safe
def figures_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the figures of a place for a spreadsheet."""
    del request
    place, cells = _cells(pk)
    return attached(BYTE_ORDER_MARK + csv_lines(cells), name=f"figures-{place.pk}.csv")


@require_safe
def figures_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the figures of a place as a workbook."""
    del request
    place, cells = _cells(pk)
    content = workbook_of(place.name, cells, widths=sheet.WIDTHS, bold=sheet.headings(cells), frozen=2)
    return attached(content, name=f"figures-{place.pk}.xlsx")


@require_safe
def figures_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the figures of a place on paper size, with what stands above and below each line."""
    place = get_object_or_404(Division.objects.filter(tier__gte=Tier.DISTRICT), pk=pk)
    today = clock.today()
    context = {
        "place": place,
        "changes": (queries.claimed_changes(place), queries.counted_changes(place, today)),
        "claims": queries.compared(place),
        "values": queries.latest_of(place),
        "address": str(settings.SITE_URL).rstrip("/") + reverse("indicators:division-growth", args=[place.pk]),
        "today": today,
    }
    shows = (place.pk, today, sheet.cells_of(place, today))
    return printed(
        request,
        shows,
        lambda: print_paper("indicators/papers/figures.html", context),
        name=f"figures-{place.pk}.pdf",
    )


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
