"""Who enters members of federations, offers resources and enters what of them was used."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import community_staff, district_admin, district_officer, reader, street
from socialorgs.register.queries import organizations_of
from socialorgs.register.rules import organization_person
from socialorgs.register.ties.models import FederationMember, OfferedResource


@rules.predicate
def federation_person(user: Any, row: Any = None) -> bool:
    """Tell whether the user acts for the federation of a membership; without one: for any body."""
    if row is None:
        return bool(organizations_of(user))
    return isinstance(row, FederationMember) and row.federation_id in organizations_of(user)


@rules.predicate
def offering_person(user: Any, row: Any = None) -> bool:
    """Tell whether the user acts for the body that offers a resource; without one: for any."""
    if row is None:
        return bool(organizations_of(user))
    return isinstance(row, OfferedResource) and row.organization_id in organizations_of(user)


officers = street | district_admin | district_officer

rules.add_perm("socialorgs.view_tie", rules.predicates.always_true)
rules.add_perm("socialorgs.read_ties", reader)
rules.add_perm("socialorgs.keep_federation", organization_person | officers)
rules.add_perm("socialorgs.end_federation_member", federation_person | officers)
rules.add_perm("socialorgs.offer_resource", organization_person | officers)
rules.add_perm("socialorgs.end_offer", offering_person | officers)
rules.add_perm("socialorgs.use_resource", community_staff | officers)
