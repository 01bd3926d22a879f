"""Who may do what with rule packs (Basis: the district's lead department keeps the rules)."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import district_admin, district_officer
from funds.packs.lifecycle import PackStatus


@rules.predicate
def is_adopted(user: Any, row: Any = None) -> bool:
    """Tell whether the version was adopted: then it is public."""
    del user
    return row is None or row.status == PackStatus.ACTIVE


rules.add_perm("funds.view_rule_pack", is_adopted | district_admin | district_officer)
rules.add_perm("funds.enter_rule_pack", district_admin | district_officer)
rules.add_perm("funds.adopt_rule_pack", district_admin)
