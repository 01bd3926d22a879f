"""Matters raised, sorted with reason and clock, answered and closed; what the clock does when nobody acts."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.notices.models import Attachment
from communities.notices.operations import store_photo
from communities.notices.policy import StoredFile, read_photo
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from communities.territory.models import Tier
from consultation.matters.handling import dispatching, mediating, timing
from consultation.matters.handling.classes import URGENCY, Sorting, sorting_of
from consultation.matters.handling.clocks import clock_of, due_after_raising, due_after_sorting, due_by
from consultation.matters.handling.policy import DUE_OF_KIND
from consultation.matters.intake.policy import says_something
from consultation.matters.intake.recording import Origin, check_origin, check_phone, known_actor, record_intake
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import (
    STREET_LEVEL,
    Matter,
    MatterChannel,
    MatterKind,
    Outcome,
    RefusalGround,
    Urgency,
)
from consultation.matters.policy import (
    LONGEST_CONTACT,
    LONGEST_DEPARTMENT,
    LONGEST_NAME,
    LONGEST_PLACE,
    LONGEST_REFERENCE,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_PHOTOS,
    PER_DAY,
    SILENT_DAYS,
    check_mark,
    fitting,
)
from governance import lifecycle
from governance.accounts.models import UserKind
from governance.accounts.queries import system_actor
from governance.audit import operations as audit
from governance.errors import Conflict, DomainError, Invalid, NotAllowed, NotNow
from governance.lifecycle import ReasonMissing
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from communities.territory.models import Division
    from governance.accounts.models import User

logger = logging.getLogger(__name__)

NO_ORIGIN = Origin()
STAFF_CHANNELS = (MatterChannel.DESK, MatterChannel.VISIT)
Photo = tuple[str, bytes] | StoredFile | Attachment
PEOPLE = (UserKind.RESIDENT, UserKind.STAFF)


class MatterNotYours(NotAllowed):
    """Matters are raised by people, and recorded for others by those who work in the place."""

    code = "matter_not_yours"
    message = _("You may not record matters for this place in this way.")


class PlaceTakesNoMatters(NotNow):
    """Matters are raised in a community that exists."""

    code = "place_takes_no_matters"
    message = _("%(place)s is not a community in operation. Choose the community that the matter is about.")


class PersonMissing(Invalid):
    """What is recorded on somebody's behalf says for whom."""

    code = "person_missing"
    message = _("Please say for whom the matter is recorded.")


class WordsSayNothing(Invalid):
    """Pictures and punctuation alone."""

    code = "words_say_nothing"
    message = _("Please say in words what it is about: pictures and punctuation alone cannot be handled.")


class TooManyPhotos(Invalid):
    """A matter is shown by a few photos."""

    code = "too_many_photos"
    message = _("At most %(limit)s photos can be attached.")


class PhotoNotYours(NotAllowed):
    """An attached file was stored by somebody else, or for another place."""

    code = "photo_not_yours"
    message = _("“%(name)s” was not stored by you for this place.")


class TooManyMatters(NotNow):
    """One person fills the inbox of a place."""

    code = "too_many_matters"
    message = _("You have raised %(limit)s matters today. Please go on tomorrow, or call the community office.")


class ReferenceRepeated(Conflict):
    """The partner system has handed this case in before."""

    code = "reference_repeated"
    message = _("The case %(reference)s has already been handed in.")


class OutcomeMissing(Invalid):
    """Closed and fixed are two things; the answer says which it is."""

    code = "outcome_missing"
    message = _("Say what came of it: %(choices)s.")


class GroundMissing(Invalid):
    """A matter is turned down on one of the known grounds only (首接负责)."""

    code = "ground_missing"
    message = _("A matter is turned down on one of these grounds only: %(grounds)s. Otherwise it is handled here.")


class ContactMissing(NotNow):
    """Nobody left a telephone number."""

    code = "contact_missing"
    message = _("No contact is recorded for this matter.")


