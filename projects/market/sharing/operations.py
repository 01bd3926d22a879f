"""Shops and their offers of the day, open resources and their bookings, rooms that are lent against service."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from communities.territory.models import Division
from communities.venues.models import Venue
from communities.venues.policy import PropertyClass
from funds.enterprises.models import CommunityEnterprise
from governance import lifecycle
from governance.accounts.models import User, UserKind
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import constraint_of
from governance.outbox import operations as outbox
from projects.market.queries import residence_of
from projects.market.sharing import refusals
from projects.market.sharing.lifecycle import BookingStatus, CessionStatus
from projects.market.sharing.models import (
    CessionService,
    Merchant,
    MerchantOffer,
    OpenResource,
    ResourceBooking,
    VenueCession,
)
from projects.market.sharing.policy import (
    BOOKING_DAYS,
    OFFER_DAYS,
    OFFERS_A_DAY,
    OPEN_BOOKINGS,
    ResourceKind,
)
from projects.market.sharing.queries import served_of
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import require_good_standing

if TYPE_CHECKING:
    from django.db.models import Model

    from governance.errors import DomainError

NOTHING, MOST_HOURS = Decimal(0), Decimal(24)
LONGEST_BOOKING = dt.timedelta(hours=12)


def _save(row: Model, known: dict[str, type[DomainError]]) -> None:
    """Check and insert a row; what a constraint finds against it is said in words."""
    row.full_clean(validate_constraints=False, validate_unique=False)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        constraint = constraint_of(error)
        if constraint not in known:
            raise
        raise known[constraint] from error


# --- Shops


def join_merchant(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    name: str,
    line: str,
    address: str,
    keeper: User,
    consented_on: dt.date,
    enterprise: CommunityEnterprise | None = None,
) -> Merchant:
    """Enter a shop that has consented in writing to take part, with the person who publishes for it.

    Raises:
        NotAllowed: no staff of the place.
        ShopKnown: a shop of this name takes part here.
        ShopUnfit: the consent lies ahead, the enterprise is of another place, or the keeper is no person.
        PersonalNumbersFound.
    Basis: report S3 (shops publish daily offers).
    """
    require(by, "projects.join_merchant", division)
    refuse_personal_numbers(name=name, line=line, address=address)
    if consented_on > timezone.localdate(now):
        raise refusals.ShopUnfit(field="consented_on", reason=_("The consent cannot lie in the future."))
    if enterprise is not None and enterprise.division_id != division.pk:
        raise refusals.ShopUnfit(field="enterprise", reason=_("The enterprise belongs to another place."))
    if keeper.kind not in (UserKind.RESIDENT, UserKind.STAFF):
        raise refusals.ShopUnfit(field="keeper", reason=_("A person publishes for a shop."))
    row = Merchant(
        division=division,
        name=name.strip(),
        line=line.strip(),
        address=address.strip(),
        keeper=keeper,
        consented_on=consented_on,
        enterprise=enterprise,
        joined_at=now,
        joined_by=by,
    )
    with transaction.atomic():
        _save(row, {"merchant_name_once_in_a_place": refusals.ShopKnown})
        audit.record(by=by, verb="projects.merchant.joined", row=row, now=now, after={"name": row.name})
    return row


def leave_merchant(*, by: User, now: dt.datetime, merchant: Merchant, reason: str) -> Merchant:
    """Let a shop leave, with the reason: its offers are no longer shown.

    Raises:
        NotAllowed: neither its keeper nor staff of the place.
        ReasonMissing.
        ShopUnfit: it has left.
    """
    require(by, "projects.remove_offer", merchant)
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    with transaction.atomic():
        row = Merchant.objects.select_for_update(of=("self",)).get(pk=merchant.pk)
        if row.left_on is not None:
            raise refusals.ShopUnfit(reason=_("The shop has left already."))
        row.left_on = timezone.localdate(now)
        row.save(update_fields=["left_on"])
        after = {"left_on": row.left_on}
        audit.record(by=by, verb="projects.merchant.left", row=row, now=now, after=after, reason=reason)
    return row


def publish_offer(
    *,
    by: User,
    now: dt.datetime,
    merchant: Merchant,
    day: dt.date,
    text: str,
    kind: str = "DISCOUNT",
    price: Decimal | None = None,
    usual_price: Decimal | None = None,
) -> MerchantOffer:
    """Publish what a shop offers on one day, today or one of the next.

    Raises:
        NotAllowed: neither its keeper nor staff of the place.
        OfferUnfit: the shop has left, the day is past or too far ahead, or the price is no discount.
        TooManyOffers, OfferSaid, PersonalNumbersFound.
    Basis: report S3.
    """
    require(by, "projects.publish_offer", merchant)
    refuse_personal_numbers(text=text)
    today = timezone.localdate(now)
    with transaction.atomic():
        shop = Merchant.objects.select_for_update(of=("self",), no_key=True).get(pk=merchant.pk)
        if shop.left_on is not None:
            raise refusals.OfferUnfit(reason=_("The shop no longer takes part."))
        ahead = value(OFFER_DAYS, shop.division, today)
        if not today <= day <= today + dt.timedelta(days=ahead):
            raise refusals.OfferUnfit(
                field="day", reason=_("An offer is for today or one of the next %(days)s days.") % {"days": ahead}
            )
        one_price = (price is None) != (usual_price is None)
        if one_price or (price is not None and usual_price is not None and not 0 <= price < usual_price):
            raise refusals.OfferUnfit(
                field="price", reason=_("Give both prices, that of the day below the usual one, or neither.")
            )
        if kind != "DISCOUNT" and price is not None:
            raise refusals.OfferUnfit(field="price", reason=_("Only a discount has prices."))
        count = MerchantOffer.objects.standing(day).filter(merchant=shop).count()
        most = value(OFFERS_A_DAY, shop.division, today)
        if count >= most:
            raise refusals.TooManyOffers(count=count, most=most)
        row = MerchantOffer(
            merchant=shop,
            day=day,
            kind=kind,
            text=text.strip(),
            price=price,
            usual_price=usual_price,
            published_at=now,
            published_by=by,
        )
        _save(row, {"merchantoffer_said_once": refusals.OfferSaid})
        audit.record(by=by, verb="projects.merchant_offer.published", row=row, now=now, after={"day": day})
        outbox.emit(by=by, topic="projects.merchant_offer.published", row=row, now=now)
    return row


def remove_offer(*, by: User, now: dt.datetime, offer: MerchantOffer, reason: str) -> MerchantOffer:
    """Take an offer down, as its keeper or as staff, with the reason.

    Raises:
        NotAllowed: neither its keeper nor staff of the place.
        ReasonMissing, OfferGone.
    """
    require(by, "projects.remove_offer", offer)
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    with transaction.atomic():
        row = MerchantOffer.objects.select_for_update(of=("self",)).get(pk=offer.pk)
        if row.removed_at is not None:
            raise refusals.OfferGone
        row.removed_at, row.removed_by = now, by
        row.save(update_fields=["removed_at", "removed_by"])
        audit.record(by=by, verb="projects.merchant_offer.removed", row=row, now=now, reason=reason)
    return row


# --- Resources and bookings


@dataclass(frozen=True, slots=True)
class Opened:
    """What is said of a resource."""

    title: str
    kind: str
    field: str
    place: str
    text: str
    seats: int
    opens: dt.time
    closes: dt.time
    venue: Venue | None = None
    organization: SocialOrganization | None = None


def open_resource(*, by: User, now: dt.datetime, division: Division, opened: Opened) -> OpenResource:
    """Enter a room, a thing or a regular service that is open to people; who runs a room follows from its venue.

    Raises:
        NotAllowed: no staff of the place.
        ResourceUnfit: a room without its venue, a venue of another place or given up, or hours that run backwards.
        PersonalNumbersFound.
    Basis: reports S3 (three classes, two lines), S4 (resources are opened to society).
    """
    require(by, "projects.open_resource", division)
    refuse_personal_numbers(title=opened.title, place=opened.place, text=opened.text)
    if opened.kind == ResourceKind.ROOM and opened.venue is None:
        raise refusals.ResourceUnfit(field="venue", reason=_("Say in which venue the room is."))
    if opened.venue is not None and (opened.venue.division_id != division.pk or opened.venue.closed_on is not None):
        raise refusals.ResourceUnfit(field="venue", reason=_("The venue is of another place, or was given up."))
    if opened.closes <= opened.opens:
        raise refusals.ResourceUnfit(field="closes", reason=_("It closes after it opens."))
    row = OpenResource(
        **{name: getattr(opened, name) for name in opened.__slots__},
        division=division,
        opened_at=now,
        opened_by=by,
    )
    with transaction.atomic():
        _save(row, {})
        audit.record(by=by, verb="projects.open_resource.opened", row=row, now=now, after={"title": row.title})
    return row


def close_resource(*, by: User, now: dt.datetime, resource: OpenResource, reason: str) -> OpenResource:
    """Close a resource, with the reason; what is confirmed stays.

    Raises:
        NotAllowed: no staff of the place.
        ReasonMissing, ResourceClosed.
    """
    require(by, "projects.open_resource", resource)
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    with transaction.atomic():
        row = OpenResource.objects.select_for_update(of=("self",)).get(pk=resource.pk)
        if row.closed_on is not None:
            raise refusals.ResourceClosed
        row.closed_on = timezone.localdate(now)
        row.save(update_fields=["closed_on"])
        audit.record(by=by, verb="projects.open_resource.closed", row=row, now=now, reason=reason)
    return row


def book_resource(
    *,
    by: User,
    now: dt.datetime,
    resource: OpenResource,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    people: int,
    about: str,
) -> ResourceBooking:
    """Ask for a resource at a time within its hours; who provides it answers.

    Raises:
        BookingForResidents: no confirmed grown-up resident.
        BookingUnfit: the time or the number of people does not fit.
        ResourceClosed, TooManyBookings, TimeTaken, PersonalNumbersFound.
    Basis: report S4.
    """
    refuse_personal_numbers(about=about)
    today = timezone.localdate(now)
    if residence_of(by, today) is None:
        raise refusals.BookingForResidents
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        place = OpenResource.objects.select_for_update(of=("self",), no_key=True).get(pk=resource.pk)
        if place.closed_on is not None:
            raise refusals.ResourceClosed
        _check_time(place, starts_at, ends_at, now)
        if not 1 <= people <= place.seats:
            raise refusals.BookingUnfit(
                field="people", reason=_("No more than %(seats)s people at the same time.") % {"seats": place.seats}
            )
        open_ones = ResourceBooking.objects.filter(person=by, status__in=["ASKED", "CONFIRMED"], ends_at__gt=now)
        count, most = open_ones.count(), value(OPEN_BOOKINGS, place.division, today)
        if count >= most:
            raise refusals.TooManyBookings(count=count, most=most)
        _check_free(place, starts_at, ends_at)
        row = ResourceBooking(
            resource=place,
            person=by,
            starts_at=starts_at,
            ends_at=ends_at,
            people=people,
            about=about.strip(),
            is_exclusive=place.kind == ResourceKind.ROOM,
            asked_at=now,
        )
        _save(row, {})
        audit.record(by=by, verb="projects.resource_booking.asked", row=row, now=now, after={"resource": place.pk})
        outbox.emit(by=by, topic="projects.resource_booking.asked", row=row, now=now)
    return row


def _check_time(place: OpenResource, starts_at: dt.datetime, ends_at: dt.datetime, now: dt.datetime) -> None:
    begins, ends = timezone.localtime(starts_at), timezone.localtime(ends_at)
    if not dt.timedelta(0) < ends_at - starts_at <= LONGEST_BOOKING or begins.date() != ends.date():
        raise refusals.BookingUnfit(field="ends_at", reason=_("A booking ends after it begins, on the same day."))
    if begins.time() < place.opens or ends.time() > place.closes:
        raise refusals.BookingUnfit(
            field="starts_at",
            reason=_("It is open from %(opens)s to %(closes)s.")
            % {"opens": f"{place.opens:%H:%M}", "closes": f"{place.closes:%H:%M}"},
        )
    ahead = value(BOOKING_DAYS, place.division, timezone.localdate(now))
    if not now < starts_at <= now + dt.timedelta(days=ahead):
        raise refusals.BookingUnfit(
            field="starts_at", reason=_("A booking begins within the next %(days)s days.") % {"days": ahead}
        )


def _check_free(place: OpenResource, starts_at: dt.datetime, ends_at: dt.datetime) -> None:
    """Refuse a time at which a room is somebody else's, by a booking or lent."""
    if place.kind != ResourceKind.ROOM:
        return
    others = place.bookings.filter(
        status__in=[BookingStatus.CONFIRMED, BookingStatus.USED], starts_at__lt=ends_at, ends_at__gt=starts_at
    )
    day = timezone.localdate(starts_at)
    lent = place.cessions.filter(status=CessionStatus.RUNNING, starts_on__lte=day, ends_on__gt=day)
    if others.exists() or lent.exists():
        raise refusals.TimeTaken(field="starts_at")


