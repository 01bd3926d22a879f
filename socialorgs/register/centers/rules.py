"""Who opens residents' service centers and places organizations in them."""

from __future__ import annotations

import rules

from communities.people.rules import community_staff, district_admin, district_officer, reader, street

rules.add_perm("socialorgs.view_center", rules.predicates.always_true)
rules.add_perm("socialorgs.read_centers", reader)
rules.add_perm("socialorgs.manage_center", street | district_admin | district_officer)
rules.add_perm("socialorgs.place_tenant", community_staff | street)
