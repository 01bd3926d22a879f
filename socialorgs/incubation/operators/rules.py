"""Who enters contracts with those who run incubators."""

from __future__ import annotations

import rules

from communities.people.rules import district_admin, district_officer

rules.add_perm("socialorgs.view_operator_contract", rules.predicates.always_true)
rules.add_perm("socialorgs.enter_operator_contract", district_admin | district_officer)
