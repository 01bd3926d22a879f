"""Walls of the ballots that the search finds no statement for: each alone refuses one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from consultation.ballots.models import BallotResult, Vote
from tests.consultation.ballots.test_batches import filled, opened
from tests.factories.consultation_ballots import Place, entry_of
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db(transaction=True)


Owner = Callable[[], Any]


@pytest.fixture
def place(now: dt.datetime) -> Place:
    """A community with six voters."""
    made = Place(now)
    made.populate(6)
    return made


def test_a_ballot_has_one_result(place: Place, owner: Owner) -> None:
    ballot = place.open(is_secret=True)
    place.cast(ballot, [[1]] * 5)
    place.count(ballot)
    with owner():
        alone(
            "consultation_ballotresult_ballot_id_key",
            copied(BallotResult.objects.get(ballot=ballot)),
            beside=("ballotresult:counts_what_was_cast",),
        )


def test_nobody_votes_and_nothing_closes_without_the_box(place: Place, owner: Owner) -> None:
    ballot = place.open(is_secret=True)
    place.cast(ballot, [[1]] * 5)
    vote, last = Vote.objects.filter(ballot=ballot).first(), entry_of(ballot, place.voters[5])
    assert vote is not None
    with owner():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE consultation_box_{ballot.pk}")
        alone(
            "vote_into_the_box",
            copied(vote, entry_id=last.pk, receipt="'X'", choices="'{1}'"),
            beside=("vote_chooses_something",),
        )
        alone(
            "ballot_box",
            "UPDATE consultation_ballot SET status = 'CLOSED', closed_at = closes_at WHERE id = %s",
            ballot.pk,
        )


def test_rows_belong_to_one_ballot(place: Place, owner: Owner) -> None:
    """What is refused are the foreign keys that stand upon these two, and fall with them."""
    ballot, other = place.open(), place.open()
    place.cast(ballot, [[1]])
    vote, paper = ballot.votes.get(), filled(place, opened(place, other, 1), 1)[0]
    stranger, person = opened(place, ballot, 1), entry_of(other, place.voters[1])
    with owner():
        alone(
            "rollentry_belongs_to_its_ballot",
            copied(vote, entry_id=person.pk, receipt="'X'"),
        )
        alone(
            "paperbatch_belongs_to_its_ballot",
            copied(paper, entry_id=person.pk, batch_id=stranger.pk, serial_number="'X'"),
        )
