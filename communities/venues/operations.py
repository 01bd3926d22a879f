"""Entering venues and giving them up."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.venues.models import Venue
from communities.venues.policy import LINE_OF, PropertyClass
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow

if TYPE_CHECKING:
    from communities.territory.models import Division
    from governance.accounts.models import User


class VenueKnown(Conflict):
    """One venue of a name in a place."""

    code = "venue_known"
    message = _("A venue of this name is entered here already.")


class VenueFloorUnfit(Invalid):
    """A floor has an area."""

    code = "venue_floor_unfit"
    message = _("The floor is larger than nothing.")


class VenueGone(NotNow):
    """A venue is given up once."""

    code = "venue_gone"
    message = _("This venue was given up.")


def enter_venue(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    name: str,
    address: str,
    property_class: str,
    area: Decimal | None = None,
) -> Venue:
    """Enter a venue; who runs it follows from its class.

    Raises:
        NotAllowed: no staff of the place.
        VenueKnown, VenueFloorUnfit, PersonalNumbersFound.
    Basis: report S3 (three classes of premises, two lines).
    """
    require(by, "communities.keep_venue", division)
    refuse_personal_numbers(name=name, address=address)
    if area is not None and area <= 0:
        raise VenueFloorUnfit(field="area")
    row = Venue(
        division=division,
        name=name.strip(),
        address=address.strip(),
        property_class=property_class,
        operating_line=LINE_OF[PropertyClass(property_class)],
        area=area,
        entered_at=now,
        entered_by=by,
    )
    row.full_clean(validate_constraints=False)
    with transaction.atomic():
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            raise VenueKnown(field="name") from error
        after = {"name": row.name, "property_class": row.property_class}
        audit.record(by=by, verb="communities.venue.entered", row=row, now=now, after=after)
    return row


def close_venue(*, by: User, now: dt.datetime, venue: Venue, reason: str) -> Venue:
    """Give a venue up, with the reason; what was agreed about it stays.

    Raises:
        NotAllowed: no staff of the place.
        ReasonMissing, VenueGone.
    """
    require(by, "communities.keep_venue", venue)
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    with transaction.atomic():
        row = Venue.objects.select_for_update(of=("self",)).get(pk=venue.pk)
        if row.closed_on is not None:
            raise VenueGone
        row.closed_on = timezone.localdate(now)
        row.save(update_fields=["closed_on"])
        audit.record(by=by, verb="communities.venue.given_up", row=row, now=now, reason=reason)
    return row
