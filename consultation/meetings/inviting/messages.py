"""What the outbox calls to tell people of a meeting to which they are invited, or that it is cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, override

from consultation.meetings.inviting.models import MeetingLetter, Occasion
from consultation.meetings.lifecycle import MeetingStatus
from consultation.topics.following import channels
from consultation.topics.following.queries import way_to

if TYPE_CHECKING:
    import datetime as dt

    from consultation.meetings.models import Meeting
    from governance.outbox.models import OutboxEvent

LONGEST_TITLE = 40


def deliver(event: OutboxEvent, now: dt.datetime) -> None:
    """Hand over the letter of an event; the outbox calls it again until it does not raise, a sent letter is left alone.

    Who can't be reached stays on the list of those to be told in person. An invitation to a meeting that was cancelled
    meanwhile is not sent any more: the cancellation follows.
    """
    with transaction.atomic():
        rows = MeetingLetter.objects.select_for_update(of=("self",)).unsent().filter(pk=event.object_key)
        letter = rows.select_related("attendance__user", "attendance__meeting__division").first()
        if letter is None or letter.attendance.user is None:
            return
        meeting, user = letter.attendance.meeting, letter.attendance.user
        if letter.occasion == Occasion.INVITATION and meeting.status == MeetingStatus.CANCELLED:
            return
        channel, language = way_to(user, meeting.division_id)
        message = channels.Letter(user, channel, event.event_id)
        if channels.can_reach(message):
            channels.send(message, words_of(letter.occasion, meeting, language), address_of(meeting))
            letter.channel, letter.sent_at = channel, now
        else:
            letter.dropped_at = now
        letter.save(update_fields=["channel", "sent_at", "dropped_at"])


def words_of(occasion: str, meeting: Meeting, language: str) -> str:
    """Return what a letter says, in its person's language."""
    title = meeting.title
    with override(language or settings.LANGUAGE_CODE):
        if occasion == Occasion.CANCELLATION:
            text = gettext("%(place)s: the meeting “%(title)s” on %(when)s is cancelled.")
        else:
            text = gettext("%(place)s: you are invited to “%(title)s” on %(when)s, %(where)s.")
        return text % {
            "place": meeting.division.short_name,
            "title": title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…",
            "when": f"{timezone.localtime(meeting.held_at):%Y-%m-%d %H:%M}",
            "where": meeting.place,
        }


def address_of(meeting: Meeting) -> str:
    """Return the meeting's page."""
    return str(settings.SITE_URL).rstrip("/") + meeting.get_absolute_url()
