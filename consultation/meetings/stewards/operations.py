"""Choosing stewards: the number from ratio and base, names put forward, the list fixed, the lot drawn, seats given."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.bodies import operations as bodies
from communities.bodies.models import Body, Seat
from communities.people.models import Resident
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from consultation.meetings.policy import CouncilForm, digest_of
from consultation.meetings.queries import council_of
from consultation.meetings.stewards.lifecycle import SelectionStatus
from consultation.meetings.stewards.models import StewardCandidate, StewardSelection
from consultation.meetings.stewards.policy import (
    MOST_CANDIDATES,
    STEWARD_BASE,
    STEWARD_RATIO,
    Base,
    Nominated,
    Way,
    drawn,
    line_of,
    list_text,
    seats_for,
)
from governance import lifecycle
from governance.accounts.masking import mask_name
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotAllowed, NotNow

if TYPE_CHECKING:
    from governance.accounts.models import User

MANAGE = "consultation.manage_meeting"


class NotStewards(Invalid):
    """Stewards sit in a stewards' meeting."""

    code = "not_stewards"
    message = _("“%(body)s” is no stewards' meeting.")


class BaseUnknown(Invalid):
    """The number of stewards is a part of something."""

    code = "steward_base_unknown"
    message = _("Give the size of the base (%(base)s): it cannot be counted from the register.")


class SeatsWithoutReason(Invalid):
    """Whoever chooses another number than the ratio gives says why."""

    code = "seats_without_reason"
    message = _("The ratio gives %(by_ratio)s stewards. Write why %(seats)s are to be chosen.")


class NotNominating(NotNow):
    """Names are put forward before the list is fixed."""

    code = "not_nominating"
    message = _("The list of candidates is fixed.")


class NominatedAlready(Conflict):
    """One person stands once on the list."""

    code = "nominated_already"
    message = _("This person is on the list already.")


class TooFewCandidates(NotNow):
    """There must be somebody to choose from."""

    code = "too_few_candidates"
    message = _("There are %(count)s candidates for %(seats)s seats. A lot needs more candidates than seats.")


class ChoiceUnfit(Invalid):
    """As many are chosen as there are seats, from the list."""

    code = "choice_unfit"
    message = _("Choose exactly %(seats)s of the candidates on the list.")


class WordMissing(Invalid):
    """What is called out at the draw makes the outcome unknown to whoever knew the seed."""

    code = "word_missing"
    message = _("Write the word or number that was called out at the draw, before all who were there.")


def begin_selection(
    *,
    by: User,
    now: dt.datetime,
    body: Body,
    way: str,
    base_count: int | None = None,
    seats: int | None = None,
    seats_reason: str = "",
) -> StewardSelection:
    """Begin to choose stewards: the number follows from ratio and base, the hash of a seed is published at once.

    Adults are counted from the register where no figure is given; residents and households are given.

    Raises:
        NotAllowed: `by` does not work in the place.
        NotStewards, BaseUnknown, SeatsWithoutReason.
    Basis: report on Jiangbei.
    """
    if not by.has_perm(MANAGE, body):
        raise NotAllowed
    council = council_of(body)
    if council is None or council.form != CouncilForm.STEWARDS or way not in Way.values:
        raise NotStewards(field="body", body=body)
    today = timezone.localdate(now)
    base, ratio = value(STEWARD_BASE, body.division, today), value(STEWARD_RATIO, body.division, today)
    count = base_count
    if not count and base == Base.ADULTS:
        count = Resident.objects.on_rolls(today).filter(division__path__startswith=body.division.path).count()
    if not count:
        raise BaseUnknown(field="base_count", base=Base(base).label)
    by_ratio = seats_for(ratio, count)
    wanted = seats or by_ratio
    if wanted != by_ratio and not seats_reason.strip():
        raise SeatsWithoutReason(field="seats_reason", by_ratio=by_ratio, seats=wanted)
    refuse_personal_numbers(seats_reason=seats_reason)
    secret = secrets.token_hex(32)
    row = StewardSelection(
        body=body,
        division=body.division,
        way=way,
        base=base,
        base_count=count,
        ratio=ratio,
        by_ratio=by_ratio,
        seats=wanted,
        seats_reason=seats_reason.strip(),
        secret=secret,
        seed_sha256=digest_of(secret),
        begun_at=now,
        begun_by=by,
    )
    row.full_clean()
    with transaction.atomic():
        row.save()
        after = {"way": way, "base": base, "base_count": count, "seats": wanted, "seed_sha256": row.seed_sha256}
        audit.record(by=by, verb="consultation.steward_selection.begun", row=row, now=now, after=after)
    return row


def _locked(by: User, selection: StewardSelection) -> StewardSelection:
    row = StewardSelection.objects.select_for_update(of=("self",)).select_related("division").get(pk=selection.pk)
    if not by.has_perm(MANAGE, row):
        raise NotAllowed
    return row