def confirm_booking(*, by: User, now: dt.datetime, booking: ResourceBooking) -> ResourceBooking:
    """Confirm a booking; a room is one booking's at a time.

    Raises:
        TimeTaken: another was confirmed for that time, or the room is lent.
        MoveForbidden, MoveClosed: as for every move.
    """
    lifecycle.require(booking, "confirm", by=by)
    with transaction.atomic():
        place = OpenResource.objects.select_for_update(of=("self",), no_key=True).get(pk=booking.resource_id)
        _check_free(place, booking.starts_at, booking.ends_at)
        return lifecycle.move(booking, "confirm", by=by, now=now)


def decline_booking(*, by: User, now: dt.datetime, booking: ResourceBooking, reason: str) -> ResourceBooking:
    """Decline a booking, with the reason, which the person reads.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    refuse_personal_numbers(reason=reason)
    changes = {"answer": reason.strip()}
    return lifecycle.move(booking, "decline", by=by, now=now, reason=reason, changes=changes)


# --- Rooms against service


def offer_cession(
    *,
    by: User,
    now: dt.datetime,
    resource: OpenResource,
    organization: SocialOrganization,
    starts_on: dt.date,
    ends_on: dt.date,
    hours_owed: Decimal,
    what_for: str,
) -> VenueCession:
    """Offer an organization the free use of a room against hours of service; it runs when the organization has agreed.

    Raises:
        NotAllowed: no staff of the place.
        CessionUnfit: no public room, or a time or a number of hours that cannot be.
        HoursOwed: the organization served less than it had agreed to for a room before.
        OrganizationHindered, ResourceClosed, PersonalNumbersFound.
    Basis: report S2 (service places are lent free of charge against service).
    """
    require(by, "projects.manage_cession", resource)
    refuse_personal_numbers(what_for=what_for)
    today = timezone.localdate(now)
    venue = resource.venue
    if resource.kind != ResourceKind.ROOM or venue is None or venue.property_class == PropertyClass.MARKET:
        raise refusals.CessionUnfit(field="resource", reason=_("Only rooms of public benefit are lent free of charge."))
    if resource.closed_on is not None:
        raise refusals.ResourceClosed
    if not today <= starts_on < ends_on:
        raise refusals.CessionUnfit(field="ends_on", reason=_("The use begins today or later, and ends after it."))
    if hours_owed <= 0:
        raise refusals.CessionUnfit(field="hours_owed", reason=_("Something is owed for the room."))
    require_good_standing(organization, today)
    _refuse_who_owes(organization)
    row = VenueCession(
        resource=resource,
        organization=organization,
        starts_on=starts_on,
        ends_on=ends_on,
        hours_owed=hours_owed,
        what_for=what_for.strip(),
        offered_at=now,
        offered_by=by,
    )
    with transaction.atomic():
        _save(row, {})
        after = {"organization": organization.pk, "hours_owed": hours_owed}
        audit.record(by=by, verb="projects.venue_cession.offered", row=row, now=now, after=after)
    return row


def _refuse_who_owes(organization: SocialOrganization) -> None:
    last = (
        VenueCession.objects.filter(organization=organization, status=CessionStatus.REVIEWED)
        .select_related("resource")
        .order_by("-reviewed_at", "-pk")
        .first()
    )
    if last is not None and last.lacks:
        raise refusals.HoursOwed(organization=organization.name, hours=last.lacks, room=last.resource.title)


def agree_cession(*, by: User, now: dt.datetime, cession: VenueCession) -> VenueCession:
    """Agree to the use of a room, for the organization.

    Raises:
        OrganizationHindered: it may take no part.
        TimeTaken: the room is lent to somebody else at that time.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    lifecycle.require(cession, "agree", by=by)
    require_good_standing(cession.organization, timezone.localdate(now))
    try:
        with transaction.atomic():
            return lifecycle.move(cession, "agree", by=by, now=now)
    except IntegrityError as error:
        if "venuecession_overlaps_no_other" not in str(error):
            raise
        raise refusals.TimeTaken from error


