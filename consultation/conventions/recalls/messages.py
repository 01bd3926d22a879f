"""What the outbox calls to tell a member that their recall is demanded and until when they can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext, override

from consultation.conventions.recalls.lifecycle import RecallStatus
from consultation.conventions.recalls.models import Recall
from consultation.topics.following import channels
from consultation.topics.following.queries import way_to

if TYPE_CHECKING:
    import datetime as dt

    from governance.outbox.models import OutboxEvent


def deliver(event: OutboxEvent, now: dt.datetime) -> None:
    """Tell the member, unless they have answered by now or cannot be reached: then the staff goes there."""
    del now
    rows = Recall.objects.filter(pk=event.object_key, status=RecallStatus.VERIFIED, heard_at=None)
    recall = rows.select_related("membership__user", "division").first()
    if recall is None or recall.membership.user is None:
        return
    channel, language = way_to(recall.membership.user, recall.division_id)
    letter = channels.Letter(recall.membership.user, channel, event.event_id)
    if not channels.can_reach(letter):
        return
    with override(language or settings.LANGUAGE_CODE):
        words = gettext(
            "%(place)s: your recall from the committee is demanded, the signatures have been checked. You can answer until %(due)s."
        ) % {"place": recall.division.short_name, "due": recall.defense_due_on}
    channels.send(letter, words, str(settings.SITE_URL).rstrip("/") + recall.get_absolute_url())
