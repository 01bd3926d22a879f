"""Who was told of a meeting, and who still has to be told in person: the list of stewards and staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from communities.territory.models import Division
from consultation.meetings.inviting import operations
from consultation.meetings.inviting.forms import ToldForm
from consultation.meetings.inviting.models import MeetingLetter
from consultation.meetings.inviting.operations import TELL
from consultation.meetings.models import Meeting
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import sent

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MOST_SHOWN = 100


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_letters(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how many were reached by message and who was not; record those who were told in person."""
    meeting = get_object_or_404(Meeting.objects.for_detail(), pk=pk)
    if not request.user.has_perm(TELL, meeting):
        raise PermissionDenied
    rows = MeetingLetter.objects.filter(attendance__meeting=meeting)
    waiting = list(rows.to_tell().for_list().order_by("occasion", "pk")[:MOST_SHOWN])
    form = ToldForm(sent(request), letters=waiting)
    status = 200
    if request.method == "POST":
        if form.is_valid() and _told(request, form):
            return redirect("consultation:meeting-letters", pk=meeting.pk)
        status = 400
    context = {
        "meeting": meeting,
        "trail": list(Division.objects.ancestors(meeting.division)),
        "figures": rows.aggregate(
            written=Count("pk"),
            sent=Count("pk", filter=Q(sent_at__isnull=False)),
            told=Count("pk", filter=Q(told_at__isnull=False)),
        ),
        "waiting": waiting,
        "form": form,
    }
    return render(request, "consultation/meetings/letters.html", context, status=status)


def _told(request: HttpRequest, form: ToldForm) -> bool:
    try:
        operations.tell_all_in_person(
            by=acting_user(request), now=clock.now(), letters=form.cleaned_data["letters"], how=form.cleaned_data["how"]
        )
    except DomainError as refusal:
        put_into(form, refusal)
        return False
    messages.success(request, _("Recorded."))
    return True
