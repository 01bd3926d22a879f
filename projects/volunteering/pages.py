"""Volunteering on the phone: activities, signing in and out by the code at the place, the passport of hours and points."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from governance import lifecycle
from governance.accounts.models import User
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import Act, Step, Tried, keyset_page, sent, steps_of, take_step
from projects.volunteering import operations
from projects.volunteering.filters import ActivityFilter
from projects.volunteering.forms import CodeForm, ReasonForm, SheetForm
from projects.volunteering.lifecycle import ACTIVITY, SERVICE_HOUR, ActivityStatus, HourStatus
from projects.volunteering.models import ServiceHour, VolunteerActivity
from projects.volunteering.queries import points_of, service_of

if TYPE_CHECKING:
    from django.http import HttpRequest

ENTER_HOURS, SIGN_OUT = "enter_hours", "sign_out"


def _open(row: VolunteerActivity, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return operations.open_activity(by=by, now=now, activity=row)


def _end(row: VolunteerActivity, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return operations.end_activity(by=by, now=now, activity=row)


def _cancel(row: VolunteerActivity, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.cancel_activity(by=by, now=now, activity=row, reason=data["reason"])


def _enter(row: VolunteerActivity, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.enter_hours(by=by, now=now, activity=row, sheet=data["sheet"])


def _sign_out(row: VolunteerActivity, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return operations.sign_out(by=by, now=now, activity=row)


def _verify(row: ServiceHour, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return operations.verify_hours(by=by, now=now, hours=row)


def _reject(row: ServiceHour, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.reject_hours(by=by, now=now, hours=row, reason=data["reason"])


ACTS = {
    "open": Act(ACTIVITY.by_name["open"].label, _open),
    "end": Act(ACTIVITY.by_name["end"].label, _end),
    "cancel": Act(ACTIVITY.by_name["cancel"].label, _cancel, ReasonForm, is_grave=True),
    ENTER_HOURS: Act(gettext_lazy("Enter an attendance sheet"), _enter, SheetForm),
    SIGN_OUT: Act(SERVICE_HOUR.by_name["sign_out"].label, _sign_out),
}

HOUR_ACTS = {
    "verify": Act(SERVICE_HOUR.by_name["verify"].label, _verify),
    "reject": Act(SERVICE_HOUR.by_name["reject"].label, _reject, ReasonForm, is_grave=True),
}


@dataclass(frozen=True, slots=True)
class ShownHours:
    """A record with what can be done with it."""

    hours: ServiceHour
    steps: list[Step]


@require_safe
def activity_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the activities of a place and of those below it, newest first."""
    place = get_object_or_404(Division, pk=pk)
    rows = VolunteerActivity.objects.visible_to(request.user).in_division(place).for_list()
    narrowed = ActivityFilter(request.GET, rows)
    page = keyset_page(narrowed.qs if narrowed.is_valid() else VolunteerActivity.objects.none(), request)
    context = {"place": place, "trail": list(Division.objects.ancestors(place)), "page": page}
    return render(request, "projects/volunteering/list.html", context)


