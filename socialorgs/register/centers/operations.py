"""Opening and closing residents' service centers, placing organizations in their rooms."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow
from governance.lifecycle import ReasonMissing
from socialorgs.register.centers.models import ServiceCenter, Tenancy
from socialorgs.register.housing import check_venue
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import require_good_standing
from socialorgs.register.refusals import EndUnfit, RegisterPlaceClosed

if TYPE_CHECKING:
    from communities.venues.models import Venue
    from governance.accounts.models import User


class CenterElsewhere(Invalid):
    """A center belongs to a community."""

    code = "center_not_in_a_community"
    message = _("A residents' service center belongs to a community; %(place)s is none.")


class CenterKnown(Conflict):
    """A community has one center."""

    code = "center_known"
    message = _("%(place)s already has a residents' service center.")


class CenterClosed(NotNow):
    """Nobody is placed in a center that is closed."""

    code = "center_closed"
    message = _("“%(center)s” was closed on %(day)s.")


class CenterInUse(NotNow):
    """A center closes when everybody has moved out."""

    code = "center_in_use"
    message = _("%(count)s organizations are still placed in “%(center)s”.")


class VenueHasCenter(Conflict):
    """A venue holds one center."""

    code = "venue_has_a_center"
    message = _("Another residents' service center is already run in “%(venue)s”.")


class NoSuchRoom(Invalid):
    """A center has its rooms."""

    code = "center_has_no_such_room"
    message = _("“%(center)s” has the rooms 1 to %(rooms)s.")


class AlreadyPlaced(Conflict):
    """An organization stands once in a center."""

    code = "tenant_already_placed"
    message = _("“%(organization)s” is already placed in this center.")


class TenancyUnfit(Invalid):
    """A tenancy begins when the center is open."""

    code = "tenancy_unfit"
    message = _("The tenancy begins on %(first)s at the earliest.")


class TenancyEnded(NotNow):
    """A tenancy ends once."""

    code = "tenancy_ended"
    message = _("This tenancy already ends on %(day)s.")


@dataclass(frozen=True, slots=True)
class House:
    """What is entered of a center."""

    division: Division
    name: str
    address: str
    rooms: int
    services: str
    opened_on: dt.date
    floor_area: int | None = None
    operator: SocialOrganization | None = None
    venue: Venue | None = None


@transaction.atomic
def open_center(*, by: User, now: dt.datetime, house: House) -> ServiceCenter:
    """Enter the residents' service center of a community.

    Raises:
        NotAllowed: neither of the street nor of the district.
        CenterElsewhere, RegisterPlaceClosed, CenterKnown.
        VenueElsewhere, VenueHasCenter: the venue is of another place or given up, or holds another center.
        OrganizationHindered: who is to run it may take part in nothing.
    Basis: report on Wuhou 2015.
    """
    require(by, "socialorgs.manage_center", house.division)
    if house.division.tier != Tier.COMMUNITY:
        raise CenterElsewhere(field="division", place=house.division.name)
    if house.division.status != DivisionStatus.ACTIVE:
        raise RegisterPlaceClosed(field="division", place=house.division.name)
    check_venue(house.venue, house.division)
    if house.operator is not None:
        require_good_standing(house.operator, timezone.localdate(now))
    row = ServiceCenter(
        division=house.division,
        name=house.name.strip(),
        address=house.address.strip(),
        rooms=house.rooms,
        services=house.services.strip(),
        opened_on=house.opened_on,
        floor_area=house.floor_area,
        operator=house.operator,
        venue=house.venue,
        entered_at=now,
        entered_by=by,
    )
    row.full_clean(validate_unique=False, validate_constraints=False)
    if ServiceCenter.objects.filter(division=house.division, closed_on=None).exists():
        raise CenterKnown(field="division", place=house.division.name)
    _check_free(house.venue, row)
    row.validate_constraints()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if house.venue is not None and "servicecenter_one_a_venue" in str(error):
            raise VenueHasCenter(field="venue", venue=house.venue.name) from error
        raise CenterKnown(field="division", place=house.division.name) from error
    after = {"division": row.division_id, "rooms": row.rooms, "venue": row.venue_id}
    audit.record(by=by, verb="socialorgs.center.opened", row=row, now=now, after=after)
    return row


def _locked(center: ServiceCenter) -> ServiceCenter:
    row = ServiceCenter.objects.select_for_update(of=("self",)).select_related("division").get(pk=center.pk)
    if row.closed_on is not None:
        raise CenterClosed(center=row.name, day=row.closed_on)
    return row


def _check_free(venue: Venue | None, center: ServiceCenter) -> None:
    others = ServiceCenter.objects.filter(closed_on=None).exclude(pk=center.pk)
    if venue is not None and others.filter(venue=venue).exists():
        raise VenueHasCenter(field="venue", venue=venue.name)


def house_center(*, by: User, now: dt.datetime, center: ServiceCenter, venue: Venue | None) -> ServiceCenter:
    """Say in which venue a center is run, or that it is in none that is entered.

    Raises:
        NotAllowed: neither of the street nor of the district.
        CenterClosed, VenueElsewhere, VenueHasCenter.
    """
    with transaction.atomic():
        row = _locked(center)
        require(by, "socialorgs.manage_center", row)
        check_venue(venue, row.division)
        _check_free(venue, row)
        before = row.venue_id
        row.venue = venue
        try:
            with transaction.atomic():
                row.save(update_fields=["venue"])
        except IntegrityError as error:
            raise VenueHasCenter(field="venue", venue=venue.name if venue else "") from error
        after = {"venue": row.venue_id}
        audit.record(by=by, verb="socialorgs.center.housed", row=row, now=now, before={"venue": before}, after=after)
        return row


def close_center(*, by: User, now: dt.datetime, center: ServiceCenter, reason: str) -> ServiceCenter:
    """Close a center in which nobody is placed any more, with the reason.

    Raises:
        NotAllowed: neither of the street nor of the district.
        ReasonMissing, CenterClosed, CenterInUse.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    today = timezone.localdate(now)
    with transaction.atomic():
        row = _locked(center)
        require(by, "socialorgs.manage_center", row)
        if count := row.tenancies.held_on(today).count():
            raise CenterInUse(count=count, center=row.name)
        row.closed_on = max(today, row.opened_on)
        row.save(update_fields=["closed_on"])
        after = {"closed_on": row.closed_on}
        audit.record(by=by, verb="socialorgs.center.closed", row=row, now=now, after=after, reason=reason)
        return row


