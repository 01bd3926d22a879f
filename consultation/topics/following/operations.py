"""Following topics, making the weekly digest of each community, and delivering it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Division
from consultation.topics.following import channels
from consultation.topics.following.models import Channel, Digest, DigestMessage, Follow, monday_of
from consultation.topics.following.queries import WEEK, entries_of, followers_of, said, stop_token
from consultation.topics.models import UNANNOUNCED, Topic
from governance.accounts.models import User
from governance.audit import operations as audit
from governance.errors import Invalid, NotAllowed, NotNow
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from governance.outbox.models import OutboxEvent

READY = "consultation.digest.ready"
LONGEST_TEXT = 400
MOST_LINES = 5


class NotSignedIn(NotAllowed):
    """A digest goes to somebody."""

    code = "follower_unknown"
    message = _("Sign in to follow topics.")


class NothingToFollow(NotNow):
    """What is over, or not public yet, has no news."""

    code = "nothing_to_follow"
    message = _("This topic cannot be followed at present.")


class ChannelUnknown(Invalid):
    """The installation has the channels that it names."""

    code = "channel_unknown"
    message = _("Choose one of the channels.")


def follow(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    topic: Topic | None = None,
    channel: str = Channel.SMS,
    language: str = "",
) -> Follow:
    """Follow a topic, or all topics of a community; who follows already changes channel and language.

    Raises:
        NotSignedIn: partner systems and the system follow nothing.
        NothingToFollow: the topic is not public.
        ChannelUnknown: there is no such channel.
    """
    if not by.has_perm("consultation.follow_topic") or by.is_system:
        raise NotSignedIn
    if topic is not None and topic.status in UNANNOUNCED:
        raise NothingToFollow
    if channel not in Channel.values:
        raise ChannelUnknown(field="channel")
    spoken = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    place = topic.division if topic is not None else division
    with transaction.atomic():
        rows = Follow.objects.running().filter(user=by, division=place)
        rows.update(channel=channel, language=spoken)
        found = rows.filter(topic=topic).first()
        if found is not None:
            return found
        row = Follow(user=by, division=place, topic=topic, channel=channel, language=spoken, begun_at=now)
        row.full_clean(validate_constraints=False)
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            return rows.get(topic=topic)
        after = {"division": place.pk, "topic": topic.pk if topic else None, "channel": channel}
        audit.record(by=by, verb="consultation.follow.begun", row=row, now=now, after=after)
        return row


def unfollow(*, by: User, now: dt.datetime, division: Division, topic: Topic | None = None) -> int:
    """Follow a topic no more, or, without one, nothing in the community; return how many were ended."""
    with transaction.atomic():
        rows = Follow.objects.running().filter(user=by, division=division)
        if topic is not None:
            rows = rows.filter(topic=topic)
        keys = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
        Follow.objects.filter(pk__in=keys).update(ended_at=now)
        for row in Follow.objects.filter(pk__in=keys).select_related("division", "topic").order_by("pk"):
            audit.record(by=by, verb="consultation.follow.ended", row=row, now=now)
        return len(keys)


def make_digests(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Make the digest of the week that has ended for each community with news, and a message for each follower.

    One transaction per community; a community that has its digest is left alone, so that repeating changes nothing.
    """
    week = monday_of(today) - WEEK
    entries = entries_of(week)
    done = set(Digest.objects.filter(week=week, division__in=entries).values_list("division", flat=True))
    made = []
    for division in sorted(set(entries) - done):
        try:
            with transaction.atomic():
                digest = Digest.objects.create(division_id=division, week=week, entries=entries[division], made_at=now)
                _queue(digest, by, now)
        except IntegrityError as error:
            if "digest_once_a_week" not in str(error):
                raise
            continue  # another worker was faster
        made.append(digest.pk)
    return made


def _queue(digest: Digest, by: User, now: dt.datetime) -> None:
    """Write one message for each person who follows something that has news, and tell the outbox of each."""
    with_news = {entry["topic"] for entry in digest.entries}
    messages = []
    for user, follows in followers_of(digest.division_id).items():
        everything = any(row.topic_id is None for row in follows)
        topics = sorted(with_news if everything else with_news & {row.topic_id for row in follows})
        if topics:
            last = follows[-1]
            messages.append(
                DigestMessage(
                    digest=digest,
                    user_id=user,
                    channel=last.channel,
                    language=last.language,
                    topics=topics,
                    queued_at=now,
                )
            )
    DigestMessage.objects.bulk_create(messages)
    payloads = [{"message": str(row.message_id)} for row in messages]
    outbox.emit_all(by=by, topic=READY, rows=messages, now=now, payloads=payloads)


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
