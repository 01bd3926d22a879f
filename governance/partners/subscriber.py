"""What the outbox calls: it only writes down what is to be sent."""

from __future__ import annotations

import datetime as dt

from governance.outbox.models import OutboxEvent
from governance.partners.models import WebhookDelivery
from governance.partners.policy import GIVE_UP_AFTER
from governance.partners.queries import hearers_of


def hear(event: OutboxEvent, now: dt.datetime) -> None:
    """Queue one delivery per endpoint that is to be told of the event; heard twice, it is queued once."""
    WebhookDelivery.objects.bulk_create(
        (
            WebhookDelivery(endpoint=endpoint, event=event, created_at=now, due_at=now, give_up_at=now + GIVE_UP_AFTER)
            for endpoint in hearers_of(event)
        ),
        ignore_conflicts=True,
    )
