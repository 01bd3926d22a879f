"""What stands in the way of closing a fund, each with where it is dealt with; what lies in it; who must not get it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from funds.appeals.lifecycle import AppealStatus
from funds.appeals.models import Appeal
from funds.donations.lifecycle import DonationStatus, PromiseStatus
from funds.donations.models import Donation
from funds.donations.promises import MatchingPromise
from funds.enterprises.models import CommunityEnterprise
from funds.intake.lifecycle import IntakeStatus
from funds.intake.models import DonationIntake
from funds.ledger.models import Account, AccountKind, Flow, Suspension
from funds.reinvestment.lifecycle import OrderStatus, PolicyStatus
from funds.reinvestment.models import DistributionPolicy, ReinvestmentOrder
from funds.spending.lifecycle import RequestStatus
from funds.spending.models import Payment, SpendingRequest
from funds.support.lifecycle import AppropriationStatus
from funds.support.models import Appropriation
from governance.money import ZERO

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import Model, QuerySet
    from django_stubs_ext import StrOrPromise

    from communities.territory.models import Division
    from funds.charity.models import CommunityFund

SHOWN = 20
"""So many rows of a kind are listed; the count is told in full."""
ENDED_REQUESTS = (RequestStatus.COMPLETED, RequestStatus.REJECTED, RequestStatus.WITHDRAWN, RequestStatus.STOPPED)
ORDERS_UNDER_WAY = (
    *(OrderStatus.PROPOSED, OrderStatus.CONFIRMED, OrderStatus.RESOLVED, OrderStatus.APPROVED),
    *(OrderStatus.OVERDUE, OrderStatus.PAID),
)
FILES_UNDER_WAY = (IntakeStatus.UPLOADED, IntakeStatus.READ, IntakeStatus.CONFIRMED)
APPEALS_UNDER_WAY = (AppealStatus.DRAFT, AppealStatus.OPEN, AppealStatus.ENDED)


@dataclass(frozen=True, slots=True)
class Item:
    """One row that hinders: its name, and where it is dealt with."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Hindrance:
    """One kind of thing that hinders: what to do, how many there are, and the first of them."""

    label: StrOrPromise
    count: int
    items: list[Item]


def hindrances_of(fund: CommunityFund, day: dt.date) -> list[Hindrance]:
    """Return what must be done before the money of a fund can be settled; eleven queries, more where something hinders.

    Holds, open requests, payments under way, pledges, files of donations, appeals without their full account, promises,
    public money and orders on their way, distribution policies that name the fund, and a suspension of what goes out.
    """
    found = [
        _of(label, rows)
        for label, rows in (
            (_("Requests that are not ended. Pay, complete or stop them."), _requests(fund)),
            (_("Payments under way. Record them as paid or cancel them."), _payments(fund)),
            (_("Money still held. Complete or stop its request."), _holds(fund)),
            (_("Pledged donations. Receive or withdraw them."), _pledges(fund)),
            (_("Files of donations under way. Discard them."), _files(fund)),
            (_("Appeals without their full account. Withdraw or end them and show their accounts."), _appeals(fund)),
            (_("Matching promises. End or withdraw them."), _promises(fund)),
            (_("Public money that was planned. Cancel it."), _appropriations(fund)),
            (_("Orders of enterprises on their way. Cancel them or lead them to another fund."), _orders(fund)),
            (_("Distribution policies that name the fund. Adopt others in their place."), _policies(fund, day)),
            (_("What goes out is suspended. Lift the suspension."), _suspensions(fund)),
        )
    ]
    return [hindrance for hindrance in found if hindrance is not None]


def _of(label: StrOrPromise, rows: QuerySet[Any]) -> Hindrance | None:
    listed = list(rows[: SHOWN + 1])
    if not listed:
        return None
    count = len(listed) if len(listed) <= SHOWN else rows.count()
    return Hindrance(label, count, [Item(str(row), _address(row)) for row in listed[:SHOWN]])


