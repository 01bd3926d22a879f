"""Grid workers' duties and how they were judged, for everybody; one's own work and results, for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from communities.territory.models import Division
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import keyset_page, sent
from projects.evaluation.forms import RoundForm
from projects.evaluation.grid.operations import plan_grid_round
from projects.evaluation.grid.queries import asked_of, duties_in_force, judged_in, own_evaluations, workers_in
from projects.evaluation.models import PushMessage
from projects.evaluation.queries import outcome_of

if TYPE_CHECKING:
    from django.http import HttpRequest

MOST_MESSAGES = 20


@require_safe
def grid_work(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the duties in force, and the evaluations of grid workers of a place that this reader may see."""
    place = get_object_or_404(Division, pk=pk)
    duties = duties_in_force()
    page = keyset_page(judged_in(place).visible_to(request.user), request)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "duties": duties,
        "asked": asked_of(list(duties.questions.all()), 1) if duties else [],
        "page": page,
        "evaluations": [(plan, outcome_of(plan, request.user)) for plan in page.rows],
        "may_plan": bool(duties) and request.user.has_perm("projects.manage_evaluation", place),
    }
    return render(request, "projects/evaluation/grid.html", context)


@login_required
def grid_round(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan an evaluation for each grid worker of a place, by the duties in force; the street does it for its own."""
    place, duties = get_object_or_404(Division, pk=pk), duties_in_force()
    by, today = acting_user(request), clock.today()
    if duties is None or not by.has_perm("projects.manage_evaluation", place):
        raise Http404
    form = RoundForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = plan_grid_round(
                by=by, now=clock.now(), today=today, division=place, template=duties, **form.cleaned_data
            )
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            told = _("Planned: %(count)s. Those who have one already were left out.") % {"count": len(made)}
            messages.success(request, told)
            return redirect("projects:grid-work", pk=place.pk)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "duties": duties,
        "form": form,
        "workers": workers_in(place, today),
    }
    return render(request, "projects/evaluation/round.html", context, status=400 if form.is_bound else 200)


@login_required
@require_safe
def own_work(request: HttpRequest) -> HttpResponse:
    """Show a person how their own work was judged, the duties, and what waits for their receipt."""
    user = acting_user(request)
    duties = duties_in_force()
    page = keyset_page(own_evaluations(user), request)
    context = {
        "duties": duties,
        "asked": asked_of(list(duties.questions.all()), 1) if duties else [],
        "page": page,
        "evaluations": [(plan, outcome_of(plan, user)) for plan in page.rows],
        "messages_unread": list(PushMessage.objects.filter(worker=user, read_at=None).for_list()[:MOST_MESSAGES]),
    }
    return render(request, "projects/evaluation/own_work.html", context)
