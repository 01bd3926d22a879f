"""Who can do something somewhere: asked by staff, by purchasing and by the market."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from communities.policy.queries import value
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import OrganizationQuerySet, SocialOrganization
from socialorgs.register.strengths.models import Capability
from socialorgs.register.strengths.policy import CAPABILITY_FIELDS

if TYPE_CHECKING:
    from communities.territory.models import Division


def able_to(field: str, division: Division, day: dt.date) -> OrganizationQuerySet:
    """Return the active organizations whose checked capability in a field reaches a place on a day; one query when read.

    What stands in the way of one of them (`socialorgs.register.queries.hindrances`) is asked where it is chosen.
    """
    reaching = Capability.objects.holding_on(day).filter(field=field, area__in=division.ancestor_ids)
    return SocialOrganization.objects.filter(status=OrganizationStatus.ACTIVE, pk__in=reaching.values("organization"))


def fields_of(division: Division | None, day: dt.date) -> tuple[str, ...]:
    """Return the fields in which bodies of a place say what they can do; one query."""
    return value(CAPABILITY_FIELDS, division, day)
