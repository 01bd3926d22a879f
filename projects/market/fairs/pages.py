"""Fairs of projects: the list, what is intended, and what became contracts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from communities.territory.spreadsheet import FileTooLong, wholly
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import Act, Step, Tried, attached, keyset_page, printed, steps_of, take_step
from governance.printing import render as print_paper
from projects.market.fairs import operations
from projects.market.fairs.forms import IntentionForm
from projects.market.fairs.lifecycle import FAIR_INTENTION, FairStatus, IntentionStatus
from projects.market.fairs.models import FairIntention, FairProject, MatchFair
from projects.market.forms import ReasonForm
from projects.market.policy import percent
from projects.market.sheets import MOST_ROWS, workbook

if TYPE_CHECKING:
    from django.http import HttpRequest

    from governance.accounts.models import User

A_PAGE = 60
SHOWN = 40
NOTE, DROP = "note", "drop"


@dataclass(frozen=True, slots=True)
class ShownIntention:
    """An intention, and what can be done about it."""

    row: FairIntention
    steps: list[Step]


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


def _drop(row: FairIntention, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return lifecycle.move(row, DROP, by=by, now=now, reason=data["reason"])


INTENTION_ACTS = {DROP: Act(FAIR_INTENTION.by_name[DROP].label, _drop, ReasonForm, is_grave=True)}


def _intentions(request: HttpRequest, fair: MatchFair, tried: tuple[int, Tried] | None) -> list[ShownIntention]:
    """Return what is intended, each with what this person can do about it."""
    shown = []
    for row in FairIntention.objects.filter(project__fair=fair).for_list()[:SHOWN]:
        is_noted = row.status == IntentionStatus.NOTED
        names = [DROP] if is_noted and request.user.has_perm("projects.drop_intention", row) else []
        was_tried = tried[1] if tried is not None and tried[0] == row.pk else None
        shown.append(ShownIntention(row, steps_of(INTENTION_ACTS, names, f"{row.get_absolute_url()}acts/", was_tried)))
    return shown


def _page(
    request: HttpRequest,
    fair: Any,
    tried: Tried | None = None,
    on_intention: tuple[int, Tried] | None = None,
) -> HttpResponse:
    acts: dict[str, Act] = {}
    intended = Count("intentions", filter=~Q(intentions__status="DROPPED"))
    paginator = Paginator(fair.projects.annotate(intended=intended).order_by("number"), A_PAGE)
    paginator.count = fair.project_count
    page = paginator.get_page(request.GET.get("page"))
    shown = list(page.object_list)
    if request.user.is_authenticated and fair.status == FairStatus.OPEN:
        by = acting_user(request)
        if by.has_perm("projects.note_intention"):
            label = pgettext_lazy("fair", "Note an intention")
            acts[NOTE] = Act(label, _note, partial(IntentionForm, fair=fair, user=by, shown=shown))
    context = {
        "fair": fair,
        "trail": list(Division.objects.ancestors(fair.division)),
        "projects": shown,
        "page": page,
        "intentions": _intentions(request, fair, on_intention),
        "share": percent(fair.signed_count, fair.intention_count),
        "steps": steps_of(acts, list(acts), f"{fair.get_absolute_url()}acts/", tried),
        "is_soon": clock.now() < fair.ends_at,
    }
    return render(request, "projects/market/fairs/detail.html", context, status=400 if tried or on_intention else 200)


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


def _listed(fair: MatchFair) -> tuple[list[FairProject], list[FairIntention]]:
    """Return everything on the list of a fair with what is intended; two queries.

    Raises:
        FileTooLong: there is more than one file holds.
    """
    intended = FairIntention.objects.filter(project__fair=fair).exclude(status="DROPPED").for_list()
    return (
        wholly(fair.projects.order_by("number"), MOST_ROWS, FileTooLong),
        wholly(intended, MOST_ROWS, FileTooLong),
    )


@require_safe
def fair_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Print the list of a fair on A4: each project with the bodies that want to carry it out."""
    fair: Any = _fair(request, pk)
    projects, intentions = _listed(fair)
    bodies: dict[int, list[str]] = {project.pk: [] for project in projects}
    for intention in intentions:
        if intention.body is not None:
            bodies[intention.project_id].insert(0, intention.body.name)
    context = {
        "fair": fair,
        "listed": [(project, bodies[project.pk]) for project in projects],
        "share": percent(fair.signed_count, fair.intention_count),
    }
    shows = (fair.pk, fair.status, len(projects), [(row.pk, row.status) for row in intentions])

    def make() -> bytes:
        return print_paper("projects/market/fairs/paper.html", context)

    return printed(request, shows, make, name=f"fair-{fair.pk}.pdf")


HEADS = (
    _("Number"),
    pgettext_lazy("fair", "Project"),
    pgettext_lazy("market", "Field"),
    _("Where"),
    _("Amount"),
    pgettext_lazy("fair", "Who intends it"),
    _("Status"),
    _("Contract"),
)


@require_safe
def fair_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the list of a fair as a workbook: a line for each intention, and one for each project without any."""
    fair = _fair(request, pk)
    projects, intentions = _listed(fair)
    intended: dict[int, list[FairIntention]] = {project.pk: [] for project in projects}
    for intention in intentions:
        intended[intention.project_id].insert(0, intention)
    lines: list[tuple[object, ...]] = []
    for project in projects:
        head = (project.number, project.title, project.get_field_display(), project.place, project.amount)
        lines += [
            (*head, row.body, row.get_status_display(), row.contract.number if row.contract else row.reference)
            for row in intended[project.pk]
        ] or [head]
    return attached(workbook(HEADS, lines), name=f"fair-{fair.pk}.xlsx")


@require_POST
def intention_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Drop an intention, for the body that had it, with the reason; what is refused stays filled in."""
    row = get_object_or_404(FairIntention.objects.visible_to(request.user).for_list(), pk=pk)
    fair = row.project.fair
    if name not in INTENTION_ACTS:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(fair.get_absolute_url())
    tried = take_step(request, INTENTION_ACTS[name], name, row)
    return redirect(fair) if tried is None else _page(request, _fair(request, fair.pk), on_intention=(row.pk, tried))


@require_safe
def intention_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the fair of an intention."""
    return redirect(get_object_or_404(FairIntention.objects.visible_to(request.user).for_list(), pk=pk).project.fair)
