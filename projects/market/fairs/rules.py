"""Who may do what with fairs: streets and the district hold them, organizations and enterprises note what they intend."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import community_staff, district_admin, district_officer, street
from funds.enterprises.rules import enterprise_person
from projects.market.fairs.models import FairIntention
from socialorgs.register.queries import organizations_of


@rules.predicate
def of_the_body(user: Any, row: Any = None) -> bool:
    """Tell whether the user acts for the body that intends something; without one: for any body."""
    if isinstance(row, FairIntention):
        if row.organization_id:
            return row.organization_id in organizations_of(user)
        return bool(enterprise_person(user, row))
    return bool(organizations_of(user)) or bool(enterprise_person(user))


holder = community_staff | street | district_admin | district_officer

rules.add_perm("projects.manage_fair", holder)
rules.add_perm("projects.note_intention", of_the_body)
rules.add_perm("projects.drop_intention", of_the_body | holder)
