"""What is printed of a meeting on A4: invitation, sign-in sheet, vote record, minutes; always a page, a PDF where it can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from consultation.meetings import queries
from consultation.meetings.lifecycle import MeetingStatus
from consultation.meetings.record import Minutes
from governance.printing import render

if TYPE_CHECKING:
    from consultation.meetings.models import Meeting

EMPTY_LINES = 12


class Paper(models.TextChoices):
    """What can be printed."""

    INVITATION = "invitation", _("invitation")
    SHEET = "sheet", _("sign-in sheet")
    VOTES = "votes", _("vote record")
    MINUTES = "minutes", _("minutes")


PUBLIC_PAPERS = (Paper.INVITATION,)
"""What everybody may print; the others name people and are for those who handle the meeting, or were there."""


def papers_of(meeting: Meeting) -> list[Paper]:
    """Return what there is to print of a meeting now."""
    found = [Paper.INVITATION, Paper.SHEET]
    if meeting.status in queries.HELD:
        found.append(Paper.VOTES)
    if meeting.minuted_at is not None and meeting.status not in {MeetingStatus.OPEN, MeetingStatus.ENDED}:
        found.append(Paper.MINUTES)
    return found


def context_of(meeting: Meeting, paper: str) -> dict[str, Any]:
    """Return what a paper says; at most five queries."""
    context: dict[str, Any] = {
        "meeting": meeting,
        "address": str(settings.SITE_URL).rstrip("/") + meeting.get_absolute_url(),
        "items": list(meeting.items.order_by("number")),
    }
    if paper == Paper.SHEET:
        context |= {"people": list(meeting.attendances.order_by("capacity", "pk")), "empty": range(EMPTY_LINES)}
    if paper == Paper.VOTES:
        context["motions"] = list(queries.motions_of(meeting).prefetch_related("votes__attendance"))
    if paper == Paper.MINUTES:
        context["minutes"] = Minutes.objects.filter(meeting=meeting).order_by("-version").first()
    return context


def template_of(paper: str) -> str:
    """Return the template of a paper."""
    return f"consultation/meetings/papers/{paper}.html"


def print_paper(meeting: Meeting, paper: str) -> bytes:
    """Return a paper as PDF.

    Raises:
        PrintingUnavailable: the machine cannot print.
    """
    return render(template_of(paper), context_of(meeting, paper))


def minutes_pdf(meeting: Meeting) -> bytes:
    """Return the minutes as PDF in the language of the district, as they are stored when the chair has signed.

    Raises:
        PrintingUnavailable: the machine cannot print.
    """
    with override(settings.LANGUAGE_CODE):
        return print_paper(meeting, Paper.MINUTES)
