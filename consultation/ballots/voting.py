"""Votes cast, saved, and taken in on paper by two persons; called as part of `consultation.ballots.operations`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.notices.models import Visibility
from consultation.ballots import queries
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import Ballot, Channel, PaperVote, RollEntry, Vote, VoteDraft
from consultation.ballots.policy import new_receipt, read_choices
from consultation.ballots.queries import shown_moment
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotAllowed, NotNow
from governance.lifecycle import ReasonMissing, SamePerson
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from communities.notices.models import Attachment
    from governance.accounts.models import User


class CastNotYours(NotAllowed):
    """People vote; partner systems and the clock do not."""

    code = "cast_not_yours"
    message = _("Only a person who is signed in can vote.")


class NotOnRoll(NotAllowed):
    """The person does not stand on the frozen roll."""

    code = "not_on_roll"
    message = _(
        "You are not on the roll of this ballot. It was taken when the ballot was frozen, of those entitled then; ask the community about your entry."
    )


class BallotNotOpen(NotNow):
    """Votes are taken between opening and closing."""

    code = "ballot_not_open"
    message = _("This ballot is not open yet. It opens at %(opens)s.")


class BallotOver(NotNow):
    """Votes are taken between opening and closing."""

    code = "ballot_over"
    message = _("This ballot is over. It closed at %(closes)s.")


class VotedAlready(Conflict):
    """A vote is cast once and cannot be changed."""

    code = "voted_already"
    message = _("A vote has already been cast for this entry of the roll. It cannot be changed.")


class EntryElsewhere(Invalid):
    """The entry stands on the roll of another ballot."""

    code = "entry_elsewhere"
    message = _("This person is not on the roll of this ballot.")


class SheetNotYours(NotAllowed):
    """Paper votes are taken in by community staff and grid workers, nobody their own."""

    code = "sheet_not_yours"
    message = _("You may not take in this vote on paper.")


class SheetKnown(Conflict):
    """A sheet counts once, and a person hands in one."""

    code = "sheet_known"
    message = _("This sheet, or another one of this person, has already been entered.")


class SerialMissing(Invalid):
    """A sheet has its serial number."""

    code = "serial_missing"
    message = _("Enter the serial number printed on the sheet.")


class PhotoNotProtected(Invalid):
    """The photo of a sheet shows a vote: nobody looks at it but the two who enter and check the sheet."""

    code = "photo_not_protected"
    message = _("The photo of a sheet shows a vote. Store it sealed, and yourself.")


class SheetsDiffer(Invalid):
    """The two entries of a sheet do not agree; nothing was cast."""

    code = "sheets_differ"
    message = _(
        "The two entries of this sheet do not agree, and nothing was cast. Look at the sheet again; if the first entry "
        "is wrong, declare it void and enter the sheet anew."
    )


class SheetSettled(NotNow):
    """A sheet is checked or voided once."""

    code = "sheet_settled"
    message = _("This sheet has already been checked or declared void.")


# --- Voting ----------------------------------------------------------------------------------------------------------


def save_draft(*, by: User, now: dt.datetime, ballot: Ballot, choices: Sequence[int]) -> VoteDraft | None:
    """Save ticks without casting them; without any, the draft is put away and None returned.

    Nobody but the person sees them, no trail is kept of them; at closing only their number is published.

    Raises:
        CastNotYours, NotOnRoll, VotedAlready, BallotNotOpen, BallotOver, ChoicesImpossible.
    """
    with transaction.atomic():
        entry, numbers = _open_entry(by, now, ballot)
        if not choices:
            VoteDraft.objects.filter(entry=entry).delete()
            return None
        marked = read_choices(choices, numbers, entry.ballot.most_choices)
        return VoteDraft.objects.update_or_create(entry=entry, defaults={"choices": marked, "saved_at": now})[0]


def cast_vote(*, by: User, now: dt.datetime, ballot: Ballot, choices: Sequence[int]) -> Vote:
    """Cast one's vote: once, for good. The receipt says that it was cast and nothing of what was chosen.

    Six statements: the own entry is locked, then vote, trail and event are inserted. The page shows the receipt, then
    and later; the event is for the installation's own subscribers (a text message, say) and never leaves the house.

    Raises:
        CastNotYours, NotOnRoll: `by` is not entitled.
        VotedAlready: a vote stands, by whatever channel.
        BallotNotOpen, BallotOver, ChoicesImpossible.
    """
    try:
        with transaction.atomic():
            entry, numbers = _open_entry(by, now, ballot)
            marked = read_choices(choices, numbers, entry.ballot.most_choices)
            return _insert_vote(entry, Channel.WEB, marked, cast_at=now, by=by, now=now)
    except IntegrityError as error:
        raise _named_refusal(error, ballot) from error


# One's own entry with all that decides whether a vote may be cast; the entry is locked. Written by hand, because the
# query set costs as much as the three writes of a vote together.
OWN_ENTRY = """
    SELECT entry.id, entry.number, ballot.status, ballot.opens_at, ballot.closes_at, ballot.most_choices,
        ballot.division_id,
        ARRAY(SELECT number FROM consultation_ballotoption WHERE ballot_id = ballot.id ORDER BY number),
        EXISTS (SELECT 1 FROM consultation_vote WHERE entry_id = entry.id)
    FROM consultation_rollentry AS entry JOIN consultation_ballot AS ballot ON ballot.id = entry.ballot_id
    WHERE entry.ballot_id = %s AND entry.user_id = %s
    FOR NO KEY UPDATE OF entry