def raise_matter(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    title: str,
    text: str,
    channel: str,
    place: str = "",
    raised_for: str = "",
    contact: str = "",
    is_anonymous: bool = True,
    photos: Sequence[Photo] = (),
    external_reference: str = "",
    kind: str = MatterKind.NEED,
    origin: Origin = NO_ORIGIN,
) -> Matter:
    """Raise a matter: by the person on the page, by staff for somebody at the counter, by a partner system.

    `photos` are (name, content) pairs, photos that were read before (`read_photo`), or files that `by` has stored for
    the place; they lose place and camera, and are seen by the person and those who handle the matter. Nothing is kept when anything is refused. The clock of sorting
    begins, and the staff of the place find the matter in their worklist.

    Raises:
        MatterNotYours: the channel is not for this person.
        PlaceTakesNoMatters, TooManyMatters, TooManyFromOnePhone: not here, not today.
        WordsMissing, WordsTooLong, WordsSayNothing, PersonMissing, PersonalNumbersFound: the words are not fit.
        ResidentFromElsewhere: `origin` names somebody who is not on the register of the place.
        TooManyPhotos, PhotoTooLarge, PhotoKindUnknown, FileBroken, PhotoNotYours: the photos are not.
        ReferenceRepeated: the partner system has handed the case in before.
    """
    _check_channel(by, division, channel)
    if division.tier != Tier.COMMUNITY or not division.is_open:
        raise PlaceTakesNoMatters(field="division", place=division)
    matter = Matter(
        title=fitting("title", title, LONGEST_TITLE),
        text=fitting("text", text, LONGEST_TEXT),
        place=fitting("place", place, LONGEST_PLACE, is_required=False),
        division=division,
        channel=channel,
        raised_by=by if channel == MatterChannel.PAGE else None,
        raised_for=fitting("raised_for", raised_for, LONGEST_NAME, is_required=channel != MatterChannel.PAGE),
        contact=fitting("contact", contact, LONGEST_CONTACT, is_required=False),
        is_anonymous=is_anonymous,
        external_reference=fitting("external_reference", external_reference, LONGEST_REFERENCE, is_required=False),
        kind=MatterKind(kind),
        urgency=URGENCY.get(MatterKind(kind), Urgency.NORMAL),
        raised_at=now,
        recorded_by=by,
    )
    refuse_personal_numbers(title=matter.title, text=matter.text, place=matter.place)
    if not says_something(f"{matter.title}{matter.text}"):
        raise WordsSayNothing(field="text")
    check_origin(division, origin)
    pictures = _read_photos(by, division, photos)
    stored: list[Attachment] = []
    try:
        with transaction.atomic():
            _check_flood(by, division, now, channel)
            if channel == MatterChannel.API:
                check_phone(matter.contact, division, now)
            _save(matter)
            record_intake(matter, origin)
            _store_photos(matter, pictures, stored)
            audit.record(
                by=known_actor(matter, by),
                verb="consultation.matter.raised",
                row=matter,
                now=now,
                after={"division": division.pk, "channel": channel, "photos": len(pictures), "due_on": matter.due_on},
            )
            outbox.emit(
                by=by, topic="consultation.matter.raised", row=matter, now=now, payload={"division": division.pk}
            )
    except BaseException:
        for file in stored:
            file.file.delete(save=False)
        raise
    return matter


def _check_channel(by: User, division: Division, channel: str) -> None:
    """Let people speak for themselves; those who work in the place, and partner systems, for others."""
    if channel == MatterChannel.PAGE:
        is_allowed = by.kind in PEOPLE
    else:
        kinds = PEOPLE if channel in STAFF_CHANNELS else (UserKind.SERVICE,)
        is_allowed = by.kind in kinds and by.has_perm("consultation.record_matter", division)
    if not is_allowed:
        raise MatterNotYours


def _check_flood(by: User, division: Division, now: dt.datetime, channel: str) -> None:
    """Count what one person has raised today; those who record for others are not counted."""
    if channel != MatterChannel.PAGE:
        return
    with connection.cursor() as cursor:  # one person's two browsers wait for each other
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('consultation.matter.flood'), %s)", [by.pk % 2**31])
    today = timezone.localdate(now)
    limit = value(PER_DAY, division, today)
    begins = timezone.make_aware(dt.datetime.combine(today, dt.time()), timezone.get_default_timezone())
    if Matter.objects.of(by).filter(raised_at__gte=begins).count() >= limit:
        raise TooManyMatters(limit=limit)


def _read_photos(by: User, division: Division, photos: Sequence[Photo]) -> list[StoredFile | Attachment]:
    """Look at every photo before anything is written."""
    if len(photos) > MOST_PHOTOS:
        raise TooManyPhotos(field="photos", limit=MOST_PHOTOS)
    found: list[StoredFile | Attachment] = []
    for photo in photos:
        if isinstance(photo, StoredFile):
            found.append(photo)
        elif not isinstance(photo, Attachment):
            found.append(read_photo(*photo))
        elif photo.uploaded_by_id == by.pk and photo.division_id == division.pk:
            found.append(photo)
        else:
            raise PhotoNotYours(field="photos", name=photo.name)
    return found


