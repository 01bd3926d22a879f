"""Means without extremes and ranks, as pure functions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communities.policy.policy import Unreadable
from projects.grants.policy import (
    INSTALMENTS,
    LEAST_EXPERTS,
    MEAN_OF,
    Criterion,
    MarksUnfit,
    kept_marks,
    left_out,
    named_in,
    ranks,
    telling_names,
    trimmed_mean,
    written,
)

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


@given(count=st.integers(0, 30), trim=st.integers(0, 10), least=st.integers(0, 9))
def test_a_mean_rests_on_three_scores_where_there_are_three(count: int, trim: int, least: int) -> None:
    out = left_out(count, trim=trim, least=least)

    assert 0 <= out <= trim
    assert count - 2 * out >= min(count, MEAN_OF)


def test_no_mean_is_one_persons_score() -> None:
    assert trimmed_mean([40, 70, 90], trim=1, least=3) == Fraction(200, 3)
    assert trimmed_mean([40, 60, 70, 80, 90], trim=2, least=5) == 70
    for few in (1, 2, 4, -3):
        with pytest.raises(Unreadable):
            LEAST_EXPERTS.read(few)
    assert LEAST_EXPERTS.read(3) == 3


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize("value", [["33.33"] * 3, [33, 33, 33], [100, 0], [50, 60, -10], [50.5, 49.5]])
def test_instalments_that_are_no_whole_say_what_they_must_be(value: list[object]) -> None:
    with pytest.raises(Unreadable) as refused:
        INSTALMENTS.check(value)

    assert "sum to 100" in str(refused.value.why)
    assert INSTALMENTS.check([33, 33, 34]) == (33, 33, 34)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("由自贡市自流井区邻里照护服务中心实施。", "自贡市自流井区邻里照护服务中心"),
        ("由邻里 照护\n服务中心实施。", "邻里照护服务中心"),
        ("由社工实施，邻里互助。", ""),
    ],
)
def test_a_text_that_tells_who_wrote_it(text: str, found: str) -> None:
    names = telling_names("自贡市自流井区邻里照护服务中心", ["自贡市", "自流井区"])

    assert named_in(text, names) == found


def test_what_is_left_of_a_name_is_not_asked_for_where_it_is_hardly_a_name() -> None:
    assert telling_names("檀木林社区合唱队", ["檀木林社区"]) == ["檀木林社区合唱队"]


@given(means=st.dictionaries(st.integers(), st.fractions(0, 100), max_size=8))
def test_equal_means_share_a_rank(means: dict[int, Fraction]) -> None:
    found = ranks(means)

    assert all(found[key] == 1 + sum(other > mean for other in means.values()) for key, mean in means.items())


@pytest.mark.parametrize("marks", [{}, {"1": 41}, {"1": -1}, {"1": True}, {"1": "40"}, {"1": 39.5}])
def test_marks_are_whole_points(marks: dict[str, object]) -> None:
    with pytest.raises(MarksUnfit):
        kept_marks([Criterion(1, "需求", 40)], marks)
