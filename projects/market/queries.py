"""Reads of the market: who stands on which side, what people say of one another, what is counted of a place."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, Sum
from django.utils.translation import pgettext_lazy

from communities.people.models import Resident
from communities.policy.growth import Growth
from communities.policy.queries import value
from governance.money import ZERO
from projects.contracts.policy import ServiceField
from projects.market.lifecycle import IN_TOUCH, MATCHED, MatchStatus, ServiceStatus
from projects.market.models import (
    Absent,
    MarketBlock,
    MicroService,
    PosterKind,
    ServiceMatch,
    ServiceRating,
    Settlement,
    Side,
)
from projects.market.policy import NO_SHOW_DAYS, NO_SHOWS, mean_of, percent
from socialorgs.register.queries import organizations_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_stubs_ext import StrOrPromise

    from communities.territory.models import Division
    from governance.accounts.models import User

ALIVE = (MatchStatus.TAKEN, *sorted(MATCHED))


def residence_of(user: User, day: dt.date) -> Resident | None:
    """Return where a confirmed grown-up person lives; None for everybody else. One query.

    Basis: Law on the Protection of Minors; Organic Law of Urban Residents' Committees art. 8.
    """
    return Resident.objects.on_rolls(day).filter(user=user).select_related("division").first()


def posted_for(user: Any, service: MicroService) -> bool:
    """Tell whether a person stands on the side of whoever posted a service; staff for their community."""
    if service.posted_by_id == user.pk:
        return True
    if service.organization_id:
        return service.organization_id in organizations_of(user)
    return service.poster_kind == PosterKind.COMMUNITY and user.has_perm("communities.enter_resident", service)


def taken_for(user: Any, match: ServiceMatch) -> bool:
    """Tell whether a person stands on the side of whoever took a service."""
    return match.taker_id == user.pk or bool(match.organization_id and match.organization_id in organizations_of(user))


def is_receiver(user: Any, match: ServiceMatch) -> bool:
    """Tell whether a person stands on the side that is served: it says when the service is done."""
    return taken_for(user, match) if match.service.is_offer else posted_for(user, match.service)


def payer_of(match: ServiceMatch) -> User | None:
    """Return who pays the points of a taking: whoever is served; nobody where the community thanks for a service."""
    if match.service.poster_kind == PosterKind.COMMUNITY:
        return match.taker if match.service.is_offer else None
    return match.taker if match.service.is_offer else match.service.posted_by


def server_of(match: ServiceMatch) -> User | None:
    """Return who gets the points of a taking: whoever serves; nobody where the community itself does."""
    if not match.service.is_offer:
        return match.taker
    return None if match.service.poster_kind == PosterKind.COMMUNITY else match.service.posted_by


def are_apart(one: int, other: int) -> bool:
    """Tell whether one of two persons has blocked the other; one query."""
    return MarketBlock.objects.filter(
        Q(blocker_id=one, blocked_id=other) | Q(blocker_id=other, blocked_id=one)
    ).exists()


def misses_of(user: User, division: Division, now: dt.datetime) -> tuple[int, int, int]:
    """Return how often somebody did not come lately, how often that may be, and in how many days; three queries."""
    day = now.date()
    days, most = value(NO_SHOW_DAYS, division, day), value(NO_SHOWS, division, day)
    lately = ServiceMatch.objects.filter(status=MatchStatus.NO_SHOW, ended_at__gt=now - dt.timedelta(days=days))
    mine = Q(absent=Absent.TAKER, taker=user) | Q(absent=Absent.POSTER, service__posted_by=user)
    return lately.filter(mine).count(), most, days


@dataclass(frozen=True, slots=True)
class Reputation:
    """What is known of somebody on the market: the mean of so many ratings, services done, times not come."""

    mean: Decimal | None
    ratings: int
    done: int
    missed: int


def reputations_of(people: Iterable[int]) -> dict[int, Reputation]:
    """Return what is known of these persons, as takers and as posters; two queries for any number of them."""
    keys = set(people)
    sums = {key: [0, 0, 0, 0] for key in keys}
    rows = ServiceMatch.objects.filter(Q(taker__in=keys) | Q(service__posted_by__in=keys))
    for taker, poster, status, absent, number in (
        rows.values_list("taker", "service__posted_by", "status", "absent").annotate(number=Count("pk")).order_by()
    ):
        for key, missed in ((taker, Absent.TAKER), (poster, Absent.POSTER)):
            if key in sums:
                sums[key][2] += number * (status in (MatchStatus.DONE, MatchStatus.SETTLED))
                sums[key][3] += number * (absent == missed)
    said = ServiceRating.objects.filter(
        Q(is_by_poster=True, match__taker__in=keys) | Q(is_by_poster=False, match__service__posted_by__in=keys)
    )
    grouped = said.values_list("is_by_poster", "match__taker", "match__service__posted_by")
    for by_poster, taker, poster, total, number in grouped.annotate(total=Sum("stars"), number=Count("pk")).order_by():
        key = taker if by_poster else poster
        if key in sums:
            sums[key][0] += total
            sums[key][1] += number
    return {
        key: Reputation(mean_of(total, number), number, finished, missed)
        for key, (total, number, finished, missed) in sums.items()
    }


@dataclass(frozen=True, slots=True)
class Reach:
    """How the other side of a confirmed taking is reached."""

    name: str
    phone: str
    contact: str


def reach_for(user: Any, match: ServiceMatch) -> Reach | None:
    """Return how a side of a confirmed taking reaches the other; nothing for others, before it, and after the end.

    Basis: Personal Information Protection Law art. 6 (least, and bound to its purpose).
    """
    if match.status not in IN_TOUCH:
        return None
    service = match.service
    if taken_for(user, match):
        return Reach(str(service.posted_by), service.posted_by.phone, service.contact)
    if posted_for(user, service):
        return Reach(str(match.taker), match.taker.phone, "")
    return None


def bought_of(division: Division, organization: int, year: int) -> Decimal:
    """Return for how much a community bought small services of one organization in a year; one query."""
    rows = ServiceMatch.objects.filter(
        organization=organization,
        status__in=sorted(MATCHED),
        service__division=division,
        service__settlement=Settlement.FUND,
        confirmed_at__year=year,
    )
    return Decimal(rows.aggregate(total=Sum("service__price"))["total"] or ZERO)


def promised_of(request: int) -> Decimal:
    """Return what small services promise of a fund's request: their price for each place that is or may be taken."""
    total = ZERO
    rows = MicroService.objects.filter(request=request).annotate(
        held=Count("matches", filter=Q(matches__status__in=sorted(MATCHED)))
    )
    for price, places, status, held in rows.values_list("price", "places", "status", "held"):
        is_open = status in (ServiceStatus.POSTED, ServiceStatus.FILLED)
        total += price * (places if is_open else held)
    return total