def _save(matter: Matter) -> None:
    """Give the matter its number and its clock and insert it."""
    today = timezone.localdate(matter.raised_at)
    for column, kept in clock_of(
        due_after_raising(matter.kind, matter.division, matter.raised_at), matter.raised_at
    ).items():
        setattr(matter, column, kept)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('consultation_matter', 'id'))")
        matter.pk = cursor.fetchone()[0]
    matter.number = f"M{today.year}-{matter.pk:06d}"
    matter.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            matter.save(force_insert=True)
    except IntegrityError as error:
        if "matter_reference_of_a_partner_is_unique" in str(error):
            raise ReferenceRepeated(field="external_reference", reference=matter.external_reference) from error
        raise


def _store_photos(matter: Matter, pictures: Iterable[StoredFile | Attachment], stored: list[Attachment]) -> None:
    """Store and attach the photos; `stored` tells the caller which files to delete when the transaction fails."""
    rows = []
    for picture in pictures:
        if isinstance(picture, Attachment):
            rows.append(picture)
            continue
        file = store_photo(by=matter.recorded_by, now=matter.raised_at, division=matter.division, photo=picture)
        stored.append(file)
        rows.append(file)
    matter.photos.set(rows)


def _locked(matter: Matter) -> Matter:
    return Matter.objects.select_for_update(of=("self",)).select_related("division").get(pk=matter.pk)


def _move(matter: Matter, name: str, by: User, now: dt.datetime, reason: str = "", **changes: Any) -> Matter:
    return lifecycle.move(matter, name, by=by, now=now, reason=reason, changes=changes)


def sort_matter(
    *,
    by: User,
    now: dt.datetime,
    today: dt.date,
    matter: Matter,
    three_way: str,
    route: str,
    reason: str,
    summary: str = "",
    reference: str = "",
    kind: str = "",
    urgency: str = "",
) -> Matter:
    """Say whose affair a matter is, where it goes and why; its clock begins anew, or runs on as its kind has it.

    The public reads only `summary`; without one nobody but the person and the staff knows of the matter. `reference` is
    the code of an item on the list of the place, `kind` and `urgency` replace what was said when it came in.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or it is sorted already.
        ReasonMissing, RouteDoesNotFit, SummaryMissing, SummaryNotWanted, WordsTooLong, PersonalNumbersFound: the
            sorting is not complete, or the summary would publish personal numbers.
        ReferenceDoesNotFit, TipStaysProtected: the item speaks for another class; a tip-off would be published.
    Basis: 三事分流 (report S2, Pengshui).
    """
    with transaction.atomic():
        row = _locked(matter)
        said = sorting_of(row, today, Sorting(three_way, route, reason, summary, reference, kind, urgency))
        due = due_after_sorting(said["kind"], three_way, row.division, row.raised_at, now)
        began_at = now if said["kind"] not in DUE_OF_KIND else row.raised_at
        return _move(row, "sort", by, now, said["sort_reason"], **said, **clock_of(due, began_at))