def report_service(
    *, by: User, now: dt.datetime, cession: VenueCession, served_on: dt.date, hours: Decimal, text: str
) -> CessionService:
    """Report hours served for a room, for the organization.

    Raises:
        NotAllowed: not for this organization.
        CessionNotNow: the use does not run.
        CessionUnfit: a day outside the use or ahead, or hours that no day has.
        ServiceReported, PersonalNumbersFound.
    """
    require(by, "projects.act_for_cession", cession)
    refuse_personal_numbers(text=text)
    with transaction.atomic():
        row = VenueCession.objects.select_for_update(of=("self",), no_key=True).get(pk=cession.pk)
        if row.status != CessionStatus.RUNNING:
            raise refusals.CessionNotNow(reason=_("The free use does not run."))
        if not row.starts_on <= served_on < row.ends_on or served_on > timezone.localdate(now):
            raise refusals.CessionUnfit(field="served_on", reason=_("The day lies outside the use, or ahead."))
        if not NOTHING < hours <= MOST_HOURS:
            raise refusals.CessionUnfit(field="hours", reason=_("A day has 24 hours."))
        service = CessionService(
            cession=row, served_on=served_on, hours=hours, text=text.strip(), reported_at=now, reported_by=by
        )
        _save(service, {"cessionservice_reported_once": refusals.ServiceReported})
        after = {"served_on": served_on, "hours": hours}
        audit.record(by=by, verb="projects.venue_cession.service_reported", row=row, now=now, after=after)
    return service


