"""What accounts are owed, and their figures: computed at a journal, compared with what the ledger says now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from communities.policy.models import PolicyParameter
from communities.policy.queries import value
from funds.appeals.models import AppealReport
from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund
from funds.disclosure import policy
from funds.disclosure.models import OF_A_USE, DisclosedFigure, Disclosure
from funds.disclosure.policy import Figured, Owed
from funds.ledger.models import Journal
from funds.spending.models import SpendingRequest
from funds.statements.policy import HOLD, POOL, SINK, SOURCE, statement_of
from funds.statements.queries import accounts_of, movements

if TYPE_CHECKING:
    from communities.policy.policy import Parameter
    from communities.territory.models import Division

V = TypeVar("V")

LIVING = (FundStatus.ACTIVE, FundStatus.RECTIFYING, FundStatus.CLOSING)
MOST_LATER = 20
CLOCKS = (
    policy.ACCOUNT_EVERY,
    policy.ACCOUNT_WITHIN,
    policy.YEAR_WITHIN,
    policy.USE_FROM,
    policy.USE_EVERY,
    policy.FINAL_WITHIN,
)
SHOWN_BY: dict[str, dict[str, str]] = {
    "income": {},
    "use": {},
    "received": {"touching": SOURCE},
    "used": {"touching": SINK},
    "held": {"touching": HOLD},
    "restricted": {"touching": POOL},
}
"""How the list of vouchers is narrowed to the rows of a figure, where not by the account that it is of."""
LYING = ("opening", "free", "restricted", "held", "closing", "left")
"""Figures of what lies somewhere: all vouchers so far are their rows, not only those of the period."""


class Clocks:
    """The clocks of accounts by place; a parameter that no place has changed costs no query."""

    def __init__(self, today: dt.date) -> None:
        self.today = today
        keys = [parameter.key for parameter in CLOCKS]
        stored = PolicyParameter.objects.filter(key__in=keys).order_by().values_list("key", flat=True)
        self.changed = set(stored.distinct())

    def of(self, parameter: Parameter[V], division: Division) -> V:
        """Return the value that holds in a place today."""
        if parameter.key not in self.changed:
            return parameter.default
        return value(parameter, division, self.today)


def owed_by(fund: CommunityFund, requests: Iterable[SpendingRequest], clocks: Clocks) -> list[Owed]:
    """Return the accounts that a fund and its uses owe by today."""
    if fund.opened_on is None:
        return []
    today, place = clocks.today, fund.division
    within = clocks.of(policy.ACCOUNT_WITHIN, place)
    every = clocks.of(policy.ACCOUNT_EVERY, place)
    found = [
        *policy.accounts_owed(fund.opened_on, today, every=every, within=within),
        *policy.years_owed(fund.opened_on, today, within=clocks.of(policy.YEAR_WITHIN, place)),
    ]
    for row in requests:
        if row.approved_at is None:
            continue
        found += policy.uses_owed(
            row.pk,
            timezone.localdate(row.approved_at),
            timezone.localdate(row.completed_at) if row.completed_at else None,
            today,
            every=clocks.of(policy.USE_EVERY, place),
            longer_than=clocks.of(policy.USE_FROM, place),
            final_within=clocks.of(policy.FINAL_WITHIN, place),
        )
    return found


def computed(row: Disclosure, until: int | None = None) -> list[Figured]:
    """Compute the figures of an account from the transfers, up to a journal or up to now; two queries."""
    book = row.fund.book
    moves = movements(book, accounts_of(book), row.span, until)
    if row.kind in OF_A_USE and row.request is not None:
        return policy.figures_of_use(moves, row.request.hold_code)
    return policy.figures_of(statement_of(moves))


@dataclass(frozen=True, slots=True)
class Compared:
    """One published figure, what the same query says now, and where its rows are."""

    figure: DisclosedFigure
    now: Decimal
    rows: str

    @property
    def has_changed(self) -> bool:
        """Whether vouchers posted since then have changed what the query says."""
        return bool(self.now != self.figure.amount)

    @property
    def difference(self) -> Decimal:
        """What is said now less what was published."""
        return self.now - Decimal(self.figure.amount)


def compared(row: Disclosure) -> list[Compared]:
    """Return the figures of a published account beside what the ledger says now; three queries."""
    now = {(each.name, each.subject): each.amount for each in computed(row)}
    return [
        Compared(figure, now.get((figure.name, figure.subject), Decimal(0)), rows_of(row, figure))
        for figure in row.figures.order_by("number")
    ]


def rows_of(row: Disclosure, figure: Any) -> str:
    """Return the address of the vouchers from which a figure follows, up to the journal it was computed at."""
    given = {"posted_to": row.covers_to.isoformat()}
    if figure.name == "opening":
        given = {"posted_to": (row.covers_from - dt.timedelta(days=1)).isoformat()}
    elif figure.name not in LYING:
        given["posted_from"] = row.covers_from.isoformat()
    if figure.subject:
        given["account"] = figure.subject
    given |= SHOWN_BY.get(figure.name, {})
    if row.sequence is not None:
        given["until"] = str(row.sequence)
    return f"{reverse('funds:fund-journals', args=[row.fund_id])}?{urlencode(given)}"


def posted_since(row: Disclosure) -> list[Journal]:
    """Return the vouchers that bear a date up to the end of the period and were posted after publication; one query."""
    if row.sequence is None:
        return []
    rows = Journal.objects.filter(book=row.fund.book_id, sequence__gt=row.sequence, posted_on__lte=row.covers_to)
    return list(rows.order_by("sequence")[:MOST_LATER])


def due_appeals(fund: CommunityFund) -> Sequence[AppealReport]:
    """Return the accounts that a fund's appeals still owe, in the order in which they fall due; one query."""
    rows = AppealReport.objects.filter(Q(published_at=None), appeal__fund=fund).for_list()
    return list(rows[:MOST_LATER])
