"""Minutes drafted from the record, amended, approved, signed by two and published."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from communities.notices import operations as notices
from communities.notices.models import Attachment, Visibility
from communities.notices.policy import StoredFile
from consultation.meetings import queries, refusals
from consultation.meetings.lifecycle import MeetingStatus
from consultation.meetings.models import Meeting
from consultation.meetings.papers import minutes_pdf
from consultation.meetings.parts import locked, said
from consultation.meetings.policy import Capacity, Method, Side, digest_of
from consultation.meetings.record import Minutes, Resolution
from governance import lifecycle
from governance.audit import operations as audit
from governance.printing import lacking

if TYPE_CHECKING:
    from governance.accounts.models import User

LONGEST_MINUTES = 50_000


def draft_minutes(*, by: User, now: dt.datetime, meeting: Meeting) -> Meeting:
    """Draft the minutes from what was recorded: who was there, what was said, how each motion was voted on.

    Raises:
        MoveForbidden, MoveClosed.
    """
    with transaction.atomic():
        row = lifecycle.move(meeting, "draft_minutes", by=by, now=now)
        _write(row, text_of(Meeting.objects.for_detail().get(pk=row.pk)), by, now)
    return row


def _write(row: Meeting, text: str, by: User, now: dt.datetime) -> Minutes:
    version = row.minutes.count() + 1
    return Minutes.objects.create(meeting=row, version=version, text=text, written_at=now, written_by=by)


def text_of(row: Meeting) -> str:
    """Return the minutes that the record makes, in the language of the district; seven queries."""
    with override(settings.LANGUAGE_CODE):
        people = list(row.attendances.order_by("pk"))
        there = [one for one in people if one.signed_in_at]
        parts = [
            _("Minutes of %(title)s (%(number)s)") % {"title": row.title, "number": row.number},
            _("%(body)s, on %(day)s from %(begin)s to %(end)s, %(place)s")
            % {
                "body": row.body.name,
                "day": timezone.localdate(row.held_at),
                "begin": _clock(row.opened_at),
                "end": _clock(row.ended_at),
                "place": row.place,
            },
            _("Chair: %(chair)s. Recorder: %(recorder)s.")
            % {"chair": row.chair.display_name, "recorder": row.recorder.display_name},
            _("Entitled: %(entitled)s. Present and entitled: %(present)s. Affected among those present: %(affected)s.")
            % {"entitled": row.entitled, "present": row.present, "affected": row.affected_present},
        ]
        if row.has_quorum is not None:
            quorum = _("Enough were present to resolve.") if row.has_quorum else _("Too few were present to resolve.")
            parts.append(_said(row.rule.name if row.rule else "", quorum))
        parts += [
            _line(
                _("Present"),
                [one.name for one in there if one.capacity == Capacity.MEMBER],
                nobody=pgettext("minutes", "nobody by name"),
            ),
            _line(_("Guests and affected people"), [one.name for one in there if one.capacity != Capacity.MEMBER]),
            _line(
                _("Absent"),
                [one.name for one in people if not one.signed_in_at and one.capacity == Capacity.MEMBER],
            ),
        ]
        motions: dict[int, list[Resolution]] = {}
        for motion in queries.motions_of(row).prefetch_related("votes__attendance"):
            motions.setdefault(motion.item_id, []).append(motion)
        for item in row.items.order_by("number"):
            parts += ["", f"{item.number}. {item.title}"]
            if not item.is_announced:
                parts.append(_("(not announced)"))
            parts += [item.discussion] if item.discussion else []
            if item.outcome:
                parts.append(_("Outcome: %(outcome)s.") % {"outcome": item.get_outcome_display()})
            for motion in motions.get(item.pk, []):
                parts += _motion_lines(motion)
    return "\n".join(parts).strip() + "\n"


def _clock(moment: dt.datetime | None) -> str:
    return timezone.localtime(moment).strftime("%H:%M") if moment else ""


def _line(label: str, names: list[str], nobody: str = "") -> str:
    return _said(label, "、".join(names) if names else nobody or pgettext("minutes", "none"))


def _said(label: str, said: str) -> str:
    return _("%(label)s: %(said)s") % {"label": label, "said": said}


def _motion_lines(motion: Resolution) -> list[str]:
    """Write a motion with its votes: by name, or as counts where they were counted."""
    lines = [
        _("Motion %(number)s: %(text)s") % {"number": motion.number, "text": motion.text},
        _("In favor %(in_favor)s, against %(against)s, abstained %(abstained)s, withdrew %(withdrawn)s.")
        % {
            "in_favor": motion.in_favor,
            "against": motion.against,
            "abstained": motion.abstained,
            "withdrawn": motion.withdrawn,
        },
        motion.reason,
    ]
    if motion.method != Method.NAMED:
        return lines
    votes = sorted(motion.votes.all(), key=lambda vote: vote.pk)
    for side in Side:
        found = [
            f"{vote.attendance.name}（{vote.reason}）" if vote.reason else vote.attendance.name
            for vote in votes
            if vote.side == side
        ]
        if found:
            lines.append(_line(str(side.label), found))
    return lines


def amend_minutes(*, by: User, now: dt.datetime, meeting: Meeting, text: str) -> Minutes:
    """Write a new version of the minutes before they are approved; the versions before stay.

    Raises:
        NotAllowed, MinutesMissing (not drafted, or approved), TextMissing, PersonalNumbersFound.
    """
    with transaction.atomic():
        row = locked(by, meeting, "consultation.approve_minutes")
        if row.status != MeetingStatus.MINUTED:
            raise refusals.MinutesMissing
        made = _write(row, said(text, "text", LONGEST_MINUTES).replace("\r\n", "\n") + "\n", by, now)
        audit.record(by=by, verb="consultation.meeting.amended", row=row, now=now, after={"version": made.version})
    return made


def approve_minutes(*, by: User, now: dt.datetime, meeting: Meeting) -> Meeting:
    """Approve the last version of the minutes: its hash is fixed, and so is everything that was recorded.

    Raises:
        MoveForbidden, MoveClosed, SamePerson, WroteThem: `by` has drafted or written it.
        MinutesMissing.
    """
    with transaction.atomic():
        last = Minutes.objects.filter(meeting=meeting).order_by("-version").first()
        lifecycle.require(meeting, "approve_minutes", by=by)
        if last is None:
            raise refusals.MinutesMissing
        if last.written_by_id == by.pk:
            raise refusals.WroteThem
        return lifecycle.move(
            meeting, "approve_minutes", by=by, now=now, changes={"minutes_sha256": digest_of(last.text)}
        )


def return_minutes(*, by: User, now: dt.datetime, meeting: Meeting, reason: str) -> Meeting:
    """Return approved minutes to be amended, before the chair has signed them.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing.
    """
    changes = {"minutes_sha256": "", "countersigned_at": None, "countersigned_by": None}
    return lifecycle.move(meeting, "return_minutes", by=by, now=now, reason=reason, changes=changes)


def sign_minutes(*, by: User, now: dt.datetime, meeting: Meeting) -> Meeting:
    """Sign the minutes as chair, after the recorder; the signed minutes are stored as PDF with their hash.

    Where the server cannot print, the signature holds for the text, whose hash is fixed; the page shows it.

    Raises:
        MoveForbidden, MoveClosed, SamePerson.
    """
    stored: Attachment | None = None
    try:
        with transaction.atomic():
            row = lifecycle.move(meeting, "sign", by=by, now=now)
            if lacking():
                return row
            content = minutes_pdf(Meeting.objects.for_detail().get(pk=row.pk))
            file = StoredFile(f"{row.number}.pdf", content, "application/pdf")
            stored = notices.store_photo(
                by=by, now=now, division=row.division, photo=file, visibility=Visibility.INTERNAL
            )
            row.minutes_pdf = stored
            row.save(update_fields=["minutes_pdf"])
            after = {"pdf_sha256": stored.sha256}
            audit.record(by=by, verb="consultation.meeting.printed", row=row, now=now, after=after)
    except BaseException:
        if stored is not None:
            stored.file.delete(save=False)
        raise
    return row


def publish_meeting(*, by: User, now: dt.datetime, meeting: Meeting) -> Meeting:
    """Publish the signed minutes with the resolutions for which enough were there; the others stay without effect.

    Raises:
        MoveForbidden, MoveClosed.
    Basis: Organic Law of Villagers' Committees art. 30; opinion on urban and rural community consultation 2015.
    """
    with transaction.atomic():
        row = lifecycle.move(meeting, "publish", by=by, now=now)
        for motion in queries.motions_of(row).filter(has_quorum=True).select_for_update(of=("self",)):
            motion.published_at = now
            motion.save(update_fields=["published_at"])
            after = {"passed": motion.is_passed}
            audit.record(by=by, verb="consultation.resolution.published", row=motion, now=now, after=after)
    return row
