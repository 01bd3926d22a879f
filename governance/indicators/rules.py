"""Values and claims are public; claims are entered by the district."""

from __future__ import annotations

import rules

from communities.people.rules import district_admin, district_officer, reader

rules.add_perm("indicators.view_value", reader)
rules.add_perm("indicators.view_claim", reader)
rules.add_perm("indicators.enter_claim", district_admin | district_officer)
rules.add_perm("indicators.compute", district_admin | district_officer)
