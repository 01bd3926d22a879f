"""Reads over lists and budget lines: what applies where, and what of a line is bound and paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from communities.territory.models import Division
from governance.money import ZERO
from projects.purchasing.catalogue.models import ListKind, PublicBudgetLine, PurchaseList, PurchaseListItem

BINDING = ("APPROVED", "CALLED", "OPENED", "PROPOSED", "CONCLUDED")


@dataclass(frozen=True, slots=True)
class LineFigures:
    """What of a budget line is bound by purchases, what was paid, and what is left."""

    line: PublicBudgetLine
    bound: Decimal
    paid: Decimal

    @property
    def left(self) -> Decimal:
        """What new purchases may bind."""
        return Decimal(self.line.amount) - self.bound


def figures_of(lines: Sequence[PublicBudgetLine]) -> list[LineFigures]:
    """Return the figures of budget lines, in their order; two queries."""
    rows = PublicBudgetLine.objects.filter(pk__in=[line.pk for line in lines]).order_by()
    bound = dict(rows.filter(purchases__status__in=BINDING).values_list("pk").annotate(total=Sum("purchases__bound")))
    paid = dict(rows.filter(payments__isnull=False).values_list("pk").annotate(total=Sum("payments__amount")))
    return [LineFigures(line, bound.get(line.pk) or ZERO, paid.get(line.pk) or ZERO) for line in lines]


def list_in_force(kind: str, division: Division, day: dt.date) -> PurchaseList | None:
    """Return the edition that applies in a place on a day: its own, else that of the nearest place above; one query."""
    rows = PurchaseList.objects.in_force_on(day).reaching(division).filter(kind=kind).select_related("division")
    return max(rows, key=lambda row: len(row.division.path), default=None)


def items_for(division: Division, day: dt.date, kind: str = ListKind.GUIDANCE) -> list[PurchaseListItem]:
    """Return the items that a buyer may choose from on a day; two queries."""
    found = list_in_force(kind, division, day)
    return list(found.items.select_related("purchase_list")) if found else []
