"""A ballot and its batches in any order of acts: beside them a plain model that says what may happen, and when."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from consultation.ballots import operations
from consultation.ballots.lifecycle import BALLOT
from consultation.ballots.models import Ballot, BallotPaper, BallotResult, Vote
from consultation.ballots.papers.lifecycle import PAPER_BATCH
from consultation.ballots.papers.models import BatchSheet, PaperBatch
from governance.lifecycle import Lifecycle, MoveForbidden, available, move
from tests.factories.consultation_ballots import DAY, HOUR, Place, entry_of
from tests.machines import Machine, run
from tests.properties import IS_NIGHT
from tests.walls import violated

START = dt.datetime(2026, 3, 4, 9, 0, tzinfo=timezone.get_default_timezone())
VOTERS = 4
MOST_BATCHES = 3
VOTER = st.integers(0, VOTERS - 1)
BATCH = st.integers(0, MOST_BATCHES - 1)


class Plain:
    """A batch as the table at the door keeps it."""

    def __init__(self, row: PaperBatch, signed: int) -> None:
        self.row, self.signed = row, signed
        self.status = "OPEN"
        self.names: list[int] = []
        self.sheets: list[int] = []
        """Entered and checked: the voters of an open ballot, of a secret one places in the pile."""


class BallotMachine(Machine):
    """One ballot, open or secret: staff freezes, counts and publishes, the clock opens and closes, people vote."""

    start = START

    @initialize(
        is_secret=st.booleans(), begins=st.sampled_from(["DRAFT", "FROZEN", "OPEN", "BATCH", "BATCH", "CLOSED"])
    )
    def begin(self, is_secret: bool, begins: str) -> None:
        """Prepare it, and take it some way along, so that short runs come far."""
        self.place: Place = self.people.place
        self.is_secret, self.status = is_secret, "DRAFT"
        self.ballot = self.place.prepare(is_secret=is_secret)
        self.voted: set[int] = set()
        self.batches: list[Plain] = []
        self.serial = 0
        self.counted_by = ""
        if begins != "DRAFT":
            self.freeze()
        if begins in {"OPEN", "BATCH", "CLOSED"}:
            self.time_passes(2)
        if begins == "BATCH":
            self.open_batch(1)
        if begins == "CLOSED":
            self.cast(0)
            self.time_passes(24)
            self.count()

    @property
    def takes_votes(self) -> bool:
        """Whether votes are taken now."""
        return self.status == "OPEN" and self.ballot.opens_at <= self.now < self.ballot.closes_at

    @property
    def waiting(self) -> bool:
        """Whether a batch is neither accepted nor given up."""
        return any(batch.status == "OPEN" for batch in self.batches)

    @rule(hours=st.sampled_from([1, 1, 2, 6, 24]))
    def time_passes(self, hours: int) -> None:
        """Let hours pass, and the clock do what is due."""
        self.now += hours * HOUR
        opens = self.status == "FROZEN" and self.now >= self.ballot.opens_at
        assert bool(operations.open_due_ballots(by=self.place.system, now=self.now)) is opens
        if opens:
            self.status = "OPEN"
            self.seen.add("open")
        closes = self.status == "OPEN" and self.now >= self.ballot.closes_at and not (self.is_secret and self.waiting)
        assert bool(operations.close_due_ballots(by=self.place.system, now=self.now)) is closes
        if closes:
            self.status = "CLOSED"
            self.seen.add("close")

    @rule()
    def freeze(self) -> None:
        """Freeze it, as long as it has not begun."""
        by, today = self.place.staff, self.today
        may = self.status == "DRAFT" and self.now < self.ballot.opens_at
        if self.expect(
            may, lambda: operations.freeze_ballot(by=by, now=self.now, today=today, ballot=self.ballot), "freeze"
        ):
            self.status = "FROZEN"

    @rule(is_meant=st.sampled_from([False, False, True]))
    def cancel(self, is_meant: bool) -> None:
        """Cancel what has not been opened."""
        if not is_meant and self.status in {"DRAFT", "FROZEN"}:
            return  # so that runs come to other ends, too
        may = self.status in {"DRAFT", "FROZEN"}
        given = {"by": self.place.staff, "now": self.now, "ballot": self.ballot, "reason": "改期"}
        if self.expect(may, lambda: operations.cancel_ballot(**given), "cancel"):
            self.status = "CANCELLED"

    @rule(voter=VOTER)
    def cast(self, voter: int) -> None:
        """Vote on the web."""
        by, may = self.place.voters[voter], self.takes_votes and voter not in self.voted
        if self.expect(may, lambda: operations.cast_vote(by=by, now=self.now, ballot=self.ballot, choices=[1]), "cast"):
            self.voted.add(voter)

    @rule(signed=st.integers(1, 2))
    def open_batch(self, signed: int) -> None:
        """Open a batch with the names counted on its sign-in sheet."""
        if len(self.batches) == MOST_BATCHES:
            return
        may = self.takes_votes or (self.status == "OPEN" if self.is_secret else self.status in {"OPEN", "CLOSED"})
        made: list[PaperBatch] = []
        given: dict[str, Any] = {"by": self.place.staff, "now": self.now, "ballot": self.ballot, "channel": "PAPER"}
        if self.expect(may, lambda: made.append(operations.open_batch(signed=signed, **given)), "open batch"):
            self.batches.append(Plain(made[0], signed))

    @rule(number=BATCH, voter=VOTER)
    def enter_and_check(self, number: int, voter: int) -> None:
        """Enter a sheet twice: with its name in an open ballot, without in a secret one."""
        if not self.batches:
            return
        batch = self.batches[number % len(self.batches)]
        if self.is_secret:
            self.expect(batch.status == "OPEN", lambda: self._pile(batch), "pile")
            if batch.status == "OPEN":
                batch.sheets.append(len(batch.sheets))
            return
        taken = any(voter in one.sheets for one in self.batches if one.status != "VOIDED")
        may = batch.status == "OPEN" and self.status in {"OPEN", "CLOSED"} and not taken
        if self.expect(may, lambda: self._sheet(batch, voter), "sheet"):
            batch.sheets.append(voter)

    def _sheet(self, batch: Plain, voter: int) -> None:
        self.serial += 1
        entry = entry_of(self.ballot, self.place.voters[voter])
        given: dict[str, Any] = {"ballot": self.ballot, "entry": entry, "serial_number": f"A-{self.serial}"}
        paper = operations.enter_paper_vote(by=self.place.staff, now=self.now, choices=[2], batch=batch.row, **given)
        operations.check_paper_vote(by=self.place.colleague, now=self.now, paper=paper, choices=[2])

    def _pile(self, batch: Plain) -> None:
        """Enter the pile anew with one sheet more."""
        pile = [[2]] * (len(batch.sheets) + 1)
        given: dict[str, Any] = {"now": self.now, "batch": batch.row, "sheets": pile}
        operations.enter_sheets(by=self.place.staff, reason="漏录一张", **given)
        operations.check_sheets(by=self.place.colleague, **given)

    @rule(number=BATCH, voters=st.permutations(range(VOTERS)), more=st.sampled_from([0, 0, 0, 1]))
    def sign_in(self, number: int, voters: list[int], more: int) -> None:
        """Enter the sign-in sheet of a secret ballot."""
        if not self.batches:
            return
        batch = self.batches[number % len(self.batches)]
        voters = voters[: batch.signed + more]
        fits = len(batch.names) + len(voters) == batch.signed and not set(voters) & self.voted
        may = self.is_secret and batch.status == "OPEN" and self.takes_votes and fits
        entries = [entry_of(self.ballot, self.place.voters[voter]).number for voter in voters]
        given: dict[str, Any] = {"by": self.place.staff, "now": self.now, "batch": batch.row, "numbers": entries}
        if self.expect(may, lambda: operations.sign_in_batch(**given), "sign in"):
            batch.names += voters
            self.voted |= set(voters)

    @rule(number=BATCH)
    def accept(self, number: int) -> None:
        """Let a batch count, when its totals agree."""
        if not self.batches:
            return
        batch = self.batches[number % len(self.batches)]
        agree = batch.signed == len(batch.sheets) and (not self.is_secret or batch.signed == len(batch.names))
        may = batch.status == "OPEN" and self.status in {"OPEN", "CLOSED"} and agree
        given: dict[str, Any] = {"by": self.place.colleague, "now": self.now, "batch": batch.row}
        if self.expect(may, lambda: operations.accept_batch(**given), "accept"):
            batch.status = "ACCEPTED"
            if not self.is_secret:
                self.voted |= set(batch.sheets)

    @rule(number=BATCH)
    def give_up(self, number: int) -> None:
        """Give a batch up of which nobody has got a paper."""
        if not self.batches:
            return
        batch = self.batches[number % len(self.batches)]
        may = batch.status == "OPEN" and not batch.names
        given: dict[str, Any] = {"by": self.place.staff, "now": self.now, "batch": batch.row, "reason": "点错人数"}
        if self.expect(may, lambda: operations.give_up_batch(**given), "give up"):
            batch.status, batch.sheets = "VOIDED", []

    @rule()
    def count(self) -> None:
        """Count what is closed and complete."""
        may = self.status == "CLOSED" and not self.waiting
        given: dict[str, Any] = {"by": self.place.staff, "now": self.now, "ballot": self.ballot}
        if self.expect(may, lambda: operations.count_ballot(**given), "count"):
            self.status = "COUNTED"

    @rule(is_other=st.booleans())
    def publish(self, is_other: bool) -> None:
        """Publish what another person has counted."""
        by = self.place.colleague if is_other else self.place.staff
        may = self.status == "COUNTED" and is_other
        if self.expect(may, lambda: operations.publish_ballot(by=by, now=self.now, ballot=self.ballot), "publish"):
            self.status = "PUBLISHED"

    @rule(days=st.integers(1, 2))
    def remind(self, days: int) -> None:
        """Remind people: none of them can be reached here, so it is always refused, and changes nothing."""
        del days
        self.expect(False, lambda: operations.remind_voters(by=self.place.staff, now=self.now, ballot=self.ballot))

    @invariant()
    def agrees(self) -> None:
        """Status and strokes are those of the model; nothing is counted twice, and no result stands too early."""
        if not hasattr(self, "ballot"):
            return
        assert Ballot.objects.get(pk=self.ballot.pk).status == self.status
        strokes = set(Vote.objects.filter(ballot=self.ballot).values_list("entry__user_id", flat=True))
        assert strokes == {self.place.voters[voter].pk for voter in self.voted}
        result = BallotResult.objects.filter(ballot=self.ballot).first()
        assert (result is not None) is (self.status in {"COUNTED", "PUBLISHED"})
        if result is not None:
            assert result.cast == len(self.voted) == sum(row["votes"] for row in result.counts)
        papers = BallotPaper.objects.filter(ballot=self.ballot).count()
        mixed = self.is_secret and self.status in {"CLOSED", "COUNTED", "PUBLISHED"}
        assert papers == (len(self.voted) if mixed else 0)
        for batch in self.batches:
            assert PaperBatch.objects.get(pk=batch.row.pk).status == batch.status
            if batch.status != "OPEN":
                assert not BatchSheet.objects.filter(batch=batch.row).exists()


@pytest.mark.django_db
def test_whatever_people_try_in_whatever_order(now: dt.datetime) -> None:
    del now
    place = Place(START)
    place.populate(VOTERS)
    BallotMachine.people = SimpleNamespace(place=place)

    run(BallotMachine, examples=400 if IS_NIGHT else 15, steps=25)

    assert BallotMachine.seen >= {"freeze", "open", "cast", "open batch"}
    if IS_NIGHT:
        assert BallotMachine.seen >= {"close", "cancel", "sheet", "pile", "sign in", "accept", "give up", "count"}


# ------------------------------------------------------------------------------------- every state against every target


def in_state(place: Place, status: str) -> Ballot:
    """Return a ballot that has come to a state by its own moves."""
    ways: dict[str, Any] = {
        "DRAFT": place.prepare,
        "FROZEN": lambda: place.freeze(place.prepare()),
        "OPEN": place.open,
        "CLOSED": lambda: place.close(place.open()),
        "COUNTED": lambda: place.count(place.open()),
        "PUBLISHED": lambda: place.publish(place.open()),
        "CANCELLED": lambda: operations.cancel_ballot(
            by=place.staff, now=place.now, ballot=place.prepare(), reason="改期"
        ),
    }
    found: Ballot = ways[status]()
    found.refresh_from_db()
    return found


@pytest.mark.parametrize("status", BALLOT.states)
def test_no_statement_leads_a_ballot_where_the_table_does_not(place: Place, status: str) -> None:
    ballot = in_state(place, status)
    assert ballot.status == status

    _refuses_every_other_way(BALLOT, "consultation_ballot", ballot, "ballot_moves_by_the_table")


@pytest.mark.parametrize("status", PAPER_BATCH.states)
def test_no_statement_leads_a_batch_where_the_table_does_not(place: Place, status: str) -> None:
    ballot = place.open()
    given: dict[str, Any] = {"ballot": ballot, "channel": "PAPER", "signed": 1}
    batch = operations.open_batch(by=place.staff, now=ballot.opens_at, **given)
    if status == "VOIDED":
        operations.give_up_batch(by=place.staff, now=ballot.opens_at, batch=batch, reason="点错人数")
    if status == "ACCEPTED":
        sheet: dict[str, Any] = {"ballot": ballot, "entry": entry_of(ballot, place.voters[0]), "serial_number": "A"}
        paper = operations.enter_paper_vote(by=place.staff, now=ballot.opens_at, choices=[1], batch=batch, **sheet)
        operations.check_paper_vote(by=place.colleague, now=ballot.opens_at, paper=paper, choices=[1])
        operations.accept_batch(by=place.colleague, now=ballot.opens_at, batch=batch)
    batch.refresh_from_db()
    assert batch.status == status

    _refuses_every_other_way(PAPER_BATCH, "consultation_paperbatch", batch, "paperbatch_moves_by_the_table")


def _refuses_every_other_way(machine: Lifecycle, table: str, row: Any, wall: str) -> None:
    pairs = set(machine.pairs())
    for target in machine.states:
        if target != row.status and (row.status, target) not in pairs:
            found = violated(f"UPDATE {table} SET status = '{target}' WHERE id = %s", row.pk)
            assert found == wall or "Cannot update rows" in found, (row.status, target, found)


@pytest.mark.parametrize("status", BALLOT.states)
def test_people_are_offered_what_leads_on_and_strangers_nothing(place: Place, status: str) -> None:
    ballot, stranger = in_state(place, status), place.voters[0]
    people = {step.name for step in BALLOT.moves if status in step.sources and step.permission != "SYSTEM"}

    offers = available(ballot, place.staff)

    assert {offer.move.name for offer in offers} <= people
    assert not any(offer.is_open for offer in available(ballot, stranger))
    for step in BALLOT.moves:
        with pytest.raises(MoveForbidden):
            move(ballot, step.name, by=stranger, now=place.now + DAY, reason="？")
        assert Ballot.objects.get(pk=ballot.pk).status == status
