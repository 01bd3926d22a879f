"""What may belong to a bank line, and how old what is not matched has become."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Case, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from communities.bodies.models import Seat
from communities.people.models import Role
from communities.people.queries import within
from communities.policy.queries import value
from funds.banking.models import BankAllocation, BankLine
from funds.banking.policy import AGE_DAYS, MOST_LOOKED_AT, adding_up, references_in, says
from funds.charity.models import CommunityFund, HostCharity, own_seats
from funds.ledger.models import AccountKind, Journal, JournalKind, Transfer
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.policy import MATCH_DAYS
from funds.reinvestment.reach import charity_keys
from governance.money import ZERO, YuanField, to_fen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.contrib.auth.models import AnonymousUser

    from communities.territory.models import Division
    from governance.accounts.models import User

MONEY = YuanField(max_digits=18)


def charities_watched_by(user: User | AnonymousUser) -> QuerySet[HostCharity]:
    """Return the charities whose bank lines this person may follow by their age.

    Those they act for, those of the places they audit or direct, and those that keep the money of a fund which they
    supervise, from a post or a seat. Payers are another matter: `BankLine.objects.visible_to`.
    """
    if not user.is_authenticated:
        return HostCharity.objects.none()
    staff = within(
        user, Role.AUDITOR, Role.DISTRICT_ADMIN, Role.STREET_OFFICER, Role.STREET_REVIEWER, division="division"
    )
    posts = within(user, Role.SUPERVISOR, Role.STREET_OFFICER, Role.STREET_REVIEWER, division="division")
    seats = own_seats(user).filter(seat=Seat.SUPERVISOR)
    funds = CommunityFund.objects.filter(posts | Q(committee__in=seats)).exclude(charity=None)
    mine = Q(pk__in=charity_keys(user)) | staff | Q(pk__in=funds.values("charity"))
    return HostCharity.objects.filter(mine)


# --- What a line may be


def open_journals(charities: Iterable[int]) -> QuerySet[Any]:
    """Return the journals that brought money into funds of these charities and are not matched whole.

    Each row carries `brought` and `unmatched`; two indexed sub-reads a row, so narrow it by date first.
    """
    brought = (
        Transfer.objects.filter(journal=OuterRef("pk"), source__kind=AccountKind.SOURCE)
        .order_by()
        .values("journal")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    signed = Case(When(reverses=None, then=F("amount")), default=-F("amount"), output_field=MONEY)
    standing = (
        BankAllocation.objects.filter(journal=OuterRef("pk"))
        .order_by()
        .values("journal")
        .annotate(total=Sum(signed))
        .values("total")
    )
    zero = Value(ZERO, output_field=MONEY)
    rows: QuerySet[Any] = (
        Journal.objects.filter(book__fund__charity__in=charities, reversed_by=None)
        .exclude(kind__in=[JournalKind.REVERSAL, JournalKind.HOLD, JournalKind.RELEASE, JournalKind.PAYMENT])
        .annotate(brought=Coalesce(Subquery(brought), zero, output_field=MONEY))
        .annotate(
            unmatched=ExpressionWrapper(
                F("brought") - Coalesce(Subquery(standing), zero, output_field=MONEY), output_field=MONEY
            )
        )
        .filter(unmatched__gt=0)
        .select_related("book__fund", "order__enterprise", "donation")
        .order_by("pk")
    )
    return rows


@dataclass(slots=True)
class Candidates:
    """What a batch of lines may be: waiting orders and unmatched journals by charity and amount."""

    orders: dict[tuple[int, Decimal], list[ReinvestmentOrder]]
    journals: dict[tuple[int, Decimal], list[Any]]


@dataclass(frozen=True, slots=True)
class Fit:
    """The one order or journal that a line is, and whether amount, reference and days all agree."""

    order: ReinvestmentOrder | None = None
    journal: Any = None
    is_exact: bool = False


def candidates_of(batch: Sequence[BankLine], now: dt.datetime) -> Candidates:
    """Return the waiting orders and unmatched journals for a batch, without those in a match; two queries per batch."""
    charities = {line.charity_id for line in batch}
    amounts = {line.amount for line in batch}
    orders: dict[tuple[int, Decimal], list[ReinvestmentOrder]] = defaultdict(list)
    waiting = (
        ReinvestmentOrder.objects.payable()
        .filter(amount__in=amounts, fund__charity__in=charities)
        .exclude(matches__rejected_at=None, matches__taken_back_at=None, matches__isnull=False)
        .select_related("fund", "enterprise__division")
        .order_by("pk")
    )
    for order in waiting:
        orders[order.fund.host_id, order.amount].append(order)
    around = max(_days(line.charity.division, now) for line in batch)
    first, last = min(line.booked_on for line in batch) - around, max(line.booked_on for line in batch) + around
    journals: dict[tuple[int, Decimal], list[Any]] = defaultdict(list)
    posted = open_journals(charities).filter(posted_on__gte=first, posted_on__lte=last, unmatched__in=amounts)
    for journal in posted.exclude(matches__rejected_at=None, matches__taken_back_at=None, matches__isnull=False):
        journals[journal.book.fund.host_id, journal.unmatched].append(journal)
    return Candidates(orders, journals)


def _days(division: Division, now: dt.datetime) -> dt.timedelta:
    return dt.timedelta(days=value(MATCH_DAYS, division, timezone.localdate(now)))


def fitting(line: BankLine, found: Candidates, now: dt.datetime) -> Fit | None:
    """Return what a line is: what agrees in everything, else the only one that fits by reference, payer or amount."""
    refused = {match.order_id for match in line.matches.all()}
    refused_journals = {match.journal_id for match in line.matches.all()}
    around = _days(line.charity.division, now)
    place = (line.charity_id, line.amount)
    orders = [order for order in found.orders.get(place, []) if order.pk not in refused]
    journals = [
        row
        for row in found.journals.get(place, [])
        if row.pk not in refused_journals and abs(row.posted_on - line.booked_on) <= around
    ]
    named = references_in(line.memo)
    by_reference = [order for order in orders if order.reference in named]
    noted = [row for row in journals if _is_noted(row, line, named)]
    for order in by_reference:
        if _days_agree(line, order, now):
            return Fit(order=order, is_exact=True)
    if len(noted) == 1:
        return Fit(journal=noted[0], is_exact=True)
    for choice in (
        [Fit(order=order) for order in by_reference] or [Fit(journal=row) for row in noted],
        [Fit(order=order) for order in orders if order.enterprise.name == line.payer],
        [*(Fit(order=order) for order in orders), *(Fit(journal=row) for row in journals)],
    ):
        if len(choice) == 1:
            return choice[0]
        if choice:
            break
    return None


def _is_noted(journal: Any, line: BankLine, named: set[str]) -> bool:
    """Tell whether bank and ledger name the same reference: the order's, or the one that came with the donation."""
    order, donation = getattr(journal, "order", None), getattr(journal, "donation", None)
    if order is not None:
        return order.reference in named
    if donation is None or not donation.reference:
        return False
    return donation.reference == line.bank_reference or says(line.memo, donation.reference)


