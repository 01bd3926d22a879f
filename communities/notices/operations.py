"""Notices drafted, posted and closed by the clock; objections raised and answered; files stored."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from functools import partial
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.notices.lifecycle import NoticeStatus
from communities.notices.models import Attachment, Objection, ObjectionOutcome, PublicNotice, Visibility
from communities.notices.policy import StoredFile, read_file
from communities.people.policy import refuse_personal_numbers, scrub
from governance import lifecycle
from governance.accounts.models import UserKind
from governance.audit import operations as audit
from governance.calendar.days import DayKind, Deadline, add_days
from governance.errors import Conflict, DomainError, Invalid, NotAllowed, NotNow
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communities.territory.models import Division
    from governance.accounts.models import User

logger = logging.getLogger(__name__)

LONGEST_OBJECTION = 2000
KEPT_UNUSED = dt.timedelta(days=30)
"""So long a stored file may wait for the row that it is meant for."""


class NoticeNotYours(NotAllowed):
    """Notices are written by those who work in the place."""

    code = "notice_not_yours"
    message = _("You may not put up notices in this place.")


class NoticeTooShort(Invalid):
    """A notice of no days tells nobody."""

    code = "notice_too_short"
    message = _("A notice runs for at least one day.")


class AttachmentNotPublic(Invalid):
    """What hangs on a public notice must be open to everybody."""

    code = "attachment_not_public"
    message = _("The attachment “%(name)s” is not open to everybody and cannot be posted.")


class NoticePeriodRunning(NotNow):
    """The days of the notice are not over."""

    code = "notice_period_running"
    message = _("The notice runs until the end of %(ends_on)s.")


class ObjectionUnanswered(NotNow):
    """An objection holds the notice until it is answered."""

    code = "objection_unanswered"
    message = _("%(count)s objections have not been answered.")


class NoticeOver(NotNow):
    """Objections are raised while the notice runs."""

    code = "notice_over"
    message = _("Objections to this notice are not possible now.")


class ObjectionNotYours(NotAllowed):
    """Objections come from people, not from partner systems or the clock."""

    code = "objection_not_yours"
    message = _("Only people who are signed in can raise an objection.")


class ObjectionRepeated(Conflict):
    """One person raises one objection to one notice."""

    code = "objection_repeated"
    message = _("You have already raised an objection to this notice.")


class ObjectionEmpty(Invalid):
    """An objection says what is wrong."""

    code = "objection_empty"
    message = _("Please say what you object to, in at most %(limit)s characters.")


class AnswerNotYours(NotAllowed):
    """An objection is answered by staff of the place, and not by who raised it."""

    code = "answer_not_yours"
    message = _("This objection is answered by another person who works in this place.")


class AnsweredByReporter(NotAllowed):
    """Nobody judges what is said against their own report (Basis: separation of duties)."""

    code = "answered_by_reporter"
    message = _("You reported what is objected to. Somebody else who works in this place answers the objection.")


class ObjectionAnswered(NotNow):
    """An answer is given once."""

    code = "objection_answered"
    message = _("This objection has already been answered.")


class AnswerIncomplete(Invalid):
    """An answer has an outcome and a text."""

    code = "answer_incomplete"
    message = _("Please state the outcome and the answer in words, in at most %(limit)s characters.")


class AttachmentNotYours(NotAllowed):
    """Files are stored by those who work in the place."""

    code = "attachment_not_yours"
    message = _("You may not store files for this place.")


def draft_notice(
    *,
    by: User,
    now: dt.datetime,
    title: str,
    body: str,
    division: Division,
    minimum_days: int,
    contact: str,
    day_kind: str = DayKind.CALENDAR,
    basis: str = "",
    attachments: Sequence[Attachment] = (),
) -> PublicNotice:
    """Draft a public notice; nobody but the staff of the place sees it before it is posted.

    Raises:
        NoticeNotYours: `by` does not work in the place.
        NoticeTooShort: it would run for no day.
    """
    if not (by.is_system or by.has_perm("communities.draft_notice", division)):
        raise NoticeNotYours
    if minimum_days < 1:
        raise NoticeTooShort(field="minimum_days")
    notice = PublicNotice(
        title=title,
        body=body,
        division=division,
        minimum_days=minimum_days,
        day_kind=day_kind,
        contact=contact,
        basis=basis,
        drafted_at=now,
        drafted_by=by,
    )
    with transaction.atomic():
        notice.full_clean()
        notice.save()
        notice.attachments.set(attachments)
        audit.record(
            by=by,
            verb="communities.notice.drafted",
            row=notice,
            now=now,
            after={"title": title, "minimum_days": minimum_days, "day_kind": day_kind},
            basis=basis,
        )
    return notice


def post_notice(*, by: User, now: dt.datetime, notice: PublicNotice) -> PublicNotice:
    """Put a notice up; its days are counted from the next day, and the last one counts to its end.

    Raises:
        MoveForbidden, MoveClosed: `by` may not post it, or it is posted already.
        PersonalNumbersFound: the text holds numbers of persons; the message lists them starred.
        AttachmentNotPublic: a file that hangs on it is not open to everybody.
        YearUnknown: the end lies outside the calendar.
    Basis: Civil Code art. 201, 203; Personal Information Protection Law art. 51.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        row = PublicNotice.objects.select_for_update().get(pk=notice.pk)
        _check_text(row)
        hidden = row.attachments.exclude(visibility=Visibility.PUBLIC).order_by("pk").first()
        if hidden is not None:
            raise AttachmentNotPublic(name=hidden.name)
        end = add_days(today, row.minimum_days, row.day_kind)
        changes = {"starts_on": today, "ends_on": end.on, "is_end_provisional": end.is_provisional}
        return lifecycle.move(row, "put_up", by=by, now=now, changes=changes)


