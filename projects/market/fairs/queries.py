"""What is counted of the fairs of a place."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from communities.territory.models import inside
from projects.market.fairs.lifecycle import FairStatus
from projects.market.fairs.models import MatchFair
from projects.market.policy import percent

if TYPE_CHECKING:
    from communities.territory.models import Division


@dataclass(frozen=True, slots=True)
class Conversion:
    """The fairs of a period: projects offered, intentions noted, contracts that came of them."""

    fairs: int
    projects: int
    intentions: int
    signed: int

    @property
    def share(self) -> Decimal | None:
        """Contracts in percent of intentions: the conversion rate (Basis: report S4)."""
        return percent(self.signed, self.intentions)


def conversion_of(division: Division, first: dt.datetime, last: dt.datetime) -> Conversion:
    """Count the fairs of a place that began from a moment to before another; one query."""
    rows = MatchFair.objects.filter(
        inside(division),
        status__in=[FairStatus.OPEN, FairStatus.CLOSED],
        starts_at__gte=first,
        starts_at__lt=last,
    )
    found = rows.aggregate(
        held=Count("pk", distinct=True),
        offered=Count("projects", distinct=True),
        intended=Count("projects__intentions", distinct=True),
        signed=Count("projects__intentions", filter=Q(projects__intentions__status="SIGNED"), distinct=True),
    )
    return Conversion(found["held"], found["offered"], found["intended"], found["signed"])
