"""Reads over purchases: what they add up to in a year, what comes of a decision."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.utils.translation import gettext as _

from communities.policy.queries import value
from governance.money import ZERO
from governance.pages import Told
from projects.purchasing.catalogue.models import PublicBudgetLine
from projects.purchasing.lifecycle import PurchaseStatus
from projects.purchasing.models import Purchase
from projects.purchasing.policy import CLOCKS, MICRO_UP_TO, OPEN_TENDER_FROM, SUPPLEMENT_SHARE, TENTH, Procedure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import AnonymousUser

    from communities.territory.models import Division
    from consultation.decisions.models import Decision
    from governance.accounts.models import User

FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class YearTotal:
    """What a buyer binds for one item in one year without open tender, this purchase included, and the limit."""

    others: int
    total: Decimal
    limit: Decimal | None

    @property
    def is_above(self) -> bool:
        """Whether the purchases of the year are together above the limit of the procedure."""
        return self.limit is not None and self.total > self.limit


def year_total(purchase: Purchase) -> YearTotal:
    """Add up the purchases of the same buyer, item and year; one query where item and budget line were read along.

    Basis: Regulations for the Government Procurement Law art. 28.
    """
    if purchase.procedure == Procedure.OPEN_TENDER:
        return YearTotal(0, purchase.amount, None)
    code, year = purchase.item.code, purchase.budget_line.fiscal_year
    rows = Purchase.objects.binding().filter(buyer=purchase.buyer_id, item__code=code, budget_line__fiscal_year=year)
    rows = rows.exclude(procedure=Procedure.OPEN_TENDER).exclude(pk=purchase.pk)
    found = list(rows.values_list("amount", flat=True))
    return YearTotal(len(found), sum(found, purchase.amount), purchase.procedure_limit)


def limit_on(purchase: Purchase, today: dt.date) -> Decimal | None:
    """Return up to how much its procedure may be used on that day, None where it has no limit; one query."""
    if purchase.procedure == Procedure.OPEN_TENDER:
        return None
    limit = MICRO_UP_TO if purchase.procedure == Procedure.MICRO else OPEN_TENDER_FROM
    return value(limit, purchase.buyer, today)


def left_of(line: PublicBudgetLine, apart_from: Purchase | None = None) -> Decimal:
    """Return what purchases may still bind of a budget line; one query."""
    rows = Purchase.objects.binding().filter(budget_line=line)
    if apart_from is not None:
        rows = rows.exclude(pk=apart_from.pk)
    return Decimal(line.amount) - Decimal(rows.aggregate(total=Sum("bound"))["total"] or ZERO)


def most_added(amount: Decimal, place: Division, day: dt.date) -> Decimal:
    """Return what supplements may add to a sum in all, to the fen and never more; one query.

    Basis: Government Procurement Law art. 49.
    """
    part = min(value(SUPPLEMENT_SHARE, place, day), TENTH)
    return (amount * part).quantize(FEN, rounding=ROUND_DOWN)


def least_days(purchase: Purchase, today: dt.date) -> int:
    """Return for how many days offers are taken at least, in the days of its procedure; one query."""
    return value(CLOCKS[purchase.procedure].days, purchase.buyer, today)


def purchases_of(decisions: Sequence[Decision], user: User | AnonymousUser) -> dict[int, list[Told]]:
    """Tell of decisions by which purchases they are carried out; one query."""
    found: dict[int, list[Told]] = {}
    rows = Purchase.objects.visible_to(user).filter(decision__in=decisions).exclude(status=PurchaseStatus.CANCELLED)
    for row in rows.order_by("pk"):
        name = f"{row.number} {row.title}"
        told = Told(
            _("Purchase of a service"), name, str(row.get_status_display()), row.get_absolute_url(), amount=row.amount
        )
        found.setdefault(row.decision_id or 0, []).append(told)
    return found
