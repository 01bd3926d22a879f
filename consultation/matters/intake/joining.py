"""Matters handled together, and people who say "me too": nothing is moved, people are asked once and counted once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from consultation.matters import operations as matters_room
from consultation.matters.intake.lifecycle import JoiningStatus
from consultation.matters.intake.models import MatterIntake, MatterJoining, MatterSupport, Voice
from consultation.matters.intake.policy import JOIN_DAYS, LONGEST_REASON
from consultation.matters.intake.queries import matter_of_code
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, ThreeWay
from consultation.matters.policy import fitting
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.calendar.days import DayKind, add_days
from governance.errors import Conflict, DomainError, Invalid, NotAllowed, NotNow
from governance.lifecycle import ReasonMissing
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    import datetime as dt

    from communities.people.models import Resident
    from governance.accounts.models import User

logger = logging.getLogger(__name__)

OPEN = (MatterStatus.RAISED, MatterStatus.SORTED, MatterStatus.TAKEN_UP, MatterStatus.TRANSFERRED)
"""Where a matter still has its answer before it."""


class SupporterFromElsewhere(NotAllowed):
    """Matters of a place are supported by those who live or work there."""

    code = "supporter_from_elsewhere"
    message = _("Only people who live or work in %(place)s can say that this is theirs as well.")


class OwnMatter(NotNow):
    """Whoever raised a matter is counted already."""

    code = "own_matter"
    message = _("This is your own matter: you are counted already.")


class NotForSupport(NotNow):
    """Only a public matter that is open can be supported."""

    code = "not_for_support"
    message = _("Only a public matter that is still open can be supported.")


class MatterSupported(Conflict):
    """One person is counted once."""

    code = "matter_supported"
    message = _("You are counted already.")


class NotSupported(NotNow):
    """What was not said cannot be taken back."""

    code = "not_supported"
    message = _("You have not supported this matter.")


class TipStaysApart(NotNow):
    """Whoever joins or supports a matter reads of it: that would give a tip-off away."""

    code = "tip_stays_apart"
    message = _("A tip-off is protected: it is neither handled together with others nor supported.")


class LeadIsNotPublic(NotNow):
    """People can be asked only about what they can read."""

    code = "lead_is_not_public"
    message = _(
        "%(number)s has no public summary yet. Sort it first: the person must be able to read what they agree to."
    )


class LeadIsJoined(NotNow):
    """A matter that leads is not joined itself."""

    code = "lead_is_joined"
    message = _("%(number)s is handled together with another matter already. Choose the matter that leads.")


class NotToBeJoined(NotNow):
    """Private and finished matters stay by themselves."""

    code = "not_to_be_joined"
    message = _("%(number)s is private, or has been answered: it is not handled together with others.")


class SameMatter(Invalid):
    """A matter is joined with another one."""

    code = "same_matter"
    message = _("Choose another matter than this one.")


class AskedBefore(Conflict):
    """People are asked once."""

    code = "asked_before"
    message = _("The person has been asked about these two matters before; people are asked once.")


class CodeUnknown(NotAllowed):
    """The code of a slip opens nothing."""

    code = "slip_code_unknown"
    message = _("This code opens no matter. Please look at the slip again; a replaced slip no longer counts.")


def support_matter(*, by: User, now: dt.datetime, matter: Matter) -> MatterSupport:
    """Say that a public matter is one's own as well; one person counts once, also across matters handled together.

    Raises:
        SupporterFromElsewhere, OwnMatter, NotForSupport, TipStaysApart: not by this person, not now, never.
        MatterSupported: the person is counted already.
    """
    row = Matter.objects.select_related("division").get(pk=matter.pk)
    if not by.has_perm("consultation.support_matter", row):
        raise SupporterFromElsewhere(place=row.division)
    if row.raised_by_id == by.pk:
        raise OwnMatter
    return _support(row, by, now, user=by)


def record_support(*, by: User, now: dt.datetime, matter: Matter, resident: Resident) -> MatterSupport:
    """Record that a resident without a log-in says that a matter is theirs as well.

    Raises:
        NotAllowed: `by` does not record for others there.
        SupporterFromElsewhere, OwnMatter, NotForSupport, TipStaysApart, MatterSupported: as for the person.
    """
    row = Matter.objects.select_related("division").get(pk=matter.pk)
    require(by, "consultation.record_support", row)
    if not resident.division.path.startswith(row.division.path) or resident.left_on is not None:
        raise SupporterFromElsewhere(place=row.division)
    if resident.user_id is not None:
        if row.raised_by_id == resident.user_id:
            raise OwnMatter
        return _support(row, by, now, user=resident.user)
    if MatterIntake.objects.filter(matter=row, resident=resident).exists():
        raise OwnMatter
    return _support(row, by, now, resident=resident)


def _support(row: Matter, by: User, now: dt.datetime, **who: Any) -> MatterSupport:
    """Insert the support, or let one that was taken back count again."""
    if row.is_tip:
        raise TipStaysApart
    if not row.is_public or row.status not in OPEN:
        raise NotForSupport
    try:
        with transaction.atomic():
            made, is_new = MatterSupport.objects.select_for_update(of=("self",)).get_or_create(
                matter=row, **who, defaults={"recorded_by": by, "supported_at": now}
            )
            if not is_new:
                if made.withdrawn_at is None:
                    raise MatterSupported
                made.supported_at, made.withdrawn_at = now, None
                made.save(update_fields=["supported_at", "withdrawn_at"])
            audit.record(by=by, verb="consultation.matter.supported", row=row, now=now)
    except IntegrityError as error:  # two browsers of one person
        raise MatterSupported from error
    return made


def withdraw_support(*, by: User, now: dt.datetime, matter: Matter) -> MatterSupport:
    """Take back what one has said; it no longer counts.

    Raises:
        NotSupported: the person does not support the matter.
    """
    with transaction.atomic():
        row = matter.supports.select_for_update(of=("self",)).filter(user=by, withdrawn_at=None).first()
        if row is None:
            raise NotSupported
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at"])
        audit.record(by=by, verb="consultation.matter.support_withdrawn", row=matter, now=now)
        return row


def join_matter(
    *, by: User, now: dt.datetime, today: dt.date, matter: Matter, lead: Matter, reason: str
) -> MatterJoining:
    """Ask the person behind a matter whether it is handled together with another one, which leads.

    A matter that is not sorted yet is sorted like the lead. Nothing is moved: both keep their people and supports, and
    the lead's answer becomes the answer of what stands with it.

    Raises:
        NotAllowed: `by` does not handle both.
        SameMatter, NotToBeJoined, TipStaysApart, LeadIsNotPublic, LeadIsJoined, AskedBefore: these two cannot be joined.
        ReasonMissing, WordsTooLong, PersonalNumbersFound: the reason does not fit.
    Basis: State Council guidance on 12345 hotlines 2020: repeated orders are handled together, each person is answered.
    """
    why = fitting("reason", reason, LONGEST_REASON, is_required=False)
    if not why:
        raise ReasonMissing(field="reason")
    refuse_personal_numbers(reason=why)
    if matter.pk == lead.pk:
        raise SameMatter(field="lead")
    with transaction.atomic():
        found = Matter.objects.select_for_update(of=("self",)).select_related("division").order_by("pk")
        rows = {row.pk: row for row in found.filter(pk__in=[matter.pk, lead.pk])}
        joined, leading = rows[matter.pk], rows[lead.pk]
        require(by, "consultation.join_matter", joined)
        require(by, "consultation.join_matter", leading)
        _check_pair(joined, leading)
        if joined.status == MatterStatus.RAISED:
            joined = matters_room.sort_matter(
                by=by,
                now=now,
                today=today,
                matter=joined,
                three_way=leading.three_way,
                route=leading.route,
                reason=why,
                summary=leading.summary,
            )
        row = MatterJoining(
            matter=joined,
            lead=leading,
            reason=why,
            asked_at=now,
            asked_by=by,
            due_on=add_days(today, value(JOIN_DAYS, joined.division, today), DayKind.WORKING).on,
        )
        row.full_clean(validate_unique=False, validate_constraints=False)
        row.save()
        audit.record(
            by=by, verb="consultation.joining.asked", row=row, now=now, after={"lead": leading.number}, reason=why
        )
        outbox.emit(by=by, topic="consultation.joining.asked", row=row, now=now, payload={"lead": leading.pk})
        return row


def _check_pair(joined: Matter, leading: Matter) -> None:
    """Refuse a pair that cannot be handled together, for the first reason."""
    if joined.is_tip or leading.is_tip:
        raise TipStaysApart(field="lead" if leading.is_tip else None)
    if joined.three_way == ThreeWay.PRIVATE or joined.status not in OPEN:
        raise NotToBeJoined(number=joined.number)
    if not leading.is_public:
        raise LeadIsNotPublic(field="lead", number=leading.number)
    if leading.status not in OPEN:
        raise NotToBeJoined(field="lead", number=leading.number)
    if MatterJoining.objects.filter(matter=joined, lead=leading).exists():
        raise AskedBefore
    live = MatterJoining.objects.live()
    if live.filter(matter=leading).exists():
        raise LeadIsJoined(field="lead", number=leading.number)
    if live.filter(lead=joined).exists() or live.filter(matter=joined).exists():
        raise LeadIsJoined(number=joined.number)


def answer_joining(*, by: User, now: dt.datetime, joining: MatterJoining, agrees: bool) -> MatterJoining:
    """Say whether one's matter is handled together with the other: the person, or staff for somebody without a log-in.

    Raises:
        MoveForbidden, MoveClosed: `by` is not asked, or it has been answered.
    """
    voice = Voice.PERSON if joining.matter.raised_by_id == by.pk else Voice.STAFF
    return _answer(joining, by, now, voice, agrees=agrees)


def answer_joining_by_slip(*, by: User, now: dt.datetime, code: str, agrees: bool) -> MatterJoining:
    """Say it by the code of the slip; `by` is the system, in whose name holders of slips act.

    Raises:
        CodeUnknown: the code opens nothing, or nothing is asked.
        MoveForbidden, MoveClosed: it has been answered.
    """
    matter = matter_of_code(code)
    joining = MatterJoining.objects.live().filter(matter=matter).first() if matter else None
    if joining is None:
        raise CodeUnknown
    return _answer(joining, by, now, Voice.SLIP, agrees=agrees)


def split_joining_by_slip(*, by: User, now: dt.datetime, code: str) -> MatterJoining:
    """Take the matter out again by the code of its slip; `by` is the system, in whose name holders of slips act.

    Raises:
        CodeUnknown: the code opens nothing, or nothing stands.
    """
    matter = matter_of_code(code)
    row = MatterJoining.objects.filter(matter=matter, status=JoiningStatus.STANDING).first() if matter else None
    if row is None:
        raise CodeUnknown
    return lifecycle.move(row, "split", by=by, now=now)


def _answer(joining: MatterJoining, by: User, now: dt.datetime, voice: Voice, *, agrees: bool) -> MatterJoining:
    return lifecycle.move(joining, "agree" if agrees else "decline", by=by, now=now, changes={"voice": voice})


def split_joining(*, by: User, now: dt.datetime, joining: MatterJoining, reason: str) -> MatterJoining:
    """Take a matter out again: the person at any time, staff with a reason; it goes on by itself, with its own clock.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or it does not stand.
        ReasonMissing, WordsTooLong, PersonalNumbersFound: the reason does not fit.
    """
    why = fitting("reason", reason, LONGEST_REASON, is_required=False)
    if not why and joining.matter.raised_by_id != by.pk:
        raise ReasonMissing(field="reason")
    refuse_personal_numbers(reason=why)
    return lifecycle.move(joining, "split", by=by, now=now, changes={"end_reason": why})


def settle_silent_joinings(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Let joinings stand to which the person has said nothing for the days of the rule; return their keys.

    Each in its own transaction; harmless when repeated.
    """
    settled = []
    due = MatterJoining.objects.filter(status=JoiningStatus.ASKED, due_on__lt=today).order_by("pk")
    for row in list(due.select_related("matter")[:500]):
        try:
            _answer(row, by, now, Voice.SILENCE, agrees=True)
        except DomainError as refusal:
            logger.warning("joining not settled", extra={"joining": row.pk, "reason": refusal.code})
            continue
        settled.append(row.pk)
    return settled


