"""What the front door shows: what is open in a place, and where its money is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.notices.lifecycle import NoticeStatus
from communities.notices.models import PublicNotice
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import Ballot
from consultation.topics.models import Topic
from consultation.topics.queries import running_phase
from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund, FundCategory
from funds.enterprises.lifecycle import EnterpriseStatus
from funds.enterprises.models import CommunityEnterprise
from funds.ledger.models import AccountKind, Balance
from funds.reinvestment.lifecycle import OrderStatus
from funds.reinvestment.models import ReinvestmentOrder
from governance.money import ZERO
from projects.contracts.lifecycle import ContractStatus
from projects.contracts.models import Contract
from projects.volunteering.lifecycle import ActivityStatus
from projects.volunteering.models import VolunteerActivity

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise

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


@dataclass(frozen=True, slots=True)
class Chance:
    """Something in which people can take part now: what it is, where, and until when (a day or a moment)."""

    kind: StrOrPromise
    title: str
    url: str
    place: Division
    state: StrOrPromise = ""
    until: dt.datetime | None = None
    last_day: dt.date | None = None


def open_now(division: Division, now: dt.datetime) -> list[Chance]:
    """Return in what people can take part at or below a division, most binding first; six queries, a few rows of each.

    Votes, discussions, deliveries that wait for the residents' word, notices that take objections, activities.
    """
    votes = Ballot.objects.in_division(division).for_list().filter(status=BallotStatus.OPEN, closes_at__gt=now)
    delivered = Contract.objects.in_division(division).for_list().filter(status=ContractStatus.DELIVERED)
    wanted = VolunteerActivity.objects.in_division(division).for_list()
    coming = wanted.filter(status=ActivityStatus.OPEN, ends_at__gt=now).order_by("starts_at", "pk")
    found = [
        Chance(pgettext("chance", "Vote"), row.question, row.get_absolute_url(), row.division, until=row.closes_at)
        for row in votes.order_by("closes_at", "pk")[:SHOWN]
    ]
    for topic in topics_of(division)[:SHOWN]:
        phase = running_phase(topic, now)
        if phase is None:
            said, until = topic.get_status_display(), None
        else:
            said, until = phase.get_kind_display(), phase.closes_at
        found.append(
            Chance(pgettext("chance", "Topic"), topic.title, topic.get_absolute_url(), topic.division, said, until)
        )
    found += [
        Chance(
            pgettext("chance", "Acceptance"), row.title, row.get_absolute_url(), row.division, row.get_status_display()
        )
        for row in delivered[:SHOWN]
    ]
    found += [
        Chance(_("Notice"), row.title, row.get_absolute_url(), row.division, last_day=row.ends_on)
        for row in notices_of(division)[:SHOWN]
    ]
    return found + [
        Chance(_("Volunteering"), row.title, row.get_absolute_url(), row.division, row.place, row.ends_at)
        for row in coming[:SHOWN]
    ]


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
