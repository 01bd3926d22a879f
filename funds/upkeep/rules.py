"""Who may do what with interest and fees: those who keep the account enter and confirm them."""

from __future__ import annotations

import rules

from communities.people.rules import district_admin, district_officer, reader, street_reviewer
from funds.charity.rules import charity_officer, fund_member, fund_supervisor, of_budget
from funds.upkeep.lifecycle import UpkeepStatus
from funds.upkeep.models import UpkeepEntry


@rules.predicate
def is_posted(user: object, row: UpkeepEntry | None = None) -> bool:
    """Tell whether it was posted: then the row is public."""
    del user
    return row is None or row.status == UpkeepStatus.POSTED


keeps = charity_officer | (of_budget & (street_reviewer | district_officer | district_admin))

rules.add_perm("funds.view_upkeep", is_posted | reader | charity_officer | fund_member | fund_supervisor)
rules.add_perm("funds.enter_upkeep", keeps)
rules.add_perm("funds.post_upkeep", keeps)
