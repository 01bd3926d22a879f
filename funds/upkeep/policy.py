"""How high the management fee of a fund is (pure)."""

from __future__ import annotations

from decimal import Decimal

from governance.money import to_fen, to_yuan


def fee_of(base: Decimal, rate: Decimal) -> Decimal:
    """Return the fee on what was given: fractions of a fen are left to the fund."""
    return to_yuan(int(to_fen(base) * rate))
