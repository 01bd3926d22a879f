"""Who may enter and give up venues."""

import rules

from communities.people.rules import community_staff, district_admin, reader, street

rules.add_perm("communities.view_venue", reader)
rules.add_perm("communities.keep_venue", community_staff | street | district_admin)
