"""How webhooks are signed, what they carry, when they are tried again; and how the change feed marks its place.

Signatures follow the Standard Webhooks specification 1.0, so that partners can check them with any of its libraries.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from governance.accounts.scopes import READ
from governance.errors import Invalid
from governance.outbox import policy as feed

if TYPE_CHECKING:
    from governance.outbox.models import OutboxEvent

SECRET_PREFIX = "whsec_"  # noqa: S105 - the specification's mark of a secret, not one
SECRET_BYTES = 32
GIVE_UP_AFTER = dt.timedelta(days=3)
"""So long a delivery is tried; then people see it and may send it again."""

WAITS = tuple(dt.timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 2 * 3600, 4 * 3600, 6 * 3600))
LONGEST_PAUSE = dt.timedelta(hours=1)
"""A receiver that does not answer at all is asked again after at most this long, with its oldest delivery."""

TOPIC = re.compile(r"(?P<floor>[a-z]+)\.(?:\*|[a-z_]+\.(?:\*|[a-z_]+))")
FLOORS = ("communities", "socialorgs", "consultation", "funds", "projects")
"""Floors whose events leave the house; those of the kernel are its own affair."""

NEVER = (
    "communities.resident.",
    "consultation.vote.",
    "consultation.meeting_letter.",
    "consultation.recall_hearing.",
    "projects.acceptance_opinion.",
)
"""Topics about what a single person is or does: no partner hears of them."""

CARRIED = frozenset(
    {
        "status",
        "outcome",
        "kind",
        "key",
        "valid_to",
        "days_left",
        "amount",
        "enterprise",
        "division",
        "notice",
        "topic",
        "ballot",
        "due_on",
        "list",
        "score",
        "grade",
        "version",
        "digest",
        "recipient",
        "organization",
    }
)
"""What a message may carry of an event's payload: states, keys, amounts, never a person (anything else stays inside)."""

TEST_TOPIC = "partners.webhook.tested"


class CursorUnknown(Invalid):
    """The place in the feed is not one that was handed out."""

    code = "cursor_unknown"
    message = _("This cursor was not handed out by the change feed.")


write_cursor = partial(feed.write_cursor, version="1")
read_cursor = partial(feed.read_cursor, version="1", refusal=CursorUnknown)


def secret_of(random: bytes) -> str:
    """Return random bytes as a secret that partners can enter into their library."""
    return SECRET_PREFIX + base64.b64encode(random).decode()


def signature(secrets: Sequence[str], *, event_id: str, sent_at: dt.datetime, body: bytes) -> str:
    """Return the header `webhook-signature`: one `v1,` part per secret, the newest first, separated by spaces."""
    signed = f"{event_id}.{timestamp(sent_at)}.".encode() + body
    return " ".join(f"v1,{_mac(secret, signed)}" for secret in secrets)


def _mac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def timestamp(moment: dt.datetime) -> str:
    """Return the header `webhook-timestamp`: seconds since 1970."""
    return str(int(moment.timestamp()))


def message_of(event: OutboxEvent) -> dict[str, Any]:
    """Return an event as partners get it, by webhook and in the feed; it names no person."""
    return {
        "type": event.topic,
        "timestamp": event.created_at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
        "data": {
            **carried(event.payload),
            "object": event.object_label,
            "id": event.object_key,
            "division": event.division_key,
        },
    }


def carried(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a payload that may leave the house."""
    return {name: payload[name] for name in sorted(CARRIED & set(payload))}


def body_of(event: OutboxEvent) -> bytes:
    """Return the bytes of a webhook; the same for every attempt."""
    return json.dumps(message_of(event), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def wait_after(attempts: int, *, longest: dt.timedelta = WAITS[-1]) -> dt.timedelta:
    """Return how long to wait after so many attempts without success."""
    return min(WAITS[min(max(attempts, 1), len(WAITS)) - 1], longest)


def is_topic(pattern: str) -> bool:
    """Tell whether partners may subscribe to this: `funds.*`, `funds.payment.*` or `funds.payment.paid`."""
    found = TOPIC.fullmatch(pattern)
    return found is not None and found["floor"] in FLOORS and not pattern.startswith(NEVER)


def prefix_of(pattern: str) -> str:
    """Return what every topic of a pattern begins with."""
    return pattern.removesuffix("*")


def is_wanted(topic: str, patterns: Sequence[str]) -> bool:
    """Tell whether one of the patterns asks for this topic."""
    if topic.startswith(NEVER):
        return False
    return any(topic.startswith(prefix_of(each)) if each.endswith("*") else topic == each for each in patterns)


def scope_of(topic: str) -> str:
    """Return the scope that a client needs in order to hear of a topic."""
    return f"{topic.partition('.')[0]}:{READ}"
