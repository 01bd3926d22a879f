"""Signing in at a meeting, and recording what is said there."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from communities.people.models import Resident
from communities.policy.queries import value
from consultation.meetings import queries, refusals
from consultation.meetings.lifecycle import MeetingStatus
from consultation.meetings.models import AgendaItem, Attendance, Meeting
from consultation.meetings.parts import locked, said, save_attendance
from consultation.meetings.policy import (
    CODE_SECONDS,
    LONGEST_NAME,
    LONGEST_TEXT,
    Capacity,
    Outcome,
    SignedBy,
    is_code_good,
)
from governance.audit import operations as audit
from governance.errors import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from governance.accounts.models import User


def sign_in(*, by: User, now: dt.datetime, meeting: Meeting, code: str) -> Attendance:
    """Sign oneself in by the code that is shown on the spot; it changes by itself.

    Whoever is not invited comes as a guest; where there are no seats, confirmed adults of the place are entitled.

    Raises:
        NotAllowed: no person.
        NotHeld, CodeWrong, SignedInAlready.
    """
    if not by.has_perm("consultation.attend_meeting"):
        raise NotAllowed
    with transaction.atomic():
        row = Meeting.objects.select_for_update(of=("self",)).select_related("division", "body").get(pk=meeting.pk)
        seconds = value(CODE_SECONDS, row.division, timezone.localdate(now))
        if row.status != MeetingStatus.OPEN:
            raise refusals.NotHeld
        if not is_code_good(settings.SECRET_KEY, row.pk, int(now.timestamp()), seconds, code):
            raise refusals.CodeWrong(field="code")
        found = row.attendances.filter(user=by).first()
        if found is None:
            found = Attendance(meeting=row, user=by, name=by.display_name, capacity=_capacity(row, by, now))
        return _signed(found, by, now, SignedBy.CODE)


def _capacity(row: Meeting, user: User, now: dt.datetime) -> str:
    council = queries.council_of(row.body)
    if council is None or not council.is_open:
        return Capacity.GUEST
    rolls = Resident.objects.on_rolls(timezone.localdate(now))
    lives_here = rolls.filter(user=user, division__path__startswith=row.division.path).exists()
    return Capacity.MEMBER if lives_here else Capacity.GUEST


def _signed(found: Attendance, by: User, now: dt.datetime, signed_by: str) -> Attendance:
    if found.signed_in_at is not None:
        raise refusals.SignedInAlready(field="name", name=found.name)
    found.signed_in_at, found.signed_by, found.recorded_by = now, signed_by, by
    save_attendance(found)
    after = {"capacity": found.capacity, "signed_by": signed_by}
    audit.record(by=by, verb="consultation.meeting.signed_in", row=found.meeting, now=now, after=after)
    return found


def record_presence(
    *,
    by: User,
    now: dt.datetime,
    meeting: Meeting,
    attendances: Sequence[int],
    signed_by: str = SignedBy.LIST,
    affected: Sequence[int] = (),
) -> int:
    """Sign in those of the list who came without a phone, by the list of the staff or the paper sheet; say how many.

    Who has signed in already stays as they are.

    Raises:
        NotAllowed, NotHeld, NotThere.
    """
    with transaction.atomic():
        row = locked(by, meeting)
        if row.status != MeetingStatus.OPEN:
            raise refusals.NotHeld
        rows = {one.pk: one for one in row.attendances.select_for_update().order_by("pk")}
        if not set(attendances) | set(affected) <= set(rows):
            raise refusals.NotThere(field="attendances")
        for key in affected:
            Attendance.objects.filter(pk=key).update(is_affected=True)
        count = 0
        for key in attendances:
            if rows[key].signed_in_at is None:
                rows[key].is_affected = rows[key].is_affected or key in affected
                rows[key].meeting = row
                _signed(rows[key], by, now, signed_by)
                count += 1
    return count


def add_arrival(
    *,
    by: User,
    now: dt.datetime,
    meeting: Meeting,
    name: str,
    is_entitled: bool = False,
    is_affected: bool = False,
    signed_by: str = SignedBy.LIST,
) -> Attendance:
    """Sign in somebody who is not on the list; as entitled only where there are no seats.

    Raises:
        NotAllowed, NotHeld, NotEntitled, MoreThanEntitled, TextMissing.
    """
    with transaction.atomic():
        row = locked(by, meeting)
        if row.status != MeetingStatus.OPEN:
            raise refusals.NotHeld
        council = queries.council_of(row.body)
        if is_entitled and (council is None or not council.is_open):
            raise refusals.NotEntitled(field="is_entitled")
        capacity = Capacity.MEMBER if is_entitled else Capacity.AFFECTED if is_affected else Capacity.GUEST
        found = Attendance(
            meeting=row, name=said(name, "name", LONGEST_NAME), capacity=capacity, is_affected=is_affected
        )
        signed = _signed(found, by, now, signed_by)
        present = row.attendances.filter(capacity=Capacity.MEMBER, signed_in_at__isnull=False).count()
        if row.entitled is not None and present > row.entitled:
            raise refusals.MoreThanEntitled(field="is_entitled", present=present, entitled=row.entitled)
    return signed


def record_discussion(
    *, by: User, now: dt.datetime, item: AgendaItem, discussion: str, outcome: str = ""
) -> AgendaItem:
    """Record what was said on an item and what came of it, while the meeting runs or before its minutes are approved.

    Raises:
        NotAllowed, NotHeld, TextMissing, PersonalNumbersFound, SideUnknown (unknown outcome).
    """
    with transaction.atomic():
        row = locked(by, item.meeting)
        if row.status not in {MeetingStatus.OPEN, MeetingStatus.ENDED, MeetingStatus.MINUTED}:
            raise refusals.NotHeld
        if outcome and outcome not in Outcome.values:
            raise refusals.SideUnknown(field="outcome", text=outcome)
        fresh = row.items.select_for_update().get(pk=item.pk)
        fresh.discussion, fresh.outcome = said(discussion, "discussion", LONGEST_TEXT), outcome
        fresh.save(update_fields=["discussion", "outcome"])
        after = {"item": fresh.title, "outcome": outcome}
        audit.record(by=by, verb="consultation.meeting.discussion_recorded", row=row, now=now, after=after)
    return fresh
