"""Who may do what with lists and budget lines: one drafts, another confirms, everybody reads what is in force."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import district_admin, district_officer, reader, street, street_reviewer
from projects.purchasing.catalogue.lifecycle import LineStatus, ListStatus
from projects.purchasing.catalogue.models import PublicBudgetLine, PurchaseList


@rules.predicate
def in_force(user: Any, row: PurchaseList | None = None) -> bool:
    """Tell whether everybody may see the list: it is or was in force."""
    del user
    return row is None or row.status == ListStatus.CONFIRMED


@rules.predicate
def is_granted(user: Any, row: PublicBudgetLine | None = None) -> bool:
    """Tell whether everybody may see the budget line: it was confirmed."""
    del user
    return row is None or row.status != LineStatus.DRAFT


rules.add_perm("projects.view_purchase_list", in_force | reader)
rules.add_perm("projects.draft_purchase_list", street | district_officer | district_admin)
rules.add_perm("projects.confirm_purchase_list", street_reviewer | district_officer | district_admin)
rules.add_perm("projects.view_public_budget_line", is_granted | reader)
rules.add_perm("projects.enter_public_budget_line", street | district_officer | district_admin)
rules.add_perm("projects.confirm_public_budget_line", street_reviewer | district_officer | district_admin)
