"""How a meeting (会议) and its tasks run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

OPINION = "Opinion on urban and rural community consultation 2015"
MANAGE = "consultation.manage_meeting"


class MeetingStatus(models.TextChoices):
    """Where a meeting stands."""

    PLANNED = "PLANNED", pgettext_lazy("meeting", "planned")
    INVITED = "INVITED", _("announced with its agenda")
    OPEN = "OPEN", _("being held")
    ENDED = "ENDED", _("held, minutes due")
    MINUTED = "MINUTED", _("minutes drafted")
    APPROVED = "APPROVED", _("minutes approved")
    COUNTERSIGNED = "COUNTERSIGNED", _("signed by the recorder")
    SIGNED = "SIGNED", _("signed by recorder and chair")
    PUBLISHED = "PUBLISHED", pgettext_lazy("meeting", "published")
    CANCELLED = "CANCELLED", pgettext_lazy("meeting", "cancelled")


FIXED = (MeetingStatus.APPROVED, MeetingStatus.COUNTERSIGNED, MeetingStatus.SIGNED, MeetingStatus.PUBLISHED)
"""From the approval of its minutes on nothing that was recorded of a meeting changes."""
PUBLIC = tuple(status for status in MeetingStatus if status != MeetingStatus.PLANNED)


MEETING = Lifecycle(
    "consultation.Meeting",
    initial=MeetingStatus.PLANNED,
    terminal=frozenset({MeetingStatus.PUBLISHED, MeetingStatus.CANCELLED}),
    moves=(
        Move(
            "invite",
            frozenset({MeetingStatus.PLANNED}),
            MeetingStatus.INVITED,
            permission=MANAGE,
            label=_("Announce and invite"),
            verb="consultation.meeting.invited",
            basis=OPINION,
            stamp="invited",
            fields=("notice", "entitled", "announced_only"),
            event="consultation.meeting.invited",
        ),
        Move(
            "begin",
            frozenset({MeetingStatus.INVITED}),
            MeetingStatus.OPEN,
            permission=MANAGE,
            label=_("Open the meeting"),
            verb="consultation.meeting.opened",
            basis=OPINION,
            stamp="opened",
            fields=("entitled",),
            event="consultation.meeting.opened",
        ),
        Move(
            "end",
            frozenset({MeetingStatus.OPEN}),
            MeetingStatus.ENDED,
            permission=MANAGE,
            label=_("End the meeting"),
            verb="consultation.meeting.ended",
            stamp="ended",
            fields=("present", "affected_present", "has_quorum"),
            event="consultation.meeting.ended",
        ),
        Move(
            "draft_minutes",
            frozenset({MeetingStatus.ENDED}),
            MeetingStatus.MINUTED,
            permission=MANAGE,
            label=_("Draft the minutes from the record"),
            verb="consultation.meeting.minuted",
            basis=OPINION,
            stamp="minuted",
        ),
        Move(
            "approve_minutes",
            frozenset({MeetingStatus.MINUTED}),
            MeetingStatus.APPROVED,
            permission="consultation.approve_minutes",
            label=_("Approve the minutes"),
            verb="consultation.meeting.approved",
            basis=OPINION,
            stamp="approved",
            apart_from=("minuted",),
            fields=("minutes_sha256",),
        ),
        Move(
            "return_minutes",
            frozenset({MeetingStatus.APPROVED, MeetingStatus.COUNTERSIGNED}),
            MeetingStatus.MINUTED,
            permission="consultation.approve_minutes",
            label=_("Return the minutes"),
            verb="consultation.meeting.returned",
            needs_reason=True,
            fields=("minutes_sha256", "countersigned_at", "countersigned_by"),
        ),
        Move(
            "countersign",
            frozenset({MeetingStatus.APPROVED}),
            MeetingStatus.COUNTERSIGNED,
            permission="consultation.countersign_minutes",
            label=_("Sign as recorder"),
            verb="consultation.meeting.countersigned",
            basis=OPINION,
            stamp="countersigned",
        ),
        Move(
            "sign",
            frozenset({MeetingStatus.COUNTERSIGNED}),
            MeetingStatus.SIGNED,
            permission="consultation.sign_minutes",
            label=_("Sign as chair"),
            verb="consultation.meeting.signed",
            basis=OPINION,
            stamp="signed",
            apart_from=("countersigned",),
            fields=("minutes_pdf",),
        ),
        Move(
            "publish",
            frozenset({MeetingStatus.SIGNED}),
            MeetingStatus.PUBLISHED,
            permission=MANAGE,
            label=_("Publish minutes and resolutions"),
            verb="consultation.meeting.published",
            basis="Organic Law of Urban Residents' Committees; rules on open village affairs",
            stamp="published",
            event="consultation.meeting.published",
        ),
        Move(
            "cancel",
            frozenset({MeetingStatus.PLANNED, MeetingStatus.INVITED}),
            MeetingStatus.CANCELLED,
            permission=MANAGE,
            label=pgettext_lazy("meeting", "Cancel"),
            verb="consultation.meeting.cancelled",
            stamp="cancelled",
            needs_reason=True,
            event="consultation.meeting.cancelled",
        ),
    ),
)


class MeetingTaskStatus(models.TextChoices):
    """Where a task stands."""

    GIVEN = "GIVEN", _("to be done")
    DONE = "DONE", _("reported as done")
    CONFIRMED = "CONFIRMED", pgettext_lazy("task", "confirmed")
    DROPPED = "DROPPED", pgettext_lazy("task", "dropped")


def while_it_is_carried_out(task: Any) -> StrOrPromise | None:
    """Hold back what would leave something to be done in a case whose result was reported."""
    if task.case is None or task.case.ended_at is None:
        return None
    return _("The result was reported. It must be returned before a task is.")


MEETING_TASK = Lifecycle(
    "consultation.MeetingTask",
    initial=MeetingTaskStatus.GIVEN,
    terminal=frozenset({MeetingTaskStatus.CONFIRMED, MeetingTaskStatus.DROPPED}),
    moves=(
        Move(
            "report",
            frozenset({MeetingTaskStatus.GIVEN}),
            MeetingTaskStatus.DONE,
            permission="consultation.report_meeting_task",
            label=_("Report as done"),
            verb="consultation.meeting_task.reported",
            stamp="reported",
            fields=("report_text",),
        ),
        Move(
            "confirm",
            frozenset({MeetingTaskStatus.DONE}),
            MeetingTaskStatus.CONFIRMED,
            permission=MANAGE,
            label=pgettext_lazy("task", "Confirm"),
            verb="consultation.meeting_task.confirmed",
            stamp="confirmed",
            apart_from=("reported",),
        ),
        Move(
            "give_back",
            frozenset({MeetingTaskStatus.DONE}),
            MeetingTaskStatus.GIVEN,
            permission=MANAGE,
            label=_("Return the task"),
            verb="consultation.meeting_task.returned",
            needs_reason=True,
            guard=while_it_is_carried_out,
        ),
        Move(
            "drop",
            frozenset({MeetingTaskStatus.GIVEN}),
            MeetingTaskStatus.DROPPED,
            permission=MANAGE,
            label=_("Drop the task"),
            verb="consultation.meeting_task.dropped",
            needs_reason=True,
        ),
    ),
)
