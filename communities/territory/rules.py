"""Who may do what in the territory room: divisions are public facts, written by the district's lead department."""

import rules

from communities.people.rules import district_admin, reader

rules.add_perm("communities.view_division", reader)
rules.add_perm("communities.edit_division", district_admin)
rules.add_perm("communities.record_code", district_admin)
rules.add_perm("communities.import_divisions", district_admin)
