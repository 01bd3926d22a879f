"""Reads of shops, resources and rooms, and what is counted of each venue."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, DecimalField, IntegerField, OuterRef, QuerySet, Subquery, Sum

from communities.territory.models import inside
from communities.venues.models import Venue
from projects.market.policy import percent
from projects.market.sharing.lifecycle import CessionStatus
from projects.market.sharing.models import CessionService, MerchantOffer, OpenResource, VenueCession

if TYPE_CHECKING:
    from communities.territory.models import Division

AGREED = (CessionStatus.RUNNING, CessionStatus.REVIEWED, CessionStatus.ENDED)
HOURS: DecimalField[Decimal, Decimal] = DecimalField(max_digits=9, decimal_places=1)


def served_of(cession: VenueCession) -> Decimal:
    """Return the hours served for a room that were confirmed; one query."""
    found = cession.services.filter(confirmed_at__isnull=False).aggregate(total=Sum("hours"))["total"]
    return Decimal(found or 0)


def offers_on(division: Division, day: dt.date) -> QuerySet[MerchantOffer]:
    """Return the offers of a day at or below a place, newest first."""
    return MerchantOffer.objects.standing(day).in_division(division).for_list()


def with_hours(venues: QuerySet[Venue]) -> QuerySet[Venue]:
    """Return venues with their open rooms, free uses that were agreed, hours owed for them and hours served.

    Hours count when both sides have said yes to the use, and served ones when the community has confirmed them.
    """
    agreed = VenueCession.objects.filter(resource__venue=OuterRef("pk"), agreed_at__isnull=False, status__in=AGREED)
    uses = agreed.order_by().values("resource__venue")
    confirmed = CessionService.objects.filter(
        cession__resource__venue=OuterRef("pk"), cession__agreed_at__isnull=False, confirmed_at__isnull=False
    )
    served = confirmed.order_by().values("cession__resource__venue")
    rooms = OpenResource.objects.filter(venue=OuterRef("pk"), closed_on=None).order_by().values("venue")
    return venues.annotate(
        rooms=Subquery(rooms.annotate(count=Count("pk")).values("count"), output_field=IntegerField()),
        uses=Subquery(uses.annotate(count=Count("pk")).values("count"), output_field=IntegerField()),
        owed=Subquery(uses.annotate(total=Sum("hours_owed")).values("total"), output_field=HOURS),
        served=Subquery(served.annotate(total=Sum("hours")).values("total"), output_field=HOURS),
    )


@dataclass(frozen=True, slots=True)
class Hours:
    """What venues were lent for, and what was served for it."""

    uses: int
    owed: Decimal
    served: Decimal

    @property
    def share(self) -> Decimal | None:
        """Hours served in percent of the hours owed."""
        return percent(self.served, self.owed)


def hours_at(venue: Venue) -> Hours:
    """Return the hours of a venue of `with_hours`."""
    uses, owed, served = (getattr(venue, name) or 0 for name in ("uses", "owed", "served"))
    return Hours(uses, Decimal(owed), Decimal(served))


def hours_of(division: Division, first: dt.date, last: dt.date) -> Hours:
    """Sum up the free uses of a place that began in a period, and what was served for them; one query."""
    confirmed = CessionService.objects.filter(cession=OuterRef("pk"), confirmed_at__isnull=False)
    served = confirmed.order_by().values("cession").annotate(total=Sum("hours")).values("total")
    found = VenueCession.objects.filter(
        inside(division, "resource__division"),
        agreed_at__isnull=False,
        status__in=AGREED,
        starts_on__gte=first,
        starts_on__lt=last,
    ).aggregate(
        uses=Count("pk"), owed=Sum("hours_owed"), served=Sum(Subquery(served, output_field=HOURS), output_field=HOURS)
    )
    return Hours(found["uses"], found["owed"] or Decimal(0), found["served"] or Decimal(0))
