"""What came of a contract with who runs an incubator, beside its goals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from socialorgs.incubation.lifecycle import StayStatus
from socialorgs.incubation.models import IncubationStay, Incubator, StayReview
from socialorgs.incubation.operators.models import OperatorContract

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Result:
    """One contract with what was done in its time."""

    contract: OperatorContract
    admitted: int
    graduated: int
    removed: int
    reviews: int
    is_running: bool


def results_of(incubator: Incubator, today: dt.date) -> Sequence[Result]:
    """Return the contracts of an incubator, newest first, with their results; three queries however many there are."""
    contracts = list(OperatorContract.objects.filter(incubator=incubator).for_list())
    if not contracts:
        return []
    counts: dict[str, Count] = {}
    for contract in contracts:
        key, first, last = contract.pk, contract.starts_on, contract.ends_on
        ended = Q(ended_at__date__gte=first, ended_at__date__lt=last)
        counts |= {
            f"admitted_{key}": Count("pk", filter=Q(admitted_on__gte=first, admitted_on__lt=last)),
            f"graduated_{key}": Count("pk", filter=ended & Q(status=StayStatus.GRADUATED)),
            f"removed_{key}": Count("pk", filter=ended & Q(status=StayStatus.REMOVED)),
        }
    found = IncubationStay.objects.filter(incubator=incubator).aggregate(**counts)
    held = StayReview.objects.filter(stay__incubator=incubator).aggregate(
        **{
            f"reviews_{contract.pk}": Count(
                "pk", filter=Q(held_on__gte=contract.starts_on, held_on__lt=contract.ends_on)
            )
            for contract in contracts
        }
    )
    return [
        Result(
            contract=contract,
            admitted=found[f"admitted_{contract.pk}"],
            graduated=found[f"graduated_{contract.pk}"],
            removed=found[f"removed_{contract.pk}"],
            reviews=held[f"reviews_{contract.pk}"],
            is_running=contract.starts_on <= today < contract.ends_on,
        )
        for contract in contracts
    ]
