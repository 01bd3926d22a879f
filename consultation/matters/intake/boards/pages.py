"""Matters together: similar ones joined, "me too", needs by field, the express line, the quarterly list."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division, Tier, inside
from consultation.matters.intake import joining, listing, operations
from consultation.matters.intake.forms import BeginListForm, ClassifyForm, JoinForm, LivelihoodForm, SplitForm
from consultation.matters.intake.lifecycle import JOINING, ListStatus
from consultation.matters.intake.lists import LivelihoodList
from consultation.matters.intake.models import MatterJoining
from consultation.matters.intake.queries import express_line, needs_by_field, people_behind, similar_to
from consultation.matters.models import Matter
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import back, keyset_page

if TYPE_CHECKING:
    from django.http import HttpRequest

YEAR = dt.timedelta(days=365)


def _handled(request: HttpRequest, pk: int) -> Matter:
    """Return a matter that the person handles."""
    matter = get_object_or_404(
        Matter.objects.handled_by(acting_user(request)).for_detail().select_related("intake"), pk=pk
    )
    if not request.user.has_perm("consultation.join_matter", matter):
        raise Http404
    return matter


@login_required
@require_safe
def matter_similar(request: HttpRequest, pk: int) -> HttpResponse:
    """Show those who handle a matter which others are like it, in the street's area, and let them be joined."""
    return _similar_page(request, _handled(request, pk))


def _similar_page(request: HttpRequest, matter: Matter, tried: JoinForm | None = None) -> HttpResponse:
    trail = list(Division.objects.ancestors(matter.division))
    area = next((place for place in trail if place.tier == Tier.STREET), matter.division)
    found = similar_to(
        f"{matter.title}\n{matter.text}", division=area, today=clock.today(), is_public_only=False, but=matter, shown=10
    )
    people = people_behind([row for row, _closeness in found])
    by = acting_user(request)
    rows = [
        {
            "matter": row,
            "percent": round(closeness * 100),
            "people": people.get(row.pk, 1),
            "title": row.title if by.has_perm("consultation.view_matter_file", row) else row.summary,
            "can_lead": not matter.is_tip
            and row.is_public
            and row.status in joining.OPEN
            and by.has_perm("consultation.join_matter", row),
            "form": JoinForm(initial={"lead": row.pk}, auto_id=f"join-{row.pk}-%s"),
        }
        for row, closeness in found
        if row.is_public or by.has_perm("consultation.view_matter_file", row)
    ]
    context = {
        "matter": matter,
        "trail": trail,
        "rows": rows,
        "tried": tried,
        "classify": _classify_form(matter),
    }
    return render(request, "consultation/matters/intake/similar.html", context)


def _classify_form(matter: Matter) -> ClassifyForm:
    intake = getattr(matter, "intake", None)
    given = {} if intake is None else {"need_field": intake.need_field, "is_hardship": intake.is_hardship}
    if intake is not None and intake.is_common is not None:
        given["is_common"] = "yes" if intake.is_common else "no"
    return ClassifyForm(initial=given, auto_id="classify-%s")


