"""Means without extremes and ranks, as pure functions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.grants.policy import Criterion, MarksUnfit, kept_marks, ranks, trimmed_mean, written

TOTALS = st.lists(st.integers(0, 100), min_size=1, max_size=11)


def test_the_highest_and_the_lowest_are_left_out() -> None:
    assert trimmed_mean([60, 70, 75, 78, 90], trim=1, least=5) == Fraction(223, 3)
    assert trimmed_mean([60, 70, 90], trim=1, least=5) == Fraction(220, 3)
    assert written(Fraction(299, 3)) == Decimal("99.66")


@given(totals=TOTALS, trim=st.integers(0, 3), least=st.integers(1, 7))
def test_a_mean_lies_between_its_scores_and_hangs_on_no_order(totals: list[int], trim: int, least: int) -> None:
    mean = trimmed_mean(totals, trim=trim, least=least)

    assert min(totals) <= mean <= max(totals)
    assert mean == trimmed_mean(totals[::-1], trim=trim, least=least)
    assert written(mean) <= mean


@given(means=st.dictionaries(st.integers(), st.fractions(0, 100), max_size=8))
def test_equal_means_share_a_rank(means: dict[int, Fraction]) -> None:
    found = ranks(means)

    assert all(found[key] == 1 + sum(other > mean for other in means.values()) for key, mean in means.items())


@pytest.mark.parametrize("marks", [{}, {"1": 41}, {"1": -1}, {"1": True}, {"1": "40"}, {"1": 39.5}])
def test_marks_are_whole_points(marks: dict[str, object]) -> None:
    with pytest.raises(MarksUnfit):
        kept_marks([Criterion(1, "需求", 40)], marks)
