"""What the operations of the room share: locking a meeting, reading texts, writing the list of those invited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from communities.people.policy import refuse_personal_numbers
from consultation.meetings import refusals
from consultation.meetings.models import Meeting
from governance.errors import NotAllowed

if TYPE_CHECKING:
    from consultation.meetings.models import Attendance
    from governance.accounts.models import User

MANAGE = "consultation.manage_meeting"


def locked(by: User, meeting: Meeting, permission: str = MANAGE) -> Meeting:
    """Lock a meeting for somebody who may handle it."""
    rows = Meeting.objects.select_for_update(of=("self",)).select_related("division", "body__division", "rule")
    row = rows.get(pk=meeting.pk)
    if not by.has_perm(permission, row):
        raise NotAllowed
    return row


def said(text: str, field: str, most: int) -> str:
    """Return a text that everybody may read."""
    written = text.strip()
    if not written or len(written) > most:
        raise refusals.TextMissing(field=field, most=most)
    refuse_personal_numbers(**{field: written})
    return written


def save_attendance(row: Attendance) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "attendance_one_a_" in str(error):
            raise refusals.SeatTaken(field="name") from error
        raise
