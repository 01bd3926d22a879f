"""What statements, flows and lists are computed from; every function says how many queries it takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import F

from funds.ledger.models import FREE, Account, AccountKind, Balance, Book, Journal, Period
from funds.ledger.policy import GENESIS
from funds.statements.periods import end_of
from funds.statements.policy import Movement, Place, Span
from governance.money import ZERO

if TYPE_CHECKING:
    from django.db.models import QuerySet

BEGINNING = dt.date(1900, 1, 1)
ALWAYS = "infinity"
NO_HEAD = 2**62
MOST_CORRECTIONS = 100

MOVEMENTS = """
SELECT transfer.source_id, transfer.target_id,
    coalesce(sum(transfer.amount) FILTER (WHERE journal.posted_on < %(start)s), 0),
    coalesce(sum(transfer.amount) FILTER (WHERE journal.posted_on >= %(start)s), 0)
FROM funds_journal AS journal JOIN funds_transfer AS transfer ON transfer.journal_id = journal.id
WHERE journal.book_id = %(book)s AND journal.posted_on < %(end)s
    AND journal.posted_at < %(known)s::timestamptz AND journal.sequence <= %(head)s
GROUP BY transfer.source_id, transfer.target_id
"""


@dataclass(frozen=True, slots=True)
class Money:
    """What lies in a book now, in yuan."""

    free: Decimal = ZERO
    restricted: Decimal = ZERO
    held: Decimal = ZERO

    @property
    def available(self) -> Decimal:
        """What is not held, free or restricted."""
        return self.free + self.restricted

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.free + self.restricted + self.held


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain stood: the number of its last journal and its hash. What is computed up to it never changes."""

    sequence: int
    hash: str


def head_of(book: Book, known_on: dt.date | None = None) -> Head:
    """Return the head of a book now, or at the end of a day; one query for the latter, none for the former."""
    if known_on is None:
        return Head(book.sequence, book.head_hash)
    rows = Journal.objects.filter(book=book, posted_at__lt=end_of(known_on)).order_by("-sequence")
    found = rows.values_list("sequence", "hash").first()
    return Head(*found) if found else Head(0, GENESIS)


def bounds_of(span: Span | None) -> dict[str, dt.date | str]:
    """Return the bounds of a period for a statement in SQL: dates that vouchers bear, and when they were posted."""
    return {
        "start": span.start if span else BEGINNING,
        "end": span.end if span else dt.date.max,
        "known": end_of(span.known_on) if span and span.known_on else ALWAYS,
    }


def movements(
    book: Book, accounts: Iterable[Account], span: Span | None = None, until: int | None = None
) -> list[Movement]:
    """Sum the transfers of a book by pair of accounts, for a period or (without one) for all time; one query.

    `until`: leave out journals after this number, so that the same figures come out at any later time.
    """
    places = {account.pk: place_of(account) for account in accounts}
    with connection.cursor() as cursor:
        cursor.execute(MOVEMENTS, {"book": book.pk, **bounds_of(span), "head": NO_HEAD if until is None else until})
        return [
            Movement(places[source], places[target], before, within)
            for source, target, before, within in cursor.fetchall()
        ]


def place_of(account: Account) -> Place:
    """Return the account as statements see it."""
    return Place(account.code, account.kind, account.label)


def accounts_of(book: Book) -> list[Account]:
    """Return the accounts of a book with their balances, in the order of their codes; one query."""
    return list(Account.objects.filter(book=book).for_list().order_by("code"))


def money_in(accounts: Iterable[Account]) -> Money:
    """Return what lies in the accounts; no query for rows with their balance."""
    free = restricted = held = ZERO
    for account in accounts:
        if account.code == FREE:
            free += account.balance.amount
        elif account.kind == AccountKind.POOL:
            restricted += account.balance.amount
        elif account.kind == AccountKind.HOLD:
            held += account.balance.amount
    return Money(free, restricted, held)


def money_of_books(books: Iterable[int]) -> dict[int, Money]:
    """Return what lies in each of the books; one query over their balance rows."""
    found: dict[int, dict[str, Decimal]] = {book: {} for book in books}
    rows = (
        Balance.objects.filter(account__book__in=found, kind__in=[AccountKind.POOL, AccountKind.HOLD])
        .values_list("account__book", "account__code", "kind", "received", "given")
        .order_by("account")
    )
    for book, code, kind, received, given in rows:
        part = "held" if kind == AccountKind.HOLD else "free" if code == FREE else "restricted"
        found[book][part] = found[book].get(part, ZERO) + received - given
    return {book: Money(**parts) for book, parts in found.items()}


def corrections_in(book: Book, span: Span, until: int) -> list[Journal]:
    """Return the reversals dated in a period that correct vouchers of earlier ones, in order; one query.

    A closed month takes no posting: what was wrong in it stands here as a difference, with what it refers to.
    """
    rows = Journal.objects.filter(
        book=book, sequence__lte=until, reverses__isnull=False, reverses__posted_on__lt=span.start
    ).dated(span.start, span.end)
    if span.known_on is not None:
        rows = rows.filter(posted_at__lt=end_of(span.known_on))
    return list(rows.select_related("reverses").order_by("sequence")[:MOST_CORRECTIONS])


def closed_months(book: Book, span: Span) -> list[Period]:
    """Return the closed months of a book that lie in a period, in order; one query."""
    first, last = span.start.year * 12 + span.start.month, span.last.year * 12 + span.last.month
    rows = Period.objects.filter(book=book, closed_at__isnull=False).annotate(place=F("year") * 12 + F("month"))
    return list(rows.filter(place__gte=first, place__lte=last).order_by("year", "month"))


CAUSES = ("donation__fund__division", "order__enterprise", "payment__request", "held_for", "released_for")
"""The ways from a journal to what caused it."""


def causes() -> QuerySet[Journal]:
    """Journals with what caused them, for the names of donors, enterprises and uses; joins only."""
    return Journal.objects.select_related(*CAUSES)


def lines() -> QuerySet[Journal]:
    """Journals with their transfers, for files; two queries."""
    return Journal.objects.for_list()