def answer_joined_matters(*, by: User, now: dt.datetime) -> list[int]:
    """Give the answer of a lead to the matters that stand with it, in the name of who answered; return their keys.

    The trail says who passed the answer on (`by`, as a rule the clock), and whose answer it is.

    Each in its own transaction; harmless when repeated. A matter whose answer is refused stays in the worklist.
    """
    answered = []
    rows = (
        MatterJoining.objects.filter(
            status=JoiningStatus.STANDING,
            lead__status__in=[MatterStatus.ANSWERED, MatterStatus.CLOSED],
            lead__answered_by__isnull=False,
            matter__status__in=[MatterStatus.SORTED, MatterStatus.TAKEN_UP, MatterStatus.TRANSFERRED],
        )
        .select_related("matter__division", "lead__answered_by")
        .order_by("pk")
    )
    for row in list(rows[:500]):
        author = row.lead.answered_by
        if author is None:
            continue
        try:
            with transaction.atomic():
                matters_room.answer_matter(by=author, now=now, matter=row.matter, reply=row.lead.reply)
                after = {"lead": row.lead.number, "answered_by": author.pk}
                audit.record(by=by, verb="consultation.joining.answered", row=row, now=now, after=after)
        except DomainError as refusal:
            logger.warning("joined matter not answered", extra={"matter": row.matter_id, "reason": refusal.code})
            continue
        answered.append(row.matter_id)
    return answered
