"""Who may do what in the changes room, and how the rows of lower rooms are handed over."""

import rules

from communities.changes.handover import reassign, register_handover
from communities.people.models import Role
from communities.people.rules import district_admin, holds, reader

rules.add_perm("communities.view_division_change", reader)
rules.add_perm("communities.edit_division_change", district_admin | holds(Role.DISTRICT_OFFICER))
rules.add_perm("communities.approve_division_change", district_admin)

for label in ("communities.Post", "communities.Resident"):
    register_handover(label, reassign)
