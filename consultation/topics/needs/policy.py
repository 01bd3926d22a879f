"""Sharing a resource among households, each whole unit (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

LONGEST_NEED = 100
LONGEST_RESOURCE = 60
LONGEST_UNIT = 20
LONGEST_HOUSEHOLD = 60
MOST_HOUSEHOLDS = 2000
MOST_UNITS = 1_000_000


class AllotmentBasis(models.TextChoices):
    """By what a resource is shared."""

    HOUSEHOLD = "HOUSEHOLD", _("the same for each household")
    PERSON = "PERSON", _("by the people of each household")


@dataclass(frozen=True, slots=True)
class Household:
    """A household that takes part: what it is called on the list, and how many people live in it."""

    label: str
    people: int


def share_out(total: int, households: Sequence[Household], basis: str) -> list[int]:
    """Share whole units by largest remainder; ties go in the order of the list, so that the shares sum to the total."""
    weights = [home.people if basis == AllotmentBasis.PERSON else 1 for home in households]
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda place: (-(total * weights[place] % whole), place))
    for place in by_rest[: total - sum(shares)]:
        shares[place] += 1
    return shares