@dataclass(frozen=True, slots=True)
class FieldFigure:
    """One line of the market's figures: what was wanted and offered, what found its counterpart, what was done."""

    label: str
    wanted: int
    offered: int
    matched: int
    done: int
    share: Decimal | None

    @property
    def posted(self) -> int:
        """Everything that was posted."""
        return self.wanted + self.offered


@dataclass(frozen=True, slots=True)
class MarketFigures:
    """The figures of a place for a period: one line for each field, and the sum."""

    lines: list[FieldFigure]
    sums: FieldFigure
    takings: int
    confirmed: int
    missed: int
    mean: Decimal | None
    ratings: int
    people_matched: int

    @property
    def share_confirmed(self) -> Decimal | None:
        """Takings that both sides confirmed, in percent of all takings."""
        return percent(self.confirmed, self.takings)


def figures_of(division: Division, first: dt.datetime, last: dt.datetime) -> MarketFigures:
    """Count the market of a place from a moment to before another: matches of supply and demand; two queries.

    A posting is matched when both sides of at least one taking have said yes (Basis: report S2, 191 matches).
    """
    posted = MicroService.objects.in_division(division).filter(posted_at__gte=first, posted_at__lt=last)
    posted = posted.exclude(status=ServiceStatus.REMOVED)
    held = Q(matches__status__in=sorted(MATCHED))
    done = Q(matches__status__in=[MatchStatus.DONE, MatchStatus.SETTLED])
    counted = posted.values("field").annotate(
        wanted=Count("pk", filter=Q(side=Side.NEED), distinct=True),
        offered=Count("pk", filter=Q(side=Side.OFFER), distinct=True),
        matched=Count("pk", filter=held, distinct=True),
        done=Count("pk", filter=done, distinct=True),
    )
    found = {row["field"]: row for row in counted.order_by()}
    lines = [
        _line(str(field.label), *(found[field][name] for name in ("wanted", "offered", "matched", "done")))
        for field in ServiceField
        if field in found
    ]
    total = _line(
        "", *(sum(getattr(line, name) for line in lines) for name in ("wanted", "offered", "matched", "done"))
    )
    takings = ServiceMatch.objects.filter(service__in=posted).aggregate(
        all=Count("pk", distinct=True),
        confirmed=Count("pk", filter=Q(confirmed_at__isnull=False), distinct=True),
        missed=Count("pk", filter=Q(status=MatchStatus.NO_SHOW), distinct=True),
        people=Count("taker", filter=Q(status__in=sorted(MATCHED)), distinct=True),
        stars=Sum("ratings__stars"),
        said=Count("ratings"),
    )
    return MarketFigures(
        lines,
        total,
        takings["all"],
        takings["confirmed"],
        takings["missed"],
        mean_of(takings["stars"] or 0, takings["said"]),
        takings["said"],
        takings["people"],
    )


def growth_of(
    division: Division, now: MarketFigures, first: dt.datetime, last: dt.datetime
) -> list[tuple[StrOrPromise, Growth]]:
    """Return the counts of a period beside those of the one before, which ran from a moment to before another; one query."""
    posted = MicroService.objects.in_division(division).filter(posted_at__gte=first, posted_at__lt=last)
    held = Q(matches__status__in=sorted(MATCHED))
    done = Q(matches__status__in=[MatchStatus.DONE, MatchStatus.SETTLED])
    before = posted.exclude(status=ServiceStatus.REMOVED).aggregate(
        posted=Count("pk", distinct=True),
        matched=Count("pk", filter=held, distinct=True),
        done=Count("pk", filter=done, distinct=True),
    )
    return [
        (label, Growth(before[name], getattr(now.sums, name)))
        for label, name in (
            (pgettext_lazy("market", "Posted"), "posted"),
            (pgettext_lazy("market", "Matched"), "matched"),
            (pgettext_lazy("market", "Done"), "done"),
        )
    ]


def _line(label: str, wanted: int, offered: int, matched: int, done: int) -> FieldFigure:
    return FieldFigure(label, wanted, offered, matched, done, percent(matched, wanted + offered))
