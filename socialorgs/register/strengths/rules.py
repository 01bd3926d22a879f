"""Who states, checks and sees what organizations can do; who enters brands that were brought in."""

from __future__ import annotations

import rules

from communities.people.rules import district_admin, district_officer, reader, street
from socialorgs.register.rules import organization_person, registrar

rules.add_perm("socialorgs.view_capability", rules.predicates.always_true)
rules.add_perm("socialorgs.read_capabilities", reader)
rules.add_perm("socialorgs.state_capability", organization_person | street | district_officer)
rules.add_perm("socialorgs.check_capability", registrar)
rules.add_perm("socialorgs.view_brought_in", rules.predicates.always_true)
rules.add_perm("socialorgs.bring_in", district_admin | district_officer)
