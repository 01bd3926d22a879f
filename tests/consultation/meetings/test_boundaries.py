"""Every decision rule at its boundary, judged at a meeting: exactly half fails "more than half", two thirds reach."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from communities.policy.meeting import judge_present
from communities.policy.models import DecisionRule
from communities.policy.policy import Part
from communities.policy.seeds import DECISION_RULES
from consultation.meetings.policy import CONVENE_SHARE, VILLAGE_CONVENE_SHARE, is_part_reached, least_of, part_for
from consultation.meetings.stewards.policy import seats_for

SIZE = 36
"""Divisible by 2, 3 and 4, so that every fraction of the seeds falls on a whole number."""
HEADS = [row for row in DECISION_RULES if not row.get("is_dual")]


def exactly(part: Part, base: int) -> int:
    """Return the stated part of a base, which is whole."""
    found, rest = divmod(part.numerator * base, part.denominator)
    assert rest == 0
    return found


@pytest.mark.parametrize("row", HEADS, ids=lambda row: row["key"])
def test_the_quorum_of_every_rule_at_its_boundary(row: dict[str, object]) -> None:
    terms = DecisionRule(**row).terms
    edge = exactly(terms.quorum, SIZE)

    def has_quorum(present: int) -> bool:
        figures = {"withdrawn": 0, "in_favor": 0, "against": 0, "abstained": 0}
        return judge_present(terms, entitled=SIZE, present=present, **figures).has_quorum

    assert has_quorum(edge) is (not terms.quorum.is_strict)
    assert has_quorum(edge + 1)
    if edge:
        assert not has_quorum(edge - 1)


@pytest.mark.parametrize("row", HEADS, ids=lambda row: row["key"])
def test_the_majority_of_every_rule_at_its_boundary(row: dict[str, object]) -> None:
    terms = DecisionRule(**row).terms
    edge = exactly(terms.majority, SIZE)

    def is_passed(in_favor: int) -> bool:
        figures = {"withdrawn": 0, "in_favor": in_favor, "against": SIZE - in_favor, "abstained": 0}
        return judge_present(terms, entitled=SIZE, present=SIZE, **figures).is_passed

    assert is_passed(edge) is (not terms.majority.is_strict)
    if edge:
        assert not is_passed(edge - 1)
    if edge < SIZE:
        assert is_passed(edge + 1)


def test_who_withdraws_is_out_of_the_votes_and_in_the_quorum() -> None:
    council = DecisionRule(**next(row for row in DECISION_RULES if row["key"] == "council_default")).terms

    def judged(withdrawn: int) -> tuple[bool, bool]:
        found = judge_present(
            council, entitled=9, present=6, withdrawn=withdrawn, in_favor=3, against=3 - withdrawn, abstained=0
        )
        return found.has_quorum, found.is_passed

    assert judged(0) == (True, False)
    assert judged(1) == (True, True)


def test_a_fifth_a_tenth_and_a_third_are_exact() -> None:
    fifth = part_for(CONVENE_SHARE.default, "RESIDENTS")
    tenth = part_for(VILLAGE_CONVENE_SHARE.default, "ASSEMBLY")

    assert (least_of(fifth, 10), least_of(fifth, 11), least_of(tenth, 100), least_of(tenth, 101)) == (2, 3, 10, 11)
    assert is_part_reached(fifth, 2, 10)
    assert not is_part_reached(fifth, 2, 11)
    assert CONVENE_SHARE.check({"*": "1/3"}) == {"*": Fraction(1, 3)}


def test_six_percent_of_1700_households_are_102_and_not_the_16_of_the_report() -> None:
    assert seats_for(Decimal("0.06"), 1700) == 102
    assert seats_for(Decimal("0.0094"), 1700) == 16
