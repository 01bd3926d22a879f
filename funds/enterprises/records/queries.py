"""What the books of an enterprise add up to, by month and line, and how a declaration differs from them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Sum
from django.db.models.functions import TruncMonth

from funds.enterprises.letting.models import RentCharge
from funds.enterprises.models import CommunityEnterprise, PeriodKind, ProfitDeclaration
from funds.enterprises.records.models import BusinessLine, BusinessRecord, RecordKind
from governance.money import ZERO

COMPARED = ("revenue", "rent", "cost", "tax", "net_profit")
"""The figures of a declaration that the books tell too."""
CHART_WIDTH = 340
BAR_HEIGHT = 14
BAR_STEP = 34


@dataclass(frozen=True, slots=True)
class Entry:
    """What one month of one line adds up to, in yuan; rent that follows from lettings is marked."""

    month: dt.date
    kind: str
    line: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """What a period adds up to, in yuan, as a declaration names it."""

    revenue: Decimal = ZERO
    rent: Decimal = ZERO
    cost: Decimal = ZERO
    tax: Decimal = ZERO

    @property
    def net_profit(self) -> Decimal:
        """Revenue − cost − tax."""
        return self.revenue - self.cost - self.tax

    @property
    def spent(self) -> Decimal:
        """Cost and tax."""
        return self.cost + self.tax

    @property
    def is_empty(self) -> bool:
        """Whether nothing is recorded at all."""
        return not (self.revenue or self.cost or self.tax)


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of a declaration beside that of the records; `difference` is declared − recorded."""

    name: str
    declared: Decimal
    recorded: Decimal

    @property
    def difference(self) -> Decimal:
        """What is declared more than recorded."""
        return self.declared - self.recorded


def entries(enterprise: CommunityEnterprise, first: dt.date, after: dt.date) -> list[Entry]:
    """Return what the months of [first, after) add up to: records, and the rent charged for lettings; two queries."""
    records = BusinessRecord.objects.standing().filter(enterprise=enterprise, month__gte=first, month__lt=after)
    summed = records.values("month", "kind", "line").annotate(total=Sum("amount")).order_by("month", "kind", "line")
    found = [Entry(row["month"], row["kind"], row["line"], row["total"]) for row in summed]
    charges = RentCharge.objects.filter(letting__enterprise=enterprise, from_on__gte=first, from_on__lt=after)
    months = charges.annotate(month=TruncMonth("from_on")).values("month")
    for row in months.annotate(total=Sum(F("amount") - F("waived"))).order_by("month"):
        if row["total"]:
            found.append(Entry(row["month"], RecordKind.REVENUE, BusinessLine.SITE_RENTAL, row["total"]))
    return found


def totals(found: Iterable[Entry]) -> Totals:
    """Add up entries as a declaration names them (pure)."""
    by_kind: dict[str, Decimal] = defaultdict(lambda: ZERO)
    rent = ZERO
    for entry in found:
        by_kind[entry.kind] += entry.amount
        if entry.kind == RecordKind.REVENUE and entry.line == BusinessLine.SITE_RENTAL:
            rent += entry.amount
    return Totals(by_kind[RecordKind.REVENUE], rent, by_kind[RecordKind.COST], by_kind[RecordKind.TAX])


def recorded(enterprise: CommunityEnterprise, first: dt.date, after: dt.date) -> Totals:
    """Return what a period adds up to; two queries."""
    return totals(entries(enterprise, first, after))


def compare(declaration: ProfitDeclaration) -> list[Compared]:
    """Set a declaration beside the records of its period; two queries."""
    found = recorded(declaration.enterprise, declaration.starts_on, declaration.ends_on)
    return [Compared(name, getattr(declaration, name), getattr(found, name)) for name in COMPARED]


def declared_otherwise(enterprise: CommunityEnterprise, year: int, found: Totals) -> ProfitDeclaration | None:
    """Return the last declaration of a year where the books say something else now; one query."""
    rows = enterprise.declarations.filter(period_kind=PeriodKind.YEAR, starts_on=dt.date(year, 1, 1))
    row: ProfitDeclaration | None = rows.select_related("enterprise__division").order_by("-revision").first()
    same = row is None or found.is_empty or all(getattr(row, name) == getattr(found, name) for name in COMPARED)
    return None if same else row


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of business over a period: revenue, cost, and the bar of its revenue in the picture."""

    label: str
    revenue: Decimal
    cost: Decimal = ZERO
    width: int = 0
    y: int = 0

    @property
    def profit(self) -> Decimal:
        """Revenue − cost; tax is that of the whole enterprise."""
        return self.revenue - self.cost

    @property
    def text_y(self) -> int:
        """Where the words above the bar stand."""
        return self.y - 4


def lines_of(found: Sequence[Entry]) -> list[LineRow]:
    """Return the lines of business with revenue and cost, the largest revenue first, with their bars (pure)."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for entry in found:
        sums[entry.line, entry.kind] += entry.amount
    used = {line for line, kind in sums if kind != RecordKind.TAX}
    rows = [
        LineRow(str(BusinessLine(line).label), sums[line, RecordKind.REVENUE], sums[line, RecordKind.COST])
        for line in used
    ]
    return drawn(sorted(rows, key=lambda row: (-row.revenue, row.label)))


def drawn(rows: Sequence[LineRow]) -> list[LineRow]:
    """Give each row the place and the length of its bar, the longest as wide as the chart (pure)."""
    highest = max((row.revenue for row in rows), default=ZERO)
    return [
        LineRow(
            row.label,
            row.revenue,
            row.cost,
            int(CHART_WIDTH * max(row.revenue, ZERO) / highest) if highest else 0,
            number * BAR_STEP + 18,
        )
        for number, row in enumerate(rows)
    ]


@dataclass(frozen=True, slots=True)
class PublicIncome:
    """The income of a published year by line; `rest` is what was declared and stands in no record."""

    year: int
    rows: list[LineRow]
    rest: Decimal
    height: int


def public_income(enterprise: CommunityEnterprise, year: ProfitDeclaration | None) -> PublicIncome | None:
    """Return the income by line of a published year, None where nothing of it is recorded; two queries."""
    if year is None or year.period_kind != PeriodKind.YEAR:
        return None
    rows = [row for row in lines_of(entries(enterprise, year.starts_on, year.ends_on)) if row.revenue]
    if not rows:
        return None
    rest = year.revenue - sum((row.revenue for row in rows), ZERO)
    return PublicIncome(year.starts_on.year, rows, rest, len(rows) * BAR_STEP + 2)


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month of the books, in yuan."""

    month: dt.date
    totals: Totals


def months_of(found: Sequence[Entry]) -> list[MonthRow]:
    """Return the months of entries in order, each added up (pure)."""
    by_month: dict[dt.date, list[Entry]] = defaultdict(list)
    for entry in found:
        by_month[entry.month].append(entry)
    return [MonthRow(month, totals(by_month[month])) for month in sorted(by_month)]
