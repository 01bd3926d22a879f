"""Members of federations come and go; what bodies offer is used, and never more than was offered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.territory.models import Division
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow
from governance.lifecycle import ReasonMissing
from socialorgs.register.lifecycle import ENDED
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import require_good_standing
from socialorgs.register.refusals import EndUnfit, OrganizationEnded
from socialorgs.register.ties.models import UMBRELLAS, FederationMember, OfferedResource, ResourceUse

if TYPE_CHECKING:
    from governance.accounts.models import User


class NoUmbrella(Invalid):
    """Only a federation or a chamber has other bodies as members."""

    code = "organization_has_no_members"
    message = _("“%(organization)s” is neither a federation nor a chamber.")


class MemberUnfit(Invalid):
    """A body is no member of itself."""

    code = "federation_member_unfit"
    message = _("“%(organization)s” cannot be its own member.")


class MemberKnown(Conflict):
    """A body joins a federation once."""

    code = "federation_member_known"
    message = _("“%(organization)s” is already a member.")


class TieEnded(NotNow):
    """A membership or an offer ends once."""

    code = "tie_ended"
    message = _("This already ends on %(day)s.")


class OfferExceeded(NotNow):
    """Of an offer never more is used than there is."""

    code = "resource_exceeded"
    message = _("%(left)s %(unit)s of “%(resource)s” are left.")


class UseUnfit(Invalid):
    """A use lies within the time of its offer and not in the future."""

    code = "resource_use_unfit"
    message = _("The day lies within the time of the offer and not in the future.")


def add_member(
    *,
    by: User,
    now: dt.datetime,
    federation: SocialOrganization,
    member: SocialOrganization,
    valid_from: dt.date,
    duty: str = "",
) -> FederationMember:
    """Enter that an organization has joined a federation or chamber.

    Raises:
        NotAllowed: neither for the federation nor of the street.
        NoUmbrella, MemberUnfit, MemberKnown, OrganizationEnded.
    """
    with transaction.atomic():
        row = SocialOrganization.objects.select_for_update(of=("self",), no_key=True).get(pk=federation.pk)
        require(by, "socialorgs.keep_federation", row)
        if row.organization_type not in UMBRELLAS:
            raise NoUmbrella(field="member", organization=row.name)
        if row.pk == member.pk:
            raise MemberUnfit(field="member", organization=row.name)
        for body in (row, member):
            if body.status in ENDED:
                raise OrganizationEnded(organization=body.name, status=body.get_status_display())
        if row.member_ties.filter(member=member, valid_to=None).exists():
            raise MemberKnown(field="member", organization=member.name)
        tie = FederationMember(
            federation=row, member=member, duty=duty.strip(), valid_from=valid_from, entered_at=now, entered_by=by
        )
        tie.full_clean()
        tie.save()
        after = {"member": member.pk, "valid_from": valid_from}
        audit.record(by=by, verb="socialorgs.federation.member_added", row=row, now=now, after=after)
        return tie


def end_member(
    *, by: User, now: dt.datetime, tie: FederationMember, valid_to: dt.date, reason: str
) -> FederationMember:
    """Enter the first day on which an organization is a member no more, and why.

    Raises:
        NotAllowed: neither for the federation nor of the street.
        ReasonMissing, TieEnded, EndUnfit.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        rows = FederationMember.objects.select_for_update(of=("self",)).select_related("federation__division", "member")
        row = rows.get(pk=tie.pk)
        require(by, "socialorgs.end_federation_member", row)
        if row.valid_to is not None:
            raise TieEnded(day=row.valid_to)
        if valid_to <= row.valid_from:
            raise EndUnfit(field="valid_to", first=row.valid_from + dt.timedelta(days=1))
        row.valid_to = valid_to
        row.save(update_fields=["valid_to"])
        after = {"member": row.member_id, "valid_to": valid_to}
        verb = "socialorgs.federation.member_left"
        audit.record(by=by, verb=verb, row=row.federation, now=now, after=after, reason=reason)
        return row


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered, in whole units."""

    kind: str
    title: str
    quantity: int
    unit: str
    valid_from: dt.date
    valid_to: dt.date | None = None


def offer_resource(*, by: User, now: dt.datetime, organization: SocialOrganization, offer: Offer) -> OfferedResource:
    """Offer something to the governance of a place.

    Raises:
        NotAllowed: neither for the organization nor of the street.
        OrganizationHindered, PersonalNumbersFound, EndUnfit.
    Basis: report on Jiangbei (street chambers).
    """
    require(by, "socialorgs.offer_resource", organization)
    refuse_personal_numbers(title=offer.title)
    require_good_standing(organization, timezone.localdate(now))
    if offer.valid_to is not None and offer.valid_to <= offer.valid_from:
        raise EndUnfit(field="valid_to", first=offer.valid_from + dt.timedelta(days=1))
    row = OfferedResource(
        organization=organization,
        kind=offer.kind,
        title=offer.title.strip(),
        quantity=offer.quantity,
        unit=offer.unit.strip(),
        valid_from=offer.valid_from,
        valid_to=offer.valid_to,
        offered_at=now,
        offered_by=by,
    )
    row.full_clean()
    with transaction.atomic():
        row.save()
        after = {"kind": row.kind, "title": row.title, "quantity": row.quantity}
        audit.record(by=by, verb="socialorgs.resource.offered", row=row, now=now, after=after)
    return row


def end_offer(
    *, by: User, now: dt.datetime, resource: OfferedResource, valid_to: dt.date, reason: str
) -> OfferedResource:
    """Enter the first day on which something is offered no more, and why; what was used stays.

    Raises:
        NotAllowed: neither for the organization nor of the street.
        ReasonMissing, TieEnded, EndUnfit.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        row = _locked(resource)
        require(by, "socialorgs.end_offer", row)
        if row.valid_to is not None and row.valid_to <= valid_to:
            raise TieEnded(day=row.valid_to)
        if valid_to <= row.valid_from:
            raise EndUnfit(field="valid_to", first=row.valid_from + dt.timedelta(days=1))
        before = {"valid_to": row.valid_to}
        row.valid_to = valid_to
        row.save(update_fields=["valid_to"])
        after, verb = {"valid_to": valid_to}, "socialorgs.resource.ended"
        audit.record(by=by, verb=verb, row=row, now=now, before=before, after=after, reason=reason)
        return row


