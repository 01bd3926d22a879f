"""Who may do what in the contracts room: the street contracts, the organization delivers, community and residents accept."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.queries import resident_of
from communities.people.rules import (
    community_staff,
    district_admin,
    reader,
    street,
    street_reviewer,
    supervisor,
)
from governance.pages import tell_of
from projects.contracts.models import Contract
from projects.contracts.queries import contracts_of, contracts_on, contracts_on_grants, projects_of
from socialorgs.register.rules import organization_person


@rules.predicate
def was_signed(user: Any, row: Contract | None = None) -> bool:
    """Tell whether everybody may see the contract."""
    del user
    return row is None or row.signed_at is not None


@rules.predicate
def lives_there(user: Any, row: Any = None) -> bool:
    """Tell whether the user is a confirmed resident of the contract's place, or of any; one query."""
    resident = resident_of(user)
    if resident is None or resident.confirmed_at is None:
        return False
    return row is None or resident.division.path.startswith(row.division.path)


projects_staff = community_staff | street | district_admin

tell_of("funds.SpendingRequest", projects_of)
tell_of("socialorgs.SocialOrganization", contracts_of)
tell_of("projects.PurchaseAward", contracts_on)
tell_of("projects.GrantAward", contracts_on_grants)

rules.add_perm("projects.view_contract", was_signed | reader | organization_person)
rules.add_perm("projects.view_contract_file", reader | organization_person)
rules.add_perm("projects.manage_contract", street | district_admin)
rules.add_perm("projects.act_for_implementer", organization_person)
rules.add_perm("projects.sign_contract", street_reviewer | district_admin)
rules.add_perm("projects.confirm_milestone", community_staff | street)
rules.add_perm("projects.accept_contract", community_staff | supervisor | street)
rules.add_perm("projects.give_acceptance_opinion", lives_there & ~organization_person)
rules.add_perm("projects.join_contract", community_staff)
rules.add_perm("projects.check_expenditure", community_staff | street | supervisor)
rules.add_perm("projects.review_contract", projects_staff | supervisor)
rules.add_perm("projects.take_opinion", community_staff | supervisor)
rules.add_perm("projects.enter_expenditure", organization_person)
rules.add_perm("projects.enter_award", organization_person | street | district_admin)
rules.add_perm("projects.watch_contracts", reader)
