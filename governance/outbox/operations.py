"""Emitting and relaying events."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.module_loading import import_string

from governance.outbox.models import OutboxEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.db.models import Model

    from governance.accounts.models import User

    Subscriber = Callable[[OutboxEvent, dt.datetime], None]

logger = logging.getLogger(__name__)

LONGEST_WAIT = dt.timedelta(hours=6)
EMIT = """
INSERT INTO outbox_outboxevent (
    topic, created_at, due_at, attempts, last_error, object_label, object_key, division_key, payload, event_id
)
SELECT %s, %s, %s, 0, '', label, key, division, payload::jsonb, event
FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::uuid[])
    WITH ORDINALITY AS given (label, key, division, payload, event, number) ORDER BY number
"""
UNHEARD = 1000
"""Events without a subscriber that are marked at once; a planning run of a country writes hundreds of thousands."""


def emit(
    *, by: User, topic: str, row: Model, now: dt.datetime, payload: Mapping[str, Any] | None = None
) -> OutboxEvent:
    """Write an event in the caller's transaction; it is delivered only if that transaction commits."""
    del by  # the actor stands in the audit entry; events carry no person
    event = _event(topic, row, now, payload or {})
    event.save(force_insert=True)
    return event


def emit_all(
    *, by: User, topic: str, rows: Sequence[Model], now: dt.datetime, payloads: Sequence[Mapping[str, Any]]
) -> None:
    """Write one event for each of many rows in the caller's transaction, by one statement of as many values as columns."""
    del by
    events = [_event(topic, row, now, payload) for row, payload in zip(rows, payloads, strict=True)]
    columns = (
        [event.object_label for event in events],
        [event.object_key for event in events],
        [event.division_key for event in events],
        [json.dumps(event.payload) for event in events],
        [str(event.event_id) for event in events],
    )
    with connection.cursor() as cursor:
        cursor.execute(EMIT, [topic, now, now, *columns])


def _event(topic: str, row: Model, now: dt.datetime, payload: Mapping[str, Any]) -> OutboxEvent:
    return OutboxEvent(
        topic=topic,
        object_label=row._meta.label,
        object_key=str(row.pk),
        division_key=_division_of(row),
        payload=dict(payload),
        created_at=now,
        due_at=now,
    )


def _division_of(row: Any) -> int | None:
    """Return the key of the place that a row belongs to, or None; no query where permissions were asked of the row."""
    key: int | None = getattr(row, "division_id", None)
    return getattr(getattr(row, "division", None), "pk", None) if key is None else key


def _subscribers() -> list[tuple[str, Subscriber]]:
    """Return the (topic prefix, function) pairs that OUTBOX_SUBSCRIBERS comes to now.

    An entry names a prefix and a function, and may name a third: a function that returns the prefixes below it that the
    subscriber wants to hear at present.
    """
    found: list[tuple[str, Subscriber]] = []
    for prefix, path, *asked in settings.OUTBOX_SUBSCRIBERS:
        wanted = [topic for name in asked for topic in import_string(name)() if topic.startswith(prefix)]
        found += [(topic, import_string(path)) for topic in (wanted if asked else [prefix])]
    return found


def relay(*, by: User, now: dt.datetime, limit: int = 100) -> int:
    """Deliver up to `limit` due events, each in its own transaction, and return how many were delivered.

    A failing subscriber postpones its event with a doubling wait and never blocks the others. Two relays at once share
    the work (SKIP LOCKED). Events of which nobody wants to hear are marked in bulk and do not count.
    """
    del by
    subscribers = _subscribers()
    _mark_unheard(now, subscribers)
    delivered = 0
    for _attempt in range(limit):
        with transaction.atomic():
            event = (
                OutboxEvent.objects.select_for_update(skip_locked=True)
                .filter(relayed_at=None, due_at__lte=now)
                .order_by("due_at", "id")
                .first()
            )
            if event is None:
                break
            delivered += _deliver(event, now, subscribers)
    return delivered


def _mark_unheard(now: dt.datetime, subscribers: list[tuple[str, Subscriber]]) -> None:
    """Mark the due events without a subscriber as relayed, a thousand per transaction."""
    heard = Q(pk__in=[])
    for prefix, _subscriber in subscribers:
        heard |= Q(topic__startswith=prefix)
    while True:
        with transaction.atomic():
            due = OutboxEvent.objects.select_for_update(skip_locked=True).filter(relayed_at=None, due_at__lte=now)
            found = list(due.exclude(heard).order_by("due_at", "id").values_list("pk", flat=True)[:UNHEARD])
            OutboxEvent.objects.filter(pk__in=found).update(relayed_at=now, attempts=F("attempts") + 1)
        if len(found) < UNHEARD:
            return


def _deliver(event: OutboxEvent, now: dt.datetime, subscribers: list[tuple[str, Subscriber]]) -> int:
    """Hand one event to its subscribers and write down what came of it."""
    event.attempts += 1
    hearers = [subscriber for prefix, subscriber in subscribers if event.topic.startswith(prefix)]
    try:
        with transaction.atomic():
            for subscriber in hearers:
                subscriber(event, now)
    except Exception as error:
        logger.exception("outbox delivery failed", extra={"event": str(event.event_id), "topic": event.topic})
        event.last_error = repr(error)[:2000]
        event.due_at = now + min(dt.timedelta(seconds=2 ** min(event.attempts, 20)), LONGEST_WAIT)
        event.save(update_fields=["attempts", "last_error", "due_at"])
        return 0
    event.relayed_at = now
    event.last_error = ""
    event.save(update_fields=["attempts", "last_error", "relayed_at"])
    return 1
