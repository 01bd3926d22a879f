"""Reads of shops, resources and rooms."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import QuerySet, Sum

from projects.market.sharing.models import MerchantOffer, VenueCession

if TYPE_CHECKING:
    from communities.territory.models import Division


def served_of(cession: VenueCession) -> Decimal:
    """Return the hours served for a room that were confirmed; one query."""
    found = cession.services.filter(confirmed_at__isnull=False).aggregate(total=Sum("hours"))["total"]
    return Decimal(found or 0)


def offers_on(division: Division, day: dt.date) -> QuerySet[MerchantOffer]:
    """Return the offers of a day at or below a place, newest first."""
    return MerchantOffer.objects.standing(day).in_division(division).for_list()