def check_service(*, by: User, now: dt.datetime, service: CessionService, is_right: bool) -> CessionService:
    """Confirm or refuse reported hours, as staff of the place and somebody else than who reported them.

    Raises:
        NotAllowed: no staff of the place.
        SamePerson: `by` reported them.
        CessionNotNow: they were looked at already.
    """
    require(by, "projects.manage_cession", service.cession)
    if service.reported_by_id == by.pk:
        raise lifecycle.SamePerson(move=_("look at the hours"))
    with transaction.atomic():
        row = CessionService.objects.select_for_update(of=("self",)).get(pk=service.pk)
        if row.checked_by_id is not None:
            raise refusals.CessionNotNow(reason=_("Somebody has looked at it already."))
        row.checked_by = by
        row.confirmed_at, row.refused_at = (now, None) if is_right else (None, now)
        row.save(update_fields=["checked_by", "confirmed_at", "refused_at"])
        after = {"hours": row.hours, "is_right": is_right}
        audit.record(by=by, verb="projects.venue_cession.service_checked", row=service.cession, now=now, after=after)
    return row


def review_cession(*, by: User, now: dt.datetime, cession: VenueCession, review: str) -> VenueCession:
    """Review a use that is over: the hours that were confirmed beside those that are owed.

    Raises:
        CessionNotNow: it is not over.
        ReasonMissing: nothing is said.
        MoveForbidden, SamePerson, MoveClosed, MoveHindered: as for every move.
    Basis: report S2.
    """
    lifecycle.require(cession, "review", by=by)
    if not review.strip():
        raise lifecycle.ReasonMissing(field="review")
    with transaction.atomic():
        row = VenueCession.objects.select_for_update(of=("self",)).get(pk=cession.pk)
        if timezone.localdate(now) < row.ends_on:
            raise refusals.CessionNotNow(reason=_("The use runs until %(day)s.") % {"day": row.ends_on})
        changes = {"review": review.strip(), "hours_served": served_of(row)}
        return lifecycle.move(row, "review", by=by, now=now, changes=changes)


def end_cession(*, by: User, now: dt.datetime, cession: VenueCession, reason: str) -> VenueCession:
    """End a use early, with the reason.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    changes = {"review": reason.strip(), "hours_served": served_of(cession)}
    return lifecycle.move(cession, "end", by=by, now=now, reason=reason, changes=changes)
