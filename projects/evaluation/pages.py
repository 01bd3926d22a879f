"""Evaluations on the phone: answer by a slip, read the result with its calculation; staff invite, review, publicise."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from communities.policy.queries import value
from communities.territory.models import Division
from governance import lifecycle
from governance.accounts.models import User
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import Act, Tried, keyset_page, printed, sent, steps_of, take_step
from governance.printing import render as print_paper
from projects.evaluation import operations, refusals
from projects.evaluation.entering import enter_paper_answer
from projects.evaluation.explaining import advice_of, draw, explain, hindrances_of
from projects.evaluation.filters import EvaluationFilter
from projects.evaluation.forms import (
    ExcludeForm,
    ExtendForm,
    InviteForm,
    MarksForm,
    PaperForm,
    ReasonForm,
    ReviewForm,
    TokenForm,
)
from projects.evaluation.gating import gate_of
from projects.evaluation.grid.queries import work_of
from projects.evaluation.history import review_steps
from projects.evaluation.lifecycle import EVALUATION, PlanStatus
from projects.evaluation.models import EvaluationPlan, EvaluationTask, EvaluationTemplate, PaperEntry, PushMessage
from projects.evaluation.open_account.queries import trend_of
from projects.evaluation.policy import HIGHEST, LOWEST, SMALL_SAMPLE, is_small, percent
from projects.evaluation.queries import (
    MOST_WAITING,
    answer_of,
    asked_by_now,
    has_judged,
    outcome_of,
    records_of,
    shown_details,
    shown_results,
    standing_of,
    task_of,
    verify,
)
from projects.evaluation.recording import ON_THE_SPOT
from projects.evaluation.severity import severities

if TYPE_CHECKING:
    from django.http import HttpRequest


LEAVE_OUT, EXTEND = "leave_out", "extend"


def _open(row: EvaluationPlan, by: User, now: dt.datetime, data: dict[str, Any]) -> EvaluationPlan:
    del data
    return operations.open_evaluation(by=by, now=now, plan=row)


def _review(row: EvaluationPlan, by: User, now: dt.datetime, data: dict[str, Any]) -> EvaluationPlan:
    return operations.review_result(by=by, now=now, plan=row, note=data["note"])


def _publicise(row: EvaluationPlan, by: User, now: dt.datetime, data: dict[str, Any]) -> EvaluationPlan:
    del data
    return operations.publicise_result(by=by, now=now, today=clock.today(), plan=row)


def _cancel(row: EvaluationPlan, by: User, now: dt.datetime, data: dict[str, Any]) -> EvaluationPlan:
    return lifecycle.move(row, "cancel", by=by, now=now, reason=data["reason"])


def _send_back(row: EvaluationPlan, by: User, now: dt.datetime, data: dict[str, Any]) -> EvaluationPlan:
    return operations.send_result_back(by=by, now=now, plan=row, reason=data["reason"])


def _extend(row: EvaluationPlan, by: User, now: dt.datetime, data: dict[str, Any]) -> EvaluationPlan:
    return operations.extend_collection(by=by, now=now, today=clock.today(), plan=row, **data)


def _leave_out(row: EvaluationPlan, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.exclude_answer(by=by, now=now, answer=answer_of(row, data["number"]), reason=data["reason"])


ACTS = {
    "open": Act(EVALUATION.by_name["open"].label, _open),
    "review": Act(EVALUATION.by_name["review"].label, _review, ReviewForm),
    "send_back": Act(EVALUATION.by_name["send_back"].label, _send_back, ReasonForm, is_grave=True),
    "publicise": Act(EVALUATION.by_name["publicise"].label, _publicise),
    "cancel": Act(EVALUATION.by_name["cancel"].label, _cancel, ReasonForm, is_grave=True),
    EXTEND: Act(gettext_lazy("Prolong the collection"), _extend, ExtendForm),
    LEAVE_OUT: Act(gettext_lazy("Leave an answer out and compute again"), _leave_out, ExcludeForm, is_grave=True),
}


@require_safe
def evaluation_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the evaluations of a place and of those below it, newest first."""
    place = get_object_or_404(Division, pk=pk)
    rows = EvaluationPlan.objects.visible_to(request.user).in_division(place).for_detail()
    narrowed = EvaluationFilter(request.GET, rows)
    page = keyset_page(narrowed.qs if narrowed.is_valid() else EvaluationPlan.objects.none(), request)
    shown = [(plan, outcome_of(plan, request.user)) for plan in page.rows]
    trail = list(Division.objects.ancestors(place))
    about = {name: request.GET[name] for name in ("body", "venue", "implementer") if request.GET.get(name)}
    context = {
        "place": place,
        "trail": trail,
        "page": page,
        "evaluations": shown,
        "filter": narrowed,
        "about": about,
        "of_whom": _of_whom(narrowed, page.rows),
    }
    return render(request, "projects/evaluation/list.html", context)


