"""Meetings for everybody: councils, invitations, agendas, resolutions; the working page, signing in, calendars, papers."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.territory.models import Division
from consultation.meetings import attending, calendars, queries
from consultation.meetings.calendars import MOST_EVENTS, SHOWN_DAYS
from consultation.meetings.filters import MeetingFilter, ResolutionFilter
from consultation.meetings.forms import CodeForm
from consultation.meetings.foursteps import operations as foursteps
from consultation.meetings.foursteps.forms import QuestionForm
from consultation.meetings.foursteps.models import FourStepCase
from consultation.meetings.foursteps.policy import StepNumber
from consultation.meetings.inviting.operations import TELL
from consultation.meetings.lifecycle import FIXED, MeetingStatus, MeetingTaskStatus
from consultation.meetings.models import Council, Meeting
from consultation.meetings.papers import PUBLIC_PAPERS, Paper, context_of, papers_of, print_paper, template_of
from consultation.meetings.record import CountSheet, MeetingTask, Minutes, Resolution
from consultation.meetings.stewards.models import StewardSelection
from consultation.meetings.stewards.queries import published_lot
from consultation.meetings.work import MANAGE, MOVES, acts_of
from governance.accounts.masking import mask_name
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import Tried, handed_out, keyset_page, sent, steps_of, take_step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

    from governance.accounts.models import User

DRAWER = Path(__file__).parent / "stewards" / "draw_lot.py"
SHOWN_TASKS = 50


def _meeting(request: HttpRequest, pk: int) -> Meeting:
    rows = Meeting.objects.visible_to(request.user)
    if request.user.is_authenticated:
        rows = rows | Meeting.objects.filter(chair=request.user) | Meeting.objects.filter(recorder=request.user)
    return get_object_or_404(rows.distinct().for_detail(), pk=pk)


@require_safe
def meeting_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the councils of a place and the meetings held there and below, newest first."""
    division = get_object_or_404(Division, pk=pk)
    rows = Meeting.objects.visible_to(request.user).in_division(division).for_list()
    context = {
        "division": division,
        "trail": list(Division.objects.ancestors(division)),
        "page": keyset_page(MeetingFilter(request.GET, rows).qs, request),
        "councils": list(Council.objects.filter(division=division).for_list().order_by("form", "pk")[:50]),
        "selections": list(StewardSelection.objects.filter(division=division).for_list()[:5]),
        "cases": list(FourStepCase.objects.filter(division=division).for_list()[:10]),
    }
    return render(request, "consultation/meetings/list.html", context)


@require_safe
def resolution_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List what the meetings of a place have resolved, newest first."""
    division = get_object_or_404(Division, pk=pk)
    rows = Resolution.objects.in_division(division).filter(published_at__isnull=False).for_list()
    context = {
        "division": division,
        "trail": list(Division.objects.ancestors(division)),
        "page": keyset_page(ResolutionFilter(request.GET, rows).qs, request),
    }
    return render(request, "consultation/meetings/resolutions.html", context)


@require_safe
def council_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a council: its seats, how often it has met, its meetings."""
    council = get_object_or_404(Council.objects.for_list(), pk=pk)
    today = clock.today()
    rows = Meeting.objects.visible_to(request.user).filter(body=council.body).for_list()
    context = {
        "council": council,
        "trail": list(Division.objects.ancestors(council.division)),
        "seats": [] if council.is_open else queries.seats_shown(council.body, today),
        "sessions": queries.sessions_of(council, today),
        "share": queries.convene_share(council.body, today),
        "page": keyset_page(rows, request),
    }
    return render(request, "consultation/meetings/council.html", context)


