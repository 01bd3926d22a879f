"""What somebody who was invited by name has to judge: the list, the marks, the record of the interview or meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import sent
from projects.evaluation import operations, recording
from projects.evaluation.checks import reasons_against
from projects.evaluation.forms import MarksForm, OwnTieForm, RecordForm
from projects.evaluation.queries import invitation_of, invitations_of, receipt_of, withdrawn_of
from projects.evaluation.ties.operations import record_tie

if TYPE_CHECKING:
    from django.http import HttpRequest

    from projects.evaluation.models import EvaluationTask


@login_required
@require_safe
def invitation_list(request: HttpRequest) -> HttpResponse:
    """Show one's own invitations: what is to be answered, what lacks its record, what is done."""
    today, user = clock.today(), acting_user(request)
    tied = withdrawn_of(user)
    rows = [(task, task.plan.collects_on(today), lacks_record(task), task.pk in tied) for task in invitations_of(user)]
    return render(request, "projects/evaluation/invitations.html", {"invitations": rows})


def lacks_record(task: EvaluationTask) -> bool:
    """Tell whether an interview or a meeting was marked and its record is not handed in."""
    if not hasattr(task, "answer") or task.method not in recording.ON_THE_SPOT:
        return False
    return not hasattr(task.answer, "record")


def _own(request: HttpRequest, pk: int) -> EvaluationTask:
    found = invitation_of(request.user, pk)
    if found is None:
        raise Http404
    return found


@login_required
def invitation_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the marks of an invitation by name, once; then lead to the record where one is due."""
    task = _own(request, pk)
    form = MarksForm(sent(request), questions=list(task.plan.template.questions.all()))
    if request.method == "POST" and form.is_valid():
        try:
            operations.answer_as_invited(by=acting_user(request), now=clock.now(), task=task, **form.given())
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("Your marks have been taken."))
            on_the_spot = task.method in recording.ON_THE_SPOT
            return (
                redirect("projects:invitation-record", pk=pk) if on_the_spot else redirect("projects:invitation-list")
            )
    answer = getattr(task, "answer", None)
    context = {
        "plan": task.plan,
        "task": task,
        "form": form,
        "answer": answer,
        "reasons": [] if answer else reasons_against(task.plan, acting_user(request), clock.today()),
        "receipt": receipt_of(task.plan_id, task.number, answer) if answer else "",
    }
    return render(request, "projects/evaluation/invitation.html", context, status=400 if form.is_bound else 200)


@login_required
def invitation_tie(request: HttpRequest, pk: int) -> HttpResponse:
    """Take what ties somebody invited to the organization that is judged; the invitation is not answered then."""
    task = _own(request, pk)
    organization = task.plan.implementer
    if organization is None or hasattr(task, "answer"):
        raise Http404
    form = OwnTieForm(sent(request))
    if request.method == "POST" and form.is_valid():
        by = acting_user(request)
        try:
            record_tie(by=by, now=clock.now(), organization=organization, user=by, **form.cleaned_data)
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("Your tie has been recorded: you do not judge here. The office sees it."))
            return redirect("projects:invitation-list")
    context = {"plan": task.plan, "task": task, "form": form, "organization": organization}
    return render(request, "projects/evaluation/own_tie.html", context, status=400 if form.is_bound else 200)


@login_required
def invitation_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the record of an interview or a meeting, once."""
    task = _own(request, pk)
    if not hasattr(task, "answer") or task.method not in recording.ON_THE_SPOT:
        raise Http404
    is_sent = request.method == "POST"
    form = RecordForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("held_on", "place", "present", "findings")}
        file = form.cleaned_data["sheet"]
        sheet = (file.name, file.read()) if file else None
        try:
            recording.hand_in_record(by=acting_user(request), now=clock.now(), answer=task.answer, sheet=sheet, **given)
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("The record has been handed in."))
            return redirect("projects:invitation-list")
    context = {"plan": task.plan, "task": task, "form": form, "record": getattr(task.answer, "record", None)}
    return render(request, "projects/evaluation/record.html", context, status=400 if form.is_bound else 200)