def _of_whom(narrowed: EvaluationFilter, rows: list[EvaluationPlan]) -> str:
    """Name the body, venue or organization to which a list was narrowed, where it holds anything."""
    asked = narrowed.form.cleaned_data if narrowed.is_valid() else {}
    for name in ("body", "venue", "implementer"):
        if asked.get(name) and rows:
            return str(getattr(rows[0], name).name)
    return ""


@require_safe
def evaluation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an evaluation: its terms, and its result with the picture, the table and the calculation line by line."""
    return _page(request, _plan(request, pk))


def _plan(request: HttpRequest, pk: int) -> EvaluationPlan:
    return get_object_or_404(EvaluationPlan.objects.visible_to(request.user).for_detail(), pk=pk)


def _page(request: HttpRequest, plan: EvaluationPlan, tried: Tried | None = None) -> HttpResponse:
    today = clock.today()
    results = shown_results(plan, request.user)
    handles = request.user.has_perm("projects.view_evaluation_file", plan)
    offers = lifecycle.available(plan, acting_user(request)) if handles else []
    reviews = plan.status == PlanStatus.COMPUTED and request.user.has_perm("projects.review_evaluation", plan)
    if reviews and has_judged(plan, request.user):
        reviews, offers = False, [_closed_to_judges(offer) for offer in offers]
    names = [offer.move.name for offer in offers if offer.is_open and offer.move.name in ACTS]
    if reviews:
        names.append(LEAVE_OUT)
    manages = request.user.has_perm("projects.manage_evaluation", plan)
    if manages and plan.collects_on(today):
        names.insert(0, EXTEND)
    context: dict[str, Any] = {
        "plan": plan,
        "trail": list(Division.objects.ancestors(plan.division)),
        "weights": [
            (label, plan.weights[party]) for party, label in EvaluationTask._meta.get_field("party").choices or []
        ],
        "questions": list(plan.template.questions.order_by("number")),
        "results": results,
        "result": results[0] if results else None,
        "handles": handles,
        "may_invite": manages and plan.status in (PlanStatus.PLANNED, PlanStatus.COLLECTING),
        "may_plan": manages,
        "may_enter": plan.collects_on(today) and request.user.has_perm("projects.enter_evaluation_answers", plan),
        "is_under_review": plan.publicised_at is not None and plan.status in (PlanStatus.COMPUTED, PlanStatus.REVIEWED),
        "steps": steps_of(ACTS, names, reverse("projects:evaluation-detail", args=[plan.pk]) + "acts/", tried),
        "closed": [offer for offer in offers if not offer.is_open],
        "pushed": _messages(request, plan) if plan.pushed_at else [],
        "review_steps": review_steps(plan, request.user),
    }
    if handles and not results:
        context |= {"collected": asked_by_now(plan), "standing": standing_of(plan)}
    if results:
        context |= _result(plan, request, today)
    return render(request, "projects/evaluation/detail.html", context, status=400 if tried else 200)


def _closed_to_judges(offer: lifecycle.Offer) -> lifecycle.Offer:
    """Close the review to whoever judged, with the reason."""
    if offer.move.name != "review":
        return offer
    return replace(offer, is_open=False, reason=str(refusals.JudgeReviews()))


@require_safe
def evaluation_evaluators(request: HttpRequest, pk: int) -> HttpResponse:
    """Show those who handle the evaluation how strict its evaluators are, their records, and what is known of the work."""
    plan = get_object_or_404(EvaluationPlan.objects.visible_to(request.user).for_list(), pk=pk)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not request.user.has_perm("projects.view_evaluation_file", plan):
        raise Http404
    context = {
        "plan": plan,
        "severities": severities(plan, clock.today()) if plan.computed_at else [],
        "records": records_of(plan),
        "due": plan.answers.filter(method__in=ON_THE_SPOT).count(),
        "work": work_of(plan),
    }
    return render(request, "projects/evaluation/evaluators.html", context)


def _messages(request: HttpRequest, plan: EvaluationPlan) -> list[tuple[PushMessage, bool]]:
    """Return what was pushed, each with whether this reader may confirm its receipt."""
    found = PushMessage.objects.visible_to(request.user).filter(result__plan=plan).for_list()
    return [
        (message, message.read_at is None and request.user.has_perm("projects.read_message", message))
        for message in found
    ]


def _result(plan: EvaluationPlan, request: HttpRequest, today: dt.date) -> dict[str, Any]:
    """Return what the page shows of the newest version that this reader may see."""
    result = shown_results(plan, request.user)[0]
    details = shown_details(plan, result, request.user, today)
    small_sample = value(SMALL_SAMPLE, plan.division, today)
    return {
        "picture": draw(details),
        "lines": explain(details),
        "satisfaction": percent(result.satisfied, result.valid_for_satisfaction),
        "response": percent(result.answers, result.invited),
        "is_small_sample": is_small(result.valid_for_satisfaction, small_sample),
        "is_verified": verify(result),
        "trend": trend_of(plan, request.user, small_sample),
        "gate": gate_of(plan, today),
        "hindrances": hindrances_of(details),
        "advice": advice_of(details),
    }


@require_POST
def evaluation_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step; what is refused stays filled in with the reason."""
    plan = _plan(request, pk)
    if name not in ACTS:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(plan.get_absolute_url())
    tried = take_step(request, ACTS[name], name, plan)
    return redirect(plan) if tried is None else _page(request, _plan(request, pk), tried)


