"""What the donors' wall is computed from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Q, Sum

from funds.donations.models import Donation, DonationChannel
from governance.money import ZERO

if TYPE_CHECKING:
    from funds.charity.models import CommunityFund


@dataclass(frozen=True, slots=True)
class Given:
    """What has been given to a fund: money, goods by their value, how many gifts, how many of them are named."""

    money: Decimal
    goods: Decimal
    gifts: int
    named: int


def given_to(fund: CommunityFund) -> Given:
    """Return what has arrived at a fund and was not given back; one query."""
    goods = Q(channel=DonationChannel.GOODS)
    found = (
        Donation.objects.filter(fund=fund)
        .arrived()
        .aggregate(
            money=Sum("amount", filter=~goods, default=ZERO),
            goods=Sum("amount", filter=goods, default=ZERO),
            gifts=Count("pk"),
            named=Count("pk", filter=Q(is_name_public=True, status="PUBLISHED")),
        )
    )
    return Given(**found)
