"""The kinds of ballots: what may be marked, and counts that no order of papers changes and whose figures add up."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from communities.policy.policy import Part, Terms
from consultation.ballots.counting import (
    BallotMethod,
    ChoicesImpossible,
    Counted,
    Group,
    Paper,
    count_groups,
    count_votes,
    read_marks,
    run_off,
)
from consultation.ballots.pages import VERIFIER
from consultation.ballots.policy import (
    FIRST_FORM,
    FORM,
    CastVote,
    canonical,
    counted_from,
    details_of,
    judge_votes,
    recount_lines,
    written_terms,
)

NUMBERS = (1, 2, 3, 4)
COSTS = {1: Decimal(30), 2: Decimal(50), 3: Decimal(60), 4: Decimal("10.50")}
MAJORITY = Terms(Part(1, 2, is_strict=True), "PRESENT", Part(1, 2, is_strict=True))


def paper(method: str, most: int = 4, **more: Any) -> Paper:
    """Return the paper of a ballot with four options."""
    return Paper(method, NUMBERS, most, **more)


def drawn(method: str, chance: random.Random) -> tuple[int, ...]:
    """Return a paper that somebody might hand in."""
    if method in {"FOR_AGAINST", "SINGLE"}:
        return (chance.choice(NUMBERS[: 3 if method == "FOR_AGAINST" else 4]),)
    if method == "POINTS":
        return tuple(sorted(chance.choices(NUMBERS, k=chance.randint(1, 5))))
    some = chance.sample(NUMBERS, chance.randint(1, 4))
    if method == "KNAPSACK":
        while sum(COSTS[number] for number in some) > 100:
            some.pop()
    return tuple(some if method == "RANKED" else sorted(some))


@pytest.mark.parametrize("method", BallotMethod.values)
def test_the_order_of_papers_changes_nothing_and_sums_hold(method: str) -> None:
    chance = random.Random(7)
    numbers = NUMBERS[:3] if method == "FOR_AGAINST" else NUMBERS
    for _round in range(60):
        cast = [drawn(method, chance) for _paper in range(chance.randint(0, 30))]
        found = count_votes(method, numbers, cast)
        chance.shuffle(cast)

        assert count_votes(method, numbers, cast) == found
        assert count_groups(method, numbers, [Group(marks) for marks in cast]) == found
        assert found.cast == len(cast)
        marks = len(cast) if method == "RANKED" else sum(map(len, cast))
        assert sum(votes for _number, votes in found.counts) == marks
        assert all(votes <= len(cast) for _number, votes in found.backed)
        for stage in found.rounds:
            assert sum(votes for _number, votes in stage.held) + stage.exhausted == len(cast)


@pytest.mark.parametrize(
    ("given", "choices", "found"),
    [
        (paper("RANKED"), [3, 1], [3, 1]),
        (paper("APPROVAL"), [3, 1], [1, 3]),
        (paper("POINTS", 5), [2, 1, 2], [1, 2, 2]),
        (paper("KNAPSACK", costs=COSTS, budget=Decimal(90)), [3, 1], [1, 3]),  # exactly the budget
    ],
)
def test_marks_are_read(given: Paper, choices: list[int], found: list[int]) -> None:
    assert read_marks(given, choices) == found


@pytest.mark.parametrize(
    ("given", "choices"),
    [
        (paper("RANKED"), [1, 1]),
        (paper("RANKED", 2), [1, 2, 3]),
        (paper("POINTS", 3), [1, 1, 2, 2]),
        (paper("POINTS", 3), [5]),
        (paper("POINTS", 3), []),
        (paper("KNAPSACK", costs=COSTS, budget=Decimal("89.99")), [1, 3]),
        (paper("SINGLE", 1), [1, 2]),
    ],
)
def test_impossible_marks_are_refused(given: Paper, choices: list[int]) -> None:
    with pytest.raises(ChoicesImpossible):
        read_marks(given, choices)


def test_points_are_summed_and_people_behind_them_counted() -> None:
    found = count_votes("POINTS", NUMBERS, [(1, 1, 1, 2), (2, 2, 3)])

    assert found.counts == ((1, 3), (2, 3), (3, 1), (4, 0))
    assert found.backed == ((1, 1), (2, 2), (3, 1), (4, 0))
    assert found.winner is None


def test_a_run_off_passes_papers_on_until_one_holds_more_than_half() -> None:
    found = count_votes("RANKED", NUMBERS[:3], 4 * [(1,)] + 3 * [(2, 3)] + 2 * [(3, 2)])

    assert found.counts == ((1, 4), (2, 3), (3, 2))
    assert [stage.out for stage in found.rounds] == [3, None]
    assert found.rounds[-1].held == ((1, 4), (2, 5))
    assert (found.winner, found.heads(2)) == (2, 5)
    assert judge_votes(MAJORITY, found, 9).is_passed


def test_exactly_half_wins_no_run_off() -> None:
    found = count_votes("RANKED", NUMBERS[:2], [(1,), (2,)])

    assert (found.winner, found.decides) == (None, False)


def test_a_draw_for_the_last_place_falls_to_who_was_weaker_before_then_to_the_later() -> None:
    groups = [Group((1,), 5), Group((2,), 4), Group((3,), 3), Group((4, 3), 1)]

    assert [stage.out for stage in run_off(NUMBERS, groups)] == [4, 3, None]
    assert run_off(NUMBERS[:3], [Group((1,), 2), Group((2,), 1), Group((3,), 1)])[0].out == 3


def test_floor_area_is_added_up_beside_heads() -> None:
    dual = Terms(Part(2, 3, is_strict=False), "PARTICIPATING", Part(1, 2, is_strict=True), is_dual=True)
    groups = [Group((1,), 3, 30_000), Group((2,), 1, 60_000)]

    found = count_groups("FOR_AGAINST", (1, 2, 3), groups)
    outcome = judge_votes(dual, found, 6, 135_000)  # exactly two thirds of heads and of area

    assert (found.area, found.area_cast) == (((1, 30_000), (2, 60_000), (3, 0)), 90_000)
    assert (outcome.has_quorum, outcome.is_passed) == (True, False)  # heads agree, the area does not
    assert judge_votes(dual, found, 6, 135_001).has_quorum is False
    assert judge_votes(dual, found, 7, 135_000).has_quorum is False


@pytest.mark.parametrize("method", BallotMethod.values)
@pytest.mark.parametrize("is_secret", [False, True])
@pytest.mark.parametrize("form", [FIRST_FORM, FORM])
def test_a_count_survives_the_result_row_and_the_recount_program(
    tmp_path: Path, method: str, is_secret: bool, form: str
) -> None:
    chance = random.Random(11)
    numbers = NUMBERS[:3] if method == "FOR_AGAINST" else NUMBERS
    cast = [drawn(method, chance) for _paper in range(23)]
    counted = count_votes(method, numbers, cast)
    stored: Counted = counted_from(
        method,
        [{"number": number, "votes": votes} for number, votes in counted.counts],
        counted.cast,
        json.loads(json.dumps(details_of(counted))),
    )
    assert (stored.winner, stored.tally(40)) == (counted.winner, counted.tally(40))
    frozen = {
        "type": "ballot",
        "form": form,
        "question": "？",
        "method": method,
        "most_choices": {"FOR_AGAINST": 1, "SINGLE": 1, "POINTS": 5}.get(method, 4),
        "is_secret": is_secret,
        "budget": "100.00" if method == "KNAPSACK" else None,
        "options": [{"number": number, "title": str(number), "cost": str(COSTS[number])} for number in numbers],
        "roll": {"entitled": 40, "area": None},
        "rule": written_terms(MAJORITY),
    }
    votes = [CastVote(place, "" if is_secret else "WEB", marks) for place, marks in enumerate(cast, start=1)]

    def ran(votes: list[CastVote]) -> int:
        lines = recount_lines(canonical(frozen).decode(), votes, {"WEB": 23}, 0, judge_votes(MAJORITY, counted, 40))
        path = tmp_path / "ballot.jsonl"
        path.write_bytes(b"".join(lines))
        return subprocess.run(
            [sys.executable, "-I", str(VERIFIER), str(path)], capture_output=True, check=False
        ).returncode

    assert ran(votes) == 0
    assert ran(votes[:-1]) == 1  # one dropped
    assert ran([*votes, CastVote(24, votes[0].channel, votes[0].choices)]) == 1  # one added
    other = next(marks for marks in cast if Counter(marks) != Counter(cast[0]) and marks[0] != cast[0][0])
    assert ran([CastVote(1, votes[0].channel, other), *votes[1:]]) == 1  # one changed
