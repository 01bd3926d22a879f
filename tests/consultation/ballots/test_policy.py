"""Counting, judging, and the canonical bytes."""

from __future__ import annotations

import hashlib
import json
from itertools import permutations

import pytest

from communities.people.policy import find_personal_numbers
from communities.policy.policy import Part, Terms
from consultation.ballots.policy import (
    CastVote,
    ChoicesImpossible,
    canonical,
    count_votes,
    frozen_terms,
    grouped,
    judge_votes,
    new_receipt,
    read_choices,
    recount_file,
    roll_digest,
    written_terms,
)

MORE_THAN_HALF = Part(1, 2, is_strict=True)
TWO_THIRDS = Part(2, 3, is_strict=False)
COUNCIL = Terms(TWO_THIRDS, "PRESENT", MORE_THAN_HALF)
POLL = Terms(Part(0, 1, is_strict=False), "EXPRESSED", MORE_THAN_HALF)
OPTIONS = (1, 2, 3)


def votes(*numbers: int) -> list[tuple[int, ...]]:
    """Return so many votes for option 1, 2, 3."""
    return [(option,) for option, number in enumerate(numbers, start=1) for _vote in range(number)]


@pytest.mark.parametrize(
    ("terms", "cast", "entitled", "has_quorum", "is_passed"),
    [
        (COUNCIL, votes(3, 0, 0), 5, False, False),
        (COUNCIL, votes(4, 0, 0), 6, True, True),  # exactly two thirds take part
        (COUNCIL, votes(3, 3, 0), 6, True, False),  # exactly one half
        (COUNCIL, votes(3, 2, 1), 6, True, False),  # one half of those present
        (COUNCIL, votes(4, 2, 0), 6, True, True),
        (Terms(TWO_THIRDS, "PRESENT", TWO_THIRDS), votes(4, 2, 0), 6, True, True),  # exactly two thirds in favor
        (Terms(TWO_THIRDS, "ALL", TWO_THIRDS), votes(3, 1, 0), 6, True, False),
        (POLL, votes(1, 0, 5), 100, True, True),  # abstentions are not expressed
        (POLL, votes(0, 0, 0), 100, True, False),
    ],
)
def test_for_and_against(
    terms: Terms, cast: list[tuple[int, ...]], entitled: int, has_quorum: bool, is_passed: bool
) -> None:
    outcome = judge_votes(terms, count_votes("FOR_AGAINST", OPTIONS, cast), entitled)

    assert (outcome.has_quorum, outcome.is_passed) == (has_quorum, is_passed)


def test_the_order_of_votes_changes_nothing() -> None:
    cast = [(1,), (2,), (2, 3), (1, 3)]

    found = {count_votes("APPROVAL", OPTIONS, order) for order in permutations(cast)}

    assert {(row.counts, row.cast) for row in found} == {(((1, 2), (2, 2), (3, 2)), 4)}


@pytest.mark.parametrize(
    ("method", "cast", "winner"),
    [
        ("SINGLE", votes(2, 3, 1), 2),
        ("SINGLE", votes(2, 2, 1), None),
        ("SINGLE", [], None),
        ("APPROVAL", [(1, 2), (2, 3), (2,)], 2),
        ("APPROVAL", [(1, 2), (1, 2)], None),
        ("FOR_AGAINST", votes(2, 1, 5), 1),
        ("FOR_AGAINST", votes(1, 2, 0), 2),
        ("FOR_AGAINST", votes(0, 0, 3), None),
    ],
)
def test_the_winner_has_the_most_votes(method: str, cast: list[tuple[int, ...]], winner: int | None) -> None:
    assert count_votes(method, OPTIONS, cast).winner == winner


def test_of_several_options_the_winner_needs_the_majority() -> None:
    few = judge_votes(COUNCIL, count_votes("SINGLE", OPTIONS, votes(3, 2, 1)), 6)
    enough = judge_votes(COUNCIL, count_votes("SINGLE", OPTIONS, votes(4, 1, 1)), 6)

    assert (few.counted.winner, few.is_passed) == (1, False)
    assert (enough.counted.winner, enough.is_passed) == (1, True)


