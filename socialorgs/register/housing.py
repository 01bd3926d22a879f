"""The venue in which a center is run or a club meets: one row of the venues of the place, named and not described again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communities.venues.models import Venue
from governance.errors import Invalid

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from communities.territory.models import Division


class VenueElsewhere(Invalid):
    """A center and a club are in a venue of their own place."""

    code = "register_venue_elsewhere"
    message = _(
        "“%(venue)s” belongs to %(place)s or was given up. Choose a venue in use of %(here)s, or of its street or district."
    )


def venues_for(division: Division) -> QuerySet[Venue]:
    """Return the venues in use of a place and of those above it, its own first; one query when read."""
    keys = [int(key) for key in division.path.strip("/").split("/")]
    return (
        Venue.objects.in_use()
        .filter(Q(division__in=keys))
        .select_related("division")
        .order_by("-division__path", "name")
    )


def check_venue(venue: Venue | None, division: Division) -> None:
    """Refuse a venue of another place, or one that was given up.

    Raises:
        VenueElsewhere.
    """
    if venue is not None and (venue.closed_on is not None or not division.path.startswith(venue.division.path)):
        raise VenueElsewhere(field="venue", venue=venue.name, place=venue.division.name, here=division.name)
