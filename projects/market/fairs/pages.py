"""Fairs of projects: the list, what is intended, and what became contracts."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import Act, Tried, keyset_page, steps_of, take_step
from projects.market.fairs import operations
from projects.market.fairs.forms import IntentionForm
from projects.market.fairs.lifecycle import FairStatus
from projects.market.fairs.models import FairIntention, MatchFair
from projects.market.policy import percent

if TYPE_CHECKING:
    from django.http import HttpRequest

    from governance.accounts.models import User

MOST_PROJECTS = 60
SHOWN = 40
NOTE = "note"


def _note(row: MatchFair, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del row
    return operations.note_intention(by=by, now=now, **data)


@require_safe
def fair_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the fairs of a place, of those above it and of those below it."""
    place = get_object_or_404(Division, pk=pk)
    trail = list(Division.objects.ancestors(place))
    near = Q(division__path__startswith=place.path) | Q(division__in=[row.pk for row in trail])
    rows = MatchFair.objects.visible_to(request.user).filter(near).for_list()
    context = {"place": place, "trail": trail, "page": keyset_page(rows, request, size=10)}
    return render(request, "projects/market/fairs/list.html", context)


def _fair(request: HttpRequest, pk: int) -> MatchFair:
    return get_object_or_404(MatchFair.objects.visible_to(request.user).for_list(), pk=pk)


@require_safe
def fair_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a fair with its projects, the intentions and how many became contracts."""
    return _page(request, _fair(request, pk))


def _page(request: HttpRequest, fair: Any, tried: Tried | None = None) -> HttpResponse:
    acts: dict[str, Act] = {}
    if request.user.is_authenticated and fair.status == FairStatus.OPEN:
        by = acting_user(request)
        if by.has_perm("projects.note_intention"):
            label = pgettext_lazy("fair", "Note an intention")
            acts[NOTE] = Act(label, _note, partial(IntentionForm, fair=fair, user=by))
    projects = fair.projects.annotate(intended=Count("intentions", filter=~Q(intentions__status="DROPPED")))
    context = {
        "fair": fair,
        "trail": list(Division.objects.ancestors(fair.division)),
        "projects": projects.order_by("number")[:MOST_PROJECTS],
        "intentions": FairIntention.objects.filter(project__fair=fair).for_list()[:SHOWN],
        "share": percent(fair.signed_count, fair.intention_count),
        "steps": steps_of(acts, list(acts), f"{fair.get_absolute_url()}acts/", tried),
        "is_soon": clock.now() < fair.ends_at,
    }
    return render(request, "projects/market/fairs/detail.html", context, status=400 if tried else 200)


@require_POST
def fair_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Note an intention; what is refused stays filled in."""
    fair = _fair(request, pk)
    if name != NOTE:
        raise Http404
    if not request.user.is_authenticated or not request.user.has_perm("projects.note_intention"):
        raise Http404
    act = Act(
        pgettext_lazy("fair", "Note an intention"),
        _note,
        partial(IntentionForm, fair=fair, user=acting_user(request)),
    )
    tried = take_step(request, act, name, fair)
    return redirect(fair) if tried is None else _page(request, _fair(request, pk), tried)


@require_safe
def intention_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the fair of an intention."""
    return redirect(get_object_or_404(FairIntention.objects.visible_to(request.user).for_list(), pk=pk).project.fair)
