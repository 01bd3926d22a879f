"""What the outbox calls when a digest is ready for a person: its words in their language, handed to their channel."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext, override

from consultation.topics.following import channels
from consultation.topics.following.models import DigestMessage, Follow
from consultation.topics.following.queries import said, stop_token

if TYPE_CHECKING:
    from governance.outbox.models import OutboxEvent

LONGEST_TEXT = 400
MOST_LINES = 5


def deliver(event: OutboxEvent, now: dt.datetime) -> None:
    """Deliver the message of an event; the outbox calls it again until it does not raise, a sent message is left alone.

    A person who has unsubscribed or cannot be reached any more gets nothing.
    """
    rows = DigestMessage.objects.select_for_update(of=("self",)).select_related("digest__division", "user")
    with transaction.atomic():
        message = rows.unsent().filter(pk=event.object_key).first()
        if message is None:
            return
        follows = Follow.objects.running().filter(user=message.user_id, division=message.digest.division_id)
        if not follows.exists() or not channels.can_reach(message):
            message.dropped_at = now
        else:
            text, url = text_of(message)
            channels.send(message, text, url)
            message.sent_at = now
        message.save(update_fields=["sent_at", "dropped_at"])


def text_of(message: DigestMessage) -> tuple[str, str]:
    """Return the words of a message in its person's language, and the address that leads on."""
    digest = message.digest
    wanted = set(message.topics)
    with override(message.language):
        lines: dict[int, list[str]] = {}
        titles: dict[int, str] = {}
        for entry in digest.entries:
            if entry["topic"] in wanted:
                lines.setdefault(entry["topic"], []).append(said(entry))
                titles[entry["topic"]] = entry["title"]
        said_of = [f"{titles[key]}: {', '.join(found)}" for key, found in lines.items()]
        stop = settings.SITE_URL + reverse(
            "consultation:digest-stop", args=[stop_token(message.user_id, digest.division_id)]
        )
        text = gettext("%(place)s, topics of the week: %(news)s. Unsubscribe: %(stop)s") % {
            "place": digest.division.short_name,
            "news": "; ".join(said_of[:MOST_LINES])[:LONGEST_TEXT],
            "stop": stop,
        }
    return text, settings.SITE_URL + digest.get_absolute_url()
