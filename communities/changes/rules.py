"""Who may do what in the changes room."""

from __future__ import annotations

from typing import Any

import rules

from communities.changes.lifecycle import ChangeStatus
from communities.changes.models import DivisionChange
from communities.people.models import Role
from communities.people.rules import district_admin, holds, reader


@rules.predicate
def leads_the_successor(user: Any, row: Any = None) -> bool:
    """Tell whether the user leads the district into which the change's district went.

    A succession takes the posts over with the rest, and those who hold them bring the hand-over to its end. One query,
    for changes in force only.
    """
    if not isinstance(row, DivisionChange) or row.status != ChangeStatus.EFFECTIVE:
        return False
    lines = row.lineage.filter(predecessor=row.district_id).exclude(successor=None).select_related("successor")
    return any(district_admin(user, line.successor) for line in lines)


rules.add_perm("communities.view_division_change", reader)
rules.add_perm("communities.edit_division_change", district_admin | holds(Role.DISTRICT_OFFICER))
rules.add_perm("communities.approve_division_change", district_admin | leads_the_successor)
