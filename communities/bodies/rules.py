"""Who may do what in the bodies room."""

import rules

from communities.people.rules import community_staff, district_admin, reader, street

rules.add_perm("communities.view_body", reader)
rules.add_perm("communities.edit_body", community_staff | street | district_admin)
