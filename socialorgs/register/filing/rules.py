"""Who may do what with filings: the head submits, the community recommends, the street files and confirms."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import community_staff, district_admin, district_officer, reader, street, street_reviewer
from socialorgs.register.rules import organization_person, registrar


@rules.predicate
def own_filing(user: Any, row: Any = None) -> bool:
    """Tell whether the filing is the user's own; without a row: whether they are signed in."""
    if not getattr(user, "is_authenticated", False):
        return False
    return row is None or not hasattr(row, "submitted_by_id") or row.submitted_by_id == user.pk


rules.add_perm("socialorgs.submit_filing", own_filing)
rules.add_perm("socialorgs.view_filing", own_filing | reader)
rules.add_perm("socialorgs.read_filings", reader)
rules.add_perm("socialorgs.recommend_filing", community_staff)
rules.add_perm("socialorgs.check_filing", community_staff | street)
rules.add_perm("socialorgs.file_filing", street_reviewer)
rules.add_perm("socialorgs.report_filed_organization", community_staff | organization_person)
rules.add_perm("socialorgs.confirm_filed_organization", street)
rules.add_perm("socialorgs.view_filing_confirmation", rules.predicates.always_true)
rules.add_perm("socialorgs.upgrade_organization", registrar)
rules.add_perm("socialorgs.classify_organization", community_staff | street | district_admin | district_officer)
