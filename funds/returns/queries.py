"""The yearly report on giving back (反哺): profit, what was ordered of it, what arrived, what was solved with it.

The year is that of the profit. Its orders come in the year after, and so do the uses that it is set beside.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division
from consultation.decisions.lifecycle import DecisionStatus
from consultation.matters.models import Matter
from consultation.topics.models import TopicMatter
from funds.enterprises.models import AUDITED_STATUSES, CommunityEnterprise, PeriodKind, ProfitDeclaration
from funds.ledger.models import JournalKind
from funds.reinvestment.lifecycle import ARRIVED, OrderStatus
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.policy import Direction, Route
from funds.returns.models import ReinvestmentUse
from funds.spending.lifecycle import PaymentStatus
from funds.spending.models import Payment
from governance.errors import NotNow
from governance.money import ZERO

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User

MOST = 2000
"""Enterprises, orders and problems of one report."""
BAR_WIDTH = 360
BAR_STEP = 40

Scope = CommunityEnterprise | Division


class ReportTooLarge(NotNow):
    """More rows than one paper holds."""

    code = "report_too_large"
    message = _("The report would have more than %(most)s rows of a kind. Choose a smaller place.")


@dataclass(frozen=True, slots=True)
class Gave:
    """One enterprise in the report, in yuan; `base` and `retained` are None where nothing was planned."""

    enterprise: CommunityEnterprise
    declaration: ProfitDeclaration
    profit: Decimal
    base: Decimal | None
    retained: Decimal | None
    ordered: Decimal
    arrived: Decimal
    owed: Decimal
    orders: Sequence[ReinvestmentOrder]
    problems: int

    @property
    def share(self) -> Decimal | None:
        """What is given back as a part of the base."""
        return self.ordered / self.base if self.base else None


@dataclass(frozen=True, slots=True)
class Reached:
    """What one fund received of the year's orders."""

    key: int
    name: str
    arrived: Decimal


