"""Who may do what with shops, resources and rooms: their keepers, the organizations, the staff of the place."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import community_staff, reader, street
from projects.market.rules import signed_in
from projects.market.sharing.models import Merchant, MerchantOffer, ResourceBooking, VenueCession
from socialorgs.register.queries import organizations_of


@rules.predicate
def shop_keeper(user: Any, row: Any = None) -> bool:
    """Tell whether the user publishes for the shop; without a row: for any."""
    if not getattr(user, "is_authenticated", False):
        return False
    if row is None:
        return True
    shop = row.merchant if isinstance(row, MerchantOffer) else row
    return isinstance(shop, Merchant) and shop.keeper_id == user.pk


@rules.predicate
def provider(user: Any, row: Any = None) -> bool:
    """Tell whether the user acts for the organization that provides the resource; without a row: for any."""
    if row is None:
        return bool(organizations_of(user))
    resource = row.resource if isinstance(row, ResourceBooking) else row
    return getattr(resource, "organization_id", None) in organizations_of(user)


@rules.predicate
def own_booking(user: Any, row: Any = None) -> bool:
    """Tell whether the booking is the user's own; without a row: people may have some."""
    if not getattr(user, "is_authenticated", False):
        return False
    return not isinstance(row, ResourceBooking) or row.person_id == user.pk


@rules.predicate
def cession_person(user: Any, row: Any = None) -> bool:
    """Tell whether the user acts for the organization that uses the room; without a row: for any."""
    own = organizations_of(user)
    return bool(own) if row is None else isinstance(row, VenueCession) and row.organization_id in own


staff_here = community_staff | street

rules.add_perm("projects.join_merchant", staff_here)
rules.add_perm("projects.publish_offer", shop_keeper | staff_here)
rules.add_perm("projects.remove_offer", shop_keeper | staff_here)
rules.add_perm("projects.open_resource", staff_here)
rules.add_perm("projects.keep_resource", provider | staff_here)
rules.add_perm("projects.book_resource", signed_in)
rules.add_perm("projects.view_booking", own_booking | provider | reader)
rules.add_perm("projects.cancel_booking", own_booking | provider | staff_here)
rules.add_perm("projects.manage_cession", staff_here)
rules.add_perm("projects.act_for_cession", cession_person)
rules.add_perm("projects.review_cession", staff_here)
