"""Figures over years and places from the months' flows: what is summed up, and what was posted since.

Every function says how many queries it takes; none reads all transfers of a book or of a place.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection
from psycopg2 import sql

from funds.ledger.flows import SINCE_SUMMED
from funds.ledger.models import AccountKind
from funds.statements.policy import Month, Movement, Span, month_after
from funds.statements.queries import BEGINNING, place_of
from governance.money import ZERO

if TYPE_CHECKING:
    from funds.ledger.models import Account, Book

INSIDE = {AccountKind.POOL, AccountKind.HOLD}

# The sums reach up to a journal of each book; the journals after it are few, found by (book, sequence). One statement, so
# that a journal that is summed up meanwhile is counted once.
FLOWS = sql.SQL("""
SELECT source_id, target_id, month, sum(amount) FROM (
    SELECT source_id, target_id, month, amount FROM funds_monthflow WHERE book_id = %(book)s
    UNION ALL
    SELECT transfer.source_id, transfer.target_id, date_trunc('month', journal.posted_on)::date, transfer.amount
    FROM {since}
    WHERE summary.book_id = %(book)s
) AS moved GROUP BY 1, 2, 3
""").format(since=SINCE_SUMMED)


@dataclass(frozen=True, slots=True)
class Flow:
    """What moved from one account to another in one month, in yuan."""

    source: Account
    target: Account
    month: dt.date
    amount: Decimal


def flows_of(book: Book, accounts: Iterable[Account]) -> list[Flow]:
    """Return the flows of a book month by month; one query, as many rows as it has months and pairs of accounts."""
    by_key = {account.pk: account for account in accounts}
    with connection.cursor() as cursor:
        cursor.execute(FLOWS, {"book": book.pk})
        return [
            Flow(by_key[source], by_key[target], month, amount) for source, target, month, amount in cursor.fetchall()
        ]


def movements_in(flows: Iterable[Flow], span: Span | None = None) -> list[Movement]:
    """Return the movements of a period of whole months, or of all time; as `queries.movements`, without a query."""
    start = span.start if span else BEGINNING
    end = span.end if span else dt.date.max
    before: dict[tuple[Account, Account], Decimal] = defaultdict(Decimal)
    within: dict[tuple[Account, Account], Decimal] = defaultdict(Decimal)
    for flow in flows:
        if flow.month < end:
            pair = flow.source, flow.target
            (before if flow.month < start else within)[pair] += flow.amount
    return [
        Movement(place_of(source), place_of(target), before[source, target], within[source, target])
        for source, target in {**before, **within}
    ]


def months_in(flows: Iterable[Flow], until: dt.date, count: int = 12) -> list[Month]:
    """Return what came, what went and what lay in the book in each of the last months, oldest first; no query.

    Money that came back from a use, or went back to a source, counts as coming and going; what moved inside does not.
    """
    came: dict[dt.date, Decimal] = defaultdict(Decimal)
    went: dict[dt.date, Decimal] = defaultdict(Decimal)
    for flow in flows:
        if flow.target.kind in INSIDE and flow.source.kind not in INSIDE:
            came[flow.month] += flow.amount
        elif flow.source.kind in INSIDE and flow.target.kind not in INSIDE:
            went[flow.month] += flow.amount
    firsts = [month_after(until.year, until.month, -back) for back in range(count - 1, -1, -1)]
    balance = sum((came[month] - went[month] for month in {*came, *went} if month < firsts[0]), ZERO)
    months = []
    for first in firsts:
        balance += came[first] - went[first]
        months.append(Month(first, balance, came[first], went[first]))
    return months


def years_of(flows: Sequence[Flow]) -> list[int]:
    """Return the years in which anything moved, newest first; no query."""
    return sorted({flow.month.year for flow in flows}, reverse=True)
