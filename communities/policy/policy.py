"""Declaring rule parameters, and judging counts.

A room declares each number that a law or a local rule sets once, in its own `policy.py`, with `declare`. Values are
effective-dated rows (`PolicyParameter`); the declared default holds where no row does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

V = TypeVar("V")

REGISTRY: dict[str, Parameter[Any]] = {}


@dataclass(frozen=True, slots=True)
class Parameter(Generic[V]):
    """One rule parameter: its key, unit, how a stored value is read, its default and the source of the default."""

    key: str
    label: StrOrPromise
    unit: str
    read: Callable[[Any], V]
    default: V
    basis: str


def declare(
    key: str, label: StrOrPromise, *, unit: str, read: Callable[[Any], V], default: V, basis: str
) -> Parameter[V]:
    """Declare a parameter; a key is declared once."""
    if key in REGISTRY:
        message = f"{key} is declared twice"
        raise ValueError(message)
    parameter = Parameter(key, label, unit, read, default, basis)
    REGISTRY[key] = parameter
    return parameter


def decimal(value: Any) -> Decimal:
    """Read a stored number exactly."""
    return Decimal(str(value))
