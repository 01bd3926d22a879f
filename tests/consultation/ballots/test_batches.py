"""Batches of paper votes: they count when the sheets are as many as the names on the sign-in sheet."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from consultation.ballots import operations
from consultation.ballots.lifecycle import BALLOT
from consultation.ballots.models import Ballot, BallotPaper, Vote
from consultation.ballots.papers import batches, sheets
from consultation.ballots.papers.lifecycle import PAPER_BATCH
from consultation.ballots.papers.models import BatchSheet, PaperBatch, PaperVote
from consultation.ballots.voting import VotedAlready
from governance.accounts.models import User
from governance.lifecycle import MoveClosed, MoveForbidden, MoveHindered, ReasonMissing, SamePerson
from tests.consultation.ballots.test_concurrency import together
from tests.consultation.ballots.test_operations import refused
from tests.factories.consultation_ballots import HOUR, Place, entry_of
from tests.walls import violated


@pytest.fixture
def ballot(place: Place) -> Ballot:
    """An open ballot recorded by name."""
    return place.open()


@pytest.fixture
def secret(place: Place) -> Ballot:
    """An open secret ballot."""
    return place.open(is_secret=True)


def opened(place: Place, ballot: Ballot, signed: int, **changes: Any) -> PaperBatch:
    """Open a batch."""
    given = {"by": place.staff, "now": ballot.opens_at + HOUR, "channel": "PAPER", **changes}
    return operations.open_batch(ballot=ballot, signed=signed, **given)


def filled(place: Place, batch: PaperBatch, count: int, marks: list[int] | None = None) -> list[PaperVote]:
    """Enter so many sheets of an open ballot twice."""
    ballot, papers = batch.ballot, []
    for voter in place.voters[:count]:
        paper = operations.enter_paper_vote(
            by=place.staff,
            now=ballot.opens_at + HOUR,
            ballot=ballot,
            entry=entry_of(ballot, voter),
            serial_number=f"A-{voter.pk}",
            choices=marks or [1],
            batch=batch,
        )
        later = ballot.opens_at + 2 * HOUR
        papers.append(operations.check_paper_vote(by=place.colleague, now=later, paper=paper, choices=marks or [1]))
    return papers


def accept(place: Place, batch: PaperBatch, **changes: Any) -> PaperBatch:
    """Accept a batch by the second person."""
    given = {"by": place.colleague, "now": batch.ballot.opens_at + 3 * HOUR, **changes}
    return operations.accept_batch(batch=batch, **given)


def test_a_batch_counts_as_a_whole_when_it_is_accepted(place: Place, ballot: Ballot) -> None:
    batch = opened(place, ballot, 3)
    filled(place, batch, 3)
    assert Vote.objects.count() == 0

    done = accept(place, batch)

    assert (done.status, done.accepted_by, batch.number) == ("ACCEPTED", place.colleague, 1)
    assert Vote.objects.filter(channel="PAPER").count() == 3
    assert opened(place, ballot, 1).number == 2


@pytest.mark.parametrize("signed", [2, 4])
def test_a_batch_that_is_off_by_one_is_refused_with_the_numbers(place: Place, ballot: Ballot, signed: int) -> None:
    batch = opened(place, ballot, signed)
    filled(place, batch, 3)

    refusal = refused(batches.TotalsDiffer, accept, place=place, batch=batch)

    assert refusal.params | {"signed": signed, "sheets": 3, "unchecked": 0} == refusal.params
    assert violated("UPDATE consultation_paperbatch SET status = 'ACCEPTED' WHERE id = %s", batch.pk) == (
        "paperbatch_totals_agree"
    )


def test_a_batch_with_an_unchecked_sheet_is_refused(place: Place, ballot: Ballot) -> None:
    batch = opened(place, ballot, 1)
    operations.enter_paper_vote(
        by=place.staff,
        now=ballot.opens_at,
        ballot=ballot,
        entry=entry_of(ballot, place.voters[0]),
        serial_number="A",
        choices=[1],
        batch=batch,
    )

    refusal = refused(batches.TotalsDiffer, accept, place=place, batch=batch)

    assert refusal.params["unchecked"] == 1


def test_who_voted_meanwhile_keeps_the_first_vote_and_the_sheet_is_void(place: Place, ballot: Ballot) -> None:
    batch = opened(place, ballot, 2)
    first, second = filled(place, batch, 2)
    web = operations.cast_vote(by=place.voters[0], now=ballot.opens_at, ballot=ballot, choices=[2])

    accept(place, batch)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.vote, bool(first.void_reason)) == (None, True)
    assert second.vote is not None
    assert set(Vote.objects.values_list("pk", flat=True)) == {web.pk, second.vote.pk}


def test_a_wrong_sheet_is_voided_and_entered_anew(place: Place, ballot: Ballot) -> None:
    batch = opened(place, ballot, 1)
    wrong = operations.enter_paper_vote(
        by=place.staff,
        now=ballot.opens_at,
        ballot=ballot,
        entry=entry_of(ballot, place.voters[0]),
        serial_number="A",
        choices=[2],
        batch=batch,
    )
    operations.void_paper_vote(by=place.colleague, now=ballot.opens_at, paper=wrong, reason="录入有误")
    filled(place, batch, 1)

    accept(place, batch)

    assert PaperVote.objects.count() == 2
    assert Vote.objects.get().choices == [1]


def test_sheets_of_an_open_ballot_are_entered_until_the_count(place: Place, ballot: Ballot) -> None:
    batch = opened(place, ballot, 1)
    place.close(ballot)
    late = ballot.closes_at + HOUR

    paper = operations.enter_paper_vote(
        by=place.staff,
        now=late,
        ballot=ballot,
        entry=entry_of(ballot, place.voters[0]),
        serial_number="A",
        choices=[1],
        batch=batch,
    )
    operations.check_paper_vote(by=place.colleague, now=late, paper=paper, choices=[1])
    refused(MoveHindered, operations.count_ballot, by=place.staff, now=late, ballot=ballot)
    accept(place, batch, now=late)

    assert operations.count_ballot(by=place.staff, now=late, ballot=ballot).by_channel == {"PAPER": 1}


def test_two_persons_accept_a_batch_and_give_up_needs_a_reason(place: Place, ballot: Ballot) -> None:
    batch = opened(place, ballot, 1)
    filled(place, batch, 1)

    refused(SamePerson, accept, place=place, batch=batch, by=place.staff)
    refused(MoveForbidden, accept, place=place, batch=batch, by=place.voters[0])
    late = ballot.opens_at + HOUR
    refused(ReasonMissing, operations.give_up_batch, by=place.staff, now=late, batch=batch, reason=" ")
    operations.give_up_batch(by=place.staff, now=late, batch=batch, reason="签到数错")
    refused(MoveClosed, accept, place=place, batch=batch)

    assert PaperVote.objects.get().void_reason == "签到数错"
    assert Vote.objects.count() == 0


# ------------------------------------------------------------------------------------------------------------- secret


def signed_in(place: Place, secret: Ballot, count: int) -> PaperBatch:
    """Open a batch whose first so many voters have signed."""
    batch = opened(place, secret, count)
    numbers = [entry_of(secret, voter).number for voter in place.voters[:count]]
    return operations.sign_in_batch(by=place.staff, now=secret.opens_at + HOUR, batch=batch, numbers=numbers)


def test_a_secret_batch_puts_its_sheets_into_the_box_without_names(place: Place, secret: Ballot) -> None:
    batch = signed_in(place, secret, 3)
    late = secret.opens_at + 2 * HOUR
    pile = [[1], [2], []]
    operations.enter_sheets(by=place.staff, now=late, batch=batch, sheets=pile)
    operations.check_sheets(by=place.colleague, now=late, batch=batch, sheets=pile)
    place_cast = operations.cast_vote(by=place.voters[3], now=late, ballot=secret, choices=[1])

    accept(place, batch)
    place.count(secret)

    assert BatchSheet.objects.count() == 0
    assert sorted(BallotPaper.objects.values_list("choices", flat=True)) == [[], [1], [1], [2]]
    result = secret.result
    assert (result.cast, result.by_channel) == (4, {"PAPER": 3, "WEB": 1})
    assert result.counts == [{"number": 1, "votes": 2}, {"number": 2, "votes": 1}, {"number": 3, "votes": 0}]
    assert place_cast.choices == []


def test_who_signed_votes_by_no_other_channel_and_who_voted_does_not_sign(place: Place, secret: Ballot) -> None:
    operations.cast_vote(by=place.voters[4], now=secret.opens_at, ballot=secret, choices=[1])
    batch = signed_in(place, secret, 2)
    sign = {"call": operations.sign_in_batch, "by": place.staff, "now": secret.opens_at + HOUR, "batch": batch}

    refused(VotedAlready, operations.cast_vote, by=place.voters[0], now=secret.opens_at, ballot=secret, choices=[1])
    refused(batches.SignedAlready, numbers=[entry_of(secret, place.voters[4]).number], **sign)
    refused(batches.NumbersUnknown, numbers=[99], **sign)
    free = entry_of(secret, place.voters[3]).number
    refused(batches.NumbersUnknown, numbers=[free, free], **sign)


@pytest.mark.parametrize("pile", [[[1], [2]], [[1], [2], [1], [1]]])
def test_a_secret_batch_off_by_one_is_refused(place: Place, secret: Ballot, pile: list[list[int]]) -> None:
    batch = signed_in(place, secret, 3)
    late = secret.opens_at + 2 * HOUR
    operations.enter_sheets(by=place.staff, now=late, batch=batch, sheets=pile)
    operations.check_sheets(by=place.colleague, now=late, batch=batch, sheets=pile)

    refusal = refused(batches.TotalsDiffer, accept, place=place, batch=batch)

    assert (refusal.params["signed"], refusal.params["sheets"]) == (3, len(pile))


def test_the_second_entry_is_blind_and_must_agree(place: Place, secret: Ballot) -> None:
    batch = signed_in(place, secret, 2)
    late = secret.opens_at + 2 * HOUR
    operations.enter_sheets(by=place.staff, now=late, batch=batch, sheets=[[1], [2]])

    refused(SamePerson, operations.check_sheets, by=place.staff, now=late, batch=batch, sheets=[[1], [2]])
    differing = refused(
        batches.PilesDiffer, operations.check_sheets, by=place.colleague, now=late, batch=batch, sheets=[[1], [3]]
    )
    assert differing.params["places"] == "2"
    again = {"call": operations.enter_sheets, "by": place.staff, "now": late, "batch": batch}
    refused(ReasonMissing, sheets=[[1], [3]], **again)
    operations.enter_sheets(by=place.staff, now=late, batch=batch, sheets=[[1], [3]], reason="第二张看错")
    operations.check_sheets(by=place.colleague, now=late, batch=batch, sheets=[[1], [3]])
    assert BatchSheet.objects.filter(void_reason="").count() == 2
    assert BatchSheet.objects.exclude(void_reason="").count() == 2


def test_a_secret_ballot_closes_when_its_batches_are_in_the_box(place: Place, secret: Ballot) -> None:
    batch = signed_in(place, secret, 1)
    late = secret.closes_at + HOUR

    assert operations.close_due_ballots(by=place.system, now=late) == []
    refused(batches.BatchHasSignatures, operations.give_up_batch, by=place.staff, now=late, batch=batch, reason="？")
    operations.enter_sheets(by=place.staff, now=late, batch=batch, sheets=[[]])  # the paper did not come back
    operations.check_sheets(by=place.colleague, now=late, batch=batch, sheets=[[]])
    accept(place, batch, now=late)

    assert operations.close_due_ballots(by=place.system, now=late) == [secret.pk]


def test_a_sheet_of_a_secret_ballot_names_nobody(place: Place, secret: Ballot) -> None:
    entry = entry_of(secret, place.voters[0])
    refused(
        sheets.SheetNamesNobody,
        operations.enter_paper_vote,
        by=place.staff,
        now=secret.opens_at,
        ballot=secret,
        entry=entry,
        serial_number="A",
        choices=[1],
    )


# --------------------------------------------------------------------------------------------------------------- walls


def test_the_database_keeps_batches(place: Place, ballot: Ballot, secret: Ballot) -> None:
    batch, own = opened(place, ballot, 1), opened(place, secret, 1)
    entry = entry_of(secret, place.voters[0])
    sheet = (
        "INSERT INTO consultation_batchsheet (batch_id, position, choices, entered_by_id, void_reason) "
        "VALUES (%s, 1, '{1}', %s, '')"
    )
    sign = "INSERT INTO consultation_batchsignature (ballot_id, batch_id, entry_id) VALUES (%s, %s, %s)"

    assert violated(sheet, batch.pk, place.staff.pk) == "paperbatch_takes_rows_while_open"
    assert violated(sign, secret.pk, batch.pk, entry.pk) == "paperbatch_takes_rows_while_open"
    assert (
        violated(sign, secret.pk, own.pk, entry_of(ballot, place.voters[0]).pk) == "batchsignature_entry_of_its_ballot"
    )
    change = "UPDATE consultation_paperbatch SET {} WHERE id = %s"
    assert "Cannot update rows" in violated(change.format("signed = 2"), own.pk)
    stroke = (
        "INSERT INTO consultation_vote (ballot_id, entry_id, channel, choices, in_box, cast_at, cast_by_id, by_proxy, "
        "receipt) VALUES (%s, %s, 'PAPER', '{}', true, %s, %s, false, 'R')"
    )
    found = violated(stroke, secret.pk, entry.pk, secret.opens_at, place.staff.pk)
    assert found == "vote_on_paper_has_its_signature"


@pytest.mark.parametrize(
    ("machine", "name"), [(PAPER_BATCH, "consultation_paperbatch"), (BALLOT, "consultation_ballot")]
)
def test_every_state_is_reached_and_the_others_are_walls(place: Place, machine: Any, name: str) -> None:
    ballot = place.open()
    row = opened(place, ballot, 1) if machine is PAPER_BATCH else place.prepare()
    pairs = set(machine.pairs())

    reached = {machine.initial} | {target for _source, target in pairs}
    assert reached == set(machine.states)
    for target in machine.states:
        if target != machine.initial and (machine.initial, target) not in pairs:
            found = violated(f"UPDATE {name} SET status = '{target}' WHERE id = %s", row.pk)
            assert found.endswith("_moves_by_the_table")


# ------------------------------------------------------------------------------------------------------ all at one time


@pytest.mark.django_db(transaction=True)
def test_two_hundred_casts_by_forty_threads_on_web_and_paper_count_each_person_once(now: dt.datetime) -> None:
    place = Place(now)
    place.populate(100)
    ballot = place.open()
    batch = opened(place, ballot, 40)
    filled(place, batch, 40, [2])
    entries = {voter.pk: entry_of(ballot, voter) for voter in place.voters}

    def five(thread: int) -> list[str]:
        found = []
        for turn in range(5):
            if thread == 0 and turn == 2:
                accept(place, PaperBatch.objects.get(pk=batch.pk), by=User.objects.get(pk=place.colleague.pk))
                continue
            voter = place.voters[(thread * 5 + turn) % 100]
            try:
                operations.cast_vote(
                    by=User.objects.get(pk=voter.pk), now=ballot.opens_at, ballot=ballot, choices=[1 + turn % 3]
                )
                found.append("cast")
            except VotedAlready:
                found.append("voted")
        return found

    together(five)

    assert Vote.objects.count() == len(set(Vote.objects.values_list("entry", flat=True)))
    on_paper = Vote.objects.filter(channel="PAPER").count()
    voided = PaperVote.objects.exclude(voided_at=None).count()
    assert on_paper + voided == 40
    assert set(Vote.objects.values_list("entry_id", flat=True)) <= {entry.pk for entry in entries.values()}
    assert place.count(ballot).result.cast == Vote.objects.count() == 100
