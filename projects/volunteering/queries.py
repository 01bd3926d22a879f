"""Reads of volunteering: points of a person, the book that keeps them, what a passport shows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from funds.ledger.models import Account, Book
from funds.ledger.points import account_code
from governance.pages import Told
from projects.volunteering.lifecycle import HourStatus
from projects.volunteering.models import ServiceHour, VolunteerActivity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from governance.accounts.models import User
    from projects.contracts.models import Contract

MOST_TOLD = 50
"""How many activities a contract's page tells of."""


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


def activities_of(contracts: Sequence[Contract], user: User | AnonymousUser) -> dict[int, list[Told]]:
    """Tell of contracts which volunteers' activities belong to them, with the people who came; one query."""
    found: dict[int, list[Told]] = {}
    came = ServiceHour.objects.filter(activity=OuterRef("pk")).exclude(status=HourStatus.REJECTED)
    rows: QuerySet[Any] = VolunteerActivity.objects.visible_to(user).filter(contract__in=contracts)
    rows = rows.annotate(came=ArraySubquery(came.values("pk"))).order_by("contract", "-starts_at", "-pk")
    for row in rows[:MOST_TOLD]:
        if row.contract_id is not None:
            state = _("%(status)s, %(count)s volunteers") % {"status": row.get_status_display(), "count": len(row.came)}
            told = Told(
                _("Volunteering"), row.title, state, row.get_absolute_url(), on=timezone.localdate(row.starts_at)
            )
            found.setdefault(row.contract_id, []).append(told)
    return found