def test_a_tie_decides_nothing_even_without_a_majority_rule(english: None) -> None:
    anything = Terms(Part(0, 1, is_strict=False), "PRESENT", Part(0, 1, is_strict=False))

    outcome = judge_votes(anything, count_votes("SINGLE", OPTIONS, votes(1, 1, 0)), 5)

    assert outcome.is_passed is False
    assert outcome.reason.startswith("No option has more votes than every other.")


def test_where_more_than_none_is_enough_several_may_share_the_first_place(english: None) -> None:
    somebody = Terms(Part(0, 1, is_strict=False), "CAST", Part(0, 1, is_strict=True))

    shared = judge_votes(somebody, count_votes("APPROVAL", OPTIONS, [(1, 2), (1, 2), (3,)]), 5)
    leads = judge_votes(somebody, count_votes("APPROVAL", OPTIONS, [(1, 2), (1,), (3,)]), 5)
    nobody = judge_votes(somebody, count_votes("APPROVAL", OPTIONS, []), 5)

    assert (shared.counted.winner, shared.is_passed, leads.counted.winner, leads.is_passed) == (None, True, 1, True)
    assert shared.reason.endswith("In favor (heads): 2 of 3 (votes cast), more than none needed: reached.")
    assert nobody.is_passed is False
    assert nobody.reason.startswith("No option has more votes than every other.")


def test_choices_are_read_in_order() -> None:
    assert read_choices([3, 1], OPTIONS, 3) == [1, 3]


@pytest.mark.parametrize(("choices", "most"), [([], 3), ([4], 3), ([1, 1], 3), ([1, 2], 1), ([-1], 3)])
def test_impossible_choices_are_refused(choices: list[int], most: int) -> None:
    with pytest.raises(ChoicesImpossible):
        read_choices(choices, OPTIONS, most)


def test_terms_survive_the_frozen_text() -> None:
    frozen = canonical({"rule": written_terms(COUNCIL)}).decode()

    assert frozen_terms(frozen) == COUNCIL


def test_the_canonical_form_is_one_line_of_sorted_keys_in_nfc() -> None:
    assert canonical({"b": "e\u0301", "a": "一\n二"}) == '{"a":"一\\n二","b":"é"}'.encode()


def test_the_roll_is_hashed_by_number_whatever_its_order() -> None:
    roll = [(1, 7, None, "王小明"), (2, None, 9, "李华")]

    assert roll_digest(roll) == roll_digest(reversed(roll))
    assert roll_digest(roll) != roll_digest([(1, 7, None, "王小明"), (2, None, 9, "李花")])


def test_receipts_differ_and_fit() -> None:
    receipts = {new_receipt() for _receipt in range(100)}

    assert len(receipts) == 100
    assert {len(receipt) for receipt in receipts} == {19}


def test_a_grouped_fingerprint_is_no_card_number() -> None:
    digits = "a4111111111111111b" * 3 + "4111111111"

    assert find_personal_numbers(digits)
    assert find_personal_numbers(f"{grouped(digits)}") == []
    assert grouped(digits).replace(":", "") == digits


@pytest.mark.parametrize("form", ["ballot/1", "ballot/2"])
def test_the_recount_file_begins_with_the_frozen_text_and_ends_with_the_result(form: str) -> None:
    frozen = canonical({"type": "ballot", "form": form}).decode()
    cast = [CastVote(2, "WEB", (1,)), CastVote(1, "PAPER", (2,))]
    outcome = judge_votes(COUNCIL, count_votes("FOR_AGAINST", OPTIONS, [vote.choices for vote in cast]), 3)

    found = recount_file(frozen, cast, 1, outcome)

    lines = found.decode().splitlines()
    assert lines[0] == frozen
    assert [json.loads(line)["number"] for line in lines[1:3]] == [1, 2]
    rows = hashlib.sha256("".join(f"{line}\n" for line in lines[:3]).encode()).hexdigest()
    assert json.loads(lines[3]) == {
        "type": "result",
        "cast": 2,
        "by_channel": {"PAPER": 1, "WEB": 1},
        "counts": [{"number": 1, "votes": 1}, {"number": 2, "votes": 1}, {"number": 3, "votes": 0}],
        "unfinished": 1,
        "winner": None,
        "has_quorum": True,
        "is_passed": False,
        **({"rows_sha256": rows} if form == "ballot/2" else {}),
    }
    assert found == recount_file(frozen, cast[::-1], 1, outcome)
    assert len(hashlib.sha256(found).hexdigest()) == 64
