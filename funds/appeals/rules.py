"""Who may do what with appeals: the place or the charity drafts, another officer of the charity opens."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import community_staff, street
from funds.appeals.models import HIDDEN, Appeal, AppealReport
from funds.charity.models import CommunityFund, HostCharity
from funds.charity.rules import charity_officer, fund_member, fund_supervisor, handler


def fund_of(row: Any) -> CommunityFund | HostCharity | None:
    """Return the fund that a row of this room belongs to, the row itself if it is one."""
    return row.fund if isinstance(row, Appeal | AppealReport) else row


def of_the_fund(predicate: Any) -> Any:
    """Ask a predicate of the charity room about the fund of the row."""

    def asked(user: Any, row: Any = None) -> bool:
        return bool(predicate(user, fund_of(row)))

    return rules.predicate(asked, name=f"of_the_fund:{predicate.name}")


officer = of_the_fund(charity_officer)


@rules.predicate
def is_open_to_all(user: Any, row: Appeal | AppealReport | None = None) -> bool:
    """Tell whether everybody may see the appeal: one that was opened."""
    del user
    appeal = row.appeal if isinstance(row, AppealReport) else row
    return appeal is None or appeal.status not in HIDDEN


rules.add_perm(
    "funds.view_appeal",
    is_open_to_all | handler | officer | of_the_fund(fund_member) | of_the_fund(fund_supervisor),
)
rules.add_perm("funds.draft_appeal", community_staff | street | officer)
rules.add_perm("funds.open_appeal", officer)
rules.add_perm("funds.show_appeal_report", community_staff | street | officer)
