"""Every decision rule at its boundary, as a ballot is judged: by the product, by the recount program, and at a real count.

What must come out is worked out here in whole numbers, without the product's fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from communities.policy.models import DecisionRule
from communities.policy.policy import Part
from communities.policy.seeds import DECISION_RULES
from consultation.ballots import verify_ballot
from consultation.ballots.counting import Group, count_groups
from consultation.ballots.policy import FORM, CastVote, canonical, judge_votes, recount_lines, written_terms
from tests.consultation.ballots.test_rolls import OWNERS, unit
from tests.factories.consultation_ballots import Place

SIZE = 36
"""Divisible by 2, 3, 4 and 12, so that every fraction of the seeds falls on a whole number."""
AREA = 100
"""Floor area of each owner where all own the same."""
FOR, AGAINST, ABSTAIN = 1, 2, 3
RULES = pytest.mark.parametrize("row", DECISION_RULES, ids=lambda row: row["key"])


@dataclass(frozen=True)
class Judged:
    """What came of papers: quorum and decision."""

    has_quorum: bool
    is_passed: bool


def judged(rule: DecisionRule, papers: list[Group], area: int = SIZE * AREA) -> Judged:
    """Judge papers of a roll of `SIZE`, and let the recount program say the same from the file alone."""
    terms = rule.terms
    whole = area if terms.is_dual else None
    outcome = judge_votes(terms, count_groups("FOR_AGAINST", (FOR, AGAINST, ABSTAIN), papers), SIZE, whole)
    frozen = {
        "type": "ballot",
        "form": FORM,
        "question": "？",
        "method": "FOR_AGAINST",
        "most_choices": 1,
        "is_secret": False,
        "budget": None,
        "options": [{"number": number, "title": str(number), "cost": None} for number in (FOR, AGAINST, ABSTAIN)],
        "roll": {"entitled": SIZE, "area": whole},
        "rule": written_terms(terms),
    }
    cast = [(paper.choices, paper.area // paper.heads) for paper in papers for _head in range(paper.heads)]
    votes = [
        CastVote(number, "WEB", marks, share if terms.is_dual else None)
        for number, (marks, share) in enumerate(cast, start=1)
    ]
    counted = outcome if terms.is_dual else judge_votes(terms, _heads_only(papers), SIZE)
    lines = recount_lines(canonical(frozen).decode(), votes, {"WEB": len(votes)} if votes else {}, 0, counted)
    verify_ballot.verify(b"".join(lines))  # raises where it finds something else
    return Judged(outcome.has_quorum, outcome.is_passed)


def _heads_only(papers: list[Group]) -> Any:
    plain = [Group(paper.choices, paper.heads) for paper in papers]
    return count_groups("FOR_AGAINST", (FOR, AGAINST, ABSTAIN), plain)


def stack(in_favor: int, against: int = 0, abstain: int = 0, area: int = AREA) -> list[Group]:
    """Return so many papers, each of an owner with the same floor area."""
    figures = {FOR: in_favor, AGAINST: against, ABSTAIN: abstain}
    return [Group((mark,), heads, heads * area) for mark, heads in figures.items() if heads]


def enough(part: Part, some: int, base: int) -> bool:
    """Compare in whole numbers: exactly the part is enough unless it says "more than"."""
    if part.numerator == 0 and not part.is_strict:
        return True
    left, right = some * part.denominator, part.numerator * base
    return base > 0 and (left > right if part.is_strict else left >= right)


@RULES
def test_the_quorum_of_every_rule_at_its_boundary(row: dict[str, Any]) -> None:
    rule = DecisionRule(**row)

    found = [judged(rule, stack(cast)).has_quorum for cast in range(SIZE + 1)]

    assert found == [enough(rule.terms.quorum, cast, SIZE) for cast in range(SIZE + 1)]


@RULES
def test_the_majority_of_every_rule_at_its_boundary(row: dict[str, Any]) -> None:
    rule = DecisionRule(**row)

    found = [judged(rule, stack(some, SIZE - some)).is_passed for some in range(SIZE + 1)]

    assert found == [enough(rule.terms.majority, some, SIZE) for some in range(SIZE + 1)]


@RULES
def test_abstentions_count_as_the_base_of_the_rule_says(row: dict[str, Any]) -> None:
    rule = DecisionRule(**row)
    base = {"EXPRESSED": 24}.get(rule.pass_base, SIZE)

    for some in range(25):
        found = judged(rule, stack(some, 24 - some, 12)).is_passed
        assert found is enough(rule.terms.majority, some, base), some


@pytest.mark.parametrize("row", [row for row in DECISION_RULES if row.get("is_dual")], ids=lambda row: row["key"])
def test_owners_need_heads_and_area_both_at_every_boundary(row: dict[str, Any]) -> None:
    """Heads and area are moved apart: one side at its edge, the other above it, and the other way round."""
    rule = DecisionRule(**row)
    quorum, majority = rule.terms.quorum, rule.terms.majority
    heads = quorum.numerator * SIZE // quorum.denominator
    edge = majority.numerator * heads // majority.denominator
    assert (heads, heads * majority.numerator % majority.denominator) == (24, 0)

    def of(in_favor: int, area_for: int, against: int, area_against: int, whole: int) -> Judged:
        papers = [Group((FOR,), in_favor, area_for * in_favor), Group((AGAINST,), against, area_against * against)]
        return judged(rule, papers, whole)

    # Exactly two thirds of the heads and of the area take part; one hundredth of a square meter more on the roll, and not.
    took_part = heads * AREA
    whole = took_part * quorum.denominator // quorum.numerator
    assert of(edge + 1, AREA, heads - edge - 1, AREA, whole) == Judged(has_quorum=True, is_passed=True)
    assert of(edge + 1, AREA, heads - edge - 1, AREA, whole + 1) == Judged(has_quorum=False, is_passed=False)
    assert judged(rule, stack(heads - 1, area=AREA * 3 // 2)).has_quorum is False  # the area alone is not enough
    # In favor: exactly at the edge in heads and above it in area, and above it in heads and below it in area.
    rich = of(edge, AREA + 20, heads - edge, AREA, whole)
    against = heads - edge - 1
    poor = of(edge + 1, AREA // 2, against, (whole - AREA // 2 * (edge + 1)) // against, whole)
    assert rich == Judged(has_quorum=True, is_passed=not majority.is_strict)
    assert poor == Judged(has_quorum=True, is_passed=False)
    both = of(edge, AREA, heads - edge, AREA, whole)
    assert both.is_passed is (not majority.is_strict)


@pytest.mark.parametrize(
    ("rule_key", "marks", "is_passed"),
    [
        ("council_default", [1, 1, 1, 2, 2, 2], False),  # exactly one half
        ("council_default", [1, 1, 1, 1, 2, 2], True),
        ("council_costly", [1, 1, 1, 1, 2, 2], True),  # exactly two thirds
        ("council_costly", [1, 1, 1, 2, 2, 3], False),
        ("urban_2026", [1, 1, 1, 2, 2, 2], False),
        ("online_poll", [1, 1, 2, 2, 3, 3], False),
        ("online_poll", [1, 1, 2, 3, 3, 3], True),
    ],
)
def test_a_real_count_at_the_edge(place: Place, rule_key: str, marks: list[int], is_passed: bool) -> None:
    place.resident("第六人")
    ballot = place.open(rule_key=rule_key)
    place.cast(ballot, [[mark] for mark in marks])

    assert place.publish(ballot).result.is_passed is is_passed


@pytest.mark.parametrize(
    ("voters", "has_quorum"),
    [(3, False), (4, True)],  # of six: exactly two thirds are four
)
def test_a_real_quorum_at_the_edge(place: Place, voters: int, has_quorum: bool) -> None:
    place.resident("第六人")
    ballot = place.open()
    place.cast(ballot, [[1]] * voters)

    result = place.publish(ballot).result

    assert (result.has_quorum, result.is_passed) == (has_quorum, has_quorum)


@pytest.mark.parametrize(
    ("areas", "marks", "has_quorum", "is_passed"),
    [
        (("50", "50", "50"), (1, 1), True, True),  # exactly two thirds of heads and of area
        (("50", "50", "50.01"), (1, 1), False, False),  # a hundredth of a square meter less than two thirds
        (("50", "50", "100", "100"), (1, 1, 2, 2), True, False),  # exactly half of the heads, a third of the area
        (("100", "50", "50"), (2, 1, 1), True, False),  # two of three heads, exactly half of the area
        (("100", "50", "50.01"), (2, 1, 1), True, True),
    ],
)
def test_a_real_count_of_owners_at_the_edge(
    place: Place, areas: tuple[str, ...], marks: tuple[int, ...], has_quorum: bool, is_passed: bool
) -> None:
    for owner, area in enumerate(areas):
        unit(place, f"1-10{owner}", owner, area)
    ballot = place.open(**OWNERS)
    place.cast(ballot, [[mark] for mark in marks])

    result = place.publish(ballot).result

    assert (result.has_quorum, result.is_passed) == (has_quorum, is_passed)
    assert ballot.area == sum(int(Decimal(area) * 100) for area in areas)
