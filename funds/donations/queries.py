"""What the donors' wall and the list of sources are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Q, Sum

from funds.donations.models import Donation, DonationChannel
from funds.ledger.models import AccountKind, Transfer
from governance.money import ZERO

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from funds.charity.models import CommunityFund
    from funds.ledger.models import Book

PERCENT = 100


@dataclass(frozen=True, slots=True)
class Source:
    """Where a part of a fund's money came from: the source, the amount, its share in tenths of a percent."""

    label: StrOrPromise
    amount: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True)
class Given:
    """What has been given to a fund: money, goods by their value, how many gifts, how many of them are named."""

    money: Decimal
    goods: Decimal
    gifts: int
    named: int


def sources_of(book: Book) -> list[Source]:
    """Return the sources of a book with their shares, the largest first; two queries.

    What went back to a source is taken off; shares are rounded and may miss 100 % by a tenth.
    """
    outside = AccountKind.SOURCE
    came = dict(
        Transfer.objects.filter(book=book, source__kind=outside)
        .values_list("source")
        .annotate(sum=Sum("amount"))
        .order_by()
    )
    back = dict(
        Transfer.objects.filter(book=book, target__kind=outside)
        .values_list("target")
        .annotate(sum=Sum("amount"))
        .order_by()
    )
    net = {
        account: came.get(account.pk, ZERO) - back.get(account.pk, ZERO)
        for account in book.accounts.filter(kind=outside)
    }
    total = sum(net.values(), ZERO)
    return [
        Source(account.label, amount, (amount * PERCENT / total).quantize(Decimal("0.1")))
        for account, amount in sorted(net.items(), key=lambda pair: (-pair[1], pair[0].code))
        if amount
    ]


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
