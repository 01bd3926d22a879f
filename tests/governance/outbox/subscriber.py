"""Subscribers of the outbox tests, named in settings as the product's are."""

from __future__ import annotations

import datetime as dt

from governance.outbox.models import OutboxEvent

HEARD: list[tuple[str, dt.datetime]] = []


def hear(event: OutboxEvent, now: dt.datetime) -> None:
    """Remember the event."""
    HEARD.append((event.topic, now))


def fail(event: OutboxEvent, now: dt.datetime) -> None:
    """Fail as a receiver does that is down."""
    message = f"{event.topic} cannot be delivered"
    raise ConnectionError(message)


def wanted() -> list[str]:
    """Return what this subscriber wants to hear at present."""
    return ["funds.payment.", "communities."]
