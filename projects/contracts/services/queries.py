"""Reads of services: what was done by kind, for a contract or a place."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Q, Sum

from projects.contracts.services.lifecycle import RecordStatus
from projects.contracts.services.models import ELDERLY, ServiceKind, ServiceRecord

if TYPE_CHECKING:
    from communities.territory.models import Division
    from projects.contracts.models import Contract

WIDTH = 360


@dataclass(frozen=True, slots=True)
class KindTotal:
    """What was confirmed of one kind of service: how often, for how many people, in how many hours."""

    kind: str
    times: int
    people: int
    hours: Decimal
    last_on: dt.date
    width: float

    @property
    def label(self) -> str:
        """The kind in words."""
        return str(ServiceKind(self.kind).label)

    @property
    def is_elderly(self) -> bool:
        """Whether it is one of the services for the elderly."""
        return self.kind in ELDERLY


def totals_of(which: Q) -> list[KindTotal]:
    """Return the confirmed services by kind, the most people first; one query."""
    rows = (
        ServiceRecord.objects.filter(which, status=RecordStatus.CONFIRMED)
        .values("kind")
        .annotate(times=Count("pk"), people_served=Sum("people"), worked=Sum("hours"), last_on=Max("served_on"))
        .order_by("-people_served", "kind")
    )
    found = list(rows)
    most = max((row["people_served"] for row in found), default=0) or 1
    return [
        KindTotal(
            row["kind"],
            row["times"],
            row["people_served"],
            row["worked"],
            row["last_on"],
            round(row["people_served"] / most * WIDTH, 1),
        )
        for row in found
    ]


def totals_of_contract(contract: Contract) -> list[KindTotal]:
    """Return the services of a contract by kind; one query."""
    return totals_of(Q(contract=contract))


def totals_of_place(place: Division, first: dt.date, last: dt.date) -> list[KindTotal]:
    """Return the services in a place and below it within a period, both days included; one query."""
    within = Q(contract__division__path__startswith=place.path)
    return totals_of(within & Q(served_on__gte=first, served_on__lte=last))
