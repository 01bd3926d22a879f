"""Elections for everybody: what is elected, the days, who stands, how the vote went, who took office."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from consultation.conventions.elections import lifecycle as table
from consultation.conventions.elections.deeds import ACTS, BESIDES
from consultation.conventions.elections.filters import ElectionFilter
from consultation.conventions.elections.lifecycle import ElectionStatus
from consultation.conventions.elections.models import CommitteeElection, ElectionCandidate
from consultation.conventions.elections.queries import (
    election_due,
    list_figures,
    miles_of,
    rule_before,
    rulings_due,
    shown_posts,
)
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import Tried, keyset_page, steps_of, take_step

if TYPE_CHECKING:
    from django.http import HttpRequest

    from governance.lifecycle import Offer

MOST_LATE = 20
RIGHTS = (table.RUN, table.FILE)


@require_safe
def election_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the elections of a place and of those below it, newest first; to the staff the terms that end soon."""
    division = get_object_or_404(Division, pk=pk)
    rows = CommitteeElection.objects.visible_to(request.user).in_division(division).for_list()
    works_here = request.user.is_authenticated and any(request.user.has_perm(right, division) for right in RIGHTS)
    context = {
        "division": division,
        "page": keyset_page(ElectionFilter(request.GET, rows).qs, request),
        "trail": list(Division.objects.ancestors(division)),
        "due": election_due(division, clock.today()) if works_here else [],
        "late": list(rows.with_late_rulings()[:MOST_LATE]) if works_here else [],
    }
    return render(request, "consultation/elections/list.html", context)


@require_safe
def election_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one election."""
    return _page(request, _election(request, pk))


def _election(request: HttpRequest, pk: int) -> CommitteeElection:
    return get_object_or_404(CommitteeElection.objects.visible_to(request.user).for_detail(), pk=pk)


def _page(
    request: HttpRequest, election: CommitteeElection, tried: Tried | None = None, status: int = 200
) -> HttpResponse:
    offers = _offers(request, election)
    names = [offer.move.name for offer in offers if offer.is_open]
    home = reverse("consultation:election-detail", args=[election.pk])
    context = {
        "election": election,
        "trail": list(Division.objects.ancestors(election.division)),
        "posts": shown_posts(election, request.user),
        "rule": rule_before(election),
        "miles": miles_of(election, clock.today()),
        "figures": list_figures(election, request.user),
        "steps": steps_of(ACTS, [*names, *_besides(request, election)], f"{home}acts/", tried),
        "closed": [offer for offer in offers if not offer.is_open and offer.is_next],
        **_of_reader(election, works_here=bool(offers)),
    }
    return render(request, "consultation/elections/detail.html", context, status=status)


def _offers(request: HttpRequest, election: CommitteeElection) -> list[Offer]:
    """Return what can be done with it, for those who handle it; others only read."""
    if not request.user.is_authenticated or not any(request.user.has_perm(right, election) for right in RIGHTS):
        return []
    return lifecycle.available(election, acting_user(request))


def _besides(request: HttpRequest, election: CommitteeElection) -> list[str]:
    """Return the acts that are open and no moves."""
    if not request.user.is_authenticated or not request.user.has_perm(table.RUN, election):
        return []
    if election.status == ElectionStatus.PREPARING:
        return ["move_voting"]
    return ["establish", "call_next"] if election.status == ElectionStatus.VOTED else []


def _of_reader(election: CommitteeElection, *, works_here: bool) -> dict[str, Any]:
    """Return what depends on who reads: for the staff what waits."""
    found: dict[str, Any] = {}
    if works_here:
        found["rulings"] = rulings_due(election, clock.today())
        nominated = ElectionCandidate.objects.filter(election=election).select_related("post")
        found["nominated"] = list(nominated.order_by("post__number", "number")) if not election.nominated_at else []
    return found


@require_POST
def election_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step; what is refused stays filled in with the reason."""
    election = _election(request, pk)
    if name not in ACTS:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(election.get_absolute_url())
    if name in BESIDES and not request.user.has_perm(table.RUN, election):
        raise Http404
    tried = take_step(request, ACTS[name], name, election)
    if tried is None:
        return redirect(election)
    return _page(request, _election(request, pk), tried, status=400)
