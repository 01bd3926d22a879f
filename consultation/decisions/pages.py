"""Decisions for everybody: what was decided, by which vote, whether it is final, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from consultation.ballots.policy import grouped
from consultation.ballots.queries import results_of
from consultation.decisions import operations
from consultation.decisions.filters import DecisionFilter
from consultation.decisions.lifecycle import DecisionStatus
from consultation.decisions.models import Decision
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError
from governance.pages import back, back_with, keyset_page

if TYPE_CHECKING:
    from django.http import HttpRequest

    from governance.lifecycle import Offer

MANAGE = "consultation.manage_decision"
CARRIED_OUT = (DecisionStatus.FINAL, DecisionStatus.EXECUTING)
HERE = ("put_up", "accept", "return_result", "close")
"""Moves with a button on the page; the others ask for more and are made at the desk."""


def _decision(request: HttpRequest, pk: int) -> Decision:
    return get_object_or_404(Decision.objects.visible_to(request.user).for_detail(), pk=pk)


@require_safe
def decision_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the decisions of a place and of those below it, newest first."""
    division = get_object_or_404(Division, pk=pk)
    rows = Decision.objects.visible_to(request.user).in_division(division).for_list()
    page = keyset_page(DecisionFilter(request.GET, rows).qs, request)
    context = {"division": division, "page": page, "trail": list(Division.objects.ancestors(division))}
    return render(request, "consultation/decisions/list.html", context)


@require_safe
def decision_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one decision with its vote, its notice and its execution."""
    decision = _decision(request, pk)
    context = {
        "decision": decision,
        "trail": list(Division.objects.ancestors(decision.division)),
        "results": results_of(decision.ballot, request.user),
        "fingerprint": grouped(decision.ballot.fingerprint),
        "evidence": list(decision.evidence.visible_to(request.user).order_by("pk")) if decision.reported_at else [],
        "offers": _offers(request, decision),
        "may_ask_fund": decision.status in CARRIED_OUT and request.user.has_perm(MANAGE, decision),
    }
    return render(request, "consultation/decisions/detail.html", context)


def _offers(request: HttpRequest, decision: Decision) -> list[Offer]:
    if not request.user.is_authenticated:
        return []
    rights = (MANAGE, "consultation.accept_decision")
    if not any(request.user.has_perm(right, decision) for right in rights):
        return []
    return [offer for offer in lifecycle.available(decision, acting_user(request)) if offer.move.name in HERE]


@require_POST
def decision_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the move that a button asks for."""
    decision = _decision(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(decision.get_absolute_url())
    name = request.POST.get("move", "")
    if name not in HERE:
        raise Http404
    step = lifecycle.of(decision).by_name[name]
    if not request.user.has_perm(step.permission, decision):
        raise PermissionDenied
    by, now, reason = acting_user(request), clock.now(), request.POST.get("reason", "")
    try:
        if name == "put_up":
            operations.post_decision(by=by, now=now, today=clock.today(), decision=decision)
        elif name == "accept":
            operations.accept_result(by=by, now=now, decision=decision)
        elif name == "return_result":
            operations.return_result(by=by, now=now, decision=decision, reason=reason)
        else:
            operations.close_decision(by=by, now=now, decision=decision)
    except DomainError as refusal:
        return back_with(request, refusal)
    messages.success(request, _("Done: %(move)s.") % {"move": step.label})
    return back(request, decision.get_absolute_url())