def _check_text(notice: PublicNotice) -> None:
    """Refuse to publish personal numbers; the contact line may carry the telephone of the office."""
    refuse_personal_numbers(title=notice.title, body=notice.body)


def raise_objection(*, by: User, now: dt.datetime, notice: PublicNotice, text: str) -> Objection:
    """Object to a running notice; it cannot close before the objection is answered.

    The objector's name is never shown to the public. The staff of the place see the objection in their worklist.

    Raises:
        ObjectionNotYours: `by` is not a person.
        ObjectionEmpty: no text, or too much.
        PersonalNumbersFound: the text holds numbers of persons; the message shows the place.
        NoticeOver: the notice is not posted, or its last day is over.
        ObjectionRepeated: this person has objected already.
    """
    if by.kind not in {UserKind.RESIDENT, UserKind.STAFF}:
        raise ObjectionNotYours
    said = text.strip()
    if not said or len(said) > LONGEST_OBJECTION:
        raise ObjectionEmpty(field="text", limit=LONGEST_OBJECTION)
    refuse_personal_numbers(text=said)
    with transaction.atomic():
        row = PublicNotice.objects.select_for_update().get(pk=notice.pk)
        if not row.takes_objections(timezone.localdate(now)):
            raise NoticeOver
        if row.objections.filter(objector=by).exists():
            raise ObjectionRepeated
        objection = Objection.objects.create(notice=row, objector=by, text=said, raised_at=now)
        audit.record(
            by=by,
            verb="communities.objection.raised",
            row=objection,
            now=now,
            after={"notice": row.pk, "text": scrub(said)[:200]},
        )
        outbox.emit(by=by, topic="communities.objection.raised", row=objection, now=now, payload={"notice": row.pk})
        return objection


def answer_objection(*, by: User, now: dt.datetime, objection: Objection, outcome: str, reply: str) -> Objection:
    """Answer an objection once and for all; the reply is public, an upheld one stops what the notice was about.

    Raises:
        AnswerNotYours: `by` does not work in the place, or is the objector.
        AnsweredByReporter: `by` reported the result to which is objected.
        AnswerIncomplete: outcome or reply are missing, or the reply is too long.
        PersonalNumbersFound: the reply holds numbers of persons.
        ObjectionAnswered: it has an answer.
    """
    with transaction.atomic():
        row = Objection.objects.select_for_update(of=("self",)).select_related("notice__division").get(pk=objection.pk)
        if by.pk == row.objector_id or not by.has_perm("communities.answer_objection", row):
            raise AnswerNotYours
        if outcome not in ObjectionOutcome.values or not 1 <= len(reply.strip()) <= LONGEST_OBJECTION:
            raise AnswerIncomplete(field="reply", limit=LONGEST_OBJECTION)
        refuse_personal_numbers(reply=reply)
        if row.outcome:
            raise ObjectionAnswered
        row.outcome, row.reply, row.replied_at, row.replied_by = outcome, reply.strip(), now, by
        try:
            with transaction.atomic():
                row.save(update_fields=["outcome", "reply", "replied_at", "replied_by"])
        except IntegrityError as error:
            if "does not answer objections" in str(error):  # a floor above knows whose report it is
                raise AnsweredByReporter from error
            raise
        audit.record(
            by=by,
            verb="communities.objection.answered",
            row=row,
            now=now,
            after={"outcome": outcome, "reply": row.reply[:200]},
        )
        outbox.emit(by=by, topic="communities.objection.answered", row=row, now=now, payload={"outcome": outcome})
        return row


def close_notice(*, by: User, now: dt.datetime, today: dt.date, notice: PublicNotice) -> PublicNotice:
    """Close a notice whose days are over, as its objections were decided.

    An end that was counted with a year whose holidays were not yet published is counted again first, and only ever
    moves back.

    Raises:
        MoveForbidden, MoveClosed: not the clock, or not posted.
        NoticePeriodRunning: its last day is not over.
        ObjectionUnanswered: an objection waits for its answer.
    Basis: Civil Code art. 203.
    """
    with transaction.atomic():
        row = PublicNotice.objects.select_for_update().get(pk=notice.pk)
        if row.status == NoticeStatus.POSTED:
            _check_days(row, today)
        waiting = row.objections.unanswered().count()
        if waiting:
            raise ObjectionUnanswered(count=waiting)
        upheld = row.objections.filter(outcome=ObjectionOutcome.UPHELD).exists()
        return lifecycle.move(row, "close_with_objection" if upheld else "close_clear", by=by, now=now)


