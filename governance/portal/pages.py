"""The front door: home, search, large type, the demonstration's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from governance.accounts import operations as accounts
from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.calendar import operations as calendar
from governance.pages import back
from governance.portal.frame import ELDER_COOKIE

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

YEAR_SECONDS = 365 * 24 * 3600


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the front page."""
    return render(request, "portal/home.html", {"is_home": True})


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show what a word leads to."""
    return render(request, "portal/search.html", {"search_text": request.GET.get("q", "").strip()[:100]})


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
    """Move the demonstration's clock to the next day; anywhere else there is no such page."""
    if not settings.DEMONSTRATION:
        raise Http404
    by = request.user if request.user.is_authenticated else system_actor()
    calendar.advance_clock(by=by, now=clock.now())
    day = date_format(localdate(clock.now()), "DATE_FORMAT")
    messages.success(request, _("It is now %(day)s.") % {"day": day})
    return back(request)
