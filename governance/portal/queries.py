"""What the front door shows: what is open in a place, and where its money is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from communities.notices.lifecycle import NoticeStatus
from communities.notices.models import PublicNotice
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from consultation.topics.models import Topic
from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund, FundCategory
from funds.enterprises.lifecycle import EnterpriseStatus
from funds.enterprises.models import CommunityEnterprise
from funds.ledger.models import AccountKind, Balance
from funds.reinvestment.lifecycle import OrderStatus
from funds.reinvestment.models import ReinvestmentOrder
from governance.money import ZERO

if TYPE_CHECKING:
    from django.db.models import QuerySet

SHOWN = 8
FOUND = 10
LIVING_FUNDS = (FundStatus.ACTIVE, FundStatus.RECTIFYING, FundStatus.CLOSING)
COMMUNITY_MONEY = (FundCategory.CHARITY, FundCategory.COOPERATION, FundCategory.MASS_ORGANIZATION)
"""Funds whose money belongs to communities; budget funds are public money with an account of their own."""
ARRIVED = (OrderStatus.RECEIVED, OrderStatus.RECEIPTED, OrderStatus.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Money:
    """The money of all community funds of a place, in yuan: what came in, what is free, held, used."""

    received: Decimal
    available: Decimal
    held: Decimal
    used: Decimal

    @property
    def is_nothing(self) -> bool:
        """Whether no money has ever passed here."""
        return not self.received


def districts(on: dt.date) -> QuerySet[Division]:
    """Districts and counties that exist on this day, in code order."""
    return Division.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=on), tier=Tier.DISTRICT, status=DivisionStatus.ACTIVE, is_stub=False
    ).order_by("path")


def money_of(division: Division) -> Money:
    """Sum the stored balances of the funds at or below a division; one query over the account rows."""
    totals: dict[str, Any] = {
        row["kind"]: row
        for row in Balance.objects.filter(
            account__book__fund__category__in=COMMUNITY_MONEY, account__book__division__path__startswith=division.path
        )
        .values("kind")
        .annotate(came=Coalesce(Sum("received"), ZERO), went=Coalesce(Sum("given"), ZERO))
        .order_by("kind")
    }

    def net(kind: str) -> Decimal:
        found = totals.get(kind)
        return found["came"] - found["went"] if found else ZERO

    return Money(
        received=-net(AccountKind.SOURCE),
        available=net(AccountKind.POOL),
        held=net(AccountKind.HOLD),
        used=net(AccountKind.SINK),
    )


def funds_of(division: Division) -> QuerySet[CommunityFund]:
    """The living funds at or below a division, with what is free in each."""
    pools = Q(book__accounts__kind=AccountKind.POOL)
    return (
        CommunityFund.objects.filter(
            division__path__startswith=division.path, status__in=LIVING_FUNDS, category__in=COMMUNITY_MONEY
        )
        .select_related("division", "charity")
        .annotate(
            available=Coalesce(
                Sum(F("book__accounts__balance__received") - F("book__accounts__balance__given"), filter=pools), ZERO
            )
        )
        .order_by("-available", "pk")
    )


def notices_of(division: Division) -> QuerySet[PublicNotice]:
    """Notices that run now at or below a division, those that end first on top."""
    return (
        PublicNotice.objects.filter(division__path__startswith=division.path, status=NoticeStatus.POSTED)
        .select_related("division")
        .order_by("ends_on", "pk")
    )


def topics_of(division: Division) -> QuerySet[Topic]:
    """Topics that are announced or under deliberation at or below a division, newest first, with their phases."""
    return Topic.objects.in_division(division).open().for_list().prefetch_related("phases")


def given_back(division: Division, year: int) -> dict[str, Any]:
    """What enterprises of a place gave back for a year: `amount` in yuan, `orders`, `enterprises`."""
    found: dict[str, Any] = ReinvestmentOrder.objects.filter(
        enterprise__division__path__startswith=division.path,
        run__declaration__starts_on__year=year,
        status__in=ARRIVED,
        direction="GIVE",
    ).aggregate(
        amount=Coalesce(Sum("amount"), ZERO), orders=Count("pk"), enterprises=Count("enterprise", distinct=True)
    )
    return found


def find(text: str) -> dict[str, list[Any]]:
    """Find places, funds, enterprises and notices whose name holds the text; ten of each at most, four queries."""
    living = Q(status=DivisionStatus.ACTIVE, is_stub=False)
    return {
        "divisions": list(
            Division.objects.filter(living, name__icontains=text)
            .select_related("parent__parent")
            .order_by("tier", "pk")[:FOUND]
        ),
        "funds": list(
            CommunityFund.objects.filter(name__icontains=text, status__in=LIVING_FUNDS)
            .select_related("division")
            .order_by("pk")[:FOUND]
        ),
        "enterprises": list(
            CommunityEnterprise.objects.filter(name__icontains=text)
            .exclude(status=EnterpriseStatus.PLANNED)
            .select_related("division")
            .order_by("pk")[:FOUND]
        ),
        "notices": list(
            PublicNotice.objects.filter(title__icontains=text)
            .exclude(status=NoticeStatus.DRAFT)
            .select_related("division")
            .order_by("-pk")[:FOUND]
        ),
    }