def place_tenant(
    *,
    by: User,
    now: dt.datetime,
    center: ServiceCenter,
    organization: SocialOrganization,
    room: int,
    used_for: str,
    valid_from: dt.date,
) -> Tenancy:
    """Place an organization in a room of a center, which it may share.

    Raises:
        NotAllowed: neither of the community nor of the street.
        CenterClosed, NoSuchRoom, AlreadyPlaced, TenancyUnfit.
        OrganizationHindered: the organization may take part in nothing.
    """
    with transaction.atomic():
        row = _locked(center)
        require(by, "socialorgs.place_tenant", row)
        if not 1 <= room <= row.rooms:
            raise NoSuchRoom(field="room", center=row.name, rooms=row.rooms)
        if valid_from < row.opened_on:
            raise TenancyUnfit(field="valid_from", first=row.opened_on)
        if row.tenancies.filter(organization=organization, valid_to=None).exists():
            raise AlreadyPlaced(field="organization", organization=organization.name)
        require_good_standing(organization, timezone.localdate(now))
        tenancy = Tenancy(
            center=row,
            organization=organization,
            room=room,
            used_for=used_for.strip(),
            valid_from=valid_from,
            entered_at=now,
            entered_by=by,
        )
        tenancy.full_clean()
        tenancy.save()
        after = {"organization": organization.pk, "room": room, "valid_from": valid_from}
        audit.record(by=by, verb="socialorgs.center.tenant_placed", row=row, now=now, after=after)
        return tenancy


def end_tenancy(*, by: User, now: dt.datetime, tenancy: Tenancy, valid_to: dt.date, reason: str) -> Tenancy:
    """Enter the first day on which an organization is in its room no more, and why.

    Raises:
        NotAllowed: neither of the community nor of the street.
        ReasonMissing, TenancyEnded, EndUnfit.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        rows = Tenancy.objects.select_for_update(of=("self",)).select_related("center__division", "organization")
        row = rows.get(pk=tenancy.pk)
        require(by, "socialorgs.place_tenant", row)
        if row.valid_to is not None:
            raise TenancyEnded(day=row.valid_to)
        if valid_to <= row.valid_from:
            raise EndUnfit(field="valid_to", first=row.valid_from + dt.timedelta(days=1))
        row.valid_to = valid_to
        row.save(update_fields=["valid_to"])
        after = {"organization": row.organization_id, "valid_to": valid_to}
        verb = "socialorgs.center.tenant_moved_out"
        audit.record(by=by, verb=verb, row=row.center, now=now, after=after, reason=reason)
        return row