@require_POST
def message_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm the receipt of a pushed result."""
    rows = PushMessage.objects.visible_to(request.user).select_related("result__plan")
    message = get_object_or_404(rows, pk=pk)
    try:
        operations.read_message(by=acting_user(request), now=clock.now(), message=message)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Receipt has been confirmed."))
    return redirect(message.result.plan)


def evaluation_invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Invite: the form, and once it is sent the slips to be printed, which are shown this once."""
    plan = _plan(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not request.user.has_perm("projects.manage_evaluation", plan):
        raise Http404
    form = InviteForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            invited = operations.invite(by=acting_user(request), now=clock.now(), plan=plan, **form.cleaned_data)
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            slips = [(task, token, _link(request, token)) for task, token in invited]
            answer = render(request, "projects/evaluation/slips.html", {"plan": plan, "slips": slips})
            answer["Cache-Control"] = "no-store"
            return answer
    context = {"plan": plan, "form": form}
    return render(request, "projects/evaluation/invite.html", context, status=400 if form.is_bound else 200)


def _link(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("projects:answer", args=[token]))


def evaluation_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter answers that came on paper, one after the other, and those again that somebody else has entered."""
    plan = _plan(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not request.user.has_perm("projects.enter_evaluation_answers", plan):
        raise Http404
    form = PaperForm(sent(request), questions=list(plan.template.questions.order_by("number")))
    if request.method == "POST" and form.is_valid():
        try:
            entered = enter_paper_answer(by=acting_user(request), now=clock.now(), plan=plan, **form.given())
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            told = {"number": form.cleaned_data["number"]}
            if entered.answer is None:
                messages.info(
                    request,
                    _("Slip %(number)s has been entered once. It counts when a second person enters it.") % told,
                )
            else:
                messages.success(request, _("Slip %(number)s counts: two persons entered the same marks.") % told)
            return redirect("projects:evaluation-paper", pk=plan.pk)
    waiting = PaperEntry.objects.waiting(plan)
    context = {
        "plan": plan,
        "form": form,
        "to_check": list(waiting.exclude(entered_by=request.user)[:MOST_WAITING]),
        "entered": list(waiting.filter(entered_by=request.user)[:MOST_WAITING]),
    }
    return render(request, "projects/evaluation/paper.html", context, status=400 if form.is_bound else 200)


@require_safe
def template_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the questions of a template on paper size, to be filled in by hand and entered by the number of the slip."""
    template = get_object_or_404(EvaluationTemplate.objects.visible_to(request.user).for_list(), pk=pk)
    questions = list(template.questions.all())
    context = {"template": template, "questions": questions, "marks": range(HIGHEST, LOWEST - 1, -1)}
    return printed(
        request,
        (template.pk, template.version, template.title, [(row.text, row.weight, row.duty) for row in questions]),
        lambda: print_paper("projects/evaluation/papers/sheet.html", context),
        name=f"questionnaire-{template.pk}.pdf",
    )


def answer_find(request: HttpRequest) -> HttpResponse:
    """Lead from the characters of a slip to its questions."""
    form = TokenForm(sent(request))
    if request.method == "POST" and form.is_valid():
        token = "".join(sign for sign in form.cleaned_data["token"] if sign.isalnum())
        if token and task_of(token) is not None:
            return redirect("projects:answer", token=token)
        form.add_error("token", str(refusals.TokenUnknown()))
    return render(request, "projects/evaluation/find.html", {"form": form}, status=400 if form.is_bound else 200)


def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Show the questions of a slip and take its answer, once; every reason why not has its own page."""
    task = task_of(token)
    if task is None:
        return _no_answer(request, refusals.TokenUnknown())
    if task.evaluator_id is not None and not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if refusal := _why_not(task, request):
        return _no_answer(request, refusal, task.plan)
    form = MarksForm(sent(request), questions=list(task.plan.template.questions.all()))
    if request.method == "POST" and form.is_valid():
        by = request.user if isinstance(request.user, User) else None
        try:
            operations.answer(now=clock.now(), token=token, by=by, **form.given())
        except (refusals.TokenUsed, refusals.CollectionOver) as lost:  # since the questions were shown
            return _no_answer(request, lost, task.plan)
        except DomainError as refused:
            put_into(form, refused)
        else:
            return render(request, "projects/evaluation/thanks.html", {"plan": task.plan})
    context = {"plan": task.plan, "task": task, "form": form}
    status = 400 if form.is_bound else 200
    return _private(render(request, "projects/evaluation/answer.html", context, status=status))


def _why_not(task: EvaluationTask, request: HttpRequest) -> DomainError | None:
    """Return why the questions of a slip are not shown, for whoever holds it; the operation asks again."""
    plan = task.plan
    if hasattr(task, "answer"):
        return refusals.TokenUsed()
    if task.evaluator_id is not None and task.evaluator_id != request.user.pk:
        return refusals.NotTheEvaluator()
    if plan.status in (PlanStatus.PLANNED, PlanStatus.CANCELLED):
        return refusals.CollectionNotOpen()
    return None if plan.collects_on(clock.today()) else refusals.CollectionOver(day=plan.closes_on)


def _no_answer(request: HttpRequest, refusal: DomainError, plan: EvaluationPlan | None = None) -> HttpResponse:
    shown = {"plan": plan, "reason": str(refusal), "code": refusal.code}
    return _private(render(request, "projects/evaluation/no_answer.html", shown, status=refusal.status))


def _private(response: HttpResponse) -> HttpResponse:
    """Keep the token out of caches and of the addresses that other sites are told."""
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "same-origin"
    return response
