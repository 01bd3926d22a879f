"""How many of a place's organizations are placed in residents' service centers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from socialorgs.register.centers.models import Tenancy
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from communities.territory.models import Division


@dataclass(frozen=True, slots=True)
class Placed:
    """So many of so many active organizations."""

    placed: int
    active: int


def placed_in(division: Division | None, day: dt.date) -> Placed:
    """Return how many of the active organizations of a place are placed on a day; one query."""
    rows = SocialOrganization.objects.filter(status=OrganizationStatus.ACTIVE)
    if division is not None:
        rows = rows.in_division(division)
    held = Tenancy.objects.held_on(day).values("organization")
    found = rows.aggregate(active=Count("pk"), placed=Count("pk", filter=Q(pk__in=held)))
    return Placed(found["placed"], found["active"])
