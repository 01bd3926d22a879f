"""Many at once: forty casts on one roll, paper and web in the same moment, casting while the ballot closes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from consultation.ballots import operations
from consultation.ballots.models import Ballot, Vote
from consultation.ballots.papers.models import PaperVote
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import DomainError
from tests.factories.consultation_ballots import HOUR, Place, entry_of

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 40


def together(work: Callable[[int], Any], count: int = THREADS) -> list[Any]:
    """Run the work in threads that start together; refusals are returned, everything else is raised."""
    barrier = Barrier(count, timeout=60)

    def run(number: int) -> Any:
        try:
            barrier.wait()
            return work(number)
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.fixture
def place(now: dt.datetime, transactional_db: None) -> Place:
    """A community with ten voters."""
    made = Place(now)
    made.populate(10)
    return made


def test_forty_casts_of_ten_people_count_ten(place: Place) -> None:
    ballot = place.open()

    results = together(
        lambda number: operations.cast_vote(
            by=User.objects.get(pk=place.voters[number % 10].pk),
            now=ballot.opens_at,
            ballot=ballot,
            choices=[1 + number % 3],
        )
    )

    assert results.count("voted_already") == THREADS - 10
    assert sorted(Vote.objects.values_list("entry__user_id", flat=True)) == sorted(user.pk for user in place.voters)
    assert AuditEntry.objects.filter(verb="consultation.vote.cast").count() == 10
    assert place.count(ballot).result.cast == 10


def test_paper_and_web_in_the_same_moment_count_once(place: Place) -> None:
    ballot = place.open()
    papers = [
        operations.enter_paper_vote(
            by=place.staff,
            now=ballot.opens_at,
            ballot=ballot,
            entry=entry_of(ballot, voter),
            serial_number=f"A-{number}",
            choices=[2],
        )
        for number, voter in enumerate(place.voters)
    ]

    def both(number: int) -> Any:
        voter = number // 2
        if number % 2:
            by = User.objects.get(pk=place.voters[voter].pk)
            return operations.cast_vote(by=by, now=ballot.opens_at, ballot=ballot, choices=[1])
        by = User.objects.get(pk=place.colleague.pk)
        return operations.check_paper_vote(by=by, now=ballot.opens_at, paper=papers[voter], choices=[2])

    results = together(both, 20)

    by_channel = [Vote.objects.filter(channel=channel).count() for channel in ("WEB", "PAPER")]
    assert sum(by_channel) == 10
    assert results.count("voted_already") == by_channel[1]
    assert PaperVote.objects.exclude(voided_at=None).count() == by_channel[0]
    assert PaperVote.objects.exclude(vote=None).count() == by_channel[1]


def test_no_vote_comes_in_behind_the_closing(place: Place) -> None:
    ballot = place.open()
    barrier = Barrier(2, timeout=60)

    def close_slowly() -> None:
        with transaction.atomic():
            Ballot.objects.select_for_update().get(pk=ballot.pk)
            barrier.wait()
            operations.close_due_ballots(by=User.objects.get(pk=place.system.pk), now=ballot.closes_at)
        connection.close()

    def cast() -> Any:
        barrier.wait()
        try:
            by = User.objects.get(pk=place.voters[0].pk)
            return operations.cast_vote(by=by, now=ballot.closes_at - HOUR, ballot=ballot, choices=[1])
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        closing, casting = pool.submit(close_slowly), pool.submit(cast)
        closing.result()
        found = casting.result()

    assert found == "ballot_over"
    assert Vote.objects.count() == 0
