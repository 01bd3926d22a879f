"""Who may do what in the banking room: the charity's own people, and the auditor who reads."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import auditor, district_admin, street, supervisor
from funds.banking.queries import charities_watched_by
from funds.charity.models import HostCharity
from funds.charity.rules import fund_supervisor
from funds.reinvestment.reach import charity_keys


@rules.predicate
def charity_officer(user: Any, row: Any = None) -> bool:
    """Tell whether the user acts today for the charity of the bank line or match; without a row: for any."""
    mine = charity_keys(user)
    if row is None:
        return bool(mine)
    if isinstance(row, HostCharity):
        return row.pk in mine
    line = getattr(row, "line", row)
    return line.charity_id in mine


@rules.predicate
def watches(user: Any, row: Any = None) -> bool:
    """Tell whether the user may follow the age of a charity's bank lines; without a row: of any."""
    if row is None:
        return any(
            asked(user) for asked in (charity_officer, auditor, district_admin, street, supervisor, fund_supervisor)
        )
    return bool(charities_watched_by(user).filter(pk=row.pk).exists())


rules.add_perm("funds.view_bank_line", charity_officer | auditor)
rules.add_perm("funds.view_bank_match", charity_officer | auditor)
rules.add_perm("funds.import_bank_lines", charity_officer)
rules.add_perm("funds.confirm_match", charity_officer)
rules.add_perm("funds.assign_bank_line", charity_officer)
rules.add_perm("funds.view_bank_part", charity_officer | auditor)
rules.add_perm("funds.view_bank_ageing", watches)
