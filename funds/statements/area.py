"""The statement of a place: every fund in it beside the others, and together where the money came from and went.

Computed as that of a fund, from sums of transfers; only that pools with a restriction and holds are taken together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from funds.charity.models import CommunityFund
from funds.closing.models import FundClosure
from funds.ledger.policy import STANDARD_NAMES
from funds.statements.periods import end_of
from funds.statements.policy import FREE, HOLD, POOL, Entry, Movement, Place, Span, Statement, statement_of
from funds.statements.queries import bounds_of
from governance.errors import NotNow
from governance.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communities.territory.models import Division

MOST_FUNDS = 2000
AREA = """
SELECT journal.book_id, source.kind, coalesce(source.part, ''), target.kind, coalesce(target.part, ''),
    max(source.name), max(target.name),
    coalesce(sum(transfer.amount) FILTER (WHERE journal.posted_on < %(start)s), 0),
    coalesce(sum(transfer.amount) FILTER (WHERE journal.posted_on >= %(start)s), 0)
FROM funds_journal AS journal
JOIN funds_transfer AS transfer ON transfer.journal_id = journal.id
CROSS JOIN LATERAL (
    SELECT kind, name, CASE WHEN kind IN ('SOURCE', 'SINK') OR code = 'pool:free' THEN code END AS part
    FROM funds_account WHERE id = transfer.source_id
) AS source
CROSS JOIN LATERAL (
    SELECT kind, name, CASE WHEN kind IN ('SOURCE', 'SINK') OR code = 'pool:free' THEN code END AS part
    FROM funds_account WHERE id = transfer.target_id
) AS target
WHERE journal.book_id = ANY(%(books)s) AND journal.posted_on < %(end)s AND journal.posted_at < %(known)s::timestamptz
GROUP BY journal.book_id, source.kind, source.part, target.kind, target.part
"""


class TooManyFunds(NotNow):
    """The statement of so many funds is no page."""

    code = "statement_too_many_funds"
    message = _("There are more than %(most)s funds in %(place)s. Choose a smaller place.")


@dataclass(frozen=True, slots=True)
class FundLine:
    """One fund in the statement of its place."""

    fund: CommunityFund
    statement: Statement


@dataclass(frozen=True)
class AreaStatement:
    """The funds of a place in a period, and their sums."""

    lines: Sequence[FundLine]
    income: Sequence[Entry]
    uses: Sequence[Entry]
    moved: Decimal
    """What of the sums passed from one of these funds to another when it ended: in the uses of one, the income of the other."""

    def _sum(self, name: str) -> Decimal:
        return sum((getattr(line.statement, name) for line in self.lines), ZERO)

    @property
    def opening(self) -> Decimal:
        """All that lay in the funds at the beginning."""
        return self._sum("opening")

    @property
    def received(self) -> Decimal:
        """All income."""
        return self._sum("received")

    @property
    def used(self) -> Decimal:
        """All uses."""
        return self._sum("used")

    @property
    def closing(self) -> Decimal:
        """All that lies in the funds at the end."""
        return self._sum("closing")

    @property
    def free(self) -> Decimal:
        """What of it is free."""
        return self._sum("free")

    @property
    def restricted(self) -> Decimal:
        """What of it is restricted."""
        return self._sum("restricted")

    @property
    def held(self) -> Decimal:
        """What of it is held for approved uses."""
        return self._sum("held")


def statement_of_area(division: Division, span: Span) -> AreaStatement:
    """Return the statement of all public funds in a place and below it; three queries.

    Raises:
        TooManyFunds: more than a page can hold.
    """
    rows = CommunityFund.objects.visible_to(AnonymousUser()).in_division(division).select_related("division")
    funds = list(rows.order_by("division__path", "name", "pk")[: MOST_FUNDS + 1])
    if len(funds) > MOST_FUNDS:
        raise TooManyFunds(most=MOST_FUNDS, place=division.name)
    moves = _movements([fund.book_id for fund in funds], span)
    lines = [FundLine(fund, statement_of(moves[fund.book_id])) for fund in funds]
    income = _gathered([entry for line in lines for entry in line.statement.income])
    uses = _gathered([entry for line in lines for entry in line.statement.uses])
    return AreaStatement(lines, income, uses, _moved(funds, span))


def _moved(funds: list[CommunityFund], span: Span) -> Decimal:
    """Return what the ending ones of these funds have handed over to others of them in a period."""
    rows = FundClosure.objects.filter(
        fund__in=funds,
        recipient__in=funds,
        out_journal__posted_on__gte=span.start,
        out_journal__posted_on__lt=span.end,
    )
    if span.known_on is not None:
        rows = rows.filter(out_journal__posted_at__lt=end_of(span.known_on))
    return Decimal(rows.aggregate(sum=Sum("out_journal__total", default=ZERO))["sum"])


def _movements(books: list[int], span: Span) -> dict[int, list[Movement]]:
    found: dict[int, list[Movement]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(AREA, {"books": books, **bounds_of(span)})
        for book, source, source_part, target, target_part, *rest in cursor.fetchall():
            source_name, target_name, before, within = rest
            start, end = _place(source, source_part, source_name), _place(target, target_part, target_name)
            if start != end:
                found[book].append(Movement(start, end, before, within))
    return found


def _place(kind: str, part: str, name: str) -> Place:
    if kind == HOLD:
        return Place("hold", kind, _("held for approved uses"))
    if kind == POOL and part != FREE:
        return Place("pool:restricted", kind, _("restricted to a purpose"))
    return Place(part, kind, STANDARD_NAMES.get(part, name))


def _gathered(entries: list[Entry]) -> list[Entry]:
    """Add up what is called the same, largest first."""
    sums: dict[Place, Decimal] = defaultdict(Decimal)
    for entry in entries:
        sums[entry.place] += entry.amount
    ordered = sorted(sums, key=lambda place: (-sums[place], place.code))
    return [Entry(place, sums[place]) for place in ordered if sums[place]]
