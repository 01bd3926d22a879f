"""Stations at which goods and money are handed in for a charity."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division
from funds.charity.models import HostCharity
from funds.donations.models import (
    DonationStation,
)
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, NotNow

if TYPE_CHECKING:
    from governance.accounts.models import User


class StationKnown(Conflict):
    """The place has a station of this name."""

    code = "station_known"
    message = _("%(place)s already has a donation station “%(name)s”.")


class StationClosed(NotNow):
    """The station is closed already, or would close before it opened."""

    code = "station_closed"
    message = _("“%(name)s” is closed already, or the day lies before its opening.")


def open_station(
    *,
    by: User,
    charity: HostCharity,
    division: Division,
    name: str,
    address: str,
    hours: str,
    contact: str,
    accepts: str,
    valid_from: dt.date,
    now: dt.datetime,
) -> DonationStation:
    """Open a station at which goods and money are handed in for a charity.

    Raises:
        NotAllowed: neither staff of the place nor an officer of the charity.
        StationKnown: the place has one of this name.
    """
    if not by.has_perm("funds.open_station", charity):
        require(by, "funds.open_station", division)
    row = DonationStation(
        charity=charity,
        division=division,
        name=name.strip(),
        address=address.strip(),
        hours=hours.strip(),
        contact=contact.strip(),
        accepts=accepts.strip(),
        valid_from=valid_from,
    )
    row.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            row.save()
            audit.record(by=by, verb="funds.station.opened", row=row, now=now, after={"name": row.name})
    except IntegrityError as error:
        raise StationKnown(field="name", place=division.name, name=row.name) from error
    return row


def close_station(*, by: User, station: DonationStation, valid_to: dt.date, now: dt.datetime) -> DonationStation:
    """Close a station from a day on.

    Raises:
        NotAllowed: neither staff of the place nor an officer of the charity.
        StationClosed: it is closed, or the day lies before its opening.
    """
    if not by.has_perm("funds.open_station", station):
        require(by, "funds.open_station", station.charity)
    with transaction.atomic():
        fresh = DonationStation.objects.select_for_update(of=("self",)).get(pk=station.pk)
        if fresh.valid_to is not None or valid_to <= fresh.valid_from:
            raise StationClosed(field="valid_to", name=fresh.name)
        fresh.valid_to = valid_to
        fresh.save(update_fields=["valid_to"])
        audit.record(by=by, verb="funds.station.closed", row=fresh, now=now, after={"valid_to": valid_to})
    return fresh
