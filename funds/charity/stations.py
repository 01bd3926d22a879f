"""Stations where a charity takes donations of goods and money (捐赠接收站): opened and closed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division
from funds.charity.models import DonationStation, HostCharity
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, NotNow

if TYPE_CHECKING:
    from governance.accounts.models import User


class StationKnown(Conflict):
    """A charity opens a station once."""

    code = "station_known"
    message = _("There is already a station “%(name)s” of this charity.")


class StationClosed(NotNow):
    """A station closes once, and not before it opened."""

    code = "station_closed"
    message = _("The station “%(name)s” cannot be closed on %(day)s.")


def open_station(
    *,
    by: User,
    charity: HostCharity,
    division: Division,
    name: str,
    place: str,
    hours: str,
    contact: str,
    takes: str,
    valid_from: dt.date,
    now: dt.datetime,
) -> DonationStation:
    """Open a station where a charity takes donations (捐赠接收站).

    Raises:
        NotAllowed: neither an officer of the charity nor staff of the place.
        StationKnown: the charity has one of this name.
    """
    if not by.has_perm("funds.keep_station", charity):
        require(by, "funds.keep_station", division)
    row = DonationStation(
        charity=charity,
        division=division,
        name=name.strip(),
        place=place.strip(),
        hours=hours.strip(),
        contact=contact.strip(),
        takes=takes.strip(),
        valid_from=valid_from,
    )
    with transaction.atomic():
        HostCharity.objects.select_for_update(of=("self",), no_key=True).get(pk=charity.pk)
        if charity.stations.filter(name=row.name, valid_to=None).exists():
            raise StationKnown(field="name", name=row.name)
        row.full_clean()
        row.save()
        audit.record(by=by, verb="funds.station.opened", row=row, now=now, after={"name": row.name, "place": row.place})
    return row


def close_station(*, by: User, station: DonationStation, on: dt.date, now: dt.datetime) -> DonationStation:
    """Close a station from a day on.

    Raises:
        NotAllowed: neither an officer of the charity nor staff of the place.
        StationClosed: it is closed, or would close before it opened.
    """
    with transaction.atomic():
        row = (
            DonationStation.objects.select_for_update(of=("self",))
            .select_related("division", "charity")
            .get(pk=station.pk)
        )
        require(by, "funds.keep_station", row)
        if row.valid_to is not None or on <= row.valid_from:
            raise StationClosed(field="on", name=row.name, day=on)
        row.valid_to = on
        row.save(update_fields=["valid_to"])
        audit.record(by=by, verb="funds.station.closed", row=row, now=now, after={"valid_to": on})
    return row
