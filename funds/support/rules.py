"""Who may do what with public money for funds: street and district plan it, who keeps the account confirms it."""

from __future__ import annotations

import rules

from communities.people.rules import district_admin, district_officer, reader, street, street_reviewer
from funds.charity.rules import charity_officer, fund_member, fund_supervisor, of_budget
from funds.support.lifecycle import AppropriationStatus
from funds.support.models import Appropriation


@rules.predicate
def has_come(user: object, row: Appropriation | None = None) -> bool:
    """Tell whether the money has come: then the row is public."""
    del user
    return row is None or row.status == AppropriationStatus.RECEIVED


rules.add_perm("funds.view_appropriation", has_come | reader | charity_officer | fund_member | fund_supervisor)
rules.add_perm("funds.plan_appropriation", street | district_officer | district_admin)
rules.add_perm(
    "funds.receive_appropriation", charity_officer | (of_budget & (street_reviewer | district_officer | district_admin))
)
