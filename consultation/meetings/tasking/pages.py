"""Tasks for those who have them and those who give them: one list of a place, and a page each with photos and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from consultation.meetings.filters import TaskFilter
from consultation.meetings.forms import PhotosForm, ReasonForm, ReportForm
from consultation.meetings.lifecycle import MEETING_TASK, MeetingTaskStatus
from consultation.meetings.policy import PhotoStage
from consultation.meetings.queries import photos_of
from consultation.meetings.record import MeetingTask
from consultation.meetings.tasking import operations as tasking
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import Act, Tried, keyset_page, steps_of, take_step

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest

    from governance.accounts.models import User


def _report(row: MeetingTask, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return tasking.report_task(by=by, now=now, task=row, **data)


def _show(stage: PhotoStage) -> Any:
    def run(row: MeetingTask, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return tasking.show_task(by=by, now=now, task=row, stage=stage, **data)

    return run


def _move(name: str) -> Any:
    def run(row: MeetingTask, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return lifecycle.move(row, name, by=by, now=now, **data)

    return run


def _label(name: str) -> Any:
    return MEETING_TASK.by_name[name].label


BEFORE, AFTER = "show_before", "show_after"
ACTS = {
    "report": Act(_label("report"), _report, ReportForm),
    "confirm": Act(_label("confirm"), _move("confirm")),
    "give_back": Act(_label("give_back"), _move("give_back"), ReasonForm, is_grave=True),
    "drop": Act(_label("drop"), _move("drop"), ReasonForm, is_grave=True),
    BEFORE: Act(_("Add photos from before"), _show(PhotoStage.BEFORE), PhotosForm),
    AFTER: Act(_("Add photos from after"), _show(PhotoStage.AFTER), PhotosForm),
}
SHOWING = {MeetingTaskStatus.GIVEN: (BEFORE,), MeetingTaskStatus.DONE: (AFTER,)}


@never_cache
@login_required
@require_safe
def task_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the tasks of a place, from meetings and from decisions alike, newest first; to others only their own."""
    division = get_object_or_404(Division, pk=pk)
    rows = MeetingTask.objects.visible_to(request.user).of_place(division).for_list()
    narrowed = TaskFilter(request.GET, rows, request=request)
    context = {
        "division": division,
        "trail": list(Division.objects.ancestors(division)),
        "page": keyset_page(narrowed.qs if narrowed.is_valid() else rows.none(), request),
        "today": clock.today(),
        "chosen": request.GET.get("due", "") or ("mine" if request.GET.get("mine") else ""),
    }
    return render(request, "consultation/meetings/tasks.html", context)


def _task(request: HttpRequest, pk: int) -> MeetingTask:
    return get_object_or_404(MeetingTask.objects.visible_to(request.user).for_list(), pk=pk)


@never_cache
@login_required
@require_safe
def task_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a task to whose it is and to those who give tasks there."""
    return _page(request, _task(request, pk))


def _page(request: HttpRequest, task: MeetingTask, tried: Tried | None = None) -> HttpResponse:
    offers = lifecycle.available(task, acting_user(request))
    names = [offer.move.name for offer in offers if offer.is_open]
    if request.user.has_perm(tasking.REPORT, task):
        names += SHOWING.get(MeetingTaskStatus(task.status), ())
    home = reverse("consultation:meeting-task-detail", args=[task.pk])
    context = {
        "task": task,
        "trail": list(Division.objects.ancestors(task.division)),
        "photos": photos_of([task]).get(task.pk, {}),
        "steps": steps_of(ACTS, names, f"{home}acts/", tried),
        "closed": [offer for offer in offers if not offer.is_open and offer.is_next],
        "today": clock.today(),
    }
    return render(request, "consultation/meetings/task.html", context, status=400 if tried else 200)


@require_POST
@login_required
def task_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with a task; what is refused stays filled in with the reason."""
    task = _task(request, pk)
    if name not in ACTS:
        raise Http404
    tried = take_step(request, ACTS[name], name, task)
    return redirect(task) if tried is None else _page(request, _task(request, pk), tried)