def put_forward(
    *,
    by: User,
    now: dt.datetime,
    selection: StewardSelection,
    name: str,
    nominated: str = Nominated.JOINT,
    user: User | None = None,
    supporters: int = 0,
    space: str = "",
) -> StewardCandidate:
    """Put a name forward.

    Raises:
        NotAllowed, NotNominating, NominatedAlready, PersonalNumbersFound.
    """
    refuse_personal_numbers(name=name, space=space)
    with transaction.atomic():
        row = _locked(by, selection)
        number = (row.candidates.aggregate(last=Max("number"))["last"] or 0) + 1
        if row.status != SelectionStatus.NOMINATING or number > MOST_CANDIDATES:
            raise NotNominating
        candidate = StewardCandidate(
            selection=row,
            number=number,
            user=user,
            name=name.strip(),
            nominated=nominated,
            supporters=supporters,
            space=space.strip(),
            entered_at=now,
            entered_by=by,
        )
        candidate.full_clean(validate_unique=False, validate_constraints=False)
        try:
            with transaction.atomic():
                candidate.save()
        except IntegrityError as error:
            raise NominatedAlready(field="user") from error
        after = {"number": number, "name": mask_name(name), "nominated": nominated}
        audit.record(by=by, verb="consultation.steward_selection.nominated", row=row, now=now, after=after)
    return candidate


def fix_list(*, by: User, now: dt.datetime, selection: StewardSelection) -> StewardSelection:
    """Fix the list of candidates and publish its hash; nobody is added or taken away any more.

    Raises:
        NotAllowed, MoveForbidden, MoveClosed, TooFewCandidates.
    """
    with transaction.atomic():
        row = _locked(by, selection)
        people = list(row.candidates.order_by("number"))
        least = row.seats + 1 if row.way == Way.LOT else row.seats
        if row.status == SelectionStatus.NOMINATING and len(people) < least:
            raise TooFewCandidates(count=len(people), seats=row.seats)
        text = list_text([line_of(one.number, one.shown_name) for one in people], row.seats)
        changes = {"list_text": text, "list_sha256": digest_of(text)}
        return lifecycle.move(row, "fix_list", by=by, now=now, changes=changes)


def draw_lot(*, by: User, now: dt.datetime, selection: StewardSelection, word: str) -> StewardSelection:
    """Draw the lot: the seed is published with the word that was called out, and anybody can draw it again.

    Raises:
        NotAllowed, MoveForbidden, MoveClosed, SamePerson: `by` fixed the list.
        WordMissing, ChoiceUnfit: chosen by nomination, not by lot.
    """
    said = " ".join(word.split())[:100]
    with transaction.atomic():
        row = _locked(by, selection)
        lifecycle.require(row, "choose", by=by)
        if not said:
            raise WordMissing(field="word")
        if row.way != Way.LOT:
            raise ChoiceUnfit(field="word", seats=row.seats)
        numbers = list(row.candidates.order_by("number").values_list("number", flat=True))
        winners = drawn(row.secret, said, row.list_sha256, numbers, row.seats)
        if row.status == SelectionStatus.LISTED:
            row.candidates.filter(number__in=winners).update(is_chosen=True)
        changes = {"seed": row.secret, "word": said}
        return lifecycle.move(row, "choose", by=by, now=now, changes=changes)


def record_choice(
    *, by: User, now: dt.datetime, selection: StewardSelection, numbers: Sequence[int], note: str
) -> StewardSelection:
    """Record whom those who nominated have chosen, and how.

    Raises:
        NotAllowed, MoveForbidden, MoveClosed, SamePerson: `by` fixed the list.
        ChoiceUnfit: too few or too many, not on the list, or a lot is to be drawn.
    """
    refuse_personal_numbers(note=note)
    with transaction.atomic():
        row = _locked(by, selection)
        lifecycle.require(row, "choose", by=by)
        known = set(row.candidates.values_list("number", flat=True))
        if row.way != Way.NOMINATION or len(set(numbers)) != row.seats or not set(numbers) <= known:
            raise ChoiceUnfit(field="numbers", seats=row.seats)
        if row.status == SelectionStatus.LISTED:
            row.candidates.filter(number__in=numbers).update(is_chosen=True)
        return lifecycle.move(row, "choose", by=by, now=now, changes={"chosen_note": note.strip()[:500]})


def seat_chosen(*, by: User, now: dt.datetime, selection: StewardSelection) -> StewardSelection:
    """Give those chosen their seats in the stewards' meeting from today on.

    Raises:
        NotAllowed, MoveForbidden, MoveClosed.
        SeatAlreadyHeld, SeatOutsideTerm: a seat cannot be filled so.
    """
    with transaction.atomic():
        row = _locked(by, selection)
        moved = lifecycle.move(row, "seat", by=by, now=now)
        for one in row.candidates.filter(is_chosen=True).select_related("user").order_by("number"):
            bodies.add_member(
                by=by,
                now=now,
                body=row.body,
                name=one.name,
                seat=Seat.RESIDENT,
                valid_from=timezone.localdate(now),
                user=one.user,
            )
    return moved