def refuse_matter(*, by: User, now: dt.datetime, matter: Matter, reason: str, ground: str = "") -> Matter:
    """Turn a matter down on one of the known grounds; the person reads the reason as the answer, and what to do.

    That somebody else is in charge is no ground: whoever receives a matter first hands it on and answers for it.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or it is sorted already.
        ReasonMissing, WordsTooLong, GroundMissing: the reason does not fit, or it is no ground.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    if ground not in RefusalGround.values:
        raise GroundMissing(field="ground", grounds=", ".join(map(str, RefusalGround.labels)))
    why = fitting("reason", reason, LONGEST_TEXT)
    if ground == RefusalGround.EMERGENCY:
        with override(settings.LANGUAGE_CODE):
            told = gettext("Please call at once: 110 police, 119 fire, 120 ambulance.")
        why = f"{told}\n{why}"
    return _move(matter, "refuse", by, now, why, reply=why, refusal_ground=ground)


def transfer_matter(*, by: User, now: dt.datetime, matter: Matter, department: str) -> Matter:
    """Hand a big matter to a department; the community still owes the person the answer.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered: `by` may not, or it was not sorted to a department.
        WordsMissing, WordsTooLong: the department is not named.
    """
    name = fitting("department", department, LONGEST_DEPARTMENT)
    return _move(matter, "transfer", by, now, transferred_to=name)


def answer_matter(
    *, by: User, now: dt.datetime, matter: Matter, reply: str, outcome: str = Outcome.EXPLAINED
) -> Matter:
    """Tell the person what came of the matter; nobody else reads the answer.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered: `by` may not, it is not sorted, its petition is not finished.
        WordsMissing, WordsTooLong, OutcomeMissing: the answer does not fit.
        HouseholdsOppose: a mediation cannot end as agreed.
    """
    said = fitting("reply", reply, LONGEST_TEXT)
    if outcome not in Outcome.values:
        raise OutcomeMissing(field="outcome", choices=", ".join(map(str, Outcome.labels)))
    with transaction.atomic():
        row = _locked(matter)
        mediating.refuse_to_agree_against(row, outcome)
        answered = _move(row, "answer", by, now, reply=said, outcome=outcome, paused_at=None)
        timing.settle_time(by=system_actor(), now=now, matter=answered)
    return answered


def close_matter(
    *,
    by: User,
    now: dt.datetime,
    matter: Matter,
    is_solved: bool,
    reason: str = "",
    satisfaction: int | None = None,
) -> Matter:
    """Say whether the answer solved the matter: the person does, or staff for somebody without a log-in.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or it is not answered.
        ReasonMissing, WordsTooLong, PersonalNumbersFound, MarkOutOfRange: who is not content says why, in words that fit.
    """
    said = fitting("reason", reason, LONGEST_TEXT, is_required=False)
    refuse_personal_numbers(reason=said)
    check_mark(satisfaction)
    if not is_solved and not said:
        raise ReasonMissing(field="reason")
    # What the person says stays on the matter and out of the trail.
    return _move(matter, "close", by, now, is_solved=is_solved, close_reason=said, satisfaction=satisfaction)


def withdraw_matter(*, by: User, now: dt.datetime, matter: Matter) -> Matter:
    """Take a matter back before it was taken up; the public no longer sees it.

    Raises:
        MoveForbidden, MoveClosed: it is not one's own, or it is too late.
    """
    with transaction.atomic():
        withdrawn = _move(matter, "withdraw", by, now, paused_at=None)
        timing.settle_time(by=system_actor(), now=now, matter=withdrawn)
        with override(settings.LANGUAGE_CODE):
            why = gettext("The person has taken the matter back.")
        dispatching.recall_all(by=system_actor(), now=now, matter=withdrawn, reason=why)
    return withdrawn


def reveal_contact(*, by: User, now: dt.datetime, matter: Matter, reason: str) -> str:
    """Return the contact in full; that it was seen, by whom and why stays in the audit trail.

    Raises:
        MatterNotYours: `by` does not handle the matter.
        ReasonMissing: no reason is given.
        ContactMissing: there is none.
    Basis: Personal Information Protection Law art. 6.
    """
    if not by.has_perm("consultation.reveal_contact", matter):
        raise MatterNotYours
    if not reason.strip():
        raise ReasonMissing(field="reason")
    if not matter.contact:
        raise ContactMissing
    with transaction.atomic():
        audit.record(
            by=by,
            verb="consultation.matter.contact_seen",
            row=matter,
            now=now,
            reason=reason.strip(),
            basis="Personal Information Protection Law",
        )
    return str(matter.contact)


def escalate_overdue_matters(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Mark the matters whose day has passed: the street finds them in its worklist and may act as well.

    A due day that was counted with a year whose holidays were not yet published is counted on as it stands. Each in
    its own transaction; harmless when repeated. Returns the ids.
    """
    found = []
    due = Matter.objects.lapsed(now, today).filter(overdue_at=None).order_by("pk")
    for key in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            row = Matter.objects.select_for_update(of=("self",)).get(pk=key)
            if row.overdue_at is not None or not row.has_lapsed(now, today):
                continue
            row.overdue_at, row.escalation = now, STREET_LEVEL
            row.save(update_fields=["overdue_at", "escalation"])
            audit.record(by=by, verb="consultation.matter.overdue", row=row, now=now, after={"due_on": row.due_on})
            outbox.emit(
                by=by, topic="consultation.matter.overdue", row=row, now=now, payload={"due_on": str(row.due_on)}
            )
        found.append(key)
    return found


def close_silent_matters(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Close the answered matters to which the person has said nothing for the days of the rule; return their ids.

    `is_solved` stays open: silence is no rating. Each in its own transaction; harmless when repeated.
    """
    closed = []
    rows = Matter.objects.filter(status=MatterStatus.ANSWERED).select_related("division").order_by("pk")
    for row in rows.iterator(chunk_size=500):
        if row.answered_at is None or due_by(SILENT_DAYS, row.division, row.answered_at).on >= today:
            continue
        with override(settings.LANGUAGE_CODE):
            said = gettext("Closed without a word from the person.")
        try:
            _move(row, "close", by, now, is_solved=None, close_reason=said)
        except DomainError as refusal:
            logger.warning("matter not closed", extra={"matter": row.pk, "reason": refusal.code})
            continue
        closed.append(row.pk)
    return closed