def _locked(resource: OfferedResource) -> OfferedResource:
    rows = OfferedResource.objects.select_for_update(of=("self",)).select_related("organization__division")
    return rows.get(pk=resource.pk)


@dataclass(frozen=True, slots=True)
class Use:
    """How much was used where, for what and when."""

    division: Division
    used_on: dt.date
    quantity: int
    purpose: str


def use_resource(*, by: User, now: dt.datetime, resource: OfferedResource, use: Use) -> ResourceUse:
    """Enter that something of an offer was used in a place.

    Raises:
        NotAllowed: neither of the place nor of the street or district.
        UseUnfit, OfferExceeded, PersonalNumbersFound.
    """
    require(by, "socialorgs.use_resource", use.division)
    refuse_personal_numbers(purpose=use.purpose)
    with transaction.atomic():
        offer = _locked(resource)
        is_over = offer.valid_to is not None and use.used_on >= offer.valid_to
        if is_over or not offer.valid_from <= use.used_on <= timezone.localdate(now):
            raise UseUnfit(field="used_on")
        used = offer.uses.aggregate(total=Sum("quantity"))["total"] or 0
        if used + use.quantity > offer.quantity:
            raise OfferExceeded(field="quantity", left=offer.quantity - used, unit=offer.unit, resource=offer.title)
        row = ResourceUse(
            resource=offer,
            division=use.division,
            used_on=use.used_on,
            quantity=use.quantity,
            purpose=use.purpose.strip(),
            entered_at=now,
            entered_by=by,
        )
        row.full_clean()
        row.save()
        after = {"used_on": use.used_on, "quantity": use.quantity, "purpose": row.purpose}
        audit.record(by=by, verb="socialorgs.resource.used", row=offer, now=now, after=after)
        return row
