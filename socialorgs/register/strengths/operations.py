"""Stating and checking what organizations can do; entering brands that were brought in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from communities.territory.models import Division, Tier
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.calendar.days import months_later
from governance.errors import Conflict, Invalid
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import OrganizationHindered, require_good_standing
from socialorgs.register.strengths.models import BroughtIn, Capability
from socialorgs.register.strengths.policy import CAPABILITY_MONTHS
from socialorgs.register.strengths.queries import fields_of

if TYPE_CHECKING:
    from governance.accounts.models import User

__all__ = ["OrganizationHindered"]


class FieldUnknown(Invalid):
    """The word is none of the fields of the place."""

    code = "capability_field_unknown"
    message = _("“%(field_name)s” is none of the fields here.")


class AreaTooFar(Invalid):
    """A body serves its own place, a part of it, or a place that holds it."""

    code = "capability_area_too_far"
    message = _("%(place)s does not lie in the district of the organization.")


class CapabilityKnown(Conflict):
    """One statement a field; a new one after the old has ended."""

    code = "capability_known"
    message = _("The organization has already stated what it can do in “%(field_name)s”. End that first.")


class BrandKnown(Conflict):
    """A body is brought in once."""

    code = "brand_known"
    message = _("It is already entered where %(organization)s comes from.")


class BroughtInLater(Invalid):
    """Nobody was brought in in the future, or before the body was founded."""

    code = "brought_in_on_another_day"
    message = _("The day lies between %(first)s and %(last)s.")


@dataclass(frozen=True, slots=True)
class Ability:
    """What a body says it can do in one field."""

    field: str
    summary: str
    staff_count: int
    area: Division
    certificates: str = ""


def state_capability(*, by: User, now: dt.datetime, organization: SocialOrganization, ability: Ability) -> Capability:
    """State what an organization can do in a field and where; another person checks it.

    Raises:
        NotAllowed: neither for the organization nor of the street.
        FieldUnknown, AreaTooFar, CapabilityKnown, PersonalNumbersFound.
        OrganizationHindered: it may take part in nothing.
    """
    require(by, "socialorgs.state_capability", organization)
    today = timezone.localdate(now)
    if ability.field not in fields_of(organization.division, today):
        raise FieldUnknown(field="field", field_name=ability.field)
    if not _near(organization.division, ability.area):
        raise AreaTooFar(field="area", place=ability.area.name)
    refuse_personal_numbers(summary=ability.summary, certificates=ability.certificates)
    require_good_standing(organization, today)
    row = Capability(
        organization=organization,
        field=ability.field,
        summary=ability.summary.strip(),
        staff_count=ability.staff_count,
        certificates=ability.certificates.strip(),
        area=ability.area,
        stated_at=now,
        stated_by=by,
    )
    row.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            row.save()
            after = {"field": row.field, "area": row.area_id}
            audit.record(by=by, verb="socialorgs.capability.stated", row=row, now=now, after=after)
    except IntegrityError as error:
        raise CapabilityKnown(field="field", field_name=row.field) from error
    return row


def _near(own: Division, area: Division) -> bool:
    """Tell whether an area holds a place or lies in the same district; at most one query."""
    if own.path.startswith(area.path):
        return True
    district = Division.objects.filter(pk__in=own.ancestor_ids, tier=Tier.DISTRICT).first()
    return area.path.startswith(district.path if district else own.path)


def check_capability(*, by: User, now: dt.datetime, capability: Capability) -> Capability:
    """Confirm what an organization can do; it holds for as long as the rules of the place say.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    months = value(CAPABILITY_MONTHS, capability.division, timezone.localdate(now))
    valid_to = months_later(timezone.localdate(now), months)
    return lifecycle.move(capability, "check", by=by, now=now, changes={"valid_to": valid_to})


def return_capability(*, by: User, now: dt.datetime, capability: Capability, reason: str) -> Capability:
    """Do not confirm it, and say why; another statement may follow.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(capability, "send_back", by=by, now=now, reason=reason, changes={"remark": reason.strip()})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a brand comes from and what it was brought in for."""

    brand: str
    origin_city: str
    fields: Sequence[str]
    agreement_number: str
    brought_in_on: dt.date


def bring_in(*, by: User, now: dt.datetime, organization: SocialOrganization, origin: Origin) -> BroughtIn:
    """Enter that a body belongs to a brand of another city which the district has brought in.

    Raises:
        NotAllowed: not of the district.
        FieldUnknown, BroughtInLater, BrandKnown.
    Basis: report on Wuhou 2015.
    """
    require(by, "socialorgs.bring_in", organization)
    today = timezone.localdate(now)
    known = fields_of(organization.division, today)
    for word in origin.fields:
        if word not in known:
            raise FieldUnknown(field="fields", field_name=word)
    if not organization.founded_on <= origin.brought_in_on <= today:
        raise BroughtInLater(field="brought_in_on", first=organization.founded_on, last=today)
    row = BroughtIn(
        organization=organization,
        brand=origin.brand.strip(),
        origin_city=origin.origin_city.strip(),
        fields=list(dict.fromkeys(origin.fields)),
        agreement_number=origin.agreement_number.strip(),
        brought_in_on=origin.brought_in_on,
        entered_at=now,
        entered_by=by,
    )
    row.full_clean(validate_unique=False)
    if BroughtIn.objects.filter(organization=organization).exists():
        raise BrandKnown(organization=organization.name)
    try:
        with transaction.atomic():
            row.save()
            after = {"brand": row.brand, "origin_city": row.origin_city, "fields": row.fields}
            audit.record(by=by, verb="socialorgs.brand.brought_in", row=row, now=now, after=after)
    except IntegrityError as error:
        raise BrandKnown(organization=organization.name) from error
    return row
