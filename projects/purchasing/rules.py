"""Who may do what with purchases: one plans, a named officer checks, a third approves."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import district_admin, district_officer, reader, street, street_reviewer
from governance.pages import tell_of
from projects.purchasing.models import Purchase
from projects.purchasing.queries import purchases_of


@rules.predicate
def was_announced(user: Any, row: Purchase | None = None) -> bool:
    """Tell whether everybody may see the purchase."""
    del user
    return row is None or row.called_at is not None


@rules.predicate
def at_landing(user: Any, row: Purchase | None = None) -> bool:
    """Tell whether the user reads the files of the community that carries it out."""
    if row is None:
        return bool(reader(user))
    return bool(reader(user, row.landing))


tell_of("consultation.Decision", purchases_of)

buying = street | district_officer | district_admin
rules.add_perm("projects.view_purchase", was_announced | reader | at_landing)
rules.add_perm("projects.view_purchase_file", reader | at_landing)
rules.add_perm("projects.plan_purchase", buying)
rules.add_perm("projects.check_purchase", buying)
rules.add_perm("projects.approve_purchase", street_reviewer | district_officer | district_admin)
