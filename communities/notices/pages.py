"""The notice board: what is posted, how long, what was objected; files behind their visibility."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from communities.notices import operations
from communities.notices.filters import NoticeFilter
from communities.notices.forms import AnswerForm, ObjectionForm
from communities.notices.models import Attachment, Objection, PublicNotice, Visibility
from communities.people.policy import scrub
from communities.territory.models import Division
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError
from governance.pages import back, back_with, handed_out, keyset_page

if TYPE_CHECKING:
    from django.http import HttpRequest

HAND_MOVES = {"put_up"}
"""Moves that need more than the mover: they are routed to their operation."""


@dataclass(frozen=True, slots=True)
class Running:
    """A notice as the list shows it: with the days that are left, this day included."""

    notice: PublicNotice
    days_left: int


@dataclass(frozen=True, slots=True)
class ShownObjection:
    """An objection as everybody sees it: the text scrubbed, the objector left out."""

    objection: Objection
    text: str
    answer_form: AnswerForm | None


@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    """Show the notices of a place and of those below it, newest first; at most three queries."""
    today = clock.today()
    found = NoticeFilter(request.GET, PublicNotice.objects.visible_to(request.user).for_list()).qs
    page = keyset_page(found, request)
    place = None
    if request.GET.get("division", "").isdecimal():
        place = Division.objects.filter(pk=request.GET["division"]).first()
    context = {
        "page": page,
        "notices": [Running(notice, notice.days_left(today)) for notice in page.rows],
        "place": place,
        "today": today,
        "runs_only": bool(request.GET.get("running_on")),
    }
    return render(request, "communities/notices/list.html", context)


@require_safe
def notice_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one notice with its days, files and objections."""
    return _notice_page(request, _notice(request, pk), ObjectionForm())


def _notice(request: HttpRequest, pk: int) -> PublicNotice:
    return get_object_or_404(PublicNotice.objects.visible_to(request.user).for_detail(), pk=pk)


def _notice_page(
    request: HttpRequest,
    notice: PublicNotice,
    form: ObjectionForm,
    answers: dict[int, AnswerForm] | None = None,
) -> HttpResponse:
    today = clock.today()
    may_answer = request.user.has_perm("communities.answer_objection", notice)
    signed_in = request.user.is_authenticated
    shown = [
        ShownObjection(row, scrub(row.text), _answer_form(row, answers or {}) if may_answer else None)
        for row in notice.objections.all()
    ]
    has_objected = signed_in and any(row.objection.objector_id == request.user.pk for row in shown)
    context = {
        "notice": notice,
        "objections": shown,
        "days_left": notice.days_left(today),
        "days_in_all": notice.days_in_all(),
        "days_gone": notice.days_in_all() - notice.days_left(today),
        "takes_objections": notice.takes_objections(today),
        "has_objected": has_objected,
        "form": form,
        "offers": lifecycle.available(notice, acting_user(request)) if signed_in and may_answer else [],
    }
    status = 400 if form.is_bound or answers else 200
    return render(request, "communities/notices/detail.html", context, status=status)


def _answer_form(row: Objection, answers: dict[int, AnswerForm]) -> AnswerForm | None:
    if row.outcome:
        return answers.get(row.pk)
    return answers.get(row.pk) or AnswerForm(auto_id=f"answer-{row.pk}-%s")


@require_POST
def objection_raise(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an objection in; a refusal stands beside the text, nothing typed is lost."""
    notice = _notice(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(notice.get_absolute_url())
    form = ObjectionForm(request.POST)
    if form.is_valid():
        try:
            operations.raise_objection(
                by=acting_user(request), now=clock.now(), notice=notice, text=form.cleaned_data["text"]
            )
        except DomainError as refusal:
            form.add_error("text" if refusal.field == "text" else None, str(refusal))
        else:
            messages.success(request, _("Your objection has been recorded. The notice waits for its answer."))
            return redirect(notice)
    return _notice_page(request, notice, form)


@require_POST
def objection_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the answer to an objection in."""
    rows = Objection.objects.visible_to(request.user).select_related("notice__division")
    objection = get_object_or_404(rows, pk=pk)
    if not request.user.is_authenticated:
        return redirect_to_login(objection.notice.get_absolute_url())
    if not request.user.has_perm("communities.answer_objection", objection):
        raise PermissionDenied
    form = AnswerForm(request.POST, auto_id=f"answer-{pk}-%s")
    if form.is_valid():
        try:
            operations.answer_objection(
                by=acting_user(request), now=clock.now(), objection=objection, **form.cleaned_data
            )
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The objection has been answered."))
            return redirect(objection.notice)
    return _notice_page(request, _notice(request, objection.notice_id), ObjectionForm(), {pk: form})


@require_POST
def notice_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the move that a button asks for."""
    notice = _notice(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(notice.get_absolute_url())
    name = request.POST.get("move", "")
    step = lifecycle.of(notice).by_name.get(name)
    if step is None or step.permission == lifecycle.SYSTEM:
        raise Http404
    try:
        if name in HAND_MOVES:
            operations.post_notice(by=acting_user(request), now=clock.now(), notice=notice)
        else:
            lifecycle.move(notice, name, by=acting_user(request), now=clock.now())
    except DomainError as refusal:
        return back_with(request, refusal)
    messages.success(request, _("Done: %(move)s.") % {"move": step.label})
    return back(request, notice.get_absolute_url())


@require_safe
def attachment_content(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a file out to those who may see it; read whole, since files are small (`LARGEST_FILE`)."""
    row = get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk)
    answer = handed_out(row.file, name=row.name, content_type=row.content_type)
    if row.visibility == Visibility.PUBLIC:
        lifetime = int(dt.timedelta(days=1).total_seconds())
        answer["Cache-Control"] = f"public, max-age={lifetime}, immutable"
    return answer
