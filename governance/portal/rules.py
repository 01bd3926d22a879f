"""Who may do what with the rows of the kernel, which itself knows no roles."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.models import Role
from communities.people.queries import posts_of
from communities.people.rules import staff
from governance.accounts.models import User, UserKind


@rules.predicate
def administers(user: Any, row: Any = None) -> bool:
    """Administers a district and, asked for an account of staff or of a partner, all places where that has posts.

    Otherwise whoever administers one district could take over an account of another.
    """
    paths = [post.division.path for post in posts_of(user) if post.role == Role.DISTRICT_ADMIN]
    if not isinstance(row, User):
        return bool(paths)
    if row.kind not in {UserKind.STAFF, UserKind.SERVICE}:
        return False
    places = [post.division.path for post in posts_of(row)]
    return bool(paths) and all(any(place.startswith(path) for path in paths) for place in places)


@rules.predicate
def works_here(user: Any, row: Any = None) -> bool:
    """Holds a post of staff anywhere: for rows that lie in no place."""
    del row
    return bool(staff.test(user))


rules.add_perm("accounts.view_user", administers)
rules.add_perm("accounts.manage_user", administers)
rules.add_perm("accounts.view_api_client", administers)
rules.add_perm("accounts.create_api_client", administers)


@rules.predicate
def audits(user: Any, row: Any = None) -> bool:
    """Holds the auditor's post anywhere."""
    del row
    return any(post.role == Role.AUDITOR for post in posts_of(user))


rules.add_perm("audit.view_entry", audits | administers)
rules.add_perm("jobs.view_job", works_here)
rules.add_perm("jobs.retry_job", administers)
rules.add_perm("calendar.view_day", works_here)
rules.add_perm("calendar.set_day", administers)
