"""Who may do what in the volunteering room: organizers open, volunteers sign for themselves, others verify."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import community_staff, reader, street
from governance.pages import tell_of
from projects.volunteering.lifecycle import ActivityStatus
from projects.volunteering.models import ServiceHour, VolunteerActivity
from projects.volunteering.queries import activities_of
from socialorgs.register.rules import organization_person


@rules.predicate
def organizer(user: Any, row: Any = None) -> bool:
    """Tell whether the user acts for the organization that organizes the activity."""
    activity = row.activity if isinstance(row, ServiceHour) else row
    if activity is None:
        return bool(organization_person(user))
    return isinstance(activity, VolunteerActivity) and bool(
        activity.organization_id and organization_person(user, activity)
    )


@rules.predicate
def is_open_to_all(user: Any, row: VolunteerActivity | None = None) -> bool:
    """Tell whether everybody may see the activity."""
    del user
    return row is None or row.status in (ActivityStatus.OPEN, ActivityStatus.ENDED)


@rules.predicate
def own(user: Any, row: Any = None) -> bool:
    """Tell whether the record is the user's own; without a record, or for an activity: people may have one there."""
    is_own = not isinstance(row, ServiceHour) or row.volunteer_id == user.pk
    return is_own and bool(getattr(user, "is_authenticated", False))


@rules.predicate
def is_the_clock(user: Any) -> bool:
    """Hold for the system itself, which ends what nobody has signed out of."""
    return bool(user.is_authenticated and user.is_system)


manager = community_staff | street | organizer

tell_of("projects.Contract", activities_of)

rules.add_perm("projects.view_activity", is_open_to_all | reader | organizer)
rules.add_perm("projects.manage_activity", manager)
rules.add_perm("projects.sign_own_hours", own | manager | is_the_clock)
rules.add_perm("projects.view_hours", own | reader | organizer)
rules.add_perm("projects.enter_hours", manager)
rules.add_perm("projects.verify_hours", manager)
rules.add_perm("projects.view_points", own | reader)