"""


def _open_entry(by: User, now: dt.datetime, ballot: Ballot) -> tuple[RollEntry, list[int]]:
    """Lock one's own entry and return it with its ballot and the numbers of its options; one query.

    Both carry only what casting needs.
    """
    if not by.has_perm("consultation.cast_vote"):
        raise CastNotYours
    with connection.cursor() as cursor:
        cursor.execute(OWN_ENTRY, [ballot.pk, by.pk])
        row = cursor.fetchone()
    if row is None:
        raise NotOnRoll
    key, number, status, opens_at, closes_at, most_choices, division, numbers, has_voted = row
    found = Ballot(
        pk=ballot.pk,
        status=status,
        opens_at=opens_at,
        closes_at=closes_at,
        most_choices=most_choices,
        division_id=division,
    )
    if has_voted:
        raise VotedAlready
    _require_open(found, now)
    return RollEntry(pk=key, ballot=found, number=number, user=by), numbers


def _require_open(ballot: Ballot, now: dt.datetime) -> None:
    if now >= ballot.closes_at or ballot.status not in {BallotStatus.DRAFT, BallotStatus.FROZEN, BallotStatus.OPEN}:
        raise BallotOver(closes=shown_moment(ballot.closes_at))
    if ballot.status != BallotStatus.OPEN or now < ballot.opens_at:
        raise BallotNotOpen(opens=shown_moment(ballot.opens_at))


def _insert_vote(
    entry: RollEntry, channel: str, choices: list[int], *, cast_at: dt.datetime, by: User, now: dt.datetime
) -> Vote:
    """Write vote, trail and event; neither of the two says what was chosen."""
    vote = Vote.objects.create(
        ballot=entry.ballot,
        entry=entry,
        channel=channel,
        choices=choices,
        cast_at=cast_at,
        cast_by=by,
        receipt=new_receipt(),
    )
    after = {"ballot": entry.ballot_id, "channel": channel}
    audit.record(by=by, verb="consultation.vote.cast", row=vote, now=now, after=after)
    outbox.emit(by=by, topic="consultation.vote.cast", row=vote, now=now, payload={"ballot": entry.ballot_id})
    return vote


def _constraint(error: IntegrityError) -> str:
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""


def _named_refusal(error: IntegrityError, ballot: Ballot) -> Exception:
    """Return the refusal behind a guard of the database that lost a race has run into."""
    name = _constraint(error)
    if name == "vote_cast_while_open":
        return BallotOver(closes=shown_moment(Ballot.objects.get(pk=ballot.pk).closes_at))
    if name.startswith("consultation_vote_entry_id"):
        return VotedAlready()
    return error


# --- Votes on paper --------------------------------------------------------------------------------------------------


def enter_paper_vote(
    *,
    by: User,
    now: dt.datetime,
    ballot: Ballot,
    entry: RollEntry,
    serial_number: str,
    choices: Sequence[int],
    photo: Attachment | None = None,
) -> PaperVote:
    """Enter a sheet for the first time, while the ballot is open; it counts when a second person has entered the same.

    A sheet of somebody who has voted already is recorded as void with this reason.

    Raises:
        SheetNotYours: `by` takes no paper votes in this place, or it is their own.
        EntryElsewhere, SerialMissing, PhotoNotProtected, ChoicesImpossible: what was entered cannot be right.
        BallotNotOpen, BallotOver: the ballot is not open.
        SheetKnown: the sheet or another one of this person was entered.
    Basis: default of this platform: two persons for each vote on paper.
    """
    try:
        with transaction.atomic():
            row = (
                Ballot.objects.select_for_update(of=("self",), no_key=True).select_related("division").get(pk=ballot.pk)
            )
            listed = RollEntry.objects.filter(ballot=row, pk=entry.pk).first()
            if listed is None:
                raise EntryElsewhere(field="entry")
            _require_paper_right(by, row, listed)
            _require_open(row, now)
            if not serial_number.strip():
                raise SerialMissing(field="serial_number")
            if photo is not None and (photo.visibility != Visibility.SEALED or photo.uploaded_by_id != by.pk):
                raise PhotoNotProtected(field="photo")
            paper = PaperVote(
                ballot=row,
                entry=listed,
                serial_number=serial_number.strip(),
                choices=_marks_on(row, choices),
                photo=photo,
                entered_at=now,
                entered_by=by,
            )
            if queries.has_voted(listed):
                paper.voided_at, paper.voided_by, paper.void_reason = now, by, _voted_before()
            paper.full_clean(validate_constraints=False, validate_unique=False)
            paper.save()
            _record_paper(paper, "consultation.paper_vote.entered", by, now)
            return paper
    except IntegrityError as error:
        if _constraint(error) in {"papervote_sheet_counts_once", "papervote_one_sheet_each"}:
            raise SheetKnown(field="serial_number") from error
        raise


def check_paper_vote(*, by: User, now: dt.datetime, paper: PaperVote, choices: Sequence[int]) -> PaperVote:
    """Enter a sheet for the second time: equal entries cast the vote, dated from the first entry.

    Where the person has voted meanwhile, the sheet is declared void with this reason. Possible until the count.

    Raises:
        SheetNotYours, SamePerson: `by` may not, or entered it the first time.
        SheetSettled: it was checked or declared void before.
        BallotOver: the votes have been counted.
        ChoicesImpossible, SheetsDiffer: the entries do not agree; nothing was cast.
    Basis: default of this platform: two persons for each vote on paper.
    """
    with transaction.atomic():
        row = _locked_paper(paper)
        _require_paper_right(by, row.ballot, row.entry)
        if row.entered_by_id == by.pk:
            raise SamePerson(move=_("Check the sheet"))
        _require_unsettled(row)
        if _marks_on(row.ballot, choices) != row.choices:
            raise SheetsDiffer(field="choices")
        row.checked_at, row.checked_by = now, by
        row.save(update_fields=["checked_at", "checked_by"])
        try:
            with transaction.atomic():
                row.vote = _insert_vote(row.entry, Channel.PAPER, row.choices, cast_at=row.entered_at, by=by, now=now)
        except IntegrityError as error:
            if not isinstance(refusal := _named_refusal(error, row.ballot), VotedAlready):
                raise refusal from error
            row.voided_at, row.voided_by, row.void_reason = now, by, _voted_before()
        row.save(update_fields=["vote", "voided_at", "voided_by", "void_reason"])
        _record_paper(row, "consultation.paper_vote.checked", by, now)
        return row


def void_paper_vote(*, by: User, now: dt.datetime, paper: PaperVote, reason: str) -> PaperVote:
    """Declare a sheet void that was entered and not checked; a correction is a new entry.

    Raises:
        SheetNotYours: `by` takes no paper votes in this place.
        SheetSettled: it was checked or declared void before.
        ReasonMissing.
    """
    with transaction.atomic():
        row = _locked_paper(paper)
        _require_paper_right(by, row.ballot, row.entry)
        _require_unsettled(row)
        if not reason.strip():
            raise ReasonMissing(field="reason")
        row.voided_at, row.voided_by, row.void_reason = now, by, reason.strip()[:200]
        row.save(update_fields=["voided_at", "voided_by", "void_reason"])
        _record_paper(row, "consultation.paper_vote.voided", by, now)
        return row


def _locked_paper(paper: PaperVote) -> PaperVote:
    rows = PaperVote.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("ballot__division", "entry__ballot").get(pk=paper.pk)


def _require_paper_right(by: User, ballot: Ballot, entry: RollEntry) -> None:
    if entry.user_id == by.pk or not by.has_perm("consultation.enter_paper_vote", ballot):
        raise SheetNotYours


def _require_unsettled(paper: PaperVote) -> None:
    if paper.checked_at is not None or paper.voided_at is not None:
        raise SheetSettled


def _marks_on(ballot: Ballot, choices: Sequence[int]) -> list[int]:
    return read_choices(choices, list(ballot.options.values_list("number", flat=True)), ballot.most_choices)


def _voted_before() -> str:
    with override(settings.LANGUAGE_CODE):
        return gettext("This person has already voted; the first valid vote counts.")


def _record_paper(paper: PaperVote, verb: str, by: User, now: dt.datetime) -> None:
    """Write the trail of a sheet, which never says what was marked."""
    after = {"ballot": paper.ballot_id, "serial_number": paper.serial_number, "is_void": paper.voided_at is not None}
    audit.record(by=by, verb=verb, row=paper, now=now, after=after, reason=paper.void_reason)
