"""Who may do what with participatory budgets: residents propose, the community examines, the street judges appeals."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import community_staff, reader, street
from consultation.topics.queries import residence_of
from funds.budgeting.models import BudgetProposal, BudgetRound
from funds.charity.models import CommunityFund
from funds.charity.rules import charity_officer, fund_member, fund_supervisor


def fund_of(row: Any) -> CommunityFund | None:
    """Return the fund that a row of this room belongs to, the row itself if it is one."""
    return row.fund if isinstance(row, BudgetRound | BudgetProposal) else row


def of_the_fund(predicate: Any) -> Any:
    """Ask a predicate of the charity room about the fund of the row."""

    def asked(user: Any, row: Any = None) -> bool:
        return bool(predicate(user, fund_of(row)))

    return rules.predicate(asked, name=f"of_the_fund:{predicate.name}")


officer = of_the_fund(charity_officer)
member = of_the_fund(fund_member)


@rules.predicate
def is_called(user: Any, row: Any = None) -> bool:
    """Tell whether everybody may see the round: one that was called."""
    del user
    found = row.round if isinstance(row, BudgetProposal) else row
    return found is None or (isinstance(found, BudgetRound) and found.called_at is not None)


@rules.predicate
def lives_here(user: Any, row: Any = None) -> bool:
    """Tell whether the person is registered as living in the fund's place; without a row: anywhere."""
    if not getattr(user, "is_authenticated", False):
        return False
    home = residence_of(user)
    return home is not None and (row is None or home.division.path.startswith(row.division.path))


@rules.predicate
def is_own(user: Any, row: Any = None) -> bool:
    """Tell whether the person has proposed it."""
    return bool(getattr(user, "is_authenticated", False)) and (
        row is None or not isinstance(row, BudgetProposal) or row.proposed_by_id == user.pk
    )


organizer = community_staff | street
handler = reader | officer | member | of_the_fund(fund_supervisor)

rules.add_perm("funds.view_budget_round", is_called | handler)
rules.add_perm("funds.manage_budget_round", organizer)
rules.add_perm("funds.open_budget_round", street | officer)
rules.add_perm("funds.view_budget_proposal", is_called | handler)
rules.add_perm("funds.propose_for_budget", lives_here | community_staff)
rules.add_perm("funds.examine_budget_proposal", community_staff)
rules.add_perm("funds.appeal_budget_proposal", is_own)
rules.add_perm("funds.withdraw_budget_proposal", is_own)
rules.add_perm("funds.judge_budget_proposal", street)
rules.add_perm("funds.view_proposal_exclusion", reader)