def _check_days(row: PublicNotice, today: dt.date) -> None:
    if row.ends_on is None or today <= row.ends_on:
        raise NoticePeriodRunning(ends_on=row.ends_on)
    if row.is_end_provisional and (end := _counted_again(row)).on >= today:
        raise NoticePeriodRunning(ends_on=end.on)


def _counted_again(row: PublicNotice) -> Deadline:
    """Return the end of a posted notice by the table of working days as it is now."""
    starts_on: dt.date = row.starts_on  # type: ignore[assignment]  # publicnotice_posted_has_dates
    return add_days(starts_on, row.minimum_days, row.day_kind)


def extend_provisional_notices(*, by: User, now: dt.datetime) -> int:
    """Count the provisional ends of posted notices again and move those back that come later now; say how many.

    Called by the clock after a year's holidays were published.
    """
    extended = 0
    with transaction.atomic():
        rows = PublicNotice.objects.select_for_update().filter(status=NoticeStatus.POSTED, is_end_provisional=True)
        for row in rows.order_by("pk"):
            end = _counted_again(row)
            before, row.is_end_provisional = row.ends_on, end.is_provisional
            row.ends_on = max(row.ends_on or end.on, end.on)
            row.save(update_fields=["ends_on", "is_end_provisional"])
            if row.ends_on != before:
                extended += 1
                audit.record(
                    by=by,
                    verb="communities.notice.extended",
                    row=row,
                    now=now,
                    before={"ends_on": before},
                    after={"ends_on": row.ends_on},
                )
    return extended


def close_due_notices(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Close every notice whose days are over and whose objections are answered; return their ids.

    Each in its own transaction; one that cannot be closed is left and never stops the others. Harmless when repeated.
    """
    extend_provisional_notices(by=by, now=now)
    closed = []
    for key in list(PublicNotice.objects.over_on(today).order_by("pk").values_list("pk", flat=True)):
        try:
            close_notice(by=by, now=now, today=today, notice=PublicNotice(pk=key))
        except ObjectionUnanswered:
            continue
        except (DomainError, IntegrityError) as refusal:
            logger.warning("notice not closed", extra={"notice": key, "reason": type(refusal).__name__})
            continue
        closed.append(key)
    return closed


def store_attachment(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    name: str,
    content: bytes,
    visibility: str = Visibility.INTERNAL,
) -> Attachment:
    """Store a file for a place after looking at what it really is; pictures lose their metadata.

    Raises:
        AttachmentNotYours: `by` does not work in the place.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: the file may not be stored.
    """
    if not (by.is_system or by.has_perm("communities.store_attachment", division)):
        raise AttachmentNotYours
    return _store(by, now, division, read_file(name, content), visibility)


def store_photo(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    photo: StoredFile,
    visibility: str = Visibility.RESTRICTED,
) -> Attachment:
    """Store a photo that somebody attaches to a row of their own, open to those who handle the case and to nobody else.

    `photo` comes from `policy.read_photo` (or `read_file`, where the row takes other files too). Called by the operation
    that makes the row, which has asked whether this person may, and deletes the file when its own transaction fails.
    """
    return _store(by, now, division, photo, visibility)


def _store(by: User, now: dt.datetime, division: Division, stored: StoredFile, visibility: str) -> Attachment:
    digest = hashlib.sha256(stored.content).hexdigest()
    row = Attachment(
        name=stored.name,
        content_type=stored.content_type,
        size=len(stored.content),
        sha256=digest,
        visibility=visibility,
        division=division,
        uploaded_at=now,
        uploaded_by=by,
    )
    row.full_clean(exclude={"file"})
    # Named by its hash: what people call it is shown, and never reaches the disk.
    row.file.save(digest, ContentFile(stored.content), save=False)
    try:
        with transaction.atomic():
            row.save()
            audit.record(
                by=by,
                verb="communities.attachment.stored",
                row=row,
                now=now,
                after={"sha256": digest, "size": row.size, "visibility": visibility},
            )
    except BaseException:
        row.file.delete(save=False)
        raise
    return row


def purge_attachments(*, by: User, now: dt.datetime) -> int:
    """Delete the files that a month after they were stored still hang on no row; return how many.

    A file that hangs on a row is kept as long as the row. The file itself goes after the commit: one that stays behind
    without its row is lost space, a row without its file would be lost evidence.

    Basis: Personal Information Protection Law art. 19.
    """
    keys = (
        Attachment.objects.unused()
        .filter(uploaded_at__lt=now - KEPT_UNUSED)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    gone = 0
    for key in list(keys):
        with transaction.atomic():
            row = Attachment.objects.unused().select_for_update(of=("self",)).filter(pk=key).first()
            if row is None:
                continue
            audit.record(by=by, verb="communities.attachment.purged", row=row, now=now, before={"sha256": row.sha256})
            storage, name = row.file.storage, row.file.name
            row.delete()
            transaction.on_commit(partial(storage.delete, str(name)), robust=True)
            gone += 1
    return gone
