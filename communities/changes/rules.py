"""Who may do what in the changes room."""

import rules

from communities.people.models import Role
from communities.people.rules import district_admin, holds, reader

rules.add_perm("communities.view_division_change", reader)
rules.add_perm("communities.edit_division_change", district_admin | holds(Role.DISTRICT_OFFICER))
rules.add_perm("communities.approve_division_change", district_admin)
