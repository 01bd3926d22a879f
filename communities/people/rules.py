"""Predicates over posts, from which every floor composes its permissions.

A predicate is asked with an object that has a `division` (or is one), or with none: then whether the person holds such
a post anywhere. An object without a place (a rule of the whole country) belongs to whoever holds such a post anywhere.
"""

from __future__ import annotations

from typing import Any

import rules

from communities.people.models import COMMUNITY_ROLES, Role
from communities.people.queries import REGISTRARS, posts_of
from communities.territory.models import Division


def holds(*roles: str) -> Any:
    """Return the predicate "holds a post in one of these roles at or above the object's place"."""

    def predicate(user: Any, row: Any = None) -> bool:
        posts = [post for post in posts_of(user) if post.role in roles]
        place = row if row is None or isinstance(row, Division) else row.division
        if place is None:
            return bool(posts)
        return any(place.path.startswith(post.division.path) for post in posts)

    return rules.predicate(predicate, name="holds:" + ",".join(roles))


district_admin = holds(Role.DISTRICT_ADMIN)
district_officer = holds(Role.DISTRICT_OFFICER)
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


@rules.predicate
def is_appointer(user: Any, row: Any = None) -> bool:
    """Whether the user may give or end this post (Basis: separation of duties), or any post at all.

    The district's lead department fills every post of its district, a street reviewer those of its communities, the
    system the first ones of an installation.
    """
    if getattr(user, "is_system", False) or district_admin(user, row):
        return True
    if row is None:
        return bool(street_reviewer(user))
    return row.role in COMMUNITY_ROLES and bool(street_reviewer(user, row))


@rules.predicate
def is_oneself(user: Any, row: Any = None) -> bool:
    """Whether the post or the registration is the user's own, or could be."""
    return bool(getattr(user, "is_authenticated", False)) and (row is None or row.user_id == user.pk)


registrar = holds(*REGISTRARS)

rules.add_perm("communities.appoint", is_appointer)
rules.add_perm("communities.view_post", reader | is_oneself)
rules.add_perm("communities.view_resident", registrar | is_oneself)
rules.add_perm("communities.register_resident", is_oneself)
rules.add_perm("communities.enter_resident", community_staff)
rules.add_perm("communities.confirm_resident", community_staff)
rules.add_perm("communities.move_resident_away", community_staff | is_oneself)
rules.add_perm("communities.reveal_identity", registrar)
