"""Who keeps the accounts besides the street: the officers of the charity in whose account the money lies.

The ledger room lies below charities and cannot ask for them, so its permissions are widened here.
"""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import reader
from funds.charity.queries import charities_of
from funds.ledger.models import Book


@rules.predicate
def keeps_the_account(user: Any, row: Any = None) -> bool:
    """Tell whether the user acts today for the charity that hosts the row's fund; without a row: for any."""
    appointments = charities_of(user)
    if row is None:
        return bool(appointments)
    fund = getattr(row if isinstance(row, Book) else row.book, "fund", None)
    return fund is not None and any(appointment.charity_id == fund.charity_id for appointment in appointments)


rules.add_perm("funds.export_vouchers", reader | keeps_the_account)

for code in ("funds.reverse_journal", "funds.propose_period_close", "funds.close_period"):
    rules.set_perm(code, rules.permissions.permissions[code] | keeps_the_account)

# On paper a voucher names the staff whose hands it went through; on the public page it does not.
rules.add_perm("funds.print_voucher", reader | keeps_the_account)
