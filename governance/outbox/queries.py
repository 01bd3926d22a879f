"""Feeds in the order of transactions, and up to where they may be read: nothing appears behind a place handed out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, Q

from governance.outbox.policy import Cursor

if TYPE_CHECKING:
    from django.db.models import QuerySet

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A stretch of a feed, and where to go on."""

    rows: list[Row]
    cursor: Cursor
    has_more: bool


def watermark() -> int:
    """Return the oldest transaction that still runs; every older one has ended and can be read; one query."""
    with connection.cursor() as statement:
        statement.execute("SELECT txid_snapshot_xmin(txid_current_snapshot())")
        return int(statement.fetchone()[0])


def rows_after(cursor: Cursor, rows: QuerySet[Row], limit: int) -> Page[Row]:
    """Return the next of these rows, which name their `transaction_id`, in its order; one query more than they take.

    Only transactions below the watermark are shown: every one of them has ended, so nothing can appear behind a cursor
    that was handed out.
    """
    upto = watermark()
    following = rows.filter(
        Q(transaction_id__gt=cursor.transaction) | Q(transaction_id=cursor.transaction, pk__gt=cursor.row),
        # Said once more, so that the index is entered at the right place.
        transaction_id__gte=cursor.transaction,
        transaction_id__lt=upto,
    )
    found = list(following.order_by("transaction_id", "pk")[: limit + 1])
    if len(found) > limit:
        last: Any = found[limit - 1]
        return Page(found[:limit], Cursor(last.transaction_id, last.pk), has_more=True)
    return Page(found, max(cursor, Cursor(upto, 0)), has_more=False)
