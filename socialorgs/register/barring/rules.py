"""Who bars bodies: the street or the district proposes, the registrar's side decides."""

from __future__ import annotations

import rules

from communities.people.rules import district_admin, district_officer, reader, street
from socialorgs.register.rules import organization_person, registrar

rules.add_perm("socialorgs.propose_ban", street | district_admin | district_officer)
rules.add_perm("socialorgs.confirm_ban", registrar)
rules.add_perm("socialorgs.view_ban", rules.predicates.always_true)
rules.add_perm("socialorgs.read_bans", reader | organization_person)
