"""Who may do what with profiles: the person with their own, the staff of the place with those of its residents."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import community_staff, reader, street
from projects.market.talents.models import TalentProfile


@rules.predicate
def oneself(user: Any, row: Any = None) -> bool:
    """Tell whether the profile is the user's own; without a row: people may have one."""
    if not getattr(user, "is_authenticated", False):
        return False
    return not isinstance(row, TalentProfile) or row.resident.user_id == user.pk


rules.add_perm("projects.view_talent", reader)
rules.add_perm("projects.own_talent", oneself)
rules.add_perm("projects.keep_talents", community_staff | street)