@require_safe
def meeting_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a meeting as everybody may know it: invitation, agenda, what came of it; totals, never names."""
    meeting = _meeting(request, pk)
    is_out = meeting.status == MeetingStatus.PUBLISHED
    resolutions = Resolution.objects.visible_to(request.user) if request.user.is_authenticated else Resolution.objects
    shown = resolutions.filter(item__meeting=meeting, judged_at__isnull=False)
    own = queries.own_attendance(meeting, request.user.pk)
    may_work = request.user.is_authenticated and (
        request.user.has_perm(MANAGE, meeting)
        or request.user.has_perm("consultation.approve_minutes", meeting)
        or request.user.pk in {meeting.chair_id, meeting.recorder_id}
    )
    context = {
        "meeting": meeting,
        "trail": list(Division.objects.ancestors(meeting.division)),
        "items": _items(meeting, is_shown=is_out or may_work, is_masked=not may_work),
        "resolutions": list(shown.filter(published_at__isnull=False).for_list().order_by("pk")),
        "is_out": is_out,
        "own": own,
        "may_work": may_work,
        "tells": meeting.invited_at is not None and request.user.has_perm(TELL, meeting),
        "papers": [paper for paper in papers_of(meeting) if may_work or _may_print(request, meeting, paper, own)],
        "may_sign_in": meeting.status == MeetingStatus.OPEN and (own is None or own.signed_in_at is None),
    }
    return render(request, "consultation/meetings/detail.html", context)


def _items(meeting: Meeting, *, is_shown: bool, is_masked: bool) -> list[Any]:
    """Return the agenda; what was said without the names of those who were there."""
    rows: list[Any] = list(meeting.items.select_related("topic"))
    names: list[str] = []
    if is_shown and is_masked:
        names = sorted(meeting.attendances.values_list("name", flat=True), key=len, reverse=True)
    for row in rows:
        row.told = row.discussion if is_shown else ""
        for name in names:
            row.told = row.told.replace(name, mask_name(name))
        row.came = row.get_outcome_display() if is_shown and row.outcome else ""
    return rows


def _may_print(request: HttpRequest, meeting: Meeting, paper: str, own: Any) -> bool:
    if paper in PUBLIC_PAPERS:
        return True
    was_there = own is not None and own.signed_in_at is not None
    return was_there and paper == Paper.MINUTES and meeting.status in FIXED


@never_cache
@require_safe
def meeting_paper(request: HttpRequest, pk: int, paper: str) -> HttpResponse:
    """Show a paper as a page, or as PDF (`?as=pdf`); signed minutes are the stored file."""
    meeting = _meeting(request, pk)
    own = queries.own_attendance(meeting, request.user.pk)
    if paper not in papers_of(meeting):
        raise Http404
    may_work = request.user.has_perm(MANAGE, meeting) or request.user.pk in {meeting.chair_id, meeting.recorder_id}
    if not (may_work or _may_print(request, meeting, paper, own)):
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        raise PermissionDenied
    if request.GET.get("as") != "pdf":
        return render(request, template_of(paper), context_of(meeting, paper))
    name = f"{meeting.number}-{paper}.pdf"
    if paper == Paper.MINUTES and meeting.minutes_pdf is not None:
        return handed_out(meeting.minutes_pdf.file, name=name, content_type="application/pdf")
    answer = HttpResponse(print_paper(meeting, paper), content_type="application/pdf")
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer


# --- Working ----------------------------------------------------------------------------------------------------------


@never_cache
@login_required
@require_safe
def meeting_hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the working page of a meeting to those who prepare, lead, record or check it."""
    return _work(request, _worker(request, pk))


def _worker(request: HttpRequest, pk: int) -> Meeting:
    meeting = _meeting(request, pk)
    if not request.user.has_perm("consultation.approve_minutes", meeting) and not request.user.has_perm(
        "consultation.countersign_minutes", meeting
    ):
        raise PermissionDenied
    return meeting


