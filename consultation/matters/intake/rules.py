"""Who may record, join, support and follow."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.models import Role
from communities.people.rules import community_staff, holds, staff, street
from consultation.matters.intake.queries import lives_in
from consultation.matters.models import FILE_READERS
from consultation.matters.rules import handler, is_the_clock, recorder

FIELD_ROLES = (Role.GRID_WORKER, Role.SOCIAL_WORKER, Role.STEWARD, Role.RESIDENT_REPRESENTATIVE, Role.SUPERVISOR)
"""Posts whose holders say "me too" where they work, wherever they live."""


@rules.predicate
def lives_here(user: Any, row: Any = None) -> bool:
    """Whether the person is registered as living in the matter's place, or could be."""
    if not getattr(user, "is_authenticated", False):
        return False
    return row is None or lives_in(user, row.division)


@rules.predicate
def is_the_recorder(user: Any, row: Any = None) -> bool:
    """Whether the person recorded the matter for somebody else, or could have."""
    return bool(getattr(user, "is_authenticated", False)) and (
        row is None or (row.recorded_by_id == user.pk and row.raised_by_id is None)
    )


@rules.predicate
def is_the_visitor(user: Any, row: Any = None) -> bool:
    """Whether the person made the visit, or could have."""
    return bool(getattr(user, "is_authenticated", False)) and (row is None or row.recorded_by_id == user.pk)


@rules.predicate
def is_asked(user: Any, row: Any = None) -> bool:
    """Whether the joined matter is the person's own."""
    return bool(getattr(user, "is_authenticated", False)) and (row is None or row.matter.raised_by_id == user.pk)


@rules.predicate
def has_no_log_in(user: Any, row: Any = None) -> bool:
    """Whether the joined matter is somebody's without a log-in, for whom the staff answer."""
    del user
    return row is None or row.matter.raised_by_id is None


organizer = community_staff | street

rules.add_perm("consultation.record_visit", recorder)
rules.add_perm("consultation.view_visit", holds(*FILE_READERS) | is_the_visitor)
rules.add_perm("consultation.print_slip", handler | is_the_recorder)
rules.add_perm("consultation.support_matter", holds(*FIELD_ROLES) | community_staff | lives_here)
rules.add_perm("consultation.record_support", recorder)
rules.add_perm("consultation.join_matter", organizer)
rules.add_perm("consultation.classify_matter", organizer)
rules.add_perm("consultation.view_joining", holds(*FILE_READERS) | is_asked)
rules.add_perm("consultation.answer_joining", is_asked | (organizer & has_no_log_in) | is_the_clock)
rules.add_perm("consultation.split_joining", is_asked | organizer | is_the_clock)
rules.add_perm("consultation.view_needs", staff)
rules.add_perm("consultation.settle_livelihood_list", community_staff | is_the_clock)
