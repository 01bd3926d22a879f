"""Closing the months of a fund's books: what stands open is asked of every room that could still post into them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from funds.ledger import operations as ledger
from funds.ledger.models import Book, Period
from funds.statements.checklist import open_points
from governance.accounts.queries import require
from governance.errors import NotNow

if TYPE_CHECKING:
    from funds.statements.checklist import Point
    from governance.accounts.models import User


class MonthNotReady(NotNow):
    """Something would have to be posted with a date in the month."""

    code = "month_not_ready"
    message = _("%(month)s cannot be closed yet. To be done first: %(points)s.")


class MonthClosedForGood(NotNow):
    """A closed month is never opened again."""

    code = "month_closed_for_good"
    message = _(
        "%(month)s was closed on %(day)s and is not opened again. Correct what is wrong by a reversal with a later date: "
        "it stands in the later month as a difference and names the voucher."
    )


def propose_month(*, by: User, book: Book, year: int, month: int, now: dt.datetime) -> Period:
    """Propose to close a month in which nothing is left that would have to be posted; proposed again: the same row.

    Raises:
        NotAllowed, PeriodNotOver: as for `funds.ledger.operations.propose_period_close`.
        MonthClosedForGood: it is closed.
        MonthNotReady: something must be done first; the sentence lists it.
    """
    require(by, "funds.propose_period_close", book)
    found = Period.objects.filter(book=book, year=year, month=month).first()
    if found is not None and found.closed_at is not None:
        raise MonthClosedForGood(month=found.name, day=timezone.localdate(found.closed_at))
    _blocking(book, year, month)
    return ledger.propose_period_close(by=by, book=book, year=year, month=month, now=now)


def close_month(*, by: User, period: Period, now: dt.datetime) -> Period:
    """Close a proposed month, by another person; what is still under way is kept with it.

    Raises:
        NotAllowed, SamePerson, PeriodNotProposed: as for `funds.ledger.operations.close_period`.
        MonthNotReady: something must be done first; the sentence lists it.
    """
    require(by, "funds.close_period", period)
    with transaction.atomic():
        book = Book.objects.select_for_update(no_key=True).get(pk=period.book_id)
        fresh = Period.objects.get(pk=period.pk)
        points = [] if fresh.closed_at else _blocking(book, fresh.year, fresh.month)
        return ledger.close_period(by=by, period=fresh, now=now, open_points=[point.stored() for point in points])


def _blocking(book: Book, year: int, month: int) -> list[Point]:
    """Refuse while something must be done first; return what may go on."""
    points = open_points(book, year, month)
    first = [f"{point.label} ({point.count})" for point in points if point.is_blocking]
    if first:
        raise MonthNotReady(month=f"{year}-{month:02d}", points="; ".join(first))
    return points
