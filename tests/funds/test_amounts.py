"""Amounts that programs send: no serializer of the money takes an exponent, as no form and no file does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rest_framework import serializers

from funds.api_urls import routes
from governance.api import AmountField

YUAN = 2
"""Decimals of an amount; shares and rates have more."""


def entries(base: type[serializers.BaseSerializer] = serializers.Serializer) -> Iterator[type]:
    """Return every serializer of the floor."""
    for found in base.__subclasses__():
        if found.__module__.startswith("funds."):
            yield found
        yield from entries(found)


def exponents() -> list[str]:
    """Return the amounts that would be read with an exponent."""
    return sorted(
        f"{made.__module__}.{made.__name__}.{name}"
        for made in set(entries())
        for name, field in made._declared_fields.items()
        if isinstance(field, serializers.DecimalField)
        and not isinstance(field, AmountField)
        and not field.read_only
        and (field.max_digits, field.decimal_places) == (14, YUAN)
    )


def test_every_amount_of_the_api_is_read_as_forms_and_files_read_it() -> None:
    assert routes
    assert exponents() == []


@pytest.mark.parametrize("text", ["1e5", "1E2", "1,000.005", "1.005", "-0.01", "NaN", "Infinity", "十元", "1" * 14])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(serializers.ValidationError):
        AmountField().run_validation(text)


def test_a_loss_is_below_zero() -> None:
    assert str(AmountField(min_value=None).run_validation("-31000.00")) == "-31000.00"
