"""The purchases of a place in a year: what is planned from which money, and how far it is (年度购买计划)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Subquery, Sum
from django.utils.translation import gettext as _

from communities.territory.models import Division, inside
from funds.support.models import FundingSource
from governance.money import ZERO
from projects.purchasing.awarding.models import PublicPayment, PurchaseAward
from projects.purchasing.catalogue.lifecycle import LineStatus
from projects.purchasing.catalogue.models import PublicBudgetLine
from projects.purchasing.lifecycle import PurchaseStatus
from projects.purchasing.models import Purchase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from governance.accounts.models import User

MOST_PLANNED = 200


@dataclass(frozen=True, slots=True)
class SourceTotal:
    """Of one source of money in a year: what was granted, what is planned against it, bound, awarded and paid."""

    source: str
    granted: Decimal
    purchases: int
    planned: Decimal
    bound: Decimal
    awarded: Decimal
    paid: Decimal

    @property
    def unplanned(self) -> Decimal:
        """What no purchase is planned for; below zero where more is planned than was granted."""
        return self.granted - self.planned


@dataclass(frozen=True, slots=True)
class YearPlan:
    """The purchases of a place in a year, and their money by source, all sources last."""

    purchases: list[Any]
    totals: list[SourceTotal]
    has_more: bool


def year_plan(place: Division, year: int, user: User | AnonymousUser) -> YearPlan:
    """Return what a place and those below it plan to buy in a year, as far as one may see it; two queries.

    What was cancelled or has failed is left out: it binds nothing.
    """
    award = PurchaseAward.objects.final().filter(purchase=OuterRef("pk"))
    paid = PublicPayment.objects.filter(award__purchase=OuterRef("pk")).order_by().values("award__purchase")
    rows: QuerySet[Any] = Purchase.objects.visible_to(user).filter(inside(place, "buyer"))
    rows = (
        rows.filter(budget_line__fiscal_year=year)
        .exclude(status__in=GONE)
        .annotate(
            awarded=Subquery(award.values("amount")[:1]),
            body=Subquery(award.values("organization__name")[:1]),
            paid=Subquery(paid.annotate(total=Sum("amount")).values("total")),
        )
    )
    found = list(
        rows.select_related("buyer", "landing", "item", "budget_line").order_by("starts_on", "pk")[: MOST_PLANNED + 1]
    )
    lines = (
        PublicBudgetLine.objects.visible_to(user)
        .in_division(place)
        .filter(fiscal_year=year, status=LineStatus.CONFIRMED)
    )
    granted: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for source, amount in lines.values_list("source", "amount"):
        granted[source] += amount
    shown = found[:MOST_PLANNED]
    sources = [one for one in FundingSource if one in granted or any(row.budget_line.source == one for row in shown)]
    totals = [
        _source_total(str(one.label), granted[one], [row for row in shown if row.budget_line.source == one])
        for one in sources
    ]
    whole = _source_total(_("all sources"), sum(granted.values(), ZERO), shown)
    return YearPlan(shown, [*totals, whole], has_more=len(found) > MOST_PLANNED)


GONE = (PurchaseStatus.CANCELLED, PurchaseStatus.FAILED)


def _source_total(name: str, granted: Decimal, rows: Sequence[Any]) -> SourceTotal:
    parts = {
        key: sum((getattr(row, key) or ZERO for row in rows), ZERO) for key in ("amount", "bound", "awarded", "paid")
    }
    return SourceTotal(name, granted, len(rows), parts["amount"], parts["bound"], parts["awarded"], parts["paid"])
