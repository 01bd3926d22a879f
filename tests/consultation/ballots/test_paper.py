"""Votes on paper: two persons, one vote, whatever comes first."""

from __future__ import annotations

from typing import Any

import pytest

from communities.people.models import Role
from consultation.ballots import operations
from consultation.ballots.models import Ballot, RollEntry, Vote
from consultation.ballots.papers import sheets
from consultation.ballots.papers.models import PaperVote
from consultation.ballots.policy import ChoicesImpossible
from consultation.ballots.voting import BallotNotOpen, BallotOver, VotedAlready
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.lifecycle import ReasonMissing, SamePerson
from tests.consultation.ballots.test_operations import refused
from tests.factories.accounts import UserFactory
from tests.factories.communities import AttachmentFactory, PostFactory
from tests.factories.consultation_ballots import HOUR, Place, entry_of


@pytest.fixture
def ballot(place: Place) -> Ballot:
    """An open ballot."""
    return place.open()


def entered(place: Place, ballot: Ballot, voter: User, **changes: Any) -> PaperVote:
    """Enter a sheet by the first person."""
    given = {
        "by": place.staff,
        "now": ballot.opens_at + HOUR,
        "ballot": ballot,
        "entry": entry_of(ballot, voter),
        "serial_number": f"A-{voter.pk}",
        "choices": [2],
        **changes,
    }
    return operations.enter_paper_vote(**given)


def test_two_equal_entries_cast_the_vote(place: Place, ballot: Ballot) -> None:
    paper = entered(place, ballot, place.voters[0])
    assert Vote.objects.count() == 0

    checked = operations.check_paper_vote(by=place.colleague, now=ballot.opens_at + 2 * HOUR, paper=paper, choices=[2])

    vote = Vote.objects.get()
    assert (checked.vote, checked.checked_by, checked.voided_at) == (vote, place.colleague, None)
    assert (vote.channel, vote.choices, vote.cast_at) == ("PAPER", [2], ballot.opens_at + HOUR)
    verbs = list(AuditEntry.objects.filter(verb__startswith="consultation.paper_vote").values_list("verb", flat=True))
    assert sorted(verbs) == ["consultation.paper_vote.checked", "consultation.paper_vote.entered"]


def test_a_grid_worker_takes_paper_votes_in(place: Place, ballot: Ballot) -> None:
    worker = place.holder(Role.GRID_WORKER)

    assert entered(place, ballot, place.voters[0], by=worker).entered_by == worker


def test_a_sheet_of_somebody_without_a_log_in_counts(place: Place) -> None:
    place.resident("无手机老人", has_login=False)
    ballot = place.open()
    entry = RollEntry.objects.get(ballot=ballot, user=None)

    paper = entered(place, ballot, place.voters[0], entry=entry)
    operations.check_paper_vote(by=place.colleague, now=ballot.opens_at + HOUR, paper=paper, choices=[2])

    assert Vote.objects.get().entry == entry


def test_entries_that_differ_cast_nothing(place: Place, ballot: Ballot) -> None:
    paper = entered(place, ballot, place.voters[0])

    refused(
        sheets.SheetsDiffer,
        operations.check_paper_vote,
        by=place.colleague,
        now=ballot.opens_at + HOUR,
        paper=paper,
        choices=[1],
    )

    paper.refresh_from_db()
    assert (paper.checked_at, paper.vote) == (None, None)


def test_a_vote_on_the_web_before_the_check_voids_the_sheet(place: Place, ballot: Ballot) -> None:
    voter = place.voters[0]
    paper = entered(place, ballot, voter)
    web = operations.cast_vote(by=voter, now=ballot.opens_at + HOUR, ballot=ballot, choices=[1])

    checked = operations.check_paper_vote(by=place.colleague, now=ballot.opens_at + 2 * HOUR, paper=paper, choices=[2])

    assert list(Vote.objects.all()) == [web]
    assert checked.vote is None
    assert checked.voided_by == place.colleague
    assert checked.void_reason


def test_a_sheet_after_a_vote_on_the_web_is_recorded_as_void(place: Place, ballot: Ballot) -> None:
    voter = place.voters[0]
    operations.cast_vote(by=voter, now=ballot.opens_at, ballot=ballot, choices=[1])

    paper = entered(place, ballot, voter)

    assert paper.voided_at is not None
    assert Vote.objects.count() == 1


def test_a_vote_on_the_web_after_the_checked_sheet_is_refused(place: Place, ballot: Ballot) -> None:
    voter = place.voters[0]
    paper = entered(place, ballot, voter)
    operations.check_paper_vote(by=place.colleague, now=ballot.opens_at + HOUR, paper=paper, choices=[2])

    refused(VotedAlready, operations.cast_vote, by=voter, now=ballot.opens_at + HOUR, ballot=ballot, choices=[1])


