"""The pure calculation: exact, cut off, the same bytes in any order and any division into parts."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communities.policy.policy import Unreadable
from projects.evaluation import policy
from projects.evaluation.policy import (
    CUTS,
    PARTIES,
    WEIGHTS,
    Answer,
    Computation,
    MarksUnfit,
    Question,
    Template,
    by_grade,
    by_party,
    compute,
    conclude,
    cut_off,
    grade_of,
    percent,
    tally,
)

TEMPLATE = Template("small", 1, (Question(1, "做得好吗？", 3), Question(2, "您满意吗？", 1, is_satisfaction=True)))
WEIGHTS_30_40_30 = by_party((30, 40, 30))
CUTS_90_75_60 = by_grade((90, 75, 60))


def answers(party: str, *rows: tuple[int, ...], times: int = 1) -> list[Answer]:
    return [Answer(party, "QUESTIONNAIRE", row) for row in rows] * times


def computed(found: list[Answer], minimum: int = 1, **more: Any) -> Computation:
    terms = {"template": TEMPLATE, "weights": WEIGHTS_30_40_30, "cuts": CUTS_90_75_60, **more}
    return compute(answers=found, minimum=minimum, **terms)


def test_a_worked_example() -> None:
    """Party (5, 4) = (3x100 + 1x75)/4 = 93.75; residents (4, 4) and (2, 3): (75 + 31.25)/2 = 53.125; third (3, 5) = 62.5.

    0.3 x 93.75 + 0.4 x 53.125 + 0.3 x 62.5 = 28.125 + 21.25 + 18.75 = 68.125.
    """
    found = computed(
        [
            *answers("PARTY_ORGANIZATION", (5, 4)),
            *answers("RESIDENTS", (4, 4), (2, 3)),
            *answers("THIRD_PARTY", (3, 5)),
        ],
        invited={"RESIDENTS": 3},
    )

    assert (found.score, found.grade, found.answers) == (Decimal("68.12"), "PASS", 4)
    assert (found.satisfied, found.valid_for_satisfaction) == (3, 4)
    assert found.details["exact"] == "545/8"
    assert found.details["parties"]["RESIDENTS"] == {
        "invited": 3,
        "answers": 2,
        "methods": {"QUESTIONNAIRE": 2},
        "marks": {"1": [0, 1, 0, 1, 0], "2": [0, 0, 1, 1, 0]},
        "satisfied": 1,
        "valid": 2,
        "mean": "425/8",
    }


def everybody(*marks: int, times: int = 1) -> list[Answer]:
    return [row for party in PARTIES for row in answers(party, marks, times=times)]


def test_the_ends_are_0_and_100() -> None:
    assert (computed(everybody(5, 5)).score, computed(everybody(5, 5)).grade) == (Decimal("100.00"), "EXCELLENT")
    assert (computed(everybody(1, 1)).score, computed(everybody(1, 1)).grade) == (Decimal("0.00"), "FAIL")


def test_nothing_but_all_is_100() -> None:
    """9,999 full answers and one that is one mark lower: 99.998… is 99.99, and satisfaction 99.6 % stays."""
    found = computed([*everybody(5, 5, times=3333), *answers("RESIDENTS", (4, 5))])

    assert Fraction(found.details["exact"]) > Fraction(9999, 100)
    assert (found.score, found.grade) == (Decimal("99.99"), "EXCELLENT")
    assert percent(249, 250) == Decimal("99.6")
    assert percent(9999, 10000) == Decimal("99.9")
    assert percent(7, 7) == Decimal("100.0")
    assert percent(0, 0) is None


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        (Fraction(90), "EXCELLENT"),
        (Fraction(89999, 1000), "GOOD"),
        (Fraction(75), "GOOD"),
        (Fraction(74999, 1000), "PASS"),
        (Fraction(60), "PASS"),
        (Fraction(59999, 1000), "FAIL"),
        (Fraction(0), "FAIL"),
    ],
)
def test_a_grade_begins_at_its_cut(score: Fraction, grade: str) -> None:
    assert grade_of(score, CUTS_90_75_60) == grade
    assert grade_of(Fraction(cut_off(score, places=2)), CUTS_90_75_60) == grade


@pytest.mark.parametrize(("count", "grade"), [(29, "INSUFFICIENT"), (30, "EXCELLENT")])
def test_29_answers_give_no_grade(count: int, grade: str) -> None:
    found = computed([*everybody(5, 5), *answers("RESIDENTS", (5, 5), times=count - 3)], minimum=30)

    assert (found.grade, found.answers) == (grade, count)
    assert (found.score is None) is (grade == "INSUFFICIENT")
    assert found.details["hindrances"] == (["TOO_FEW_ANSWERS"] if count == 29 else [])


def test_a_missing_party_gives_no_grade_unless_it_weighs_nothing() -> None:
    two = [*answers("PARTY_ORGANIZATION", (5, 5)), *answers("RESIDENTS", (3, 3))]

    missing = computed(two)
    stated = computed(two, weights=by_party((60, 40, 0)))

    assert (missing.grade, missing.score) == ("INSUFFICIENT", None)
    assert missing.details["hindrances"] == ["PARTY_MISSING:THIRD_PARTY"]
    assert (stated.grade, stated.score) == ("GOOD", Decimal("80.00"))


def test_what_a_party_without_weight_says_is_counted_but_weighs_nothing() -> None:
    found = computed([*everybody(5, 5), *answers("THIRD_PARTY", (1, 1), times=9)], weights=by_party((50, 50, 0)))

    assert (found.score, found.answers, found.satisfied) == (Decimal("100.00"), 12, 3)


def test_satisfaction_needs_every_question_of_satisfaction() -> None:
    template = Template("t", 1, (Question(1, "a", 1, True), Question(2, "b", 1, True)))

    found = computed([*everybody(4, 5), *answers("RESIDENTS", (5, 3))], template=template)

    assert (found.satisfied, found.valid_for_satisfaction) == (3, 4)


def test_without_a_question_of_satisfaction_nothing_is_valid_for_it() -> None:
    found = computed(everybody(5), template=Template("t", 1, (Question(1, "a"),)))

    assert (found.satisfied, found.valid_for_satisfaction) == (0, 0)


answer_lists = st.lists(
    st.builds(
        Answer,
        st.sampled_from(PARTIES),
        st.sampled_from(["QUESTIONNAIRE", "INTERVIEW", "MEETING"]),
        st.tuples(st.integers(1, 5), st.integers(1, 5)),
    ),
    max_size=60,
)


@given(data=st.data(), found=answer_lists, minimum=st.integers(1, 40))
def test_any_order_and_any_division_gives_the_same_bytes(
    data: st.DataObject, found: list[Answer], minimum: int
) -> None:
    whole = computed(found, minimum)
    shuffled = data.draw(st.permutations(found))
    size = data.draw(st.integers(1, 7))
    parts = [tally(shuffled[first : first + size]) for first in range(0, len(shuffled), size)]

    again = conclude(TEMPLATE, WEIGHTS_30_40_30, reduce(add, parts, tally([])), minimum, CUTS_90_75_60)

    assert again.canonical == whole.canonical
    assert again.digest == whole.digest == hashlib.sha256(whole.canonical).hexdigest()
    assert (again.score, again.grade) == (whole.score, whole.grade)


@given(found=answer_lists)
def test_the_bytes_survive_the_database(found: list[Answer]) -> None:
    """Stored as a structure and read back, in any order of keys."""
    details = computed(found).details
    back = json.loads(json.dumps(dict(reversed(details.items()))))

    assert policy.canonical(back) == policy.canonical(details)
    assert b"." not in policy.canonical({**details, "score": None})


def test_the_score_lies_between_the_lowest_and_the_highest_mean() -> None:
    found = computed(
        [*answers("PARTY_ORGANIZATION", (1, 1)), *answers("RESIDENTS", (5, 5)), *answers("THIRD_PARTY", (3, 3))]
    )

    assert found.score == Decimal("55.00")


@pytest.mark.parametrize(
    "marks",
    [{}, {"1": 5}, {"1": 5, "2": 0}, {"1": 5, "2": 6}, {"1": 5, "2": "5"}, {"1": True, "2": 5}, {"1": 5, "2": 5.0}],
)
def test_each_question_needs_one_mark(marks: dict[str, Any]) -> None:
    with pytest.raises(MarksUnfit) as refusal:
        TEMPLATE.read_marks(marks)

    assert refusal.value.field in {"question_1", "question_2"}


def test_a_mark_needs_its_question() -> None:
    with pytest.raises(MarksUnfit):
        TEMPLATE.read_marks({"1": 5, "2": 5, "3": 5})


@pytest.mark.parametrize("value", [[30, 40, 31], [30, 70], [100, 0, -0.5], "30", [True, 99, 0]])
def test_weights_make_100(value: Any) -> None:
    with pytest.raises(Unreadable):
        WEIGHTS.check(value)


@pytest.mark.parametrize("value", [[90, 90, 60], [60, 75, 90], [101, 75, 60], [90, 75]])
def test_cuts_fall(value: Any) -> None:
    with pytest.raises(Unreadable):
        CUTS.check(value)


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("parameter", "value", "said"), [(WEIGHTS, [30, 40, 31], "sum to 100"), (CUTS, [60, 75, 90], "must fall")]
)
def test_what_cannot_be_says_what_it_must_be(parameter: Any, value: Any, said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parameter.check(value)

    assert said in str(refused.value.why)


def test_defaults() -> None:
    assert WEIGHTS.check([0, 60, 40]) == (0, 60, 40)
    assert (WEIGHTS.default, CUTS.default) == ((30, 40, 30), (90, 75, 60))