@login_required
@require_POST
def matter_join(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the person behind a matter whether it is handled together with another."""
    matter = _handled(request, pk)
    leads = Matter.objects.visible_to(request.user).public()
    form = JoinForm(request.POST, leads=leads)
    if form.is_valid():
        try:
            asked = joining.join_matter(
                by=acting_user(request), now=clock.now(), today=clock.today(), matter=matter, **form.cleaned_data
            )
        except DomainError as refusal:
            form.add_error("reason" if refusal.field == "reason" else None, str(refusal))
        else:
            messages.success(
                request,
                _("The person is asked. Without a word by %(day)s, the two are handled together.")
                % {"day": asked.due_on},
            )
            return redirect(matter)
    return _similar_page(request, _handled(request, pk), form)


@login_required
@require_POST
def matter_classify(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what a matter is about and whether many share it."""
    matter = _handled(request, pk)
    form = ClassifyForm(request.POST, auto_id="classify-%s")
    if form.is_valid():
        operations.classify_need(by=acting_user(request), now=clock.now(), matter=matter, **form.cleaned_data)
        messages.success(request, _("The need has been classified."))
        return redirect("consultation:matter-similar", pk=pk)
    for found in form.errors.values():
        messages.error(request, str(found[0]))
    return redirect("consultation:matter-similar", pk=pk)


@login_required
@require_POST
def joining_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Agree, keep apart, or split off again."""
    row = get_object_or_404(
        MatterJoining.objects.visible_to(request.user).select_related("matter__division", "lead"), pk=pk
    )
    if name not in JOINING.by_name:
        raise Http404
    by, now = acting_user(request), clock.now()
    try:
        if name == "split":
            form = SplitForm(request.POST)
            reason = form.cleaned_data["reason"] if form.is_valid() else ""
            joining.split_joining(by=by, now=now, joining=row, reason=reason)
        else:
            joining.answer_joining(by=by, now=now, joining=row, agrees=name == "agree")
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Done: %(move)s.") % {"move": JOINING.by_name[name].label})
    return redirect(row.matter)


@login_required
@require_POST
def matter_support(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Say "me too", or take it back."""
    matter = get_object_or_404(Matter.objects.visible_to(request.user), pk=pk)
    act = joining.support_matter if name == "add" else joining.withdraw_support
    try:
        act(by=acting_user(request), now=clock.now(), matter=matter)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("You are counted with this matter.") if name == "add" else _("You no longer count with this matter.")
        messages.success(request, said)
    return back(request, matter.get_absolute_url())


# ------------------------------------------------------------------------------------------------- needs and the line


@require_safe
def need_board(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the express line of a place in figures; to staff also the needs of the last year by field and way."""
    place = get_object_or_404(Division, pk=pk)
    reads = request.user.has_perm("consultation.view_needs", place)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "line": express_line(place, clock.today()),
        "needs": needs_by_field(place, clock.today() - YEAR) if reads else [],
        "reads": reads,
        "takes_matters": place.tier == Tier.COMMUNITY and place.is_open,
        "may_record": request.user.has_perm("consultation.record_matter", place),
    }
    return render(request, "consultation/matters/intake/needs.html", context)


# ------------------------------------------------------------------------------------------------- the quarterly list


@require_safe
def livelihood_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the quarterly lists of a place, newest first; three queries."""
    return _lists_page(request, get_object_or_404(Division, pk=pk))


def _lists_page(request: HttpRequest, place: Division, form: BeginListForm | None = None) -> HttpResponse:
    rows = LivelihoodList.objects.filter(inside(place)).for_list()
    manages = place.tier == Tier.COMMUNITY and request.user.has_perm("consultation.settle_livelihood_list", place)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "page": keyset_page(rows, request),
        "form": (form or BeginListForm(initial={"closes_on": clock.today()})) if manages else None,
    }
    return render(request, "consultation/matters/intake/livelihood_lists.html", context)


@login_required
@require_POST
def livelihood_begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin the list of the present quarter."""
    place, form = get_object_or_404(Division, pk=pk), BeginListForm(request.POST)
    if not request.user.has_perm("consultation.settle_livelihood_list", place):
        raise PermissionDenied
    if form.is_valid():
        try:
            made = listing.begin_list(
                by=acting_user(request), now=clock.now(), today=clock.today(), division=place, **form.cleaned_data
            )
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            return redirect(made)
    return _lists_page(request, place, form)


@require_safe
def livelihood_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a quarterly list in the order of people: as it stands now, or as it was settled."""
    return _list_page(request, _list(pk))


def _list(pk: int) -> LivelihoodList:
    return get_object_or_404(LivelihoodList.objects.select_related("division"), pk=pk)


def _list_page(request: HttpRequest, row: LivelihoodList, form: Any = None) -> HttpResponse:
    entries = list(row.entries.select_related("matter__division").order_by("rank", "matter_id")[: listing.MOST_ENTRIES])
    if row.status == ListStatus.COLLECTING:
        people = people_behind([entry.matter for entry in entries])
        for entry in entries:
            entry.people = people.get(entry.matter_id, 1)
        entries.sort(key=lambda entry: (-(entry.people or 0), entry.matter_id))
    manages = row.status == ListStatus.COLLECTING and request.user.has_perm("consultation.settle_livelihood_list", row)
    if manages and form is None:
        form = LivelihoodForm(matters=_choices(row))
    context = {
        "row": row,
        "trail": list(Division.objects.ancestors(row.division)),
        "entries": entries,
        "form": form if manages else None,
        "can_settle": manages and row.closes_on < clock.today(),
    }
    return render(request, "consultation/matters/intake/livelihood.html", context)


def _choices(row: LivelihoodList) -> Any:
    """Return the newest public matters of the place that do not stand on the list."""
    fit = Matter.objects.in_division(row.division).public().filter(status__in=joining.OPEN)
    keys = fit.exclude(pk__in=row.entries.values("matter")).order_by("-pk").values_list("pk", flat=True)[:50]
    return Matter.objects.filter(pk__in=list(keys)).order_by("-pk")


@login_required
@require_POST
def livelihood_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Put a matter on the list, or settle it."""
    row = _list(pk)
    if not request.user.has_perm("consultation.settle_livelihood_list", row):
        raise PermissionDenied
    by, now = acting_user(request), clock.now()
    form = LivelihoodForm(request.POST, matters=_choices(row)) if name == "enter" else None
    try:
        if name == "settle":
            listing.settle_list(by=by, now=now, today=clock.today(), livelihood_list=row)
        elif form is not None and form.is_valid():
            listing.enter_matter(by=by, now=now, livelihood_list=row, matter=form.cleaned_data["matter"])
        else:
            return _list_page(request, row, form)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect(row)
