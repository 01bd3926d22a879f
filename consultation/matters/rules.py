"""Who may do what in the matters room."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.models import Role
from communities.people.rules import community_staff, holds, staff, street
from consultation.matters.models import FILE_READERS


@rules.predicate
def is_raiser(user: Any, row: Any = None) -> bool:
    """Whether the person raised the matter, or could have raised one."""
    return bool(getattr(user, "is_authenticated", False)) and (row is None or row.raised_by_id == user.pk)


@rules.predicate
def is_recorded(user: Any, row: Any = None) -> bool:
    """Whether the matter was recorded for somebody without a log-in, for whom the staff act."""
    del user
    return row is None or row.raised_by_id is None


@rules.predicate
def is_overdue(user: Any, row: Any = None) -> bool:
    """Whether the clock of the matter has run out, so that the next level acts as well."""
    del user
    return row is None or row.overdue_at is not None


@rules.predicate
def is_the_clock(user: Any, row: Any = None) -> bool:
    """Whether it is the system itself that asks."""
    del row
    return bool(getattr(user, "is_system", False))


handler = community_staff | (street & is_overdue)
"""The community sorts and answers; when its time has run out, the street may as well."""

recorder = staff | holds(Role.GRID_WORKER, Role.SOCIAL_WORKER)
"""Who records what somebody else says: at the counter, on the grid worker's round, on a visit."""

rules.add_perm("consultation.view_matter", holds(*FILE_READERS))
rules.add_perm("consultation.view_matter_file", holds(*FILE_READERS) | is_raiser)
rules.add_perm("consultation.raise_matter", rules.is_authenticated)
rules.add_perm("consultation.record_matter", recorder)
rules.add_perm("consultation.reveal_contact", handler)
rules.add_perm("consultation.sort_matter", handler)
rules.add_perm("consultation.answer_matter", handler)
rules.add_perm("consultation.withdraw_matter", is_raiser | (handler & is_recorded))
rules.add_perm("consultation.close_matter", is_raiser | (handler & is_recorded) | is_the_clock)
