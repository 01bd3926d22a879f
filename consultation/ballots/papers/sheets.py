"""Sheets with the entry they belong to: entered by one person, entered again by another, counted once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.notices.models import Visibility
from consultation.ballots import queries
from consultation.ballots.counting import read_marks
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import Ballot, Channel, RollEntry
from consultation.ballots.papers.lifecycle import BatchStatus
from consultation.ballots.papers.models import PaperBatch, PaperVote
from consultation.ballots.queries import paper_of
from consultation.ballots.voting import VotedAlready, insert_vote, named_refusal, require_open
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotAllowed, NotNow, constraint_of
from governance.lifecycle import ReasonMissing, SamePerson

if TYPE_CHECKING:
    from communities.notices.models import Attachment
    from governance.accounts.models import User

MOMENT = dt.timedelta(seconds=1)


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


class SheetNamesNobody(Invalid):
    """A sheet of a secret ballot is tied to nobody."""

    code = "sheet_names_nobody"
    message = _("This ballot is secret: its sheets carry no name. Enter them as a batch with its sign-in sheet.")


class BatchElsewhere(Invalid):
    """The batch belongs to another ballot or takes nothing more."""

    code = "batch_elsewhere"
    message = _("This batch belongs to another ballot, or it has been accepted or given up.")


def enter_paper_vote(
    *,
    by: User,
    now: dt.datetime,
    ballot: Ballot,
    entry: RollEntry,
    serial_number: str,
    choices: Sequence[int],
    photo: Attachment | None = None,
    channel: str = Channel.PAPER,
    batch: PaperBatch | None = None,
) -> PaperVote:
    """Enter a sheet for the first time, while the ballot is open; it counts when a second person has entered the same.

    A vote by telephone or on a visit is entered the same way: two persons hear or see it, the serial number is that of the
    recording or of the sheet. A sheet of somebody who has voted already is recorded as void with this reason; in a batch
    that is found when the batch is accepted, so that its total agrees with the sign-in sheet.

    Raises:
        SheetNotYours: `by` takes no paper votes in this place, or it is their own.
        EntryElsewhere, SerialMissing, PhotoNotProtected, ChoicesImpossible: what was entered cannot be right.
        BallotNotOpen, BallotOver: the ballot is not open.
        SheetKnown: the sheet or another one of this person was entered.
        SheetNamesNobody: the ballot is secret.
        BatchElsewhere: the batch is another ballot's, or no longer open.
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
            require_paper_right(by, row, listed)
            _require_time(row, now, batch)
            if row.is_secret:
                raise SheetNamesNobody
            if batch is not None:
                batch = PaperBatch.objects.get(
                    pk=batch.pk
                )  # as it stands now: the ballot is held, and so are its batches
                require_batch(batch, row)
            if not serial_number.strip():
                raise SerialMissing(field="serial_number")
            if photo is not None and (photo.visibility != Visibility.SEALED or photo.uploaded_by_id != by.pk):
                raise PhotoNotProtected(field="photo")
            paper = PaperVote(
                ballot=row,
                entry=listed,
                batch=batch,
                channel=batch.channel if batch else channel,
                serial_number=serial_number.strip(),
                choices=marks_on(row, choices),
                photo=photo,
                entered_at=now if batch is None else min(now, row.closes_at - MOMENT),
                entered_by=by,
            )
            if batch is None and queries.has_voted(listed):
                paper.voided_at, paper.voided_by, paper.void_reason = now, by, _voted_before()
            paper.full_clean(validate_constraints=False, validate_unique=False)
            paper.save()
            _record_paper(paper, "consultation.paper_vote.entered", by, now)
            return paper
    except IntegrityError as error:
        if constraint_of(error) in {"papervote_sheet_counts_once", "papervote_one_sheet_each"}:
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
        require_paper_right(by, row.ballot, row.entry)
        if row.entered_by_id == by.pk:
            raise SamePerson(move=_("Check the sheet"))
        _require_unsettled(row)
        if marks_on(row.ballot, choices) != row.choices:
            raise SheetsDiffer(field="choices")
        row.checked_at, row.checked_by = now, by
        row.save(update_fields=["checked_at", "checked_by"])
        if row.batch_id is None:
            cast_sheet(row, by, now)
        _record_paper(row, "consultation.paper_vote.checked", by, now)
        return row


def cast_sheet(paper: PaperVote, by: User, now: dt.datetime) -> None:
    """Cast the vote of a sheet that two persons have entered, or declare it void where a vote stands already.

    A savepoint each: the first valid vote counts, whichever comes first.
    """
    try:
        with transaction.atomic():
            paper.vote = insert_vote(
                paper.entry, paper.channel, paper.choices, cast_at=paper.entered_at, by=by, now=now
            )
    except IntegrityError as error:
        if not isinstance(refusal := named_refusal(error, paper.ballot), VotedAlready):
            raise refusal from error
        paper.voided_at, paper.voided_by, paper.void_reason = now, by, _voted_before()
    paper.save(update_fields=["vote", "voided_at", "voided_by", "void_reason"])


def void_paper_vote(*, by: User, now: dt.datetime, paper: PaperVote, reason: str) -> PaperVote:
    """Declare a sheet void that was entered and not checked; a correction is a new entry.

    Raises:
        SheetNotYours: `by` takes no paper votes in this place.
        SheetSettled: it was checked or declared void before.
        ReasonMissing.
    """
    with transaction.atomic():
        row = _locked_paper(paper)
        require_paper_right(by, row.ballot, row.entry)
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


def _require_time(ballot: Ballot, now: dt.datetime, batch: PaperBatch | None) -> None:
    """Refuse a sheet that comes too late: those of a batch are entered until the count, and were handed in before."""
    if batch is None or ballot.status not in {BallotStatus.OPEN, BallotStatus.CLOSED}:
        require_open(ballot, now)


def require_batch(batch: PaperBatch, ballot: Ballot) -> None:
    """Refuse a batch into which nothing goes any more.

    Raises:
        BatchElsewhere.
    """
    if batch.ballot_id != ballot.pk or batch.status != BatchStatus.OPEN:
        raise BatchElsewhere(field="batch")


def require_paper_right(by: User, ballot: Ballot, entry: RollEntry) -> None:
    """Refuse who takes no paper votes in here, and everybody their own.

    Raises:
        SheetNotYours.
    """
    if entry.user_id == by.pk or not by.has_perm("consultation.enter_paper_vote", ballot):
        raise SheetNotYours


def _require_unsettled(paper: PaperVote) -> None:
    if paper.checked_at is not None or paper.voided_at is not None:
        raise SheetSettled


def marks_on(ballot: Ballot, choices: Sequence[int]) -> list[int]:
    """Return what is marked on a sheet as the kind of the ballot writes it; one query."""
    return read_marks(paper_of(ballot, ballot.options.all()), choices)


def _voted_before() -> str:
    with override(settings.LANGUAGE_CODE):
        return gettext("This person has already voted; the first valid vote counts.")


def _record_paper(paper: PaperVote, verb: str, by: User, now: dt.datetime) -> None:
    """Write the trail of a sheet, which never says what was marked."""
    after = {"ballot": paper.ballot_id, "serial_number": paper.serial_number, "is_void": paper.voided_at is not None}
    audit.record(by=by, verb=verb, row=paper, now=now, after=after, reason=paper.void_reason)