def _work(request: HttpRequest, meeting: Meeting, tried: Tried | None = None) -> HttpResponse:
    user, now = acting_user(request), clock.now()
    acts = acts_of(meeting, user)
    steps = steps_of(acts, acts, f"{reverse('consultation:meeting-hold', args=[meeting.pk])}acts/", tried)
    is_open = meeting.status == MeetingStatus.OPEN
    code = queries.code_now(meeting, now) if is_open else ""
    entry = str(settings.SITE_URL).rstrip("/") + reverse("consultation:meeting-sign-in", args=[meeting.pk])
    context = {
        "meeting": meeting,
        "trail": list(Division.objects.ancestors(meeting.division)),
        "steps": [step for step in steps if step.name not in MOVES],
        "moves": [step for step in steps if step.name in MOVES],
        "items": list(meeting.items.all()),
        "people": list(meeting.attendances.order_by("capacity", "pk")),
        "motions": list(queries.motions_of(meeting)),
        "sheets": list(meeting.sheets.select_related("resolution").order_by("pk")),
        "minutes": Minutes.objects.filter(meeting=meeting).order_by("-version").first(),
        "tasks": list(meeting.meeting_tasks.for_list().order_by("due_on", "pk")[:SHOWN_TASKS]),
        "papers": papers_of(meeting),
        "code": code,
        "sign_in_address": f"{entry}?code={code}" if code else "",
        "there": queries.present_at(meeting) if is_open else None,
    }
    return render(request, "consultation/meetings/work.html", context, status=400 if tried else 200)


@require_POST
@login_required
def meeting_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step on the working page; what is refused stays filled in with the reason."""
    meeting = _worker(request, pk)
    acts = acts_of(meeting, acting_user(request))
    act = acts.get(name) or MOVES.get(name)
    if act is None:
        messages.error(request, _("This step is not possible any more; the page shows what is."))
        return redirect("consultation:meeting-hold", pk=pk)
    tried = take_step(request, act, name, meeting)
    if tried is None:
        return redirect("consultation:meeting-hold", pk=pk)
    return _work(request, _worker(request, pk), tried)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_sign_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody sign in by the code that is shown on the spot; the code may come with the address."""
    meeting = _meeting(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    form = CodeForm(sent(request), initial={"code": request.GET.get("code", "")[:20]})
    if request.method == "POST" and form.is_valid():
        try:
            attending.sign_in(by=acting_user(request), now=clock.now(), meeting=meeting, **form.cleaned_data)
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("You have signed in."))
            return redirect(meeting)
    context = {"meeting": meeting, "form": form, "own": queries.own_attendance(meeting, request.user.pk)}
    return render(request, "consultation/meetings/sign_in.html", context, status=400 if form.is_bound else 200)


