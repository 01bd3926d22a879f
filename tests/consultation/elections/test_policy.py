"""The count of an election at its boundaries, and its days."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communities.policy.policy import Part, PassBase, Terms
from consultation.ballots.counting import BallotMethod, Counted, count_votes
from consultation.conventions.elections.policy import choose, earliest_voting, ranked_by, standing_again

HALF, THIRD, NONE = Part(1, 2, is_strict=True), Part(1, 3, is_strict=False), Part(0, 1, is_strict=False)
FIRST = Terms(quorum=HALF, pass_base=PassBase.CAST, majority=HALF)
RUN_OFF = Terms(quorum=NONE, pass_base=PassBase.CAST, majority=THIRD)


def counted(votes: list[list[int]], candidates: int = 3) -> Counted:
    """Count papers with several marks."""
    return count_votes(BallotMethod.APPROVAL, range(1, candidates + 1), votes)


@pytest.mark.parametrize(
    ("terms", "votes", "entitled", "seats", "elected"),
    [
        (FIRST, [[1]] * 6, 12, 1, ()),  # exactly half take part
        (FIRST, [[1]] * 7, 12, 1, (1,)),
        (FIRST, [[1]] * 5 + [[2]] * 5, 12, 1, ()),  # exactly half of the votes
        (FIRST, [[1]] * 6 + [[2]] * 5, 12, 1, (1,)),
        (FIRST, [[1]] * 6 + [[]] * 6, 12, 1, ()),  # invalid papers are votes cast
        (FIRST, [[1]] * 7 + [[]] * 5, 12, 1, (1,)),
        (RUN_OFF, [[1], [2], [3]], 12, 1, ()),  # exactly a third each: a tie
        (RUN_OFF, [[1], [1], [2], [2, 3], [3], []], 12, 1, ()),
        (RUN_OFF, [[1]] * 2 + [[2]] + [[3]] + [[]] * 2, 12, 1, (1,)),  # exactly one third
        (RUN_OFF, [[1]] * 2 + [[2]] + [[3]] + [[]] * 3, 12, 1, ()),  # less than one third
        (RUN_OFF, [], 12, 1, ()),
        (FIRST, [[1, 2]] * 8 + [[2, 3]] * 2, 12, 2, (2, 1)),
        (FIRST, [[1, 2, 3]] * 8, 12, 2, ()),  # three tie for two seats
        (FIRST, [[1, 2]] * 8 + [[1, 3]] * 1, 12, 3, (1, 2)),
    ],
)
def test_who_is_elected(
    terms: Terms, votes: list[list[int]], entitled: int, seats: int, elected: tuple[int, ...]
) -> None:
    assert choose(terms, counted(votes), entitled, seats).elected == elected


def test_those_who_tie_for_the_last_seat_stand_again() -> None:
    found = choose(FIRST, counted([[1, 2]] * 6 + [[1, 3]] * 6), 12, 2)
    assert (found.elected, found.tied, found.missing(2)) == ((1,), (), 1)
    found = choose(RUN_OFF, counted([[1, 2]] * 6 + [[1, 3]] * 6), 12, 2)
    assert (found.elected, found.tied) == ((1,), (2, 3))


def test_a_run_off_is_between_those_with_the_most_votes() -> None:
    votes = {1: 4, 2: 4, 3: 3, 4: 3, 5: 1}
    assert ranked_by(votes) == [1, 2, 3, 4, 5]
    assert standing_again(votes, 1, 1) == [1, 2]
    assert standing_again(votes, 2, 1) == [1, 2, 3, 4]  # the fourth has as many votes as the third
    assert standing_again(votes, 1, 0) == [1, 2]
    assert standing_again({1: 2, 2: 1}, 3, 1) == [1, 2]


def test_the_days_of_the_list_are_counted_from_the_next() -> None:
    assert earliest_voting(dt.date(2026, 3, 4), 20) == dt.date(2026, 3, 25)


@given(
    papers=st.lists(st.lists(st.integers(1, 4), unique=True, max_size=2), max_size=30),
    absent=st.integers(0, 30),
    seats=st.integers(1, 3),
)
def test_nobody_with_fewer_votes_is_elected_before_somebody_with_more(
    papers: list[list[int]], absent: int, seats: int
) -> None:
    whole = counted(papers, 4)
    found = choose(FIRST, whole, len(papers) + absent, seats)
    votes = dict(whole.counts)
    assert len(found.elected) <= seats
    for number in found.elected:
        assert votes[number] * 2 > len(papers)
        assert len(papers) * 2 > len(papers) + absent
        assert sum(1 for other in votes if votes[other] > votes[number]) < seats