@require_safe
def activity_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an activity, to its managers with the records to be verified."""
    return _page(request, _activity(request, pk))


def _activity(request: HttpRequest, pk: int) -> VolunteerActivity:
    return get_object_or_404(VolunteerActivity.objects.visible_to(request.user).for_list(), pk=pk)


def _page(
    request: HttpRequest,
    activity: VolunteerActivity,
    tried: Tried | None = None,
    on_hours: tuple[int, Tried] | None = None,
) -> HttpResponse:
    manages = request.user.has_perm("projects.manage_activity", activity)
    offers = lifecycle.available(activity, acting_user(request)) if manages else []
    names = [offer.move.name for offer in offers if offer.is_open]
    if manages and activity.status in (ActivityStatus.OPEN, ActivityStatus.ENDED):
        names.append(ENTER_HOURS)
    own = None
    if request.user.is_authenticated:
        own = ServiceHour.objects.filter(activity=activity, volunteer=acting_user(request)).first()
        if own is not None and own.status == HourStatus.SIGNED_IN:
            names.insert(0, SIGN_OUT)
    home = reverse("projects:activity-detail", args=[activity.pk])
    context = {
        "activity": activity,
        "trail": list(Division.objects.ancestors(activity.division)),
        "manages": manages,
        "own": own,
        "taken": activity.hours.exclude(status=HourStatus.REJECTED).count(),
        "takes_sign_in": activity.status == ActivityStatus.OPEN and own is None,
        "steps": steps_of(ACTS, names, f"{home}acts/", tried),
        "closed": [offer for offer in offers if not offer.is_open],
        "hours": _hours(request, activity, on_hours) if manages else [],
    }
    return render(request, "projects/volunteering/detail.html", context, status=400 if tried or on_hours else 200)


def _hours(request: HttpRequest, activity: VolunteerActivity, tried: tuple[int, Tried] | None) -> list[ShownHours]:
    shown = []
    for row in activity.hours.select_related("volunteer").order_by("pk"):
        row.activity = activity
        offers = lifecycle.available(row, acting_user(request))
        names = [offer.move.name for offer in offers if offer.is_open and offer.move.name in HOUR_ACTS]
        was_tried = tried[1] if tried is not None and tried[0] == row.pk else None
        url = reverse("projects:hours-detail", args=[row.pk])
        shown.append(ShownHours(row, steps_of(HOUR_ACTS, names, f"{url}acts/", was_tried)))
    return shown


@require_POST
def activity_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step; what is refused stays filled in with the reason."""
    activity = _activity(request, pk)
    if name not in ACTS:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(activity.get_absolute_url())
    tried = take_step(request, ACTS[name], name, activity)
    return redirect(activity) if tried is None else _page(request, _activity(request, pk), tried)


def _record(request: HttpRequest, pk: int) -> ServiceHour:
    rows = ServiceHour.objects.visible_to(request.user).select_related("activity__division", "activity__organization")
    return get_object_or_404(rows, pk=pk)


@require_safe
def hours_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the activity of a record."""
    return redirect(_record(request, pk).activity)


@require_POST
def hours_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Verify or reject a record."""
    row = _record(request, pk)
    if name not in HOUR_ACTS:
        raise Http404
    tried = take_step(request, HOUR_ACTS[name], name, row)
    if tried is None:
        return redirect(row.activity)
    return _page(request, _activity(request, row.activity_id), on_hours=(row.pk, tried))


@login_required
def activity_sign_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign in: the code comes with the address that was scanned, or is typed; one button."""
    activity = _activity(request, pk)
    form = CodeForm(sent(request), initial={"code": request.GET.get("code", "")})
    if request.method == "POST" and form.is_valid():
        try:
            operations.sign_in(by=acting_user(request), now=clock.now(), activity=activity, **form.cleaned_data)
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("You are signed in. Please sign out when you leave."))
            return redirect(activity)
    context = {"activity": activity, "form": form, "has_code": bool(request.GET.get("code"))}
    return render(request, "projects/volunteering/sign_in.html", context, status=400 if form.is_bound else 200)


@login_required
@require_safe
def activity_code(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the code to be hung up at the place, to who manages the activity."""
    activity = _activity(request, pk)
    if not request.user.has_perm("projects.manage_activity", activity):
        raise Http404
    address = reverse("projects:activity-sign-in", args=[activity.pk])
    link = request.build_absolute_uri(f"{address}?code={activity.code}")
    answer = render(request, "projects/volunteering/code.html", {"activity": activity, "link": link})
    answer["Cache-Control"] = "private, no-store"
    return answer


@login_required
@require_safe
def passport(request: HttpRequest) -> HttpResponse:
    """Show a volunteer's own hours and points (义粉护照)."""
    by = acting_user(request)
    page = keyset_page(ServiceHour.objects.filter(volunteer=by).for_list(), request)
    context = {"points": points_of(by), "service": service_of(by), "page": page}
    return render(request, "projects/volunteering/passport.html", context)
