"""Who may do what in the topics room."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.models import Role
from communities.people.rules import community_staff, holds, reader, street
from communities.territory.models import Division
from consultation.topics.models import Opinion
from consultation.topics.queries import residence_of

WITH_A_VOICE = (Role.STEWARD, Role.RESIDENT_REPRESENTATIVE, Role.SOCIAL_WORKER, Role.GRID_WORKER, Role.SUPERVISOR)
"""Posts whose holders speak in the place where they work, wherever they live."""


@rules.predicate
def lives_in_the_place(user: Any, row: Any = None) -> bool:
    """Whether the person is registered as living in the topic's place, confirmed or not: an opinion is no vote."""
    if not getattr(user, "is_authenticated", False):
        return False
    if row is None:
        return True
    home = residence_of(user)
    place = row if isinstance(row, Division) else row.division
    return home is not None and home.division.path.startswith(place.path)


@rules.predicate
def is_known(user: Any, row: Any = None) -> bool:
    """Whether somebody is signed in; whoever is may follow what is public."""
    del row
    return bool(getattr(user, "is_authenticated", False))


@rules.predicate
def is_anothers(user: Any, row: Any = None) -> bool:
    """Whether the opinion is somebody else's."""
    return row is None or not isinstance(row, Opinion) or row.author_id != user.pk


@rules.predicate
def is_the_clock(user: Any, row: Any = None) -> bool:
    """Whether it is the system itself that asks."""
    del row
    return bool(getattr(user, "is_system", False))


speaker = lives_in_the_place | community_staff | holds(*WITH_A_VOICE)
organizer = community_staff | street

rules.add_perm("consultation.view_topic", reader)
rules.add_perm("consultation.manage_topic", organizer | is_the_clock)
rules.add_perm("consultation.raise_topic", speaker)
rules.add_perm("consultation.give_opinion", speaker)
rules.add_perm("consultation.propose_statement", speaker)
rules.add_perm("consultation.rate_statement", speaker)
rules.add_perm("consultation.comment_section", speaker)
rules.add_perm("consultation.view_statement", reader)
rules.add_perm("consultation.check_statement", organizer)
rules.add_perm("consultation.answer_officially", organizer)
rules.add_perm("consultation.view_topicdocument", reader)
rules.add_perm("consultation.view_sectioncomment", reader)
rules.add_perm("consultation.view_commonneed", organizer)
rules.add_perm("consultation.bundle_needs", organizer)
rules.add_perm("consultation.follow_topic", is_known)
rules.add_perm("consultation.support_opinion", speaker & is_anothers)
rules.add_perm("consultation.view_opinion", reader)
rules.add_perm("consultation.hide_opinion", organizer)
