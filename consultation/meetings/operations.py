"""Councils and their meetings from the plan to the end of the meeting; votes and minutes stand beside."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext, override

from communities.bodies.models import Body, Seat
from communities.notices import operations as notices
from communities.notices.models import Visibility
from communities.people.models import Resident
from communities.policy.policy import RuleBase
from communities.policy.queries import binding_rule, rule_on, value
from consultation.meetings import queries, refusals
from consultation.meetings.inviting.models import Occasion
from consultation.meetings.inviting.operations import write_letters
from consultation.meetings.models import Attendance, Council, Meeting, MeetingCall
from consultation.meetings.parts import MANAGE, said
from consultation.meetings.policy import (
    ANNOUNCED_ONLY,
    CALL_DAYS,
    LONGEST_TITLE,
    MEETING_NOTICE_DAYS,
    Capacity,
    CouncilForm,
    least_of,
)
from governance import lifecycle
from governance.audit import operations as audit
from governance.calendar.days import DayKind
from governance.errors import NotAllowed

if TYPE_CHECKING:
    from communities.notices.models import PublicNotice
    from communities.policy.models import DecisionRule
    from governance.accounts.models import User


# --- Councils ---------------------------------------------------------------------------------------------------------


def set_up_council(
    *,
    by: User,
    now: dt.datetime,
    body: Body,
    form: str,
    seats: int = 0,
    hears_affected: bool = False,
    purpose: str = "",
) -> Council:
    """Say what kind of council a standing body is.

    Raises:
        NotAllowed: `by` does not work in the place.
        FormUnfit, CouncilExists.
    Basis: opinion on urban and rural community consultation 2015.
    """
    if not by.has_perm(MANAGE, body):
        raise NotAllowed
    if form not in CouncilForm.values:
        raise refusals.FormUnfit(field="form")
    row = Council(
        body=body,
        division=body.division,
        form=form,
        seats=seats,
        hears_affected=hears_affected,
        purpose=purpose.strip(),
        set_up_at=now,
        set_up_by=by,
    )
    row.full_clean(validate_unique=False)
    try:
        with transaction.atomic():
            row.save()
            audit.record(by=by, verb="consultation.council.set_up", row=row, now=now, after={"form": form})
    except IntegrityError as error:
        if "body_id" in str(error):
            raise refusals.CouncilExists(field="body", body=body) from error
        raise
    return row


def record_call(
    *,
    by: User,
    now: dt.datetime,
    body: Body,
    about: str,
    entitled: int,
    asked: int,
    asked_on: dt.date,
    sheet: tuple[str, bytes] | None = None,
) -> MeetingCall:
    """Record that those entitled ask for a meeting, which must then be called within its days.

    Raises:
        NotAllowed: `by` does not work in the place.
        CallTooFew: too few of those entitled asked for it.
        TextMissing, PersonalNumbersFound, TimesUnfit.
    Basis: Organic Law of Urban Residents' Committees art. 10; Organic Law of Villagers' Committees art. 21, 26.
    """
    if not by.has_perm(MANAGE, body):
        raise NotAllowed
    today = timezone.localdate(now)
    if asked_on > today:
        raise refusals.TimesUnfit(field="asked_on")
    needed = least_of(queries.convene_share(body, today), entitled)
    if not 1 <= needed <= asked <= entitled:
        raise refusals.CallTooFew(field="asked", asked=asked, entitled=entitled, needed=needed)
    row = MeetingCall(
        body=body,
        division=body.division,
        about=said(about, "about", 200),
        entitled=entitled,
        asked=asked,
        needed=needed,
        asked_on=asked_on,
        due_on=asked_on + dt.timedelta(days=value(CALL_DAYS, body.division, today)),
        recorded_at=now,
        recorded_by=by,
    )
    with transaction.atomic():
        if sheet:
            name, content = sheet
            row.sheet = notices.store_attachment(
                by=by, now=now, division=body.division, name=name, content=content, visibility=Visibility.SEALED
            )
        row.save()
        after = {"asked": asked, "entitled": entitled, "due_on": row.due_on}
        audit.record(by=by, verb="consultation.meeting_call.recorded", row=row, now=now, after=after)
    return row


# --- Planning ---------------------------------------------------------------------------------------------------------


def plan_meeting(
    *,
    by: User,
    now: dt.datetime,
    body: Body,
    title: str,
    held_at: dt.datetime,
    ends_at: dt.datetime,
    place: str,
    chair: User,
    recorder: User,
    call: MeetingCall | None = None,
) -> Meeting:
    """Plan a meeting of a body; nobody but the staff of the place sees it before people are invited.

    Judged by the rule of its body that is in force on the day of the meeting.

    Raises:
        NotAllowed: `by` does not work in the place.
        TimesUnfit, BodyNotSitting, ChairRecords, CallUsed, TextMissing, PersonalNumbersFound.
        RuleMissing, RuleUnknown, RuleCountsArea: the body has no rule by which a meeting can be judged.
    """
    if not by.has_perm(MANAGE, body):
        raise NotAllowed
    day = timezone.localdate(held_at)
    if not now < held_at < ends_at or timezone.localdate(ends_at) != day:
        raise refusals.TimesUnfit(field="held_at")
    if not Body.objects.sitting_on(day).filter(pk=body.pk).exists():
        raise refusals.BodyNotSitting(field="held_at", body=body, day=day)
    if chair.pk == recorder.pk:
        raise refusals.ChairRecords(field="recorder")
    if call is not None and (call.body_id != body.pk or Meeting.objects.filter(call=call).exists()):
        raise refusals.CallUsed(field="call")
    rule = _rule_of(body, day)
    with transaction.atomic():
        locked = Body.objects.select_for_update(of=("self",)).get(pk=body.pk)
        ordinal = Meeting.objects.filter(body=locked, held_at__year=day.year).count() + 1
        row = Meeting(
            number=f"HY{day.year}-{body.pk}-{ordinal:02d}",
            body=body,
            division=body.division,
            title=said(title, "title", LONGEST_TITLE),
            held_at=held_at,
            ends_at=ends_at,
            place=said(place, "place", 200),
            rule=rule,
            chair=chair,
            recorder=recorder,
            call=call,
            planned_at=now,
            planned_by=by,
        )
        row.full_clean()
        row.save()
        after = {"body": str(body), "held_at": held_at, "rule": rule.key if rule else ""}
        audit.record(by=by, verb="consultation.meeting.planned", row=row, now=now, after=after)
    return row


def _rule_of(body: Body, day: dt.date) -> DecisionRule | None:
    council = queries.council_of(body)
    if council is not None and not council.resolves:
        return None
    if not body.rule_key:
        raise refusals.RuleMissing(field="body", body=body)
    rule = rule_on(body.rule_key, day)
    if rule.is_dual:
        raise refusals.RuleCountsArea(field="body", rule=rule.name)
    return rule


# --- Invitation -------------------------------------------------------------------------------------------------------


def invite(*, by: User, now: dt.datetime, meeting: Meeting, entitled: int | None = None) -> Meeting:
    """Announce the meeting with its agenda and invite its members; from now on the agenda stays.

    The notice runs for the days of the decision rule, else of the place, and is over when the meeting begins. For a
    meeting without seats `entitled` is the number of those who belong: adults are counted, households are given.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or it was announced before.
        AgendaEmpty, NobodyEntitled, NoticeTooLate.
        RuleNotConfirmed, RuleNotBinding: nothing can be decided by the rule of that day.
    Basis: opinion on urban and rural community consultation 2015; Organic Law of Villagers' Committees art. 21.
    """
    with transaction.atomic():
        row = Meeting.objects.select_for_update(of=("self",)).for_detail().get(pk=meeting.pk)
        step = lifecycle.of(row).by_name["invite"]
        if row.status not in step.sources or not lifecycle.may(row, step, by):
            return lifecycle.move(row, "invite", by=by, now=now)  # refuses with its own reason
        if not row.items.exists():
            raise refusals.AgendaEmpty
        day = timezone.localdate(row.held_at)
        if row.rule is not None:
            binding_rule(row.rule.key, day)
        count = _entitled(row, day, entitled)
        _list_members(row, day)
        changes = {
            "notice": _announce(row, by, now),
            "entitled": count,
            "announced_only": value(ANNOUNCED_ONLY, row.division, day),
        }
        moved = lifecycle.move(row, "invite", by=by, now=now, changes=changes)
        write_letters(by=by, now=now, meeting=moved, occasion=Occasion.INVITATION)
        return moved


def _entitled(row: Meeting, day: dt.date, given: int | None) -> int:
    """Return how many are entitled on the day of the meeting."""
    council = queries.council_of(row.body)
    if council is None or not council.is_open:
        count = row.body.voting_members(day).count()
    elif given is None and (row.rule is None or row.rule.base in {RuleBase.ADULTS, RuleBase.MEMBERS}):
        count = Resident.objects.on_rolls(day).filter(division__path__startswith=row.division.path).count()
    else:
        count = given or 0
    if count < 1:
        raise refusals.NobodyEntitled(field="entitled")
    return count


def _list_members(row: Meeting, day: dt.date) -> None:
    """Write everybody with a seat on the list: those with a vote, and supervisors who watch."""
    council = queries.council_of(row.body)
    if council is not None and council.is_open:
        return
    known = set(row.attendances.exclude(membership=None).values_list("membership_id", flat=True))
    people = set(row.attendances.exclude(user=None).values_list("user_id", flat=True))
    Attendance.objects.bulk_create(
        Attendance(
            meeting=row,
            membership=seat,
            user_id=None if seat.user_id in people else seat.user_id,
            name=seat.name,
            capacity=Capacity.OBSERVER if seat.seat == Seat.SUPERVISOR else Capacity.MEMBER,
        )
        for seat in row.body.memberships.held_on(day).order_by("-is_chair", "pk")
        if seat.pk not in known
    )


def _announce(row: Meeting, by: User, now: dt.datetime) -> PublicNotice:
    """Post the invitation in the language of the district; its days end before the meeting begins."""
    day = timezone.localdate(row.held_at)
    days, kind = (row.rule.notice_days, row.rule.notice_day_kind) if row.rule else (0, DayKind.CALENDAR)
    if not days:
        days, kind = value(MEETING_NOTICE_DAYS, row.division, day), DayKind.CALENDAR
    with override(settings.LANGUAGE_CODE):
        agenda = "\n".join(f"{item.number}. {item.title}" for item in row.items.order_by("number"))
        title = gettext("Meeting: %(title)s") % {"title": row.title}
        body = gettext(
            "%(body)s meets on %(day)s from %(begin)s to %(end)s.\n\nWhere: %(place)s\nNumber: %(number)s\n\n"
            "Agenda:\n%(agenda)s"
        ) % {
            "body": row.body.name,
            "day": day,
            "begin": timezone.localtime(row.held_at).strftime("%H:%M"),
            "end": timezone.localtime(row.ends_at).strftime("%H:%M"),
            "place": row.place,
            "number": row.number,
            "agenda": agenda,
        }
    drafted = notices.draft_notice(
        by=by,
        now=now,
        title=title[:200],
        body=body,
        division=row.division,
        minimum_days=max(days, 1),
        day_kind=kind,
        contact=row.division.name,
        basis=row.rule.basis if row.rule else "",
    )
    posted = notices.post_notice(by=by, now=now, notice=drafted)
    if posted.ends_on is None or posted.ends_on >= day:
        raise refusals.NoticeTooLate(field="held_at", ends_on=posted.ends_on)
    return posted


def cancel_meeting(*, by: User, now: dt.datetime, meeting: Meeting, reason: str) -> Meeting:
    """Cancel a meeting that was not held; those invited are told, and see why.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing.
    """
    with transaction.atomic():
        moved = lifecycle.move(meeting, "cancel", by=by, now=now, reason=reason)
        if moved.invited_at is not None:
            write_letters(by=by, now=now, meeting=moved, occasion=Occasion.CANCELLATION)
        return moved


# --- The meeting ------------------------------------------------------------------------------------------------------


def begin(*, by: User, now: dt.datetime, meeting: Meeting) -> Meeting:
    """Open the meeting on its day; from now on people sign in. Those with a seat on this day are entitled.

    Raises:
        MoveForbidden, MoveClosed, NotTheDay.
    """
    with transaction.atomic():
        row = Meeting.objects.select_for_update(of=("self",)).for_detail().get(pk=meeting.pk)
        step = lifecycle.of(row).by_name["begin"]
        if row.status not in step.sources or not lifecycle.may(row, step, by):
            return lifecycle.move(row, "begin", by=by, now=now)  # refuses with its own reason
        day = timezone.localdate(row.held_at)
        if timezone.localdate(now) != day:
            raise refusals.NotTheDay(day=day)
        council = queries.council_of(row.body)
        count = row.entitled
        if council is None or not council.is_open:
            count = _entitled(row, day, None)
            _strike_former_members(row, day)
            _list_members(row, day)
        return lifecycle.move(row, "begin", by=by, now=now, changes={"entitled": count})


def _strike_former_members(row: Meeting, day: dt.date) -> None:
    """Let those who have lost their seat since the invitation come as guests."""
    held = row.body.memberships.held_on(day)
    former = row.attendances.filter(membership__isnull=False).exclude(membership__in=held)
    former.update(capacity=Capacity.GUEST)


def end(*, by: User, now: dt.datetime, meeting: Meeting) -> Meeting:
    """End the meeting: who was there is counted, and whether enough were, by its rule.

    Raises:
        MoveForbidden, MoveClosed.
        MotionsOpen: a motion was put and not judged.
        MoreThanEntitled, SheetMissing.
    """
    with transaction.atomic():
        row = Meeting.objects.select_for_update(of=("self",)).for_detail().get(pk=meeting.pk)
        step = lifecycle.of(row).by_name["end"]
        if row.status not in step.sources or not lifecycle.may(row, step, by):
            return lifecycle.move(row, "end", by=by, now=now)  # refuses with its own reason
        waiting = queries.motions_of(row).filter(judged_at=None).first()
        if waiting is not None:
            raise refusals.MotionsOpen(number=waiting.number)
        if row.sheets.filter(resolution=None).waiting().exists():
            raise refusals.SheetMissing
        there = queries.present_at(row)
        if there.members > (row.entitled or 0):
            raise refusals.MoreThanEntitled(present=there.members, entitled=row.entitled)
        changes = {
            "present": there.members,
            "affected_present": there.affected,
            "has_quorum": queries.quorum_at(row, there.members),
        }
        return lifecycle.move(row, "end", by=by, now=now, changes=changes)
