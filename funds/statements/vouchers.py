"""Vouchers on paper (记账凭证): one journal a sheet, numbered without gaps, with the hands it went through.

Who prepared and who reviewed stands in what caused the journal; who posted it, in the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Count, Max
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funds.ledger.models import Book, Journal
from governance.errors import NotNow
from governance.printing import render

if TYPE_CHECKING:
    from funds.statements.policy import Span
    from governance.accounts.models import User

MOST_VOUCHERS = 300

HANDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "donation": (("recorded_by",), ("received_by",)),
    "refunded_donation": (("refund_proposed_by",), ("refunded_by",)),
    "purpose_change": (("proposed_by",), ("confirmed_by",)),
    "order": (("confirmed_by", "approved_by"), ("received_by",)),
    "payment": (("requested_by", "planned_by"), ("approved_by",)),
    "held_for": (("entered_by",), ("approved_by",)),
    "released_for": (("entered_by",), ("approved_by",)),
    "upkeep": (("entered_by",), ("posted_by",)),
    "appropriation": (("planned_by",), ("received_by",)),
    "closing_out": (("proposed_by",), ("audited_by",)),
    "closing_in": (("proposed_by",), ("audited_by",)),
}
"""By the way from a journal to what caused it: whose hands prepared it, and whose reviewed it; the first that is known."""

JOINS = tuple(
    f"{cause}__{column}" for cause, (prepared, reviewed) in HANDS.items() for column in (*prepared, *reviewed)
)


class NoVouchers(NotNow):
    """There is nothing to print."""

    code = "no_vouchers"
    message = gettext_lazy("Nothing was posted in %(period)s.")


class TooManyVouchers(NotNow):
    """One file holds a bounded number of sheets."""

    code = "too_many_vouchers"
    message = gettext_lazy(
        "%(period)s has more than %(most)s vouchers. Print them in parts: give the number to begin with."
    )


class VouchersMissing(NotNow):
    """The numbers have a gap: nothing is printed that would look complete."""

    code = "vouchers_missing"
    message = gettext_lazy("Voucher %(number)s is missing in “%(book)s”. Have the account proven.")


@dataclass(frozen=True, slots=True)
class Voucher:
    """One journal as it is printed."""

    journal: Journal
    prepared_by: str
    reviewed_by: str
    posted_by: str

    @property
    def address(self) -> str:
        """The public page of the voucher."""
        return str(settings.SITE_URL).rstrip("/") + self.journal.get_absolute_url()


def voucher_of(journal: Journal) -> Voucher:
    """Return a journal with the hands it went through; no query for rows of `printable`."""
    prepared = reviewed = ""
    for cause, (first, second) in HANDS.items():
        row = _cause(journal, cause)
        if row is not None:
            prepared, reviewed = _name(row, first), _name(row, second)
            break
    posted = journal.posted_by.display_name if not journal.posted_by.is_system else _("by the clock")
    return Voucher(journal, prepared or posted, reviewed, posted)


def _cause(journal: Journal, name: str) -> Any:
    try:
        return getattr(journal, name)
    except ObjectDoesNotExist:
        return None


def _name(row: Any, columns: Sequence[str]) -> str:
    people: list[User | None] = [getattr(row, column) for column in columns]
    return next((person.display_name for person in people if person is not None), "")


def printable() -> Any:
    """Journals with their lines, their book and whoever had a hand in them; two queries."""
    return Journal.objects.for_detail().select_related("posted_by", "book__fund__charity", *JOINS)


def vouchers_in(book: Book, span: Span, first: int | None = None) -> list[Voucher]:
    """Return the vouchers of a book in a period in the order of their numbers; four queries.

    `first`: the number to begin with, for a period that has more than one file holds.

    Raises:
        NoVouchers, TooManyVouchers: there is nothing to print, or too much for one file.
        VouchersMissing: the numbers of a year have a gap.
    """
    missing = missing_number(book, span.start.year, span.last.year)
    if missing:
        raise VouchersMissing(number=missing, book=book.name)
    rows = printable().filter(book=book, voucher_number__gte=first or 1).dated(span.start, span.end)
    found = list(rows.order_by("year", "voucher_number")[: MOST_VOUCHERS + 1])
    if not found:
        raise NoVouchers(period=span.name)
    if len(found) > MOST_VOUCHERS and first is None:
        raise TooManyVouchers(field="first", period=span.name, most=MOST_VOUCHERS)
    return [voucher_of(journal) for journal in found[:MOST_VOUCHERS]]


def missing_number(book: Book, first_year: int, last_year: int) -> str:
    """Return the first number that is missing in the years of a book, nothing where they are continuous; one query."""
    rows = Journal.objects.filter(book=book, year__gte=first_year, year__lte=last_year)
    counted = rows.values("year").annotate(count=Count("pk"), last=Max("voucher_number")).order_by("year")
    for year, count, last in counted.values_list("year", "count", "last"):
        if count != last:
            present = set(rows.filter(year=year).values_list("voucher_number", flat=True))
            gap = next(number for number in range(1, last + 1) if number not in present)
            return f"{year}-{gap:05d}"
    return ""


def print_vouchers(vouchers: Sequence[Voucher]) -> bytes:
    """Return the PDF of vouchers, one a sheet.

    Raises:
        PrintingUnavailable: the machine cannot print.
    """
    return render("funds/statements/voucher_paper.html", {"vouchers": vouchers})


def address_of(name: str, *args: object) -> str:
    """Return the full address of a page, for codes on paper."""
    return str(settings.SITE_URL).rstrip("/") + reverse(name, args=args)