def _address(row: Model) -> str:
    """Return the row's own page, or its page on the desk."""
    if isinstance(row, Account):
        return f"{reverse('funds:request-list')}?fund={row.book.fund.pk}"
    if isinstance(row, Payment):
        return row.request.get_absolute_url()
    own = getattr(row, "get_absolute_url", None)
    try:
        return str(own()) if own else reverse(f"admin:funds_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return ""


def _requests(fund: CommunityFund) -> QuerySet[SpendingRequest]:
    return SpendingRequest.objects.filter(fund=fund).exclude(status__in=ENDED_REQUESTS).order_by("pk")


def _payments(fund: CommunityFund) -> QuerySet[Payment]:
    return Payment.objects.filter(request__fund=fund).under_way().select_related("request").order_by("pk")


def _holds(fund: CommunityFund) -> QuerySet[Account]:
    rows = Account.objects.filter(book=fund.book_id, kind=AccountKind.HOLD).select_related("book__fund")
    return rows.exclude(balance__received=F("balance__given")).order_by("pk")


def _pledges(fund: CommunityFund) -> QuerySet[Donation]:
    return fund.donations.filter(status=DonationStatus.PLEDGED).select_related("fund").order_by("pk")


def _files(fund: CommunityFund) -> QuerySet[DonationIntake]:
    rows = DonationIntake.objects.filter(fund=fund, status__in=FILES_UNDER_WAY)
    return rows.select_related("fund").order_by("pk")


def _appeals(fund: CommunityFund) -> QuerySet[Appeal]:
    return Appeal.objects.filter(fund=fund, status__in=APPEALS_UNDER_WAY).order_by("pk")


def _promises(fund: CommunityFund) -> QuerySet[MatchingPromise]:
    rows = MatchingPromise.objects.filter(fund=fund, status__in=(PromiseStatus.PROPOSED, PromiseStatus.FUNDED))
    return rows.select_related("fund").order_by("pk")


def _appropriations(fund: CommunityFund) -> QuerySet[Appropriation]:
    return fund.appropriations.filter(status=AppropriationStatus.PLANNED).order_by("pk")


def _orders(fund: CommunityFund) -> QuerySet[ReinvestmentOrder]:
    return (
        ReinvestmentOrder.objects.filter(fund=fund, status__in=ORDERS_UNDER_WAY)
        .select_related("enterprise")
        .order_by("pk")
    )


def _policies(fund: CommunityFund, day: dt.date) -> QuerySet[DistributionPolicy]:
    runs = Q(valid_to=None) | Q(valid_to__gt=day)
    rows = DistributionPolicy.objects.filter(runs, destinations__fund=fund, status=PolicyStatus.ACTIVE)
    return rows.select_related("enterprise", "division").order_by("pk")


def _suspensions(fund: CommunityFund) -> QuerySet[Suspension]:
    rows = Suspension.objects.in_force().filter(book=fund.book_id, flow=Flow.OUTGO)
    return rows.select_related("book").order_by("pk")


@dataclass(frozen=True, slots=True)
class Pool:
    """What lies on one pool of a fund."""

    account: Account
    amount: Decimal


def pools_of(fund: CommunityFund) -> list[Pool]:
    """Return the pools of a fund in which money lies, in order; one query."""
    rows = Account.objects.filter(book=fund.book_id, kind=AccountKind.POOL).select_related("balance").order_by("pk")
    return [Pool(row, row.balance.amount) for row in rows if row.balance.amount != ZERO]


def balance_left(fund: CommunityFund) -> Decimal:
    """Return what lies in the pools of a fund; one query."""
    return sum((pool.amount for pool in pools_of(fund)), ZERO)


def _plain(name: str) -> str:
    """Return a name without spaces, width, case and punctuation."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", name).casefold())


def must_not_receive(fund: CommunityFund, name: str) -> bool:
    """Tell whether a name is that of the place itself, of one of its enterprises or of a donor; two queries.

    Basis: Charity Law art. 58: the balance stays in charity.
    """
    wanted, place = _plain(name), fund.division
    own = {
        _plain(text)
        for text in (place.name, place.short_name, f"{place.short_name}居民委员会", f"{place.short_name}居委会")
    }
    if wanted in own:
        return True
    enterprises = CommunityEnterprise.objects.filter(division__path__startswith=_street(place).path)
    if wanted in {_plain(found) for found in enterprises.values_list("name", flat=True)}:
        return True
    donors = fund.donations.exclude(donor_name="").values_list("donor_name", flat=True).distinct()
    return wanted in {_plain(found) for found in donors}


def _street(place: Division) -> Division:
    return place.parent or place
