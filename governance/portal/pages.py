"""The front door: the districts, the home of a place, search, large type, the demonstration's clock."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from communities.bodies.queries import bodies_of
from communities.people.models import Post, Resident
from communities.territory.models import Division, Tier
from funds.enterprises.models import CommunityEnterprise
from funds.reinvestment.reach import enterprises_of
from governance.accounts import operations as accounts
from governance.accounts.queries import acting_user, system_actor
from governance.calendar import clock
from governance.pages import back
from governance.portal import queries
from governance.portal.demonstration import partner
from governance.portal.demonstration.days import pass_days
from governance.portal.frame import Frame
from governance.portal.trace import find
from governance.portal.trace_drawing import draw
from governance.portal.worklist import asked_of, waiting_for
from governance.visitors import ELDER_COOKIE, kept_for_visitors
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import organizations_of

if TYPE_CHECKING:
    from django.http import HttpRequest

YEAR_SECONDS = 365 * 24 * 3600
SHORTEST_SEARCH = 2
LONGEST_SEARCH = 50
DAYS_AT_ONCE = ("1", "7")


@kept_for_visitors
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the district of this installation, or the choice where it serves several."""
    found = list(queries.districts(clock.today()).select_related("parent__parent"))
    if len(found) == 1:
        return redirect(found[0])
    return render(request, "portal/home.html", {"districts": found, "is_home": True})


@kept_for_visitors
@require_safe
def division(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the home of a place: what is open here, where the money is, what lies below."""
    place = get_object_or_404(Division.objects.select_related("managed_by"), pk=pk)
    now, today = clock.now(), clock.today()
    year = today.year - 1
    is_community = place.tier == Tier.COMMUNITY
    below = Division.objects.filter(parent=place, status=place.status).order_by("path") if not is_community else []
    context = {
        "place": place,
        "ancestors": list(Division.objects.ancestors(place).exclude(pk=place.pk)),
        "below": list(below),
        "chances": queries.open_now(place, now),
        "funds": list(queries.funds_of(place)[: queries.SHOWN]),
        "money": queries.money_of(place),
        "given_back": queries.given_back(place, year),
        "year": year,
        "is_community": is_community,
        "bodies": bodies_of(place, today) if is_community else [],
    }
    return render(request, "portal/division.html", context)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show what carries the searched name."""
    text = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    is_long_enough = len(text) >= SHORTEST_SEARCH
    found = queries.find(text) if is_long_enough else {}
    context = {"text": text, "is_long_enough": is_long_enough, "found": found, "is_empty": not any(found.values())}
    return render(request, "portal/search.html", context)


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show a person's own account: posts, settings, second factor, sessions."""
    by = acting_user(request)
    context = {
        "posts": list(Post.objects.of(by, clock.today()).order_by("division__path", "role")),
        "has_second_factor": is_mfa_enabled(by),
        "resident": Resident.objects.living_here().select_related("division").filter(user=by).first(),
        "enterprises": list(CommunityEnterprise.objects.filter(pk__in=enterprises_of(by)).order_by("name", "pk")),
        "asked": asked_of(by, clock.today()),
        "waiting": [] if by.is_staff else waiting_for(by),
        "organizations": list(SocialOrganization.objects.filter(pk__in=organizations_of(by)).order_by("name", "pk")),
        "follows_bank": by.has_perm("funds.view_bank_ageing"),
    }
    return render(request, "portal/account.html", context)


@csrf_exempt  # it sets a cookie of this browser; the forms of other sites arrive without a session (SameSite)
@require_POST
def elder_mode(request: HttpRequest) -> HttpResponse:
    """Switch large type on or off, by cookie; for people with a log-in also in their account."""
    is_on = request.POST.get("on") == "1"
    if request.user.is_authenticated:
        accounts.set_elder_mode(by=request.user, is_on=is_on, now=clock.now())
    answer = back(request)
    answer.set_cookie(
        ELDER_COOKIE,
        "1" if is_on else "0",
        max_age=YEAR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return answer


@require_POST
def clock_advance(request: HttpRequest) -> HttpResponse:
    """Let a day pass in the demonstration, or `days` of them; anywhere else there is no such page."""
    if not settings.DEMONSTRATION:
        raise Http404
    by = request.user if request.user.is_authenticated else system_actor()
    asked = request.POST.get("days", "1")
    pass_days(by=by, now=clock.now(), days=int(asked) if asked in DAYS_AT_ONCE else 1)
    day = date_format(localdate(clock.now()), "DATE_FORMAT")
    messages.success(request, _("It is now %(day)s.") % {"day": day})
    return back(request)


@csrf_exempt
@require_POST
def demonstration_partner(request: HttpRequest) -> HttpResponse:
    """Receive what the demonstration's partner system is told; anywhere else there is no such page."""
    if not settings.DEMONSTRATION:
        raise Http404
    is_genuine = partner.is_genuine(request.headers, request.body)
    return HttpResponse(status=HTTPStatus.NO_CONTENT if is_genuine else HTTPStatus.UNAUTHORIZED)


@require_safe
def trace(request: HttpRequest, kind: str, pk: str) -> HttpResponse:
    """Show the whole way on which one point stands, as a picture with a table under it."""
    found = find(kind, int(pk), user=request.user)
    if found is None:
        raise Http404
    context = {"trace": found, "picture": draw(found, is_large=Frame(request).is_elder), "here": found.start}
    return render(request, "portal/trace.html", context)
