"""Reads of contracts: what of a hold is promised, whether an instalment is due, what residents think."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from communities.policy.queries import value
from funds.spending.lifecycle import PaymentStatus
from funds.spending.models import Payment, SpendingRequest
from governance.money import ZERO
from projects.contracts.lifecycle import ContractStatus, MilestoneStatus
from projects.contracts.models import Condition, Contract, Instalment
from projects.contracts.policy import ACCEPTANCE_MINIMUM, ACCEPTANCE_SHARE, FULL

SIGNED = (ContractStatus.RUNNING, ContractStatus.DELIVERED, ContractStatus.ACCEPTED, ContractStatus.CLOSED)
ACCEPTED = (ContractStatus.ACCEPTED, ContractStatus.CLOSED)


def bound_of(request: SpendingRequest, apart_from: Contract | None = None) -> Decimal:
    """Return what of a request is promised: by contracts that were not terminated, and by payments of none; two queries."""
    contracts = Contract.objects.filter(request=request).exclude(
        status__in=[ContractStatus.DRAFT, ContractStatus.TERMINATED]
    )
    if apart_from is not None:
        contracts = contracts.exclude(pk=apart_from.pk)
    loose = Payment.objects.live().filter(request=request).exclude(instalment__contract__in=contracts)
    if apart_from is not None:
        loose = loose.exclude(instalment__contract=apart_from)
    promised = contracts.aggregate(total=Sum("amount"))["total"] or ZERO
    return Decimal(promised) + Decimal(loose.aggregate(total=Sum("amount"))["total"] or ZERO)


def is_due(instalment: Instalment, contract: Contract) -> bool:
    """Tell whether what an instalment waits for has come; one query for milestones unless they were read along."""
    if contract.status not in SIGNED:
        return False
    if instalment.condition == Condition.MILESTONES:
        rows = list(contract.milestones.all())
        return bool(rows) and all(row.status == MilestoneStatus.CONFIRMED for row in rows)
    if instalment.condition == Condition.ACCEPTANCE:
        return contract.status in ACCEPTED
    return True


def next_due(contract: Contract) -> int | None:
    """Return the number of the first instalment that is due and not released; up to two queries."""
    waiting = (row for row in contract.instalments.all() if not is_released(row) and is_due(row, contract))
    return next((row.number for row in waiting), None)


def is_released(instalment: Instalment) -> bool:
    """Tell whether a payment of the instalment is planned, under way or made."""
    return instalment.payment is not None and instalment.payment.status != PaymentStatus.CANCELLED


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the residents think of a delivery, and what is needed."""

    given: int
    content: int
    needed: int
    needed_percent: Decimal

    @property
    def is_enough(self) -> bool:
        """Whether enough residents have spoken."""
        return self.given >= self.needed

    @property
    def is_content(self) -> bool:
        """Whether enough of those who spoke are content; compared exactly."""
        return self.content * FULL >= self.needed_percent * self.given

    @property
    def shown_percent(self) -> str:
        """The needed part in percent, without an exponent."""
        return f"{self.needed_percent:f}"

    @property
    def width(self) -> float:
        """The content part on a picture of 360 units."""
        return round(360 * self.content / self.given, 1) if self.given else 0.0


def acceptance_of(contract: Contract, day: dt.date) -> Acceptance:
    """Return how the residents' acceptance of the last delivery stands; three queries."""
    opinions = contract.opinions.filter(delivery=contract.delivery_number)
    found = opinions.aggregate(given=Count("pk"), content=Count("pk", filter=Q(is_satisfied=True)))
    part = value(ACCEPTANCE_SHARE, contract.division, day)
    return Acceptance(
        found["given"], found["content"], value(ACCEPTANCE_MINIMUM, contract.division, day), (part * FULL).normalize()
    )
