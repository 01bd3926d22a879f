"""Instalments to the fen, terms in months."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.contracts.policy import InstalmentsUnfit, instalment_amounts


@pytest.mark.parametrize(
    ("amount", "percents", "parts"),
    [
        ("23600.00", [50, 50], ["11800.00", "11800.00"]),
        ("2800.01", [50, 50], ["1400.01", "1400.00"]),
        ("100.00", [33, 33, 34], ["33.00", "33.00", "34.00"]),
        ("0.10", [33, 33, 34], ["0.03", "0.03", "0.04"]),
        ("1000.00", [100], ["1000.00"]),
        ("99999.99", [50, 30, 20], ["50000.00", "30000.00", "19999.99"]),
    ],
)
def test_the_last_instalment_is_the_rest(amount: str, percents: list[int], parts: list[str]) -> None:
    assert [str(part) for part in instalment_amounts(Decimal(amount), percents)] == parts


@pytest.mark.parametrize("percents", [[], [50, 49], [50, 51], [100, 0], [150, -50]])
def test_percentages_are_parts_of_100(percents: list[int]) -> None:
    with pytest.raises(InstalmentsUnfit):
        instalment_amounts(Decimal("100.00"), percents)


def test_an_instalment_of_nothing_is_refused() -> None:
    with pytest.raises(InstalmentsUnfit):
        instalment_amounts(Decimal("0.01"), [50, 50])


@given(
    fen=st.integers(min_value=1000, max_value=10**11),
    percents=st.lists(st.integers(1, 60), min_size=1, max_size=6).filter(lambda found: sum(found) < 100),
)
def test_parts_always_sum_to_the_whole(fen: int, percents: list[int]) -> None:
    amount = Decimal(fen) / 100

    parts = instalment_amounts(amount, [*percents, 100 - sum(percents)])

    assert sum(parts) == amount
    assert all(part == part.quantize(Decimal("0.01")) and part > 0 for part in parts)
