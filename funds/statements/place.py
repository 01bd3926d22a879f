"""The money of a place and all places below it: what came, what went, what is left, by source, by use and by part.

Computed from the months' flows of all its community funds, never from every transfer; what was posted since they were
summed up is added. Budget funds are public money with accounts of their own and are not counted with communities' money.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count, Q
from django.urls import reverse
from psycopg2 import sql

from communities.territory.models import Division, Tier
from funds.charity.models import CommunityFund, FundCategory
from funds.donations.models import Donation
from funds.ledger.flows import SINCE_SUMMED
from funds.ledger.models import AccountKind, Journal
from funds.ledger.policy import STANDARD_NAMES
from funds.spending.lifecycle import RequestStatus
from funds.spending.models import SpendingRequest
from funds.statements.drawing import draw
from funds.statements.flow import AVAILABLE, CAME, HELD, OPENING, POOLS, WENT, Knot, Stream
from funds.statements.queries import BEGINNING, CAUSES, causes
from governance.money import ZERO

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise

    from funds.statements.policy import Span

COUNTED = (FundCategory.CHARITY, FundCategory.COOPERATION, FundCategory.MASS_ORGANIZATION)

# Per part of the place, kind and code of the accounts: what had come to them before the period and what came in it, net.
# Sources count below zero. Pools and holds are not told apart by code. A part is a child of the place, or a fund.
SUMS = sql.SQL("""
WITH books AS MATERIALIZED (
    SELECT fund.book_id,
        CASE WHEN %(by_fund)s THEN fund.id
            ELSE nullif(split_part(substr(division.path, length(%(path)s::text) + 1), '/', 1), '')::bigint END AS part
    FROM funds_communityfund AS fund JOIN communities_division AS division ON division.id = fund.division_id
    WHERE division.path >= %(path)s AND division.path < %(after)s AND fund.category = ANY(%(counted)s)
), moved AS (
    SELECT flow.source_id, flow.target_id, flow.month, flow.amount
    FROM books JOIN funds_monthflow AS flow ON flow.book_id = books.book_id
    UNION ALL
    SELECT transfer.source_id, transfer.target_id, journal.posted_on, transfer.amount
    FROM {since} JOIN books ON books.book_id = summary.book_id
), legs AS (
    SELECT target_id AS account_id, month, amount FROM moved
    UNION ALL
    SELECT source_id, month, -amount FROM moved
), sums AS (
    SELECT account_id, coalesce(sum(amount) FILTER (WHERE month < %(start)s), 0) AS before,
        coalesce(sum(amount) FILTER (WHERE month >= %(start)s), 0) AS within
    FROM legs WHERE month < %(end)s GROUP BY account_id
)
SELECT books.part, account.kind, CASE WHEN account.kind IN ('POOL', 'HOLD') THEN '' ELSE account.code END AS code,
    min(account.name), sum(sums.before), sum(sums.within)
FROM sums JOIN funds_account AS account ON account.id = sums.account_id
JOIN books ON books.book_id = account.book_id
GROUP BY 1, 2, 3
""").format(since=SINCE_SUMMED)


@dataclass(frozen=True, slots=True)
class Line:
    """One source or use of a place: its code, its name, the amount, and where its vouchers are listed."""

    code: str
    label: StrOrPromise
    amount: Decimal
    url: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a place with its money, in yuan: a place below, or a fund of its own."""

    label: str
    url: str
    opening: Decimal
    came: Decimal
    used: Decimal
    available: Decimal
    held: Decimal


@dataclass(frozen=True, slots=True)
class PlaceMoney:
    """The money of a place over a period: opening + came - used = available + held."""

    sources: Sequence[Line]
    uses: Sequence[Line]
    parts: Sequence[Part]
    streams: Sequence[Stream]

    def _total(self, name: str) -> Decimal:
        return sum((getattr(part, name) for part in self.parts), ZERO)

    @property
    def opening(self) -> Decimal:
        """What lay there before."""
        return self._total("opening")

    @property
    def came(self) -> Decimal:
        """All that came in, less what went back."""
        return self._total("came")

    @property
    def used(self) -> Decimal:
        """All that was used, less what came back."""
        return self._total("used")

    @property
    def available(self) -> Decimal:
        """What is not held, at the end."""
        return self._total("available")

    @property
    def held(self) -> Decimal:
        """What is held for approved uses, at the end."""
        return self._total("held")


Sum = tuple[int | None, str, str, str, Decimal, Decimal]


def sums_in(place: Division, span: Span | None = None) -> list[Sum]:
    """Return the sums per part, kind and code of a place over a period of whole months; one query."""
    given: dict[str, Any] = {
        "by_fund": place.tier == Tier.COMMUNITY,
        "path": place.path,
        "after": place.path[:-1] + "0",  # "0" is the sign after "/"
        "counted": [str(category) for category in COUNTED],
        "start": span.start if span else BEGINNING,
        "end": span.end if span else dt.date.max,
    }
    with connection.cursor() as cursor:
        cursor.execute(SUMS, given)
        return list(cursor.fetchall())


