"""Who may do what in the ballots room. Who may vote in a ballot stands on its roll."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.models import Role
from communities.people.rules import community_staff, district_admin, holds, reader, street, supervisor
from governance.accounts.models import UserKind

paper_worker = holds(Role.COMMUNITY_STAFF, Role.GRID_WORKER)


@rules.predicate
def is_person(user: Any, row: Any = None) -> bool:
    """Whether a person is signed in: partner systems and the clock never vote and never take votes in."""
    del row
    return getattr(user, "kind", None) in {UserKind.RESIDENT, UserKind.STAFF}


rules.add_perm("consultation.view_ballot", reader)
rules.add_perm("consultation.manage_ballot", community_staff | street | district_admin)
rules.add_perm("consultation.count_ballot", community_staff | street | supervisor)
rules.add_perm("consultation.cast_vote", is_person)
rules.add_perm("consultation.enter_paper_vote", is_person & paper_worker)
rules.add_perm("consultation.keep_units", is_person & community_staff)
