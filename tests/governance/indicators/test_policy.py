"""Values, and claims held against them: pure."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.indicators.counting import COUNTERS
from governance.indicators.policy import CATALOGUE, Form, agrees, define, value_of, written


@pytest.mark.parametrize(
    ("form", "numerator", "denominator", "expected"),
    [
        ("GROWTH", "37", "89", "41.57"),
        ("SHARE", "37", "126", "29.37"),
        ("GROWTH", "-17", "48", "-35.42"),
        ("GROWTH", "-108", "427", "-25.29"),
        ("SHARE", "100000", "300000", "33.33"),
        ("SHARE", "16", "1700", "0.94"),
        ("GROWTH", "126", "967", "13.03"),
        ("SHARE", "249", "250", "99.60"),
        ("SHARE", "99999", "100000", "99.99"),
        ("SHARE", "1", "100000", "0.01"),
        ("SHARE", "-1", "100000", "-0.01"),
        ("SHARE", "100001", "100000", "100.01"),
        ("SHARE", "5", "5", "100.00"),
        ("SHARE", "0", "5", "0.00"),
        ("SHARE", "1", "0", None),
        ("SHARE", "1", "-5", None),
        ("GROWTH", "1", None, None),
        ("MEAN", "480000", "12", "40000.00"),
        ("MEAN", "1", "3", "0.33"),
        ("COUNT", "31", None, "31"),
        ("COUNT", "0", "12", "0"),
        ("YUAN", "300000.50", None, "300000.50"),
    ],
)
def test_values(form: str, numerator: str, denominator: str | None, expected: str | None) -> None:
    found = value_of(form, Decimal(numerator), None if denominator is None else Decimal(denominator))

    assert found == (None if expected is None else Decimal(expected))


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_only_the_whole_is_a_hundred(numerator: int, denominator: int) -> None:
    found = value_of("SHARE", Decimal(numerator), Decimal(denominator))

    assert (found == 100) is (numerator == denominator)
    assert found != 0


@pytest.mark.parametrize(
    ("printed", "found", "qualifier", "expected"),
    [
        ("29.3", "41.57", "EXACT", False),
        ("29.4", "29.37", "EXACT", True),
        ("-35.42", "-35.42", "EXACT", True),
        ("31", "31", "EXACT", True),
        ("31", "47", "EXACT", False),
        ("300000", "314926.60", "AT_LEAST", True),
        ("300000", "299999.99", "AT_LEAST", False),
        ("90", "98", "ABOUT", True),
        ("90", "100", "ABOUT", False),
    ],
)
def test_claims_are_meant_as_exactly_as_they_were_printed(
    printed: str, found: str, qualifier: str, expected: bool
) -> None:
    assert agrees(Decimal(printed), Decimal(found), qualifier) is expected


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        ("COUNT", "1234", "1,234"),
        ("YUAN", "314926.6", "314,926.60"),
        ("SHARE", "41.57", "41.57"),
        ("SHARE", "100.00", "100"),
        ("MEAN", "40000.00", "40,000"),
        ("SHARE", None, ""),
    ],
)
def test_values_for_people(form: str, value: str | None, expected: str) -> None:
    assert written(form, None if value is None else Decimal(value)) == expected


def test_every_indicator_says_what_it_is_of() -> None:
    for each in CATALOGUE.values():
        assert each.numerator, each.key
        assert bool(each.denominator) or each.form in {Form.COUNT, Form.YUAN}, each.key
        assert each.unit, each.key
    assert set(COUNTERS) <= set(CATALOGUE)


def test_a_key_stands_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        define("so.registered", "x", Form.COUNT, of="x", basis="x")
