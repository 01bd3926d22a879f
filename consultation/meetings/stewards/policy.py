"""How many stewards a community chooses, and the lot by which it may choose them (pure).

`draw_lot.py` draws the same lot again from what is published, without sharing code with this module.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.policy.policy import Unreadable, declare, share

FORM = "lot/1"
MOST_CANDIDATES = 500


class Base(models.TextChoices):
    """Of what the number of stewards is a part."""

    RESIDENTS = "RESIDENTS", _("residents")
    ADULTS = "ADULTS", _("adult residents")
    HOUSEHOLDS = "HOUSEHOLDS", _("households")


class Way(models.TextChoices):
    """How stewards are chosen."""

    NOMINATION = "NOMINATION", _("chosen from those nominated")
    LOT = "LOT", _("drawn by lot")


class Nominated(models.TextChoices):
    """Who put a name forward."""

    SELF = "SELF", _("by themselves")
    JOINT = "JOINT", _("by residents together")
    ORGANIZATION = "ORGANIZATION", _("by an organization")


def base_name(value: object) -> str:
    """Read the name of a base."""
    if value not in Base.values:
        raise Unreadable(value)
    return str(value)


STEWARD_RATIO = declare(
    "steward.ratio",
    _("Stewards are this part of the base"),
    unit="part of 1",
    read=share,
    default=Decimal("0.06"),
    basis="Report on Jiangbei: 6 % of residents; its example has 16 stewards for 1,700 households, which is 0.94 %",
)

STEWARD_BASE = declare(
    "steward.base",
    _("What stewards are counted from"),
    unit="list",
    read=base_name,
    default="ADULTS",
    basis="Report on Jiangbei; the base is not said there",
)


def seats_for(ratio: Decimal, base: int) -> int:
    """Return how many stewards a ratio gives, at least one; a part of a person is rounded up."""
    exact = ratio * base
    return max(int(exact.to_integral_value(rounding="ROUND_CEILING")), 1)


def line_of(number: int, name: str) -> str:
    """Return the line of one candidate in the published list."""
    return f"{number}\t{name}"


def list_text(lines: Sequence[str], seats: int) -> str:
    """Return the published list of candidates, byte for byte as it is hashed."""
    return "\n".join([f"{FORM}\t{seats}", *lines]) + "\n"


def ticket(seed: str, word: str, list_sha256: str, number: int) -> str:
    """Return the ticket of one candidate: the smallest tickets win."""
    return hashlib.sha256(f"{FORM}\n{seed}\n{word}\n{list_sha256}\n{number}".encode()).hexdigest()


def drawn(seed: str, word: str, list_sha256: str, numbers: Sequence[int], seats: int) -> list[int]:
    """Return the numbers that the lot falls on, in the order in which they were drawn."""
    ordered = sorted(numbers, key=lambda number: (ticket(seed, word, list_sha256, number), number))
    return ordered[:seats]
