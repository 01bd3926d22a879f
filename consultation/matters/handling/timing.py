"""Time: rests and extensions asked for by one person and granted by another; what the clock does by itself."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.policy.queries import value
from consultation.matters.handling.clocks import Due, due_after_rest, due_by, due_put_off, percent_gone
from consultation.matters.handling.dispatching import move_due_days
from consultation.matters.handling.lifecycle import TimeStatus
from consultation.matters.handling.models import PauseCause, TimeKind, TimeRequest
from consultation.matters.handling.policy import (
    ESCALATE_DAYS,
    ESCALATE_HOURS,
    EXTENSION_DAYS,
    PAUSE_DAYS,
    REMINDERS,
)
from consultation.matters.models import DISTRICT_LEVEL, STREET_LEVEL, Matter
from consultation.matters.policy import LONGEST_TEXT, fitting
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotAllowed, NotNow
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from governance.accounts.models import User


class TimeNotYours(NotAllowed):
    """Time is asked for by who handles the matter."""

    code = "time_not_yours"
    message = _("You do not handle this matter.")


class ClockNotRunning(NotNow):
    """Time is asked for while the clock runs, before it has run out."""

    code = "clock_not_running"
    message = _("Time can be asked for while the clock of the matter runs, not when it has run out.")


class HoursNotPutOff(NotNow):
    """Danger does not wait."""

    code = "hours_not_put_off"
    message = _("A matter whose clock counts hours is not put off.")


class TimeTooLong(Invalid):
    """The rules set how long a matter waits."""

    code = "time_too_long"
    message = _("At most %(days)s days are possible.")


class CauseUnknown(Invalid):
    """A rest waits for something."""

    code = "cause_unknown"
    message = _("Say what is waited for.")


class TimeAskedBefore(Conflict):
    """A matter is put off once, and rests once at a time."""

    code = "time_asked_before"
    message = _("Time has been asked for already. A matter is put off once, and rests for one thing at a time.")


def ask_for_time(
    *, by: User, now: dt.datetime, matter: Matter, kind: str, days: int, reason: str, cause: str = ""
) -> TimeRequest:
    """Ask for a rest of the clock, or for a later day; the person reads the reason, another person decides.

    Raises:
        TimeNotYours: `by` does not handle the matter and is in none of its offices.
        ClockNotRunning, HoursNotPutOff: not now; not where hours count.
        TimeTooLong, CauseUnknown, WordsMissing, WordsTooLong: it is not well asked.
        TimeAskedBefore: it was asked before.
    """
    why = fitting("reason", reason, LONGEST_TEXT)
    if kind not in TimeKind.values or (kind == TimeKind.PAUSE) != (cause in PauseCause.values):
        raise CauseUnknown(field="cause")
    with transaction.atomic():
        row = _locked(matter)
        if not by.has_perm("consultation.ask_time", row):
            raise TimeNotYours
        today = timezone.localdate(now)
        if not row.is_ticking or row.has_lapsed(now, today):
            raise ClockNotRunning
        if kind == TimeKind.EXTENSION and row.due_at is not None:
            raise HoursNotPutOff
        most = value(PAUSE_DAYS if kind == TimeKind.PAUSE else EXTENSION_DAYS, row.division, today)
        if not 1 <= days <= most:
            raise TimeTooLong(field="days", days=most)
        asked = TimeRequest(
            matter=row, kind=kind, cause=cause, days=days, reason=why, asked_at=now, asked_by=by, due_before=row.due_on
        )
        try:
            with transaction.atomic():
                asked.save(force_insert=True)
        except IntegrityError as error:
            raise TimeAskedBefore from error
        told = {"kind": kind, "days": days}
        audit.record(by=by, verb="consultation.time.asked", row=asked, now=now, after=told, reason=why)
        outbox.emit(by=by, topic="consultation.time.asked", row=asked, now=now, payload=told)
    return asked


def _locked(matter: Matter) -> Matter:
    return Matter.objects.select_for_update(of=("self",)).select_related("division").get(pk=matter.pk)


def _due(matter: Matter) -> Due:
    return Due(matter.due_on or dt.date.min, matter.due_at, matter.is_due_provisional)


def grant_time(*, by: User, now: dt.datetime, request: TimeRequest) -> TimeRequest:
    """Grant a rest, which begins now, or a later day.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: `by` may not, asked for it, or it is decided.
        ClockNotRunning: the clock has run out in the meantime.
    """
    with transaction.atomic():
        row = _locked(request.matter)
        today = timezone.localdate(now)
        lifecycle.require(request, "grant", by=by)
        if not row.is_ticking or row.has_lapsed(now, today):
            raise ClockNotRunning
        granted = lifecycle.move(request, "grant", by=by, now=now)
        if granted.kind == TimeKind.PAUSE:
            row.paused_at = now
            granted.ends_on = today + dt.timedelta(days=granted.days)
            row.save(update_fields=["paused_at"])
        else:
            _put_on(row, due_put_off(_due(row), granted.days))
            granted.due_after = row.due_on
        granted.save(update_fields=["ends_on", "due_after"])
    return granted


def _put_on(matter: Matter, due: Due) -> None:
    """Move the day of a matter, and of the orders that followed it."""
    before = _due(matter)
    matter.due_on, matter.due_at, matter.is_due_provisional = due.on, due.at, due.is_provisional
    matter.save(update_fields=["due_on", "due_at", "is_due_provisional"])
    move_due_days(matter, before, due)


def refuse_time(*, by: User, now: dt.datetime, request: TimeRequest, reason: str) -> TimeRequest:
    """Refuse a request for time.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as the mover says.
    """
    why = fitting("reason", reason, LONGEST_TEXT, is_required=False)
    return lifecycle.move(request, "refuse", by=by, now=now, reason=why, changes={"decision": why})


def end_pause(*, by: User, now: dt.datetime, request: TimeRequest) -> TimeRequest:
    """Let the clock run on with what it had left when it was stopped.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered: `by` may not; it does not rest.
    """
    with transaction.atomic():
        row = _locked(request.matter)
        ended = lifecycle.move(request, "end", by=by, now=now)
        if row.paused_at is None:  # answered, withdrawn or become a petition in the meantime
            return ended
        due = due_after_rest(_due(row), row.paused_at, now)
        row.clock_began_at = None if row.clock_began_at is None else row.clock_began_at + (now - row.paused_at)
        row.paused_at = None
        row.save(update_fields=["clock_began_at", "paused_at"])
        _put_on(row, due)
        ended.due_after = due.on
        ended.save(update_fields=["due_after"])
    return ended


def settle_time(*, by: User, now: dt.datetime, matter: Matter) -> None:
    """End the rest of a matter whose clock no longer runs, and turn down the time that was asked for; `by` is the clock."""
    for request in TimeRequest.objects.filter(matter=matter, status=TimeStatus.GRANTED, kind=TimeKind.PAUSE):
        end_pause(by=by, now=now, request=request)
    with override(settings.LANGUAGE_CODE):
        why = gettext("The clock of the matter no longer runs.")
    for request in TimeRequest.objects.filter(matter=matter, status=TimeStatus.ASKED):
        refuse_time(by=by, now=now, request=request, reason=why)


def end_due_pauses(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """End the rests whose days are over, and those of matters that no longer run; return their ids."""
    found = []
    running = TimeRequest.objects.filter(kind=TimeKind.PAUSE, status=TimeStatus.GRANTED)
    over = running.filter(Q(ends_on__lt=today) | Q(matter__paused_at=None)).order_by("pk")
    for request in over.select_related("matter__division"):
        with transaction.atomic():
            fresh = TimeRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
            if fresh.status == TimeStatus.GRANTED:
                end_pause(by=by, now=now, request=fresh)
                found.append(fresh.pk)
    return found


def remind_of_due_matters(*, by: User, now: dt.datetime) -> list[int]:
    """Tell those who handle a matter that half and four fifths of its time are gone, each once; return the ids."""
    found = []
    rows: Any = Matter.objects.ticking().filter(overdue_at=None, clock_began_at__lt=now, reminded__lt=REMINDERS[0])
    for key in list(rows.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = Matter.objects.select_for_update(of=("self",)).get(pk=key)
            if row.clock_began_at is None or not row.is_ticking:
                continue
            gone = percent_gone(row.clock_began_at, _due(row), now)
            mark = next((step for step in REMINDERS if gone >= step), 0)
            if mark <= row.reminded:
                continue
            row.reminded = mark
            row.save(update_fields=["reminded"])
            payload = {"percent": mark, "due_on": str(row.due_on)}
            outbox.emit(by=by, topic="consultation.matter.reminded", row=row, now=now, payload=payload)
        found.append(key)
    return found


def escalate_further(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Hand on to the district what the street has let lie as well; return the ids. Harmless when repeated."""
    found = []
    rows = Matter.objects.ticking().filter(escalation=STREET_LEVEL, overdue_at__isnull=False)
    for row in rows.select_related("division").order_by("pk"):
        rule = ESCALATE_DAYS if row.due_at is None else ESCALATE_HOURS
        if row.overdue_at is None or not _is_over(due_by(rule, row.division, row.overdue_at), now, today):
            continue
        with transaction.atomic():
            claimed = Matter.objects.ticking().filter(pk=row.pk, escalation=STREET_LEVEL, overdue_at=F("overdue_at"))
            if not claimed.update(escalation=DISTRICT_LEVEL):
                continue
            audit.record(by=by, verb="consultation.matter.escalated", row=row, now=now, after={"to": "district"})
            outbox.emit(by=by, topic="consultation.matter.escalated", row=row, now=now, payload={"to": "district"})
        found.append(row.pk)
    return found


def _is_over(due: Due, now: dt.datetime, today: dt.date) -> bool:
    return due.at < now if due.at is not None else due.on < today
