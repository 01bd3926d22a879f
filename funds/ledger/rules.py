"""Who may do what in the ledger room.

Books of money, their accounts and journals are public; so reading needs no permission. The desk shows them to readers.
"""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import district_admin, reader, street, street_reviewer


@rules.predicate
def is_the_clock(user: Any) -> bool:
    """Hold for the system itself, whose nightly proof may freeze a book."""
    return bool(user.is_authenticated and user.is_system)


for noun in ("book", "account", "journal", "period"):
    rules.add_perm(f"funds.view_{noun}", reader)
rules.add_perm("funds.freeze_book", district_admin | street_reviewer | is_the_clock)
rules.add_perm("funds.unfreeze_book", district_admin)
rules.add_perm("funds.close_book", district_admin | street_reviewer)
rules.add_perm("funds.reverse_journal", street_reviewer | district_admin)
rules.add_perm("funds.propose_period_close", street | district_admin)
rules.add_perm("funds.close_period", street_reviewer | district_admin)
