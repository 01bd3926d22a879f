"""Who may do what in the meetings room."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.models import Role
from communities.people.rules import community_staff, district_admin, holds, reader, street, supervisor
from consultation.meetings.inviting.models import TELLERS
from governance.accounts.models import UserKind


@rules.predicate
def is_person(user: Any, row: Any = None) -> bool:
    """Whether a person is signed in: partner systems and the clock neither attend nor ask."""
    del row
    return getattr(user, "kind", None) in {UserKind.RESIDENT, UserKind.STAFF}


@rules.predicate
def leads(user: Any, row: Any = None) -> bool:
    """Whether the person chairs the meeting."""
    return bool(is_person(user)) and (row is None or getattr(row, "chair_id", None) == user.pk)


@rules.predicate
def records(user: Any, row: Any = None) -> bool:
    """Whether the person keeps the record of the meeting."""
    return bool(is_person(user)) and (row is None or getattr(row, "recorder_id", None) == user.pk)


@rules.predicate
def owns(user: Any, row: Any = None) -> bool:
    """Whether the task is the person's own."""
    return bool(is_person(user)) and (row is None or getattr(row, "owner_id", None) == user.pk)


organizer = community_staff | street | district_admin

rules.add_perm("consultation.view_meeting", reader)
rules.add_perm("consultation.manage_meeting", organizer)
rules.add_perm("consultation.approve_minutes", leads | supervisor | organizer)
rules.add_perm("consultation.countersign_minutes", records)
rules.add_perm("consultation.sign_minutes", leads)
rules.add_perm("consultation.report_meeting_task", owns | organizer)
rules.add_perm("consultation.enter_count_sheet", is_person & holds(Role.COMMUNITY_STAFF, Role.GRID_WORKER))
rules.add_perm("consultation.tell_invited", holds(*TELLERS))
rules.add_perm("consultation.attend_meeting", is_person)
