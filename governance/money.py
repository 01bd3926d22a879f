"""Yuan and fen: the field, exact splitting, strict reading of what people type.

Amounts are `Decimal` yuan with two places; calculations that divide use integer fen, so that parts always sum to the
whole.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

CENT = Decimal("0.01")
PLACES = 2
ZERO = Decimal("0.00")
MAX_YUAN = Decimal("999999999999.99")

_PLAIN = re.compile(r"(?P<sign>-?)(?P<whole>\d{1,3}(,\d{3})+|\d+)(\.(?P<part>\d+))?")


class NotAnAmount(Invalid):
    """The text is not an amount of money in yuan."""

    code = "not_an_amount"
    message = _("“%(text)s” is not an amount. Write yuan with at most two decimals, such as 1234.50.")


class SplitDoesNotSum(Invalid):
    """The shares of a split are not 100 % together."""

    code = "split_does_not_sum"
    message = _("The shares add up to %(total)s and must add up to %(expected)s.")


class YuanField(models.DecimalField[Any, Any]):
    """An amount in yuan, never negative unless `signed=True`; 14 digits, 2 of them decimals."""

    def __init__(self, *args: Any, signed: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 2)
        if not signed:
            kwargs.setdefault("validators", [MinValueValidator(ZERO)])
        self.signed = signed
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Describe the field for migrations as the plain decimal column that it is."""
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("validators", None)
        if self.signed:
            kwargs["signed"] = True
        return name, "governance.money.YuanField", args, kwargs


def to_fen(amount: Decimal) -> int:
    """Return the amount as integer fen; refuse fractions of a fen.

    Raises:
        NotAnAmount: the amount has more than two decimals.
    """
    scaled = amount * 100
    if scaled != scaled.to_integral_value():
        raise NotAnAmount(text=str(amount))
    return int(scaled)


def to_yuan(fen: int) -> Decimal:
    """Return integer fen as yuan with two decimals."""
    return (Decimal(fen) / 100).quantize(CENT)


def round_half_up(amount: Decimal) -> Decimal:
    """Round once to whole fen, halves away from zero: the rounding of every posting."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def parse_yuan(text: str) -> Decimal:
    """Read an amount that a person typed or a file holds.

    Full-width digits, one leading or trailing currency mark and thousands separators are understood; exponents, more
    than two decimals, negative and impossible amounts are refused rather than guessed.

    Raises:
        NotAnAmount: with the text as it was given.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = plain.removeprefix("¥").removesuffix("元").strip()
    found = _PLAIN.fullmatch(plain)
    if found is None or found["sign"] or len((found["part"] or "").rstrip("0")) > PLACES:
        raise NotAnAmount(text=text)
    amount = Decimal(plain.replace(",", "")).quantize(CENT)
    if amount > MAX_YUAN:
        raise NotAnAmount(text=text)
    return amount


def split(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Divide the total by the weights so that the parts sum to it exactly.

    Largest remainder in integer fen; equal remainders go to the earlier part.

    Raises:
        SplitDoesNotSum: no weight, a negative weight or weights that sum to nothing.
    """
    whole = sum(weights, Decimal(0))
    if not weights or whole <= 0 or any(weight < 0 for weight in weights):
        raise SplitDoesNotSum(total=whole, expected="1")
    fen = to_fen(total)
    exact = [fen * weight / whole for weight in weights]
    parts = [int(value) for value in exact]
    by_remainder = sorted(range(len(weights)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_remainder[: fen - sum(parts)]:
        parts[index] += 1
    return [to_yuan(part) for part in parts]


def format_yuan(amount: Decimal) -> str:
    """Write the amount with thousands separators and two decimals, without a currency mark."""
    return f"{amount:,.2f}"
