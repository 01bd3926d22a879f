"""How matters are handled here, for everybody: the three rates, and the list that says whose affair is what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from communities.territory.models import Division
from consultation.matters.handling.forms import PeriodForm
from consultation.matters.handling.periods import Period, PeriodBackwards
from consultation.matters.handling.policy import SATISFIED
from consultation.matters.handling.queries import private_count, rates_by_office, rates_by_place
from consultation.matters.handling.references import references
from consultation.matters.models import ThreeWay
from governance.calendar import clock
from governance.errors import put_into

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def matter_rates(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the three rates of a place, of those below it and of its offices over a period; eight queries."""
    place = get_object_or_404(Division, pk=pk)
    form, today = PeriodForm(request.GET or None), clock.today()
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    try:
        period = Period.of(asked.get("since"), asked.get("until"), today)
    except PeriodBackwards as refusal:
        put_into(form, refusal)
        period = Period.of(None, None, today)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "form": form,
        "period": period,
        "places": rates_by_place(place, period.since, period.until),
        "offices": rates_by_office(place, period.since, period.until),
        "private": private_count(place, period.since, period.until),
        "satisfied": SATISFIED,
    }
    return render(request, "consultation/matters/rates.html", context)


@require_safe
def matter_references(request: HttpRequest, pk: int) -> HttpResponse:
    """Show whose affair is what in a place today, class by class; five queries."""
    place = get_object_or_404(Division, pk=pk)
    items = references(place, clock.today()).values()
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "lists": [(name, [item for item in items if item.three_way == name]) for name in ThreeWay],
    }
    return render(request, "consultation/matters/references.html", context)
