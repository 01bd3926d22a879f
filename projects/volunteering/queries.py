"""Reads of volunteering: points of a person, the book that keeps them, what a passport shows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.utils import timezone

from funds.ledger.models import Account, Book
from funds.ledger.points import account_code
from projects.volunteering.lifecycle import HourStatus
from projects.volunteering.models import ServiceHour

if TYPE_CHECKING:
    from governance.accounts.models import User


@dataclass(frozen=True, slots=True)
class Points:
    """What one person has in one community."""

    book: Book
    amount: int


def points_of(user: User) -> list[Points]:
    """Return a person's points, community by community; points never move between books. One query."""
    rows = Account.objects.filter(code=account_code(user), book__code__startswith="points:").with_balance()
    found = rows.select_related("book__division").order_by("book__division__path", "pk")
    return [Points(row.book, int(row.amount)) for row in found]  # type: ignore[attr-defined]  # annotated


def minutes_on(user: User, day: dt.date) -> int:
    """Return the minutes of a person that count on a day in the district's time; one query."""
    begins = timezone.make_aware(dt.datetime.combine(day, dt.time.min))
    rows = ServiceHour.objects.filter(
        volunteer=user, signed_in_at__gte=begins, signed_in_at__lt=begins + dt.timedelta(days=1)
    )
    return rows.exclude(status=HourStatus.REJECTED).aggregate(total=Sum("minutes"))["total"] or 0


@dataclass(frozen=True, slots=True)
class Service:
    """What somebody has served: verified minutes and how many records wait."""

    minutes: int
    waiting: int


def service_of(user: User) -> Service:
    """Return a person's verified minutes in all places, and how many records wait to be verified; two queries."""
    rows = ServiceHour.objects.filter(volunteer=user)
    verified = rows.filter(status__in=[HourStatus.VERIFIED, HourStatus.CREDITED])
    waiting = rows.filter(status__in=[HourStatus.SIGNED_IN, HourStatus.SIGNED_OUT])
    return Service(verified.aggregate(total=Sum("minutes"))["total"] or 0, waiting.count())