@dataclass(frozen=True, slots=True)
class Solved:
    """One matter that was solved: by which row, with how much; `paid` is None for a part of a larger decision."""

    matter: int
    number: str
    summary: str
    place: str
    is_public: bool
    by: str
    url_name: str
    key: int
    paid: Decimal | None
    order: int | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the picture."""

    label: StrOrPromise
    amount: Decimal
    width: float
    y: int
    color: str

    @property
    def text_y(self) -> int:
        """Where the words above the bar stand."""
        return self.y - 4


@dataclass(frozen=True)
class Report:
    """The whole of it."""

    scope: Scope
    year: int
    gave: Sequence[Gave]
    funds: Sequence[Reached]
    solved: Sequence[Solved]
    used: Decimal = field(default=ZERO)
    """What was paid for the problems named."""

    def _sum(self, values: Iterable[Decimal | None]) -> Decimal:
        return sum((value for value in values if value is not None), ZERO)

    @property
    def profit(self) -> Decimal:
        """The net profit of all enterprises with one."""
        return self._sum(row.profit for row in self.gave)

    @property
    def base(self) -> Decimal:
        """What the shares were taken of."""
        return self._sum(row.base for row in self.gave)

    @property
    def ordered(self) -> Decimal:
        """What stands ordered, returns taken off."""
        return self._sum(row.ordered for row in self.gave)

    @property
    def retained(self) -> Decimal:
        """What the enterprises keep."""
        return self._sum(row.retained for row in self.gave)

    @property
    def arrived(self) -> Decimal:
        """What has arrived, returns taken off."""
        return self._sum(row.arrived for row in self.gave)

    @property
    def owed(self) -> Decimal:
        """What funds owe enterprises."""
        return self._sum(row.owed for row in self.gave)

    @property
    def share(self) -> Decimal | None:
        """What is given back as a part of the base."""
        return self.ordered / self.base if self.base else None

    @property
    def problems(self) -> int:
        """How many different matters were solved."""
        return len({row.matter for row in self.solved})

    @property
    def bars(self) -> list[Bar]:
        """The picture: from the profit to what was used, drawn to one scale."""
        rows = [
            (_("net profit"), self.profit, "fill-1"),
            (_("ordered to be given back"), self.ordered, "fill-2"),
            (_("arrived"), self.arrived, "fill-3"),
            (_("paid for problems solved"), self.used, "fill-4"),
        ]
        most = max((amount for _label, amount, _color in rows), default=ZERO)
        if most <= 0:
            return []
        return [
            Bar(label, amount, round(max(float(amount / most), 0.0) * BAR_WIDTH, 1), number * BAR_STEP + 16, color)
            for number, (label, amount, color) in enumerate(rows)
        ]


def report_of(scope: Scope, year: int, user: User | AnonymousUser) -> Report:
    """Return the report as this person may read it; at most six queries, whatever there is.

    Everybody reads published years, orders whose money has arrived, and matters that are public; who oversees the place
    or acts for the enterprise reads all of them.

    Raises:
        ReportTooLarge: more than `MOST` rows of a kind.
    """
    declarations = _declarations(scope, year, user)
    orders = _orders(scope, year, user)
    uses = _uses(orders)
    problems: dict[int, set[int]] = defaultdict(set)
    for use in uses:
        problems[use.order_id].add(use.matter_id)
    by_enterprise: dict[int, list[ReinvestmentOrder]] = defaultdict(list)
    for order in orders:
        by_enterprise[order.enterprise_id].append(order)
    gave = [_gave(row, by_enterprise[row.enterprise_id], problems) for row in declarations]
    seen = _readable({use.matter_id for use in uses}, user)
    named = [_named(use, use.matter_id in seen) for use in uses]
    chain = _paid_by_funds(orders, year, user)
    return Report(
        scope,
        year,
        sorted(gave, key=lambda row: (-row.ordered, row.enterprise.name)),
        _reached(orders),
        [*named, *chain.solved],
        sum((use.amount for use in uses), ZERO) + chain.paid,
    )


def _bounded(rows: Any) -> list[Any]:
    found = list(rows[: MOST + 1])
    if len(found) > MOST:
        raise ReportTooLarge(most=MOST)
    return found


def _within(scope: Scope, prefix: str = "") -> Q:
    """Return the filter of rows whose enterprise lies in the scope."""
    if isinstance(scope, CommunityEnterprise):
        return Q(**{f"{prefix}enterprise": scope})
    return Q(**{f"{prefix}enterprise__division__path__startswith": scope.path})


def _declarations(scope: Scope, year: int, user: User | AnonymousUser) -> list[ProfitDeclaration]:
    rows = ProfitDeclaration.objects.visible_to(user).filter(
        _within(scope), period_kind=PeriodKind.YEAR, starts_on__year=year, status__in=AUDITED_STATUSES
    )
    newest = rows.last_revisions().select_related("enterprise__division__parent", "run")
    return _bounded(newest.order_by("enterprise__division__path", "enterprise", "pk"))


def _orders(scope: Scope, year: int, user: User | AnonymousUser) -> list[ReinvestmentOrder]:
    ended = [OrderStatus.REJECTED, OrderStatus.CANCELLED]
    rows = ReinvestmentOrder.objects.visible_to(user).filter(_within(scope), run__declaration__starts_on__year=year)
    return _bounded(rows.exclude(status__in=ended).select_related("fund", "enterprise__division").order_by("pk"))


def _signed(order: ReinvestmentOrder) -> Decimal:
    amount: Decimal = order.amount
    return amount if order.direction == Direction.GIVE else -amount


def _gave(declaration: ProfitDeclaration, orders: list[ReinvestmentOrder], problems: dict[int, set[int]]) -> Gave:
    run = getattr(declaration, "run", None)
    solved: set[int] = set()
    for order in orders:
        solved |= problems[order.pk]
    return Gave(
        enterprise=declaration.enterprise,
        declaration=declaration,
        profit=declaration.net_profit,
        base=run.base_amount if run else None,
        retained=run.retained if run else None,
        ordered=sum((_signed(order) for order in orders), ZERO),
        arrived=sum((_signed(order) for order in orders if order.status in ARRIVED), ZERO),
        owed=sum((order.amount for order in orders if order.status == OrderStatus.OWED), ZERO),
        orders=orders,
        problems=len(solved),
    )


def _reached(orders: Iterable[ReinvestmentOrder]) -> list[Reached]:
    """Add up what the funds received, the largest first; what went another way reached none."""
    sums: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for order in orders:
        if order.status in ARRIVED and order.route == Route.DONATION:
            sums[order.fund_id, order.fund.short_name] += _signed(order)
    rows = [Reached(key, name, amount) for (key, name), amount in sums.items() if amount]
    return sorted(rows, key=lambda row: (-row.arrived, row.key))


def _uses(orders: Sequence[ReinvestmentOrder]) -> list[ReinvestmentUse]:
    rows = ReinvestmentUse.objects.filter(order__in=[order.pk for order in orders])
    return _bounded(rows.select_related("order", "matter__division").order_by("pk"))


def _readable(matters: set[int], user: User | AnonymousUser) -> set[int]:
    """Return those of the matters that the reader may know."""
    return set(Matter.objects.visible_to(user).filter(pk__in=matters).values_list("pk", flat=True))


def _named(use: ReinvestmentUse, is_known: bool) -> Solved:  # noqa: FBT001 - one of two positional facts
    matter = use.matter
    return Solved(
        matter=matter.pk,
        number=matter.number,
        summary=(matter.summary or matter.title) if is_known else "",
        place=matter.division.name,
        is_public=is_known,
        by=use.order.reference,
        url_name="funds:order-detail",
        key=use.order_id,
        paid=use.amount,
        order=use.order_id,
    )


@dataclass(frozen=True, slots=True)
class _Chain:
    """What funds paid for decisions that residents accepted."""

    solved: list[Solved]
    paid: Decimal


def _paid_by_funds(orders: Sequence[ReinvestmentOrder], year: int, user: User | AnonymousUser) -> _Chain:
    """Follow the money of the funds that received any: request, decision, topic, matters; two queries."""
    funds = {order.fund_id for order in orders if order.status in ARRIVED and order.route == Route.DONATION}
    first, end = dt.date(year + 1, 1, 1), dt.date(year + 2, 1, 1)
    request = "topic__decisions__spending_requests"
    rows = (
        TopicMatter.objects.filter(
            **{
                f"{request}__fund__in": funds,
                f"{request}__payments__status": PaymentStatus.PAID,
                f"{request}__payments__journal__posted_on__gte": first,
                f"{request}__payments__journal__posted_on__lt": end,
                "topic__decisions__status__in": [DecisionStatus.ACCEPTED, DecisionStatus.CLOSED],
                "topic__decisions__accepted_at__isnull": False,
                f"{request}__fund__book__journals__kind": JournalKind.REINVESTMENT,
            }
        )
        .values(
            "matter",
            "matter__number",
            "matter__summary",
            "matter__title",
            "matter__division__name",
            number=F(f"{request}__number"),
            key=F(f"{request}__pk"),
        )
        .distinct()
        .order_by("key", "matter")
    )
    found = _bounded(rows)
    known = _readable({row["matter"] for row in found}, user)
    solved = [
        Solved(
            matter=row["matter"],
            number=row["matter__number"],
            summary=(row["matter__summary"] or row["matter__title"]) if row["matter"] in known else "",
            place=row["matter__division__name"],
            is_public=row["matter"] in known,
            by=row["number"],
            url_name="funds:request-detail",
            key=row["key"],
            paid=None,
        )
        for row in found
    ]
    return _Chain(solved, _paid({row["key"] for row in found}, first, end))


def _paid(requests: set[int], first: dt.date, end: dt.date) -> Decimal:
    """Add up what was paid for these requests in the year."""
    paid = Payment.objects.filter(
        request__in=requests, status=PaymentStatus.PAID, journal__posted_on__gte=first, journal__posted_on__lt=end
    )
    return Decimal(paid.aggregate(total=Sum("amount", default=ZERO))["total"])
