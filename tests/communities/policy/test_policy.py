"""Judging counts: each rule of the seed at its boundary, and what must hold for any count."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from communities.policy.policy import (
    REGISTRY,
    Count,
    CountImpossible,
    Parameter,
    Part,
    PassBase,
    Tally,
    Terms,
    Unreadable,
    decimal,
    declare,
    display,
    judge,
    share,
    square_meters,
    whole,
    whole_range,
    words,
)
from communities.policy.seeds import DECISION_RULES

SEEDS = {figures["key"]: figures for figures in DECISION_RULES}
HALF = Part(1, 2, is_strict=True)
TWO_THIRDS = Part(2, 3, is_strict=False)


def terms_of(key: str) -> Terms:
    """Return the terms of a seed row."""
    row = SEEDS[key]
    return Terms(
        quorum=Part(row["quorum_numerator"], row["quorum_denominator"], row["quorum_is_strict"]),
        pass_base=row["pass_base"],
        majority=Part(row["pass_numerator"], row["pass_denominator"], row["pass_is_strict"]),
        is_dual=row.get("is_dual", False),
    )


# Of 120 entitled: (fewest that make a quorum, fewest in favor when all 120 take part).
BOUNDARIES = {
    "urban_meeting_2018": (61, 61),
    "urban_meeting_2018_households": (61, 61),
    "urban_meeting_2018_representatives": (61, 61),
    "urban_2026": (61, 61),
    "urban_2026_households": (61, 61),
    "urban_2026_representatives": (80, 61),
    "village_meeting": (61, 61),
    "village_meeting_households": (80, 61),
    "village_reps": (80, 61),
    "village_group": (80, 61),
    "village_group_households": (80, 61),
    "village_election": (61, 61),
    "village_election_runoff": (0, 40),
    "village_recall": (61, 61),
    "urban_election": (61, 61),
    "urban_election_runoff": (0, 40),
    "urban_recall": (61, 61),
    "owners_ordinary": (80, 61),
    "owners_special": (80, 90),
    "foundation_council": (80, 61),
    "foundation_council_special": (80, 80),
    "fund_ordinary": (80, 61),
    "fund_special": (80, 80),
    "council_default": (80, 61),
    "council_costly": (80, 80),
    "stewards": (80, 61),
    "participatory_budget": (0, 1),
    "online_poll": (0, 61),
}


def test_every_rule_has_a_boundary() -> None:
    assert set(BOUNDARIES) == set(SEEDS)


@pytest.mark.parametrize(("key", "quorum", "majority"), [(key, *row) for key, row in BOUNDARIES.items()])
def test_rule_at_its_boundary(key: str, quorum: int, majority: int) -> None:
    terms = terms_of(key)

    def all_present(in_favor: int) -> Count:
        tally = Tally(entitled=120, present=120, in_favor=in_favor, against=120 - in_favor)
        return Count(tally, tally)

    def unanimous(present: int) -> Count:
        tally = Tally(entitled=120, present=present, in_favor=present)
        return Count(tally, tally)

    assert judge(terms, all_present(majority)).is_passed is True
    assert judge(terms, all_present(majority - 1)).is_passed is False
    assert judge(terms, unanimous(quorum)).has_quorum is True
    if quorum:
        assert judge(terms, unanimous(quorum - 1)).has_quorum is False
        assert judge(terms, unanimous(quorum - 1)).is_passed is False


def test_exactly_half_fails_more_than_half() -> None:
    terms = Terms(quorum=HALF, pass_base=PassBase.PRESENT, majority=HALF)

    tie = judge(terms, Count(Tally(entitled=12, present=10, in_favor=5, against=5)))
    half_present = judge(terms, Count(Tally(entitled=12, present=6, in_favor=6)))

    assert (tie.has_quorum, tie.is_passed) == (True, False)
    assert (half_present.has_quorum, half_present.is_passed) == (False, False)


def test_exactly_two_thirds_pass_and_one_less_fails() -> None:
    terms = Terms(quorum=TWO_THIRDS, pass_base=PassBase.ALL, majority=TWO_THIRDS)

    assert judge(terms, Count(Tally(entitled=9, present=6, in_favor=6))).is_passed is True
    assert judge(terms, Count(Tally(entitled=9, present=6, in_favor=5, abstained=1))).is_passed is False


@pytest.mark.parametrize(
    ("pass_base", "passes"),
    [
        (PassBase.PRESENT, False),  # 5 of 10
        (PassBase.PARTICIPATING, False),
        (PassBase.ALL, False),  # 5 of 20
        (PassBase.CAST, True),  # 5 of 9
        (PassBase.EXPRESSED, True),  # 5 of 8
    ],
)
def test_the_base_of_the_majority(pass_base: str, *, passes: bool) -> None:
    terms = Terms(quorum=Part(1, 3, is_strict=False), pass_base=pass_base, majority=HALF)

    tally = Tally(entitled=20, present=10, in_favor=5, against=3, cast=9)

    assert judge(terms, Count(tally)).is_passed is passes


def test_owners_need_heads_and_area_both() -> None:
    terms = terms_of("owners_ordinary")
    many = Tally(entitled=100, present=70, in_favor=40, against=30)
    few = Tally(entitled=100, present=70, in_favor=35, against=35)
    absent = Tally(entitled=100, present=66, in_favor=66)

    assert judge(terms, Count(heads=many, area=many)).is_passed is True
    assert judge(terms, Count(heads=many, area=few)).is_passed is False
    assert judge(terms, Count(heads=few, area=many)).is_passed is False
    assert judge(terms, Count(heads=many, area=absent)).has_quorum is False
    with pytest.raises(CountImpossible):
        judge(terms, Count(heads=many))


def test_of_nobody_nothing_passes() -> None:
    for key in SEEDS:
        nobody = Tally(entitled=0, present=0, in_favor=0)

        assert judge(terms_of(key), Count(nobody, nobody)).is_passed is False


@pytest.mark.parametrize(
    "figures",
    [
        {"entitled": 5, "present": 6, "in_favor": 1},
        {"entitled": 5, "present": 2, "in_favor": 3},
        {"entitled": 5, "present": 5, "in_favor": 3, "against": 2, "cast": 4},
        {"entitled": 5, "present": 3, "in_favor": 3, "cast": 4},
        {"entitled": 5, "present": 3, "in_favor": -1},
    ],
)
def test_figures_that_cannot_be_are_refused(figures: dict[str, int]) -> None:
    with pytest.raises(CountImpossible):
        Tally(**figures)


def test_the_reason_is_in_words_in_both_languages() -> None:
    judgement = judge(terms_of("council_default"), Count(Tally(entitled=12, present=8, in_favor=4, against=4)))

    with override("en"):
        assert judgement.reason == (
            "Not passed: too few in favor. "
            "Taking part (heads): 8 of 12, at least 2/3 needed: reached. "
            "In favor (heads): 4 of 8 (those present), more than 1/2 needed: not reached."
        )


def test_the_reason_shows_areas_in_square_meters() -> None:
    area = Tally(entitled=square_meters(Decimal("1200.50")), present=0, in_favor=0)

    with override("en"):
        reason = judge(terms_of("owners_ordinary"), Count(Tally(entitled=3, present=3, in_favor=3), area)).reason

    assert reason.startswith("Not passed: too few took part.")
    assert "Taking part (floor area): 0.00 m² of 1200.50 m²" in reason


def test_areas_are_exact() -> None:
    assert square_meters(Decimal("88.56")) == 8856
    with pytest.raises(CountImpossible):
        square_meters(Decimal("88.567"))


parts = st.builds(
    lambda numerator, more, is_strict: Part(numerator, numerator + more, is_strict),
    st.integers(1, 4),
    st.integers(0, 4),
    st.booleans(),
)


@st.composite
def tallies(draw: Any) -> Tally:
    present = draw(st.integers(0, 60))
    in_favor = draw(st.integers(0, present))
    against = draw(st.integers(0, present - in_favor))
    abstained = draw(st.integers(0, present - in_favor - against))
    return Tally(draw(st.integers(present, 80)), present, in_favor, against, abstained)


@given(quorum=parts, majority=parts, pass_base=st.sampled_from(PassBase.values), tally=tallies())
def test_one_more_vote_in_favor_never_loses(quorum: Part, majority: Part, pass_base: str, tally: Tally) -> None:
    terms = Terms(quorum, pass_base, majority)
    before = judge(terms, Count(tally)).is_passed
    if tally.against:
        turned = Tally(tally.entitled, tally.present, tally.in_favor + 1, tally.against - 1, tally.abstained)
    else:
        turned = Tally(tally.entitled + 1, tally.present + 1, tally.in_favor + 1, tally.against, tally.abstained)
        if pass_base == PassBase.ALL or tally.present * quorum.denominator == tally.entitled * quorum.numerator:
            turned = tally  # one more entitled can cost a full house; only turning a vote is promised then

    assert judge(terms, Count(turned)).is_passed >= before


@given(majority=parts, tally=tallies())
def test_comparison_agrees_with_exact_fractions(majority: Part, tally: Tally) -> None:
    terms = Terms(Part(0, 1, is_strict=False), PassBase.PRESENT, majority)
    if tally.present == 0:
        expected = False
    else:
        reached, needed = Fraction(tally.in_favor, tally.present), Fraction(majority.numerator, majority.denominator)
        expected = reached > needed if majority.is_strict else reached >= needed

    assert judge(terms, Count(tally)).is_passed is expected


@pytest.mark.parametrize(
    ("read", "stored", "value"),
    [
        (decimal, "0.60", Decimal("0.60")),
        (decimal, 0.1, Decimal("0.1")),
        (share, "1", Decimal(1)),
        (whole, 5, 5),
        (whole, "5", 5),
        (whole_range, [5, 9], (5, 9)),
        (words, ["community", " fund "], ("community", "fund")),
    ],
)
def test_stored_values_are_read_exactly(read: Any, stored: Any, value: Any) -> None:
    assert read(stored) == value


@pytest.mark.parametrize(
    ("read", "stored"),
    [
        (decimal, "many"),
        (decimal, "NaN"),
        (decimal, [1]),
        (decimal, True),
        (share, "1.01"),
        (share, -1),
        (whole, 2.5),
        (whole, -1),
        (whole_range, [9, 5]),
        (whole_range, [1, 2, 3]),
        (words, "community"),
        (words, []),
        (words, ["a", "a"]),
        (words, ["a", ""]),
    ],
)
def test_other_stored_values_are_refused(read: Any, stored: Any) -> None:
    with pytest.raises(Unreadable):
        read(stored)


def test_a_declared_parameter_refuses_truth_values_and_lists_of_its_own_accord() -> None:
    number = Parameter("x", "x", "days", int, 5, "")

    assert number.check("7") == 7
    for wrong in (True, [7], {}, None, "seven"):
        with pytest.raises(Unreadable):
            number.check(wrong)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ((5, 9), "5–9"),
        (("a", "b"), "a, b"),
        (Decimal("0.60"), "0.6"),
        (Decimal(1000), "1000"),
        ({"days": 3}, "days: 3"),
        (7, "7"),
    ],
)
def test_values_are_shown_for_people(value: Any, shown: str) -> None:
    assert display(value) == shown


def test_a_key_is_declared_once() -> None:
    with pytest.raises(ValueError, match=r"privacy\.small_cell is declared twice"):
        declare("privacy.small_cell", "x", unit="persons", read=whole, default=1, basis="")


def test_truth_values_are_words_for_people() -> None:
    with override("en"):
        assert (display(True), display(False)) == ("yes", "no")


def test_a_passed_vote_says_so() -> None:
    judgement = judge(terms_of("stewards"), Count(Tally(entitled=3, present=3, in_favor=3)))

    with override("en"):
        assert judgement.reason.startswith("Passed. ")


def test_every_declared_default_can_be_read_back() -> None:
    for parameter in REGISTRY.values():
        if isinstance(parameter.default, int | str | Decimal | tuple):
            stored = list(parameter.default) if isinstance(parameter.default, tuple) else str(parameter.default)
            if not isinstance(parameter.default, tuple | bool):
                assert parameter.read(stored) == parameter.default
