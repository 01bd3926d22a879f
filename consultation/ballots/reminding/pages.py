"""Who has not voted yet, for the staff who remind and visit them: numbers and masked names, never how anybody voted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consultation.ballots import operations
from consultation.ballots.models import Ballot, RollEntry
from consultation.ballots.queries import turnout_of
from consultation.ballots.reminding.queries import next_reminder
from consultation.ballots.voting import is_running
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError
from governance.pages import keyset_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ballot_reminders(request: HttpRequest, pk: int) -> HttpResponse:
    """List those on the roll for whom no vote stands; send them a reminder by message."""
    ballot = get_object_or_404(Ballot.objects.visible_to(request.user).for_detail(), pk=pk)
    if ballot.frozen_at is None:
        raise Http404
    if not request.user.has_perm("consultation.enter_paper_vote", ballot):
        raise PermissionDenied
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            told = operations.remind_voters(by=acting_user(request), now=clock.now(), ballot=ballot)
        except DomainError as found:
            refusal = found
        else:
            said = ngettext("%(count)s person is reminded.", "%(count)s persons are reminded.", told)
            messages.success(request, said % {"count": told})
            return redirect("consultation:ballot-reminders", pk=ballot.pk)
    missing = RollEntry.objects.filter(ballot=ballot).missing()
    page = keyset_page(missing.with_way(), request, key="number")
    context = {
        "ballot": ballot,
        "trail": [ballot],
        "page": page,
        "turnout": turnout_of(ballot),
        "reachable": missing.reachable().count(),
        "refusal": refusal,
        "next": next_reminder(ballot, clock.today()),
        "may_remind": is_running(ballot, clock.now()) and request.user.has_perm("consultation.manage_ballot", ballot),
    }
    status = refusal.status if refusal else 200
    return render(request, "consultation/ballots/reminders.html", context, status=status)
