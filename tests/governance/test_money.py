"""Amounts: read strictly, split exactly."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance import money

fen = st.integers(min_value=0, max_value=10**14 - 1)
weights = st.lists(st.decimals(min_value=0, max_value=1, places=4), min_size=1, max_size=9).filter(
    lambda found: sum(found) > 0
)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1000", "1000.00"),
        ("1,234.5", "1234.50"),
        ("１０００", "1000.00"),  # noqa: RUF001 - full-width digits are the case
        ("¥1000", "1000.00"),
        ("￥1000.10", "1000.10"),
        (" 12.30元 ", "12.30"),
        ("1000.500", "1000.50"),
        ("0", "0.00"),
    ],
)
def test_parse_yuan_reads_what_people_write(text: str, amount: str) -> None:
    assert money.parse_yuan(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["1,000.005", "-5", "1e5", "1,00", "", "abc", "1.2.3", "9999999999999", "1000 yuan", "=1+1"]
)
def test_parse_yuan_refuses_what_is_unclear(text: str) -> None:
    with pytest.raises(money.NotAnAmount) as refusal:
        money.parse_yuan(text)

    assert refusal.value.params == {"text": text}


@given(fen, weights)
def test_split_parts_always_sum_to_the_whole(total: int, shares: list[Decimal]) -> None:
    whole = money.to_yuan(total)

    parts = money.split(whole, shares)

    assert sum(parts) == whole
    assert all(part >= 0 for part in parts)
    assert all(part == 0 for part, share in zip(parts, shares, strict=True) if share == 0)


def test_split_gives_the_odd_fen_to_the_earlier_part_of_a_tie() -> None:
    assert money.split(Decimal("0.05"), [Decimal(1), Decimal(1)]) == [Decimal("0.03"), Decimal("0.02")]


def test_split_gives_the_odd_fen_to_the_largest_remainder() -> None:
    thirds = [Decimal("0.2"), Decimal("0.3"), Decimal("0.5")]

    assert money.split(Decimal("0.01"), thirds) == [Decimal("0.00"), Decimal("0.00"), Decimal("0.01")]


@pytest.mark.parametrize("shares", [[], [Decimal(0)], [Decimal(2), Decimal(-1)]])
def test_split_refuses_shares_that_are_none(shares: list[Decimal]) -> None:
    with pytest.raises(money.SplitDoesNotSum):
        money.split(Decimal(1), shares)


@pytest.mark.parametrize(("given_amount", "rounded"), [("0.005", "0.01"), ("0.0049", "0.00"), ("2.675", "2.68")])
def test_round_half_up_rounds_halves_away_from_zero(given_amount: str, rounded: str) -> None:
    assert money.round_half_up(Decimal(given_amount)) == Decimal(rounded)


def test_to_fen_refuses_a_fraction_of_a_fen() -> None:
    with pytest.raises(money.NotAnAmount):
        money.to_fen(Decimal("0.001"))


@given(fen)
def test_fen_and_yuan_are_inverse(count: int) -> None:
    assert money.to_fen(money.to_yuan(count)) == count


def test_format_yuan_writes_thousands() -> None:
    assert money.format_yuan(Decimal("1234567.5")) == "1,234,567.50"
