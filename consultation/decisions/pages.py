"""Decisions for everybody: what was decided, by which vote, whether it is final, and what came of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from communities.policy.policy import SMALL_CELL
from communities.policy.queries import value
from communities.territory.models import Division
from consultation.ballots.policy import grouped
from consultation.ballots.queries import results_of
from consultation.decisions import accepting, executing, operations
from consultation.decisions.filters import DecisionFilter
from consultation.decisions.forms import (
    AcceptForm,
    ExecutionForm,
    ExecutionTaskForm,
    PartyEndForm,
    PartyForm,
    ReasonForm,
    ReportForm,
    VerdictForm,
)
from consultation.decisions.lifecycle import DECISION, DecisionStatus
from consultation.decisions.models import Decision
from consultation.decisions.queries import verdicts_of, why_given_back
from consultation.meetings.joint import CaseParty
from consultation.meetings.queries import photos_of
from consultation.meetings.record import MeetingTask
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import Act, Tried, keyset_page, steps_of, take_step, told_of

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest

    from governance.accounts.models import User
    from governance.lifecycle import Offer

MANAGE = "consultation.manage_decision"
CARRIED_OUT = (DecisionStatus.FINAL, DecisionStatus.EXECUTING)
SHOWN_TASKS = 100


def _plain(operation: Any) -> Any:
    def run(row: Decision, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return operation(by=by, now=now, decision=row, **data)

    return run


def _put_up(row: Decision, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return operations.post_decision(by=by, now=now, today=clock.today(), decision=row)


def _label(name: str) -> Any:
    return DECISION.by_name[name].label


ACTS = {
    "put_up": Act(_label("put_up"), _put_up),
    "begin_execution": Act(_label("begin_execution"), _plain(executing.begin_execution), ExecutionForm),
    "report_result": Act(_label("report_result"), _plain(executing.report_result), ReportForm),
    "accept": Act(_label("accept"), _plain(accepting.accept_result), AcceptForm),
    "return_result": Act(_label("return_result"), _plain(executing.return_result), ReasonForm, is_grave=True),
    "close": Act(_label("close"), _plain(executing.close_decision)),
}


GIVE_TASK, ADD_PARTY, END_PARTY = "give_task", "add_party", "end_party"


def _working(decision: Decision) -> dict[str, Act]:
    """Return what is done besides moves while a decision is carried out."""
    return {
        GIVE_TASK: Act(
            gettext_lazy("Give a task"), _plain(executing.give_task), partial(ExecutionTaskForm, decision=decision)
        ),
        ADD_PARTY: Act(
            gettext_lazy("Let one more party join"), _plain(executing.add_party), partial(PartyForm, decision=decision)
        ),
        END_PARTY: Act(
            gettext_lazy("Let a party leave"), _plain(executing.end_party), partial(PartyEndForm, decision=decision)
        ),
    }


VERDICT = Act(gettext_lazy("Say what you think of it"), _plain(accepting.give_verdict), VerdictForm)


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
    return _page(request, _decision(request, pk))


def _page(request: HttpRequest, decision: Decision, tried: Tried | None = None) -> HttpResponse:
    offers = _offers(request, decision)
    names = [offer.move.name for offer in offers if offer.is_open]
    if decision.status == DecisionStatus.EXECUTING and request.user.has_perm(MANAGE, decision):
        names = [GIVE_TASK, ADD_PARTY, END_PARTY, *names]
    home = reverse("consultation:decision-detail", args=[decision.pk])
    context = {
        "decision": decision,
        "trail": list(Division.objects.ancestors(decision.division)),
        "results": results_of(decision.ballot, request.user) if decision.ballot else None,
        "fingerprint": grouped(decision.ballot.fingerprint) if decision.ballot else "",
        "evidence": list(decision.evidence.visible_to(request.user).order_by("pk")) if decision.reported_at else [],
        "steps": steps_of({**ACTS, **_working(decision)}, names, f"{home}acts/", tried),
        "closed": [offer for offer in offers if not offer.is_open],
        **_judged(request, decision, tried),
        **_carried_out(request, decision),
        "told": told_of(decision, request.user) if decision.final_at else [],
        "may_ask_fund": decision.status in CARRIED_OUT and request.user.has_perm(MANAGE, decision),
    }
    return render(request, "consultation/decisions/detail.html", context, status=400 if tried else 200)


def _carried_out(request: HttpRequest, decision: Decision) -> dict[str, Any]:
    """Return who works on what was decided, and the tasks of each; three queries."""
    if decision.case_id is None:
        return {}
    tasks = list(MeetingTask.objects.filter(case=decision.case_id).for_list().order_by("due_on", "pk")[:SHOWN_TASKS])
    photos = photos_of(tasks) if tasks else {}
    handles = request.user.has_perm(MANAGE, decision)
    return {
        "parties": list(CaseParty.objects.filter(case=decision.case_id).order_by("-is_leading", "pk")),
        "tasks": [(task, photos.get(task.pk, {}), handles or task.owner_id == request.user.pk) for task in tasks],
        "today": clock.today(),
    }


def _judged(request: HttpRequest, decision: Decision, tried: Tried | None) -> dict[str, Any]:
    """Return what the residents say of the result, small numbers hidden, and the form for those who can answer now."""
    if decision.reported_at is None or decision.result_notice is None:
        return {}
    counts, today = verdicts_of(decision), clock.today()
    least = value(SMALL_CELL, decision.division, today)
    is_open = decision.status == DecisionStatus.REPORTED and decision.result_notice.takes_objections(today)
    was_given_back = decision.status == DecisionStatus.EXECUTING
    user = request.user
    mine = user.is_authenticated and decision.verdicts.filter(user=user, notice=decision.result_notice_id).exists()
    url = reverse("consultation:verdict-give", args=[decision.pk])
    return {
        "was_given_back": was_given_back,
        "given_back_for": why_given_back(decision) if was_given_back and user.has_perm(MANAGE, decision) else "",
        "verdicts": counts,
        "least": least,
        "judged": counts.lines() if counts.answered >= least else [],
        "has_judged": mine,
        "verdict_url": url if is_open and not mine else "",
        "verdict_form": tried[1] if tried and tried[0] == "verdict" else VerdictForm(auto_id="verdict-%s"),
    }


def _offers(request: HttpRequest, decision: Decision) -> list[Offer]:
    """Return what can be done with it, for those who handle it; others only read."""
    rights = (MANAGE, "consultation.accept_decision")
    if not request.user.is_authenticated or not any(request.user.has_perm(right, decision) for right in rights):
        return []
    return lifecycle.available(decision, acting_user(request))


@require_POST
def verdict_give(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what one thinks of the result; a refused answer stays filled in with the reason."""
    decision = _decision(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(decision.get_absolute_url())
    tried = take_step(request, VERDICT, "verdict", decision)
    return redirect(decision) if tried is None else _page(request, _decision(request, pk), tried)


@require_POST
def decision_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step; what is refused stays filled in with the reason."""
    decision = _decision(request, pk)
    act = {**ACTS, **_working(decision)}.get(name)
    if act is None:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(decision.get_absolute_url())
    tried = take_step(request, act, name, decision)
    return redirect(decision) if tried is None else _page(request, _decision(request, pk), tried)
