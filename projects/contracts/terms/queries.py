"""Reads of a contract's money: what each line has and spent, what is paid, how far the spending is ahead."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q, Sum

from funds.spending.lifecycle import PaymentStatus
from governance.money import ZERO
from projects.contracts.terms.lifecycle import AwardPaymentStatus, ExpenditureStatus, SupplementStatus

if TYPE_CHECKING:
    from projects.contracts.models import Contract
    from projects.contracts.terms.models import ContractLine

COUNTED = (ExpenditureStatus.ENTERED, ExpenditureStatus.CONFIRMED)
WIDTH = 360


@dataclass(frozen=True, slots=True)
class LineState:
    """A line with what it has after the supplements, and what was spent of it."""

    line: ContractLine
    planned: Decimal
    confirmed: Decimal
    entered: Decimal

    @property
    def left(self) -> Decimal:
        """What is left of it; below zero where it is overspent."""
        return self.planned - self.confirmed - self.entered

    @property
    def is_overspent(self) -> bool:
        """Whether more was spent than it has."""
        return self.left < ZERO

    @property
    def width(self) -> float:
        """The part spent on a picture of 360 units."""
        return (
            round(min(float((self.confirmed + self.entered) / self.planned), 1.0) * WIDTH, 1) if self.planned else 0.0
        )


def lines_of(contract: Contract) -> list[LineState]:
    """Return the lines of a contract as they stand; three queries."""
    spent: dict[tuple[int, str], Decimal] = {}
    sums = contract.expenditures.filter(status__in=COUNTED).values("line", "status").annotate(total=Sum("amount"))
    for row in sums.order_by("line", "status"):
        spent[row["line"], row["status"]] = row["total"]
    planned: dict[int, Decimal] = {}
    for supplement in contract.supplements.filter(status=SupplementStatus.APPROVED):
        if supplement.line_id is not None:
            planned[supplement.line_id] = planned.get(supplement.line_id, ZERO) + supplement.amount + supplement.shifted
        if supplement.taken_from_id is not None:
            planned[supplement.taken_from_id] = planned.get(supplement.taken_from_id, ZERO) - supplement.shifted
    return [
        LineState(
            line,
            line.amount + planned.get(line.pk, ZERO),
            spent.get((line.pk, ExpenditureStatus.CONFIRMED), ZERO),
            spent.get((line.pk, ExpenditureStatus.ENTERED), ZERO),
        )
        for line in contract.lines.all()
    ]


def total_of(contract: Contract) -> Decimal:
    """Return what the contract gives with its supplements; one query."""
    approved = Q(status=SupplementStatus.APPROVED)
    return Decimal(contract.amount) + Decimal(
        contract.supplements.filter(approved).aggregate(total=Sum("amount"))["total"] or ZERO
    )


def spent_of(contract: Contract) -> Decimal:
    """Return what was spent under the contract as far as nobody has rejected it; one query."""
    return Decimal(contract.expenditures.filter(status__in=COUNTED).aggregate(total=Sum("amount"))["total"] or ZERO)


def paid_of(contract: Contract) -> Decimal:
    """Return what the organization was paid, from the fund or out of public money; two queries."""
    of_the_fund = contract.instalments.filter(payment__status=PaymentStatus.PAID).aggregate(
        total=Sum("payment__amount")
    )
    public = contract.award_payments.filter(status=AwardPaymentStatus.PAID).aggregate(total=Sum("amount"))
    return Decimal(of_the_fund["total"] or ZERO) + Decimal(public["total"] or ZERO)
