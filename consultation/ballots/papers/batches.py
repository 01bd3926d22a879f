"""Batches of paper votes: counted by their sign-in sheet, entered twice, accepted when the totals agree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from communities.notices.models import Visibility
from consultation.ballots.counting import read_marks
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import Ballot, RollEntry, Vote
from consultation.ballots.papers.models import BatchSheet, BatchSignature, PaperBatch, PaperVote
from consultation.ballots.papers.sheets import PhotoNotProtected, SheetNotYours, cast_sheet, require_batch
from consultation.ballots.queries import paper_of, shown_moment
from consultation.ballots.voting import BallotOver, insert_vote, require_open
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow, constraint_of
from governance.lifecycle import ReasonMissing, SamePerson

if TYPE_CHECKING:
    from communities.notices.models import Attachment
    from governance.accounts.models import User


class TotalsDiffer(NotNow):
    """The sheets are not as many as the names on the sign-in sheet, or not all of them were checked."""

    code = "totals_differ"
    message = _(
        "The totals of this batch do not agree: %(signed)s names on the sign-in sheet, %(names)s names entered, %(sheets)s "
        "sheets entered, %(unchecked)s of them not checked by a second person. Nothing was counted."
    )


class PilesDiffer(Invalid):
    """The second entry of a pile differs from the first; nothing was checked."""

    code = "piles_differ"
    message = _("The two entries differ at these places of the pile: %(places)s. Look at the sheets again.")


class SignedAlready(Conflict):
    """Somebody on the sign-in sheet has voted before; no paper is handed out to them."""

    code = "signed_already"
    message = _("A vote already stands for these numbers on the roll: %(numbers)s. Nobody was signed in.")


class NumbersUnknown(Invalid):
    """A number stands on no roll of this ballot, or twice on the sign-in sheet."""

    code = "numbers_unknown"
    message = _("These numbers are not on the roll, or stand twice: %(numbers)s.")


class SignInDiffers(Invalid):
    """The sign-in sheet is entered whole: as many numbers as names were counted on it."""

    code = "sign_in_differs"
    message = _(
        "%(names)s numbers were entered, %(signed)s names were counted on the sign-in sheet. Nobody was signed in. Count "
        "again; if the first count was wrong, give this batch up and open another."
    )


class BatchHasSignatures(NotNow):
    """People have got papers from this batch: it is finished, not given up."""

    code = "batch_has_signatures"
    message = _(
        "People have signed for papers of this batch. Finish it; enter a paper that did not come back as an invalid one."
    )


class NotSecret(NotNow):
    """The sheets of an open ballot are entered with their number on the roll."""

    code = "ballot_not_secret"
    message = _("This ballot is open: its sheets are entered one by one with the number on the roll.")


@dataclass(frozen=True, slots=True)
class Totals:
    """What must agree before a batch counts."""

    signed: int
    names: int
    sheets: int
    unchecked: int

    @property
    def agree(self) -> bool:
        """Whether as many sheets as names were entered and checked."""
        return self.signed == self.names == self.sheets and not self.unchecked


def totals_of(batch: PaperBatch) -> Totals:
    """Return the totals of a batch; at most three queries."""
    if batch.ballot.is_secret:
        sheets = batch.sheets.valid()
        unchecked = sheets.filter(checked_by=None).count()
        return Totals(batch.signed, batch.signatures.count(), sheets.count(), unchecked)
    papers = batch.papers.filter(voided_at=None)
    found = papers.count()
    return Totals(batch.signed, found, found, papers.filter(checked_at=None).count())


def open_batch(
    *, by: User, now: dt.datetime, ballot: Ballot, channel: str, signed: int, photo: Attachment | None = None
) -> PaperBatch:
    """Open the next batch of a ballot with the names counted on its sign-in sheet, before the first sheet is entered.

    Raises:
        SheetNotYours: `by` takes no paper votes in this place.
        BallotNotOpen, BallotOver: papers are no longer handed in; those of an open ballot are entered until the count.
        PhotoNotProtected: the photo of the sign-in sheet can be seen by others.
    Basis: default of this platform: totals agree with the sign-in sheet.
    """
    with transaction.atomic():
        row = Ballot.objects.select_for_update(of=("self",), no_key=True).select_related("division").get(pk=ballot.pk)
        _require_right(by, row)
        if row.is_secret or row.status != BallotStatus.CLOSED:
            _require_running(row, now)
        if photo is not None and (photo.visibility != Visibility.SEALED or photo.uploaded_by_id != by.pk):
            raise PhotoNotProtected(field="photo")
        last = row.batches.aggregate(last=Max("number"))["last"] or 0
        batch = PaperBatch(
            ballot=row, number=last + 1, channel=channel, signed=signed, photo=photo, opened_at=now, opened_by=by
        )
        batch.full_clean()
        batch.save()
        after = {"ballot": row.pk, "number": batch.number, "signed": signed}
        audit.record(by=by, verb="consultation.paper_batch.opened", row=batch, now=now, after=after)
        return batch


def sign_in_batch(*, by: User, now: dt.datetime, batch: PaperBatch, numbers: Sequence[int]) -> PaperBatch:
    """Enter the sign-in sheet of a secret ballot: who took a paper has voted, and votes by no other channel.

    The whole sheet at once, all of its names or none, so that no batch is left whose totals can never agree.

    Raises:
        SheetNotYours, BatchElsewhere, NotSecret, BallotNotOpen, BallotOver.
        NumbersUnknown: a number is not on the roll, or stands twice.
        SignInDiffers: the numbers are not as many as the names that were counted.
        SignedAlready: a vote stands for somebody.
    """
    with transaction.atomic():
        row = _locked(by, batch)
        _require_secret(row)
        require_open(row.ballot, now)
        entries = {
            entry.number: entry
            for entry in RollEntry.objects.filter(ballot=row.ballot, number__in=numbers)
            .select_for_update(of=("self",), no_key=True)
            .order_by("pk")
        }
        odd = sorted({number for number in numbers if number not in entries or list(numbers).count(number) > 1})
        if odd:
            raise NumbersUnknown(field="numbers", numbers=", ".join(map(str, odd)))
        voted = Vote.objects.filter(entry__in=entries.values()).order_by("entry__number")
        if known := list(voted.values_list("entry__number", flat=True)):
            raise SignedAlready(field="numbers", numbers=", ".join(map(str, known)))
        if (names := row.signatures.count() + len(numbers)) != row.signed:
            raise SignInDiffers(field="numbers", names=names, signed=row.signed)
        for number in numbers:
            entry = entries[number]
            if entry.user_id == by.pk:
                raise SheetNotYours
            BatchSignature.objects.create(ballot=row.ballot, batch=row, entry=entry)
            entry.ballot = row.ballot
            insert_vote(entry, row.channel, [], cast_at=now, by=by, now=now)
        after = {"ballot": row.ballot_id, "names": len(numbers)}
        audit.record(by=by, verb="consultation.paper_batch.signed", row=row, now=now, after=after)
        return row


def enter_sheets(
    *, by: User, now: dt.datetime, batch: PaperBatch, sheets: Sequence[Sequence[int]], reason: str = ""
) -> PaperBatch:
    """Enter the pile of a secret ballot for the first time, sheet after sheet; an empty one is an invalid paper.

    A pile that was entered before, checked or not, is entered anew with a reason: its rows are voided and stay.

    Raises:
        SheetNotYours, BatchElsewhere, NotSecret, ChoicesImpossible.
        ReasonMissing: the pile was entered before.
    """
    with transaction.atomic():
        row = _locked(by, batch)
        _require_secret(row)
        paper = paper_of(row.ballot, row.ballot.options.all())
        read = [read_marks(paper, marks) if marks else [] for marks in sheets]
        before = row.sheets.valid()
        if before.exists() and not reason.strip():
            raise ReasonMissing(field="reason")
        before.update(void_reason=reason.strip()[:200])
        BatchSheet.objects.bulk_create(
            BatchSheet(batch=row, position=position, choices=marks, entered_by=by)
            for position, marks in enumerate(read, start=1)
        )
        after = {"ballot": row.ballot_id, "sheets": len(read)}
        audit.record(by=by, verb="consultation.paper_batch.entered", row=row, now=now, after=after, reason=reason)
        return row


def check_sheets(*, by: User, now: dt.datetime, batch: PaperBatch, sheets: Sequence[Sequence[int]]) -> PaperBatch:
    """Enter the pile for the second time, without seeing the first entry; equal entries are checked, all or none.

    Raises:
        SheetNotYours, BatchElsewhere, NotSecret, SamePerson, ChoicesImpossible.
        PilesDiffer: with the places at which they differ.
    """
    with transaction.atomic():
        row = _locked(by, batch)
        _require_secret(row)
        first = {sheet.position: sheet for sheet in row.sheets.valid().filter(checked_by=None)}
        if any(sheet.entered_by_id == by.pk for sheet in first.values()):
            raise SamePerson(move=_("Check the pile"))
        paper = paper_of(row.ballot, row.ballot.options.all())
        second = {position: read_marks(paper, marks) if marks else [] for position, marks in enumerate(sheets, start=1)}
        differing = [
            position
            for position in sorted({*first, *second})
            if position not in first or position not in second or first[position].choices != second[position]
        ]
        if differing:
            raise PilesDiffer(field="sheets", places=", ".join(map(str, differing)))
        row.sheets.valid().filter(checked_by=None).update(checked_by=by)
        after = {"ballot": row.ballot_id, "sheets": len(second)}
        audit.record(by=by, verb="consultation.paper_batch.checked", row=row, now=now, after=after)
        return row


def accept_batch(*, by: User, now: dt.datetime, batch: PaperBatch) -> PaperBatch:
    """Let a batch count: all of its sheets, or none of them.

    In an open ballot each sheet casts the vote of its entry; one whose person has voted meanwhile is declared void with this
    reason. In a secret one the database puts the sheets into the box in random order.

    Raises:
        MoveForbidden, MoveClosed, SamePerson: `by` may not, or opened it.
        TotalsDiffer: the totals do not agree, with the numbers.
        BallotOver: the ballot was counted.
    Basis: default of this platform: totals agree with the sign-in sheet.
    """
    with transaction.atomic():
        row = _held(batch)
        step = lifecycle.of(row).by_name["accept"]
        if row.status not in step.sources or not lifecycle.may(row, step, by):
            return lifecycle.move(row, "accept", by=by, now=now)  # refuses with its own reason
        if row.ballot.status not in {BallotStatus.OPEN, BallotStatus.CLOSED}:
            raise BallotOver(closes=shown_moment(row.ballot.closes_at))
        totals = totals_of(row)
        if not totals.agree:
            raise TotalsDiffer(
                signed=totals.signed, names=totals.names, sheets=totals.sheets, unchecked=totals.unchecked
            )
        try:
            moved = lifecycle.move(row, "accept", by=by, now=now)
        except IntegrityError as error:
            if constraint_of(error) == "paperbatch_totals_agree":
                raise TotalsDiffer(
                    signed=totals.signed, names=totals.names, sheets=totals.sheets, unchecked=totals.unchecked
                ) from error
            raise
        if not row.ballot.is_secret:
            papers = PaperVote.objects.select_for_update(of=("self",), no_key=True).filter(batch=row, voided_at=None)
            for paper in papers.select_related("ballot__division", "entry__ballot").order_by("entry_id"):
                cast_sheet(paper, by, now)
        return moved


def give_up_batch(*, by: User, now: dt.datetime, batch: PaperBatch, reason: str) -> PaperBatch:
    """Give a batch up, with its sheets; what is right in it is entered in another one.

    Nothing is kept of the pile of a secret ballot.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing.
        BatchHasSignatures: people took papers of it.
    """
    with transaction.atomic():
        row = _held(batch)
        if row.signatures.exists():
            raise BatchHasSignatures
        moved = lifecycle.move(row, "give_up", by=by, now=now, reason=reason)
        row.sheets.all().delete()  # the order of a pile is that in which people stood at the box
        papers = PaperVote.objects.filter(batch=row, voided_at=None)
        papers.update(voided_at=now, voided_by=by, void_reason=reason.strip()[:200])
        return moved


def _held(batch: PaperBatch) -> PaperBatch:
    """Hold the ballot, so that nobody counts meanwhile, and then the batch."""
    Ballot.objects.select_for_update(of=("self",), no_key=True).get(pk=batch.ballot_id)
    rows = PaperBatch.objects.select_for_update(of=("self",)).select_related("ballot__division")
    return rows.get(pk=batch.pk)


def _locked(by: User, batch: PaperBatch) -> PaperBatch:
    row = _held(batch)
    _require_right(by, row.ballot)
    require_batch(row, row.ballot)
    return row


def _require_right(by: User, ballot: Ballot) -> None:
    if not by.has_perm("consultation.enter_paper_vote", ballot):
        raise SheetNotYours


def _require_secret(batch: PaperBatch) -> None:
    if not batch.ballot.is_secret:
        raise NotSecret


def _require_running(ballot: Ballot, now: dt.datetime) -> None:
    """Sheets of a secret ballot come in until the box is mixed: after its time, and before it closes."""
    if ballot.status != BallotStatus.OPEN:
        require_open(ballot, now)
