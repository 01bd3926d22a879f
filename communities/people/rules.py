"""Predicates over posts, from which every floor composes its permissions.

A predicate is asked with an object that has a `division` (or is one), or with none: then whether the person holds such
a post anywhere.
"""

from __future__ import annotations

from typing import Any

import rules

from communities.people.models import Role
from communities.people.queries import posts_of
from communities.territory.models import Division


def holds(*roles: str) -> Any:
    """Return the predicate "holds a post in one of these roles at or above the object's place"."""

    def predicate(user: Any, row: Any = None) -> bool:
        posts = [post for post in posts_of(user) if post.role in roles]
        if row is None:
            return bool(posts)
        place = row if isinstance(row, Division) else row.division
        return any(place.path.startswith(post.division.path) for post in posts)

    return rules.predicate(predicate, name="holds:" + ",".join(roles))


district_admin = holds(Role.DISTRICT_ADMIN)
street = holds(Role.STREET_OFFICER, Role.STREET_REVIEWER)
street_officer = holds(Role.STREET_OFFICER)
street_reviewer = holds(Role.STREET_REVIEWER)
community_staff = holds(Role.COMMUNITY_STAFF)
supervisor = holds(Role.SUPERVISOR)
auditor = holds(Role.AUDITOR)
staff = holds(
    Role.DISTRICT_ADMIN,
    Role.DISTRICT_OFFICER,
    Role.STREET_OFFICER,
    Role.STREET_REVIEWER,
    Role.COMMUNITY_STAFF,
)
reader = staff | supervisor | auditor
