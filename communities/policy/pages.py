"""Which rules hold here: every parameter of a place and the decision rules of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from communities.policy.models import DecisionRule, PolicyDocument
from communities.policy.queries import rules_here
from communities.territory.models import Division
from governance.calendar import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def rules_of_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what holds in a place today, with unit, basis and since when; four queries."""
    place = get_object_or_404(Division, pk=pk)
    today = clock.today()
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "today": today,
        "rules": rules_here(place, today),
        "decision_rules": list(DecisionRule.objects.in_force_on(today).order_by("key")),
    }
    return render(request, "communities/policy/rules.html", context)


@require_safe
def document_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a document and the values that rest on it."""
    document = get_object_or_404(PolicyDocument.objects.visible_to(request.user).for_list(), pk=pk)
    values = document.parameters.visible_to(request.user).select_related("division").order_by("key", "valid_from", "pk")
    context = {"document": document, "values": list(values[:200])}
    return render(request, "communities/policy/document.html", context)
