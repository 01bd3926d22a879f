"""Who may do what in the matters room."""

from __future__ import annotations

from typing import Any

import rules

from communities.bodies.queries import offices_of
from communities.people.models import Role
from communities.people.rules import community_staff, holds, staff, street
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import DISTRICT_LEVEL, FILE_READERS, TIP_READERS, MatterKind

DISTRICT_ROLES = (Role.DISTRICT_ADMIN, Role.DISTRICT_OFFICER)


@rules.predicate
def is_raiser(user: Any, row: Any = None) -> bool:
    """Whether the person raised the matter, or could have raised one."""
    return bool(getattr(user, "is_authenticated", False)) and (row is None or matter_of(row).raised_by_id == user.pk)


@rules.predicate
def is_recorded(user: Any, row: Any = None) -> bool:
    """Whether the matter was recorded for somebody without a log-in, for whom the staff act."""
    del user
    return row is None or matter_of(row).raised_by_id is None


@rules.predicate
def is_overdue(user: Any, row: Any = None) -> bool:
    """Whether the clock of the matter has run out, so that the next level acts as well."""
    del user
    return row is None or matter_of(row).overdue_at is not None


@rules.predicate
def is_the_clock(user: Any, row: Any = None) -> bool:
    """Whether it is the system itself that asks."""
    del row
    return bool(getattr(user, "is_system", False))


@rules.predicate
def is_overdue_at_the_street(user: Any, row: Any = None) -> bool:
    """Whether the street has let the clock run on as well, so that the district acts."""
    del user
    return row is None or matter_of(row).escalation >= DISTRICT_LEVEL


@rules.predicate
def is_tip(user: Any, row: Any = None) -> bool:
    """Whether it is a tip-off, which the staff of the place never read: it may be about them."""
    del user
    return row is not None and matter_of(row).kind == MatterKind.REPORT


@rules.predicate
def is_petition(user: Any, row: Any = None) -> bool:
    """Whether the matter is handled as a petition, whose opinion the street gives."""
    del user
    return row is None or matter_of(row).status == MatterStatus.PETITION


@rules.predicate
def is_named_handler(user: Any, row: Any = None) -> bool:
    """Whether the person was named to handle the tip-off: nobody else knows who gave it."""
    return row is not None and matter_of(row).handler_id == user.pk


@rules.predicate
def sits_in_its_office(user: Any, row: Any = None) -> bool:
    """Whether the matter lies with an office in which the person works, or was answered by it."""
    offices = offices_of(user)
    if not offices or row is None:
        return bool(offices)
    return bool(matter_of(row).assignments.kept().filter(body__in=offices).exists())


def matter_of(row: Any) -> Any:
    """Return the matter that a row of this room is or belongs to."""
    return getattr(row, "matter", row)


tip_reader = holds(*TIP_READERS)
handler = (
    ~is_tip & (community_staff | (street & is_overdue) | (holds(*DISTRICT_ROLES) & is_overdue_at_the_street))
) | (is_tip & (is_named_handler | tip_reader))
"""The community sorts and answers; when its time has run out, the street may as well, then the district. Tips never."""

file_reader = (
    (~is_tip & holds(*FILE_READERS)) | (is_tip & (tip_reader | is_named_handler)) | is_raiser | sits_in_its_office
)
is_open_raiser = is_raiser & ~is_tip
"""A tip-off is followed up once it was made; its giver leaves no further trace."""

recorder = staff | holds(Role.GRID_WORKER, Role.SOCIAL_WORKER)
"""Who records what somebody else says: at the counter, on the grid worker's round, on a visit."""

rules.add_perm("consultation.view_matter", holds(*FILE_READERS) | sits_in_its_office)
rules.add_perm("consultation.view_matter_file", file_reader)
rules.add_perm("consultation.view_tipster", (~is_tip & file_reader) | (is_tip & (is_raiser | is_named_handler)))
rules.add_perm("consultation.raise_matter", rules.is_authenticated)
rules.add_perm("consultation.record_matter", recorder)
rules.add_perm("consultation.reveal_contact", (~is_tip & handler) | (is_tip & is_named_handler))
rules.add_perm("consultation.sort_matter", handler)
rules.add_perm("consultation.answer_matter", handler | (street & is_petition))
rules.add_perm("consultation.withdraw_matter", is_open_raiser | (handler & is_recorded))
rules.add_perm("consultation.close_matter", is_open_raiser | (handler & (is_recorded | is_tip)) | is_the_clock)
