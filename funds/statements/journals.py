"""The list of vouchers with its filters, as pages show it: sources and uses by name instead of code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from funds.ledger.filters import JournalFilter
from funds.ledger.models import AccountKind
from funds.statements import queries

if TYPE_CHECKING:
    from funds.ledger.models import Account, Book

SHOWN = ("kind", "posted_from", "posted_to", "amount_from", "amount_to", "source", "use")


class NamedJournalFilter(JournalFilter):
    """Vouchers of one book: source and use are chosen from its accounts."""

    source = filters.ChoiceFilter(method="came_from", label=_("source"), empty_label=_("all sources"))  # type: ignore[assignment]  # chosen, not typed
    use = filters.ChoiceFilter(method="went_to", label=_("use"), empty_label=_("all uses"))  # type: ignore[assignment]  # as above

    class Meta(JournalFilter.Meta):
        fields: ClassVar = ["kind"]

    @property
    def controls(self) -> list[object]:
        """The controls that a page shows, in order."""
        return [self.form[name] for name in SHOWN]


def journal_filter(
    given: dict[str, Any] | None, book: Book, accounts: Iterable[Account], *, is_lean: bool = False
) -> NamedJournalFilter:
    """Return the filter over the vouchers of a book; `is_lean`: without their causes, for a file."""
    rows = queries.lines().filter(book=book) if is_lean else queries.causes().filter(book=book)
    found = NamedJournalFilter(given, rows)
    known = list(accounts)
    for name, kind in (("source", AccountKind.SOURCE), ("use", AccountKind.SINK)):
        choices = [(account.code, account.label) for account in known if account.kind == kind]
        found.filters[name].extra["choices"] = choices
    return found