def money_of(place: Division, span: Span | None = None) -> PlaceMoney:
    """Return the money of a place over a period; two queries."""
    found = sums_in(place, span)
    names = _parts_of(place, {part for part, *_rest in found})
    period = f"&posted_from={span.start}&posted_to={span.last}" if span else ""
    vouchers = reverse("funds:place-journals", args=[place.pk])

    def lines(kind: str, name: str, sign: int) -> list[Line]:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        labels: dict[str, StrOrPromise] = {}
        for _part, row_kind, code, label, _before, within in found:
            if row_kind == kind:
                sums[code] += sign * within
                labels[code] = STANDARD_NAMES.get(code, label)
        listed = sorted((code for code in sums if sums[code]), key=lambda code: (-sums[code], code))
        return [Line(code, labels[code], sums[code], f"{vouchers}?{name}={code}{period}") for code in listed]

    parts = [_part(found, part, *names[part]) for part in names]
    return PlaceMoney(
        lines(AccountKind.SOURCE, "source", -1),
        lines(AccountKind.SINK, "use", 1),
        sorted(parts, key=lambda part: (-part.available - part.held, part.label)),
        _streams(found, {part: name for part, (name, _url) in names.items()}),
    )


def _parts_of(place: Division, keys: set[int | None]) -> dict[int | None, tuple[str, str]]:
    """Return name and address of the parts; one query."""
    rows: Iterable[Any]
    if place.tier == Tier.COMMUNITY:
        rows = CommunityFund.objects.filter(pk__in=[key for key in keys if key])
        named: dict[int | None, tuple[str, str]] = {row.pk: (row.short_name, row.get_absolute_url()) for row in rows}
    else:
        rows = Division.objects.filter(pk__in=[key for key in keys if key])
        named = {row.pk: (row.short_name or row.name, reverse("funds:place-money", args=[row.pk])) for row in rows}
    if None in keys:
        named[None] = (place.name, reverse("funds:place-journals", args=[place.pk]))
    return named


def _part(found: Sequence[Sum], part: int | None, label: str, url: str) -> Part:
    before: dict[str, Decimal] = defaultdict(Decimal)
    within: dict[str, Decimal] = defaultdict(Decimal)
    for key, kind, _code, _label, was, now in found:
        if key == part:
            before[kind] += was
            within[kind] += now
    inside = (AccountKind.POOL, AccountKind.HOLD)
    return Part(
        label,
        url,
        opening=sum((before[kind] for kind in inside), ZERO),
        came=-within[AccountKind.SOURCE],
        used=within[AccountKind.SINK],
        available=before[AccountKind.POOL] + within[AccountKind.POOL],
        held=before[AccountKind.HOLD] + within[AccountKind.HOLD],
    )


def _streams(found: Sequence[Sum], names: dict[int | None, str]) -> list[Stream]:
    """Return the flow from sources through the parts to uses, and what lies there."""
    amounts: dict[tuple[Knot, Knot], Decimal] = defaultdict(Decimal)
    for part, kind, code, name, before, within in found:
        middle = Knot(POOLS, str(part), names[part])
        label = STANDARD_NAMES.get(code, name)
        if kind in {AccountKind.SOURCE, AccountKind.SINK}:
            outer = Knot(CAME if within < 0 else WENT, code, label)
            amounts[(outer, middle) if within < 0 else (middle, outer)] += abs(within)
        else:
            amounts[OPENING, middle] += before
            amounts[middle, HELD if kind == AccountKind.HOLD else AVAILABLE] += before + within
    return [Stream(start, end, amount) for (start, end), amount in amounts.items() if amount > 0]


@dataclass(frozen=True, slots=True)
class People:
    """How many gave and what was brought to an end; `solved` counts the decisions whose uses were completed."""

    gifts: int
    donors: int
    completed: int
    solved: int


def people_of(place: Division, span: Span | None = None) -> People:
    """Return how many gave and what was solved in a place over a period; two queries.

    Donors are told apart by name; each gift without a name counts as one donor.
    """
    given = Donation.objects.in_division(place).arrived().filter(fund__category__in=COUNTED)
    done = SpendingRequest.objects.in_division(place).filter(status=RequestStatus.COMPLETED, fund__category__in=COUNTED)
    if span:
        given = given.filter(received_on__gte=span.start, received_on__lt=span.end)
        done = done.filter(completed_at__date__gte=span.start, completed_at__date__lt=span.end)
    gifts = given.aggregate(
        all=Count("pk"),
        named=Count("donor_name", distinct=True, filter=~Q(donor_name="")),
        unnamed=Count("pk", filter=Q(donor_name="")),
    )
    uses = done.aggregate(all=Count("pk"), decisions=Count("decision", distinct=True))
    return People(gifts["all"], gifts["named"] + gifts["unnamed"], uses["all"], uses["decisions"])


def statistics_of(place: Division, span: Span | None = None) -> dict[str, Any]:
    """Return what the page of a place's money shows; four queries."""
    money = money_of(place, span)
    return {
        "money": money,
        "people": people_of(place, span),
        "flow_picture": partial(draw, money.streams),
        "large_flow_picture": partial(draw, money.streams, is_large=True),
    }


def journals_of(place: Division) -> QuerySet[Journal]:
    """Return the vouchers of a place's community funds with what caused them; joins only."""
    books = CommunityFund.objects.in_division(place).filter(category__in=COUNTED).values("book")
    return causes().filter(book__in=books).select_related("book__fund", *CAUSES)
