"""Who may do what in the oversight room: supervisors and the street watch, the charity weeds out."""

from __future__ import annotations

import rules

from communities.people.rules import community_staff, district_admin, reader, street, street_reviewer, supervisor
from funds.charity.rules import charity_officer, finance, fund_member, fund_supervisor, open_to_all
from funds.oversight.lifecycle import ProposalStatus
from funds.oversight.models import FundProposal

handler = reader | charity_officer | fund_member | fund_supervisor


@rules.predicate
def is_confirmed(user: object, row: FundProposal | None = None) -> bool:
    """Tell whether the proposal was confirmed: then it is public."""
    del user
    return row is None or row.status == ProposalStatus.CONFIRMED


rules.add_perm("funds.view_fund_proposal", is_confirmed | handler)
rules.add_perm(
    "funds.decide_fund_proposal", street_reviewer | district_admin | supervisor | charity_officer | fund_supervisor
)
rules.add_perm("funds.view_supervisor_opinion", rules.predicates.always_true)
rules.add_perm("funds.record_supervisor_opinion", community_staff | street | fund_supervisor)
rules.add_perm("funds.name_supervisor", community_staff | street | finance)
rules.add_perm("funds.view_fund_governance", open_to_all | handler)
