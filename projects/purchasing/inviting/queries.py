"""Reads over invitations: who is able, who was asked, and what waits for who was asked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef

from projects.purchasing.inviting.models import PurchaseInvitation
from projects.purchasing.models import Purchase, PurchaseQuerySet
from socialorgs.register.models import OrganizationQuerySet, SocialOrganization
from socialorgs.register.queries import organizations_of
from socialorgs.register.strengths.queries import able_to

if TYPE_CHECKING:
    from collections.abc import Collection

OFFERED = ("DRAFT", "SUBMITTED", "QUALIFIED", "REJECTED")
"""States of an offer that was not withdrawn."""


def able_for(purchase: Purchase, day: dt.date) -> OrganizationQuerySet:
    """Return the bodies whose checked capability in the field of a purchase reaches where it is carried out.

    None for a purchase that names no field.
    """
    if not purchase.field:
        return SocialOrganization.objects.none()
    return able_to(purchase.field, purchase.landing, day)


def invited_to(purchase: Purchase) -> list[SocialOrganization]:
    """Return the bodies that a purchase asks by name, in their order; one query."""
    rows = PurchaseInvitation.objects.filter(purchase=purchase).select_related("organization")
    return [row.organization for row in rows]


def may_offer(purchase: Purchase, organizations: Collection[int]) -> list[int]:
    """Return which of these bodies may offer: all, or those that were asked where bodies were; one query."""
    asked = set(PurchaseInvitation.objects.filter(purchase=purchase).values_list("organization", flat=True))
    return [key for key in organizations if not asked or key in asked]


def invitations_for(user: Any, now: dt.datetime) -> PurchaseQuerySet:
    """Return the purchases that ask a body of this person for an offer and have none of it, the nearest end first."""
    offered = Purchase.objects.filter(
        pk=OuterRef("purchase"), offers__organization=OuterRef("organization"), offers__status__in=OFFERED
    )
    asked = PurchaseInvitation.objects.filter(~Exists(offered), organization__in=organizations_of(user))
    rows = Purchase.objects.taking_offers(now).filter(pk__in=asked.values("purchase"))
    return rows.select_related("buyer", "landing", "item").order_by("offers_until", "pk")