@require_safe
@login_required
def count_sheet_photo(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the photo of a sheet out to those who enter and check sheets in the place."""
    rows = CountSheet.objects.visible_to(request.user).select_related("meeting__division", "photo")
    sheet = get_object_or_404(rows, pk=pk)
    if not request.user.has_perm("consultation.enter_count_sheet", sheet):
        raise PermissionDenied
    return handed_out(sheet.photo.file, name=sheet.photo.name, content_type=sheet.photo.content_type)


# --- One's own meetings and calendars ---------------------------------------------------------------------------------


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_mine(request: HttpRequest) -> HttpResponse:
    """Show one's own meetings and tasks; make the private address of one's calendar (POST)."""
    user, today = acting_user(request), clock.today()
    address = ""
    if request.method == "POST":
        token = calendars.make_link(by=user, now=clock.now())
        path = reverse("consultation:meeting-private-calendar", args=[token])
        address = str(settings.SITE_URL).rstrip("/") + path
    since = clock.now() - dt.timedelta(days=SHOWN_DAYS)
    meetings = Meeting.objects.of_member(user, today).in_calendars(since).order_by("-held_at")
    context = {"meetings": list(meetings[:20]), "tasks": _own_tasks(user), "address": address, "today": today}
    return render(request, "consultation/meetings/mine.html", context)


def _own_tasks(user: User) -> list[MeetingTask]:
    rows = MeetingTask.objects.filter(owner=user, status=MeetingTaskStatus.GIVEN).for_list()
    return list(rows.order_by("due_on", "pk")[:SHOWN_TASKS])


def _calendar(name: str, meetings: Iterable[Meeting], now: dt.datetime) -> HttpResponse:
    text = calendars.calendar_of(name, meetings, now)
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = "inline; filename=meetings.ics"
    return answer


@require_safe
def place_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the calendar of the meetings of a place and of those below it."""
    del request
    division, now = get_object_or_404(Division, pk=pk), clock.now()
    rows = Meeting.objects.in_division(division).in_calendars(now - dt.timedelta(days=SHOWN_DAYS))
    return _calendar(division.name, rows[:MOST_EVENTS], now)


@require_safe
def council_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the calendar of the meetings of one body."""
    del request
    council, now = get_object_or_404(Council.objects.for_list(), pk=pk), clock.now()
    rows = Meeting.objects.filter(body=council.body).in_calendars(now - dt.timedelta(days=SHOWN_DAYS))
    return _calendar(council.body.name, rows[:MOST_EVENTS], now)


@never_cache
@require_safe
def private_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Give the calendar of somebody's own meetings to whoever knows its address."""
    del request
    owner, now = calendars.owner_of(token), clock.now()
    if owner is None:
        raise Http404
    rows = Meeting.objects.of_member(owner, timezone.localdate(now))
    return _calendar(_("My meetings"), rows.in_calendars(now - dt.timedelta(days=SHOWN_DAYS))[:MOST_EVENTS], now)


# --- Stewards and the four steps --------------------------------------------------------------------------------------


@require_safe
def selection_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a choice of stewards: number and ratio, candidates, hashes, and how to draw the lot again."""
    rows = StewardSelection.objects.for_list().prefetch_related("candidates")
    selection = get_object_or_404(rows, pk=pk)
    candidates = list(selection.candidates.all())
    context = {
        "selection": selection,
        "trail": list(Division.objects.ancestors(selection.division)),
        "candidates": candidates,
        "chosen": sum(one.is_chosen for one in candidates),
        "sessions": queries.sessions_of(selection.body.council, clock.today()),
    }
    return render(request, "consultation/meetings/selection.html", context)


@require_safe
def selection_lot(request: HttpRequest, pk: int) -> HttpResponse:
    """Give what `draw_lot.py` reads, once the lot was drawn."""
    del request
    selection = get_object_or_404(StewardSelection.objects.exclude(seed="").prefetch_related("candidates"), pk=pk)
    text = json.dumps(published_lot(selection), ensure_ascii=False, indent=1)
    answer = HttpResponse(text, content_type="application/json")
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename="lot.json")
    return answer


@require_safe
def selection_drawer(request: HttpRequest) -> HttpResponse:
    """Give the program that draws a lot again."""
    del request
    answer = HttpResponse(DRAWER.read_bytes(), content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=DRAWER.name)
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def fourstep_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a case in four steps with its dated steps and questions; ask one (POST)."""
    case = get_object_or_404(FourStepCase.objects.for_list(), pk=pk)
    form = QuestionForm(sent(request))
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(case.get_absolute_url())
        if form.is_valid():
            try:
                foursteps.ask_question(by=acting_user(request), now=clock.now(), case=case, **form.cleaned_data)
            except (DomainError, ValidationError) as refusal:
                put_into(form, refusal)
            else:
                messages.success(request, _("Your question was sent."))
                return redirect(case)
    taken = list(case.steps.select_related("notice", "meeting"))
    context = {
        "case": case,
        "trail": list(Division.objects.ancestors(case.division)),
        "steps": taken,
        "ahead": [] if case.status != "RUNNING" else _ahead(taken),
        "questions": list(case.questions.order_by("-pk")[:50]),
        "form": form,
        "is_late": case.status == "RUNNING" and clock.today() > case.run_due_on,
    }
    return render(request, "consultation/meetings/four_steps.html", context, status=400 if form.is_bound else 200)


def _ahead(taken: list[Any]) -> list[str]:
    """Return the steps that have not begun in the run that goes on."""
    last = taken[-1] if taken else None
    begun = 0 if last is None or last.outcome == "REFUSED" else last.number
    return [str(step.label) for step in StepNumber if step > begun]
