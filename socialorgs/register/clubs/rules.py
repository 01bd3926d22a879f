"""Who proposes, opens, joins and leads clubs."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import community_staff, reader, street
from socialorgs.register.clubs.models import Club, ClubActivity


@rules.predicate
def signed_in(user: Any, row: Any = None) -> bool:
    """Tell whether somebody is signed in."""
    del row
    return bool(getattr(user, "is_authenticated", False))


@rules.predicate
def leads(user: Any, row: Any = None) -> bool:
    """Tell whether the club is the user's own; without one: whether they lead any."""
    if not getattr(user, "is_authenticated", False):
        return False
    club = row.club if isinstance(row, ClubActivity) else row
    if isinstance(club, Club):
        return bool(club.proposed_by_id == user.pk)
    return club is None and Club.objects.filter(proposed_by=user).exists()


rules.add_perm("socialorgs.view_club", rules.predicates.always_true)
rules.add_perm("socialorgs.read_clubs", reader)
rules.add_perm("socialorgs.propose_club", signed_in)
rules.add_perm("socialorgs.join_club", signed_in)
rules.add_perm("socialorgs.keep_clubs", community_staff | street)
rules.add_perm("socialorgs.lead_club", community_staff | leads)
rules.add_perm("socialorgs.see_club_members", community_staff | leads)
