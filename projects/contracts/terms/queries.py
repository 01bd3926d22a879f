"""Reads of a contract's money: what each line has and spent, what is paid, how far the spending is ahead."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q, Sum

from funds.spending.lifecycle import PaymentStatus
from funds.spending.models import Payment
from governance.money import ZERO
from projects.contracts.terms.lifecycle import AwardPaymentStatus, ExpenditureStatus, SupplementStatus
from projects.contracts.terms.models import Ground, Settlement

if TYPE_CHECKING:
    from projects.contracts.models import Contract, Instalment
    from projects.contracts.terms.models import ContractLine, Supplement

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
    """Return the lines of a contract as they stand; one query, and one for supplements unless they were read along."""
    planned: dict[int, Decimal] = defaultdict(Decimal)
    for supplement in _approved(contract):
        if supplement.line_id is not None:
            planned[supplement.line_id] += supplement.amount + supplement.shifted
        if supplement.taken_from_id is not None:
            planned[supplement.taken_from_id] -= supplement.shifted
    rows = contract.lines.annotate(
        confirmed=_spent(ExpenditureStatus.CONFIRMED), entered=_spent(ExpenditureStatus.ENTERED)
    )
    return [
        LineState(line, line.amount + planned[line.pk], line.confirmed or ZERO, line.entered or ZERO) for line in rows
    ]


def _approved(contract: Contract) -> list[Supplement]:
    return [row for row in contract.supplements.all() if row.status == SupplementStatus.APPROVED]


def _spent(status: str) -> Sum:
    return Sum("expenditures__amount", filter=Q(expenditures__status=status))


def total_of(contract: Contract) -> Decimal:
    """Return what the contract gives with its supplements; one query unless they were read along."""
    return sum((row.amount for row in _approved(contract)), Decimal(contract.amount))


def spent_of(contract: Contract) -> Decimal:
    """Return what was spent under the contract as far as nobody has rejected it; one query."""
    return Decimal(contract.expenditures.filter(status__in=COUNTED).aggregate(total=Sum("amount"))["total"] or ZERO)


def confirmed_of(contract: Contract) -> Decimal:
    """Return what was spent under the contract and confirmed; one query."""
    rows = contract.expenditures.filter(status=ExpenditureStatus.CONFIRMED)
    return Decimal(rows.aggregate(total=Sum("amount"))["total"] or ZERO)


def unused_of(contract: Contract) -> Decimal:
    """Return what of a grant was paid, not spent as far as confirmed, and not paid back; nothing of other contracts.

    Up to four queries.
    """
    if contract.grant_id is None:
        return ZERO
    back = Settlement.objects.filter(contract=contract, refunded_on__isnull=False)
    returned = back.aggregate(total=Sum("refund"))["total"] or ZERO
    return max(paid_of(contract) - confirmed_of(contract) - returned, ZERO)


def paid_part(instalment: Instalment) -> Decimal:
    """Return what of an instalment was paid, by whomever; no query where the payments were read along."""
    of_fund = instalment.payment
    paid = of_fund.amount if of_fund is not None and of_fund.status == PaymentStatus.PAID else ZERO
    return sum((one.amount for one in instalment.award_payments.all() if one.status == "PAID"), paid)


def unpaid_of(contract: Contract, *, apart_from_the_rest: bool = False) -> list[Instalment]:
    """Return the instalments that were not wholly paid; the last one, which is the rest, only where it counts; two queries."""
    rows = list(contract.instalments.select_related("payment").prefetch_related("award_payments"))
    rest = max((row.number for row in rows if row.supplement_id is None), default=0) if apart_from_the_rest else 0
    return [row for row in rows if row.number != rest and paid_part(row) < row.amount]


def under_way(contract: Contract) -> int:
    """Return how many payments of a contract were asked for and are neither paid nor cancelled; two queries."""
    of_fund = Payment.objects.under_way().filter(instalment__contract=contract).count()
    ended = [AwardPaymentStatus.PAID, AwardPaymentStatus.CANCELLED]
    return of_fund + contract.award_payments.exclude(status__in=ended).count()


def rest_settled(contract: Contract) -> Settlement | None:
    """Return the settlement by which the rest is not paid, because the evaluation was failed; a query unless it was read along."""
    found = getattr(contract, "settlement", None)
    return found if found is not None and found.ground == Ground.FAILED else None


def paid_of(contract: Contract) -> Decimal:
    """Return what the organization was paid, from the fund or out of public money; two queries at most.

    Only a contract on an award is paid out of public money, only one with a request by the fund.
    """
    paid = ZERO
    if contract.request_id is not None:
        of_the_fund = contract.instalments.filter(payment__status=PaymentStatus.PAID).aggregate(
            total=Sum("payment__amount")
        )
        paid += Decimal(of_the_fund["total"] or ZERO)
    if contract.is_of_award:
        public = [row.amount for row in contract.award_payments.all() if row.status == AwardPaymentStatus.PAID]
        paid += sum(public, ZERO)
    return paid