def _days_agree(line: BankLine, order: ReinvestmentOrder, now: dt.datetime) -> bool:
    around = _days(order.enterprise.division, now)
    first = order.paid_on or timezone.localdate(order.approved_at or now)
    last = order.paid_on or order.due_on or first
    return first - around <= line.booked_on <= last + around


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be matched by hand with some lines, and what of it comes to them exactly."""

    orders: list[ReinvestmentOrder]
    journals: list[Any]
    chosen_orders: set[int]
    chosen_journals: set[int]


def choice_for(lines: Sequence[BankLine], *, days: int = 90, most: int = 50) -> Choice:
    """Return the waiting orders and unmatched journals around the lines, with the fewest that come to them ticked."""
    charity = lines[0].charity_id
    first = min(line.booked_on for line in lines) - dt.timedelta(days=days)
    last = max(line.booked_on for line in lines) + dt.timedelta(days=days)
    waiting = ReinvestmentOrder.objects.payable().filter(fund__charity=charity)
    orders = list(waiting.select_related("enterprise", "fund").order_by("pk")[:most])
    posted = open_journals([charity]).filter(posted_on__gte=first, posted_on__lte=last)
    journals = list(posted.order_by("-posted_on", "-pk")[:most])
    payers = {line.payer for line in lines}
    mine = [order for order in orders if order.enterprise.name in payers]
    rows: list[tuple[str, int, int]] = [
        *(("order", order.pk, to_fen(order.amount)) for order in [*mine, *(o for o in orders if o not in mine)]),
        *(("journal", row.pk, to_fen(row.unmatched)) for row in journals),
    ][:MOST_LOOKED_AT]
    places = adding_up(to_fen(sum((line.rest for line in lines), ZERO)), [fen for _kind, _pk, fen in rows])
    chosen = [rows[place] for place in places]
    return Choice(
        orders,
        journals,
        {key for kind, key, _fen in chosen if kind == "order"},
        {key for kind, key, _fen in chosen if kind == "journal"},
    )


# --- How old it is


@dataclass(frozen=True, slots=True)
class Age:
    """What is not matched and was booked from `first` to `last` days ago (no last: longer ago)."""

    first: int
    last: int | None
    lines: int
    amount: Decimal
    is_overdue: bool = False


def ages_of(rows: QuerySet[BankLine], division: Division, today: dt.date) -> list[Age]:
    """Return the lines that wait by age; one query besides the parameter."""
    limits: tuple[int, ...] = value(AGE_DAYS, division, today)
    return _ages(limits, rows.waiting().values_list("booked_on", F("amount") - F("matched")), today)  # type: ignore[attr-defined]  # our rows


def ages_of_journals(charity: HostCharity, today: dt.date) -> list[Age]:
    """Return the vouchers whose money no bank line shows yet, by age; one query besides the parameter.

    Two years back: older ones belong to closed books.
    """
    limits: tuple[int, ...] = value(AGE_DAYS, charity.division, today)
    rows = open_journals([charity.pk]).filter(posted_on__gte=today - dt.timedelta(days=730))
    return _ages(limits, rows.values_list("posted_on", "unmatched"), today)


def _ages(limits: tuple[int, ...], rows: Iterable[Any], today: dt.date) -> list[Age]:
    firsts = [0, *(limit + 1 for limit in limits)]
    counts, sums = [0] * len(firsts), [ZERO] * len(firsts)
    for day, amount in rows:
        place = sum((today - day).days > limit for limit in limits)
        counts[place] += 1
        sums[place] += amount
    return [
        Age(first, last, count, amount, is_overdue=last is None and count > 0)
        for first, last, count, amount in zip(firsts, [*limits, None], counts, sums, strict=True)
    ]