def test_a_sheet_entered_in_time_is_checked_after_closing_and_before_the_count(place: Place, ballot: Ballot) -> None:
    first, second = (entered(place, ballot, voter) for voter in place.voters[:2])
    place.close(ballot)

    operations.check_paper_vote(by=place.colleague, now=ballot.closes_at + HOUR, paper=first, choices=[2])
    operations.void_paper_vote(by=place.staff, now=ballot.closes_at + HOUR, paper=second, reason="字迹不清")

    assert place.count(ballot).result.by_channel == {"PAPER": 1}


def test_entering_is_refused(place: Place, ballot: Ballot) -> None:
    other = place.prepare()
    place.freeze(other)
    voter = place.voters[0]
    elsewhere = UserFactory()
    PostFactory(user=elsewhere)
    public = AttachmentFactory(division=place.division)

    for refusal, changes in (
        (sheets.SheetNotYours, {"by": voter}),
        (sheets.SheetNotYours, {"by": elsewhere}),
        (sheets.SheetNotYours, {"by": place.supervisor}),
        (sheets.EntryElsewhere, {"entry": entry_of(other, voter)}),
        (sheets.SerialMissing, {"serial_number": " "}),
        (sheets.PhotoNotProtected, {"photo": public}),
        (ChoicesImpossible, {"choices": [4]}),
        (BallotNotOpen, {"now": ballot.opens_at - HOUR}),
        (BallotOver, {"now": ballot.closes_at}),
    ):
        refused(refusal, entered, place=place, ballot=ballot, voter=voter, **changes)
    assert PaperVote.objects.count() == 0


def test_nobody_takes_their_own_sheet_in(place: Place) -> None:
    mine = place.resident("工作人员").user
    assert mine is not None
    PostFactory(user=mine, division=place.division)
    ballot = place.open()

    refused(sheets.SheetNotYours, entered, place=place, ballot=ballot, voter=mine, by=mine)


def test_a_sheet_counts_once_and_a_person_hands_in_one(place: Place, ballot: Ballot) -> None:
    entered(place, ballot, place.voters[0], serial_number="A-1")

    refused(sheets.SheetKnown, entered, place=place, ballot=ballot, voter=place.voters[1], serial_number="A-1")
    refused(sheets.SheetKnown, entered, place=place, ballot=ballot, voter=place.voters[0], serial_number="A-2")


def test_a_void_sheet_is_entered_anew(place: Place, ballot: Ballot) -> None:
    wrong = entered(place, ballot, place.voters[0], serial_number="A-1", choices=[1])
    operations.void_paper_vote(by=place.colleague, now=ballot.opens_at + HOUR, paper=wrong, reason="录入有误")

    again = entered(place, ballot, place.voters[0], serial_number="A-1")

    assert again.voided_at is None


def test_checking_is_refused(place: Place, ballot: Ballot) -> None:
    paper = entered(place, ballot, place.voters[0])
    check = {"call": operations.check_paper_vote, "now": ballot.opens_at + HOUR, "paper": paper}

    refused(SamePerson, by=place.staff, choices=[2], **check)
    refused(sheets.SheetNotYours, by=place.voters[1], choices=[2], **check)
    refused(ChoicesImpossible, by=place.colleague, choices=[], **check)
    operations.check_paper_vote(by=place.colleague, now=ballot.opens_at, paper=paper, choices=[2])
    refused(sheets.SheetSettled, by=place.colleague, choices=[2], **check)


def test_voiding_is_refused(place: Place, ballot: Ballot) -> None:
    paper = entered(place, ballot, place.voters[0])
    void = {"call": operations.void_paper_vote, "now": ballot.opens_at + HOUR, "paper": paper}

    refused(ReasonMissing, by=place.staff, reason=" ", **void)
    refused(sheets.SheetNotYours, by=place.voters[1], reason="？", **void)
    operations.void_paper_vote(by=place.staff, now=ballot.opens_at, paper=paper, reason="作废")
    refused(sheets.SheetSettled, by=place.staff, reason="？", **void)


def test_no_trail_says_what_was_marked(place: Place, ballot: Ballot) -> None:
    paper = entered(place, ballot, place.voters[0])
    operations.check_paper_vote(by=place.colleague, now=ballot.opens_at + HOUR, paper=paper, choices=[2])

    trail = AuditEntry.objects.filter(object_label__in=["consultation.PaperVote", "consultation.Vote"])
    assert trail.count() == 3
    assert {key for entry in trail for key in {**entry.before, **entry.after}} == {
        "ballot",
        "serial_number",
        "is_void",
        "channel",
    }
