"""Who may do what in the ledger room.

Books of money, their accounts, journals and closed months are public; books of points belong to people and are read by
the staff of their place. `funds.statements.rules` adds the officers of the host charity, whom this room cannot know.
"""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import district_admin, reader, street, street_reviewer
from funds.ledger.models import Book, Unit


@rules.predicate
def of_public_money(user: Any, row: Any = None) -> bool:
    """Tell whether the row belongs to a book of money, which everybody may read; without a row: some do."""
    del user
    book = row if row is None or isinstance(row, Book) else row.book
    return book is None or book.unit == Unit.YUAN


@rules.predicate
def is_the_clock(user: Any) -> bool:
    """Hold for the system itself, whose nightly proof may freeze a book."""
    return bool(user.is_authenticated and user.is_system)


for noun in ("book", "account", "journal", "period", "suspension"):
    rules.add_perm(f"funds.view_{noun}", of_public_money | reader)
rules.add_perm("funds.prove_book", reader)
rules.add_perm("funds.freeze_book", district_admin | street_reviewer | is_the_clock)
rules.add_perm("funds.unfreeze_book", district_admin)
rules.add_perm("funds.close_book", district_admin | street_reviewer)
rules.add_perm("funds.reverse_journal", street_reviewer | district_admin)
rules.add_perm("funds.propose_period_close", street | district_admin)
rules.add_perm("funds.close_period", street_reviewer | district_admin)
# Who suspends a book and lifts that again, `funds.charity.rules` says: officers and supervisors belong to funds.
