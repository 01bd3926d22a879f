"""Reads over questions and challenges: by when the buyer answers them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from communities.notices.models import Objection
from communities.policy.queries import value
from governance.calendar.days import DayKind, add_days
from projects.purchasing.asking.models import PurchaseQuestion
from projects.purchasing.models import Purchase
from projects.purchasing.policy import CHALLENGE_DAYS

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from governance.accounts.models import User

MOST = 20


@dataclass(frozen=True, slots=True)
class Challenge:
    """An objection to the announcement of a purchase or to its award (质疑), and by when it is answered."""

    pk: int
    title: str
    url: str
    due_on: dt.date
    outcome: str
    replied_on: dt.date | None
    is_late: bool


def asked_about(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Let purchases say whether anything was asked about them and whether they were challenged; no query of its own."""
    questions = PurchaseQuestion.objects.filter(purchase=OuterRef("pk"))
    told = Q(notice__purchase=OuterRef("pk")) | Q(notice__purchase_award__purchase=OuterRef("pk"))
    told_of: QuerySet[Any] = rows.annotate(
        is_asked=Exists(questions), is_challenged=Exists(Objection.objects.filter(told))
    )
    return told_of


def questions_on(purchase: Any, user: User | AnonymousUser) -> list[PurchaseQuestion]:
    """Return the questions on a purchase read by `asked_about` that one may see, newest first; at most one query."""
    if not purchase.is_asked:
        return []
    return list(PurchaseQuestion.objects.visible_to(user).filter(purchase=purchase.pk).order_by("-pk")[:MOST])


def challenges_to(purchase: Purchase, today: dt.date) -> list[Challenge]:
    """Return the challenges to a purchase, newest first; one query, and two for each day on which some were raised.

    Basis: Government Procurement Law art. 52, 53.
    """
    rows = Objection.objects.filter(Q(notice__purchase=purchase) | Q(notice__purchase_award__purchase=purchase))
    found = list(rows.select_related("notice").order_by("-pk")[:MOST])
    raised = {timezone.localdate(row.raised_at) for row in found}
    due = {day: add_days(day, value(CHALLENGE_DAYS, purchase.buyer, day), DayKind.WORKING).on for day in raised}
    return [_shown(row, due[timezone.localdate(row.raised_at)], today) for row in found]


def _shown(row: Objection, due_on: dt.date, today: dt.date) -> Challenge:
    replied_on = timezone.localdate(row.replied_at) if row.replied_at else None
    return Challenge(
        row.pk,
        row.notice.title,
        row.notice.get_absolute_url(),
        due_on,
        str(row.get_outcome_display()) if row.outcome else "",
        replied_on,
        is_late=(replied_on or today) > due_on,
    )
