"""Topics raised by residents, accepted or refused in their days, corrected before they are announced, and their clocks."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from consultation.matters.policy import fitting
from consultation.topics.acting import class_of, end_of, managed
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic
from consultation.topics.policy import (
    ACCEPT_DAYS,
    DEEP_DAYS,
    LONGEST_AFFECTED,
    LONGEST_REASON,
    LONGEST_TEXT,
    LONGEST_TITLE,
    RAISED_PER_PERSON,
    TopicPace,
)
from consultation.topics.refusals import (
    PlaceIsClosed,
    SpeakerFromElsewhere,
    TooManyRaised,
    TopicAnnounced,
    TopicChanged,
)
from governance import lifecycle
from governance.accounts.models import User
from governance.audit import operations as audit
from governance.lifecycle import ReasonMissing
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from communities.territory.models import Division


def raise_topic(*, by: User, now: dt.datetime, division: Division, title: str, text: str, affected: str = "") -> Topic:
    """Raise a topic as a resident; the community accepts or refuses it with a reason in its days.

    Raises:
        SpeakerFromElsewhere: `by` neither lives nor works there.
        PlaceIsClosed: the place is no more.
        WordsMissing, WordsTooLong, PersonalNumbersFound: the words are not fit.
        TooManyRaised: this person has raised others that nobody has answered yet.
    Basis: opinion on urban and rural community consultation 2015.
    """
    if not by.has_perm("consultation.raise_topic", division):
        raise SpeakerFromElsewhere
    if not division.is_open:
        raise PlaceIsClosed(field="division", place=division)
    topic = Topic(
        title=fitting("title", title, LONGEST_TITLE),
        text=fitting("text", text, LONGEST_TEXT),
        affected=fitting("affected", affected, LONGEST_AFFECTED, is_required=False),
        division=division,
        status=TopicStatus.RAISED,
        raised_by=by,
        raised_at=now,
        prepared_at=now,
        prepared_by=by,
        due_at=end_of(ACCEPT_DAYS, division, now),
    )
    refuse_personal_numbers(title=topic.title, text=topic.text, affected=topic.affected)
    limit = value(RAISED_PER_PERSON, division, timezone.localdate(now))
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # two browsers of one person wait for each other
        if Topic.objects.filter(raised_by=by, status=TopicStatus.RAISED).count() >= limit:
            raise TooManyRaised(limit=limit)
        topic.full_clean()
        topic.save()
        audit.record(
            by=by,
            verb="consultation.topic.raised",
            row=topic,
            now=now,
            after={"title": topic.title, "due_at": str(topic.due_at)},
            basis="Opinion on urban and rural community consultation 2015",
        )
        outbox.emit(by=by, topic="consultation.topic.raised", row=topic, now=now)
    return topic


def accept_topic(
    *, by: User, now: dt.datetime, topic: Topic, list_item: int | None = None, pace: str = TopicPace.NORMAL
) -> Topic:
    """Accept a topic that a resident raised, and say what item of the list it is and how fast it goes.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: `by` may not, raised it, or it was answered already.
        ItemUnknown: the consultation list has no such item.
    """
    with transaction.atomic():
        lifecycle.require(topic, "accept", by=by)
        due_at = end_of(DEEP_DAYS, topic.division, now) if pace == TopicPace.DEEP else None
        changes = {"pace": pace, "due_at": due_at, **class_of(list_item, topic.division, now)}
        return lifecycle.move(topic, "accept", by=by, now=now, changes=changes)


def refuse_topic(*, by: User, now: dt.datetime, topic: Topic, reason: str) -> Topic:
    """Refuse a topic that a resident raised; they read the reason.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: `by` may not, raised it, or it was answered already.
        ReasonMissing, WordsTooLong, PersonalNumbersFound: the reason is not fit.
    """
    why = fitting("reason", reason, LONGEST_REASON, is_required=False)
    if not why:
        raise ReasonMissing(field="reason")
    refuse_personal_numbers(reason=why)
    return lifecycle.move(topic, "refuse", by=by, now=now, reason=why, changes={"refusal": why, "due_at": None})


def edit_topic(
    *,
    by: User,
    now: dt.datetime,
    topic: Topic,
    version: int,
    title: str | None = None,
    text: str | None = None,
    affected: str | None = None,
    list_item: int | None = None,
    pace: str | None = None,
) -> Topic:
    """Correct a topic that is not announced yet; what is not given stays.

    Raises:
        TopicNotYours: `by` does not lead it.
        TopicChanged: somebody else has changed it since `version` was read.
        TopicAnnounced: what was announced holds.
        WordsMissing, WordsTooLong, PersonalNumbersFound, ItemUnknown: what was given is not fit.
    """
    with transaction.atomic():
        row = managed(topic, by)
        if row.status != TopicStatus.PREPARED:
            raise TopicAnnounced
        if row.version != version:
            raise TopicChanged
        before = {"title": row.title, "text": row.text[:200], "affected": row.affected, "list_item": row.list_item}
        if title is not None:
            row.title = fitting("title", title, LONGEST_TITLE)
        if text is not None:
            row.text = fitting("text", text, LONGEST_TEXT)
        if affected is not None:
            row.affected = fitting("affected", affected, LONGEST_AFFECTED, is_required=False)
        if pace is not None:
            row.pace = pace
            row.due_at = end_of(DEEP_DAYS, row.division, now) if pace == TopicPace.DEEP else None
        for name, found in class_of(list_item, row.division, now).items():
            setattr(row, name, found)
        refuse_personal_numbers(title=row.title, text=row.text, affected=row.affected)
        row.version += 1
        row.full_clean()
        row.save()
        after = {"title": row.title, "text": row.text[:200], "affected": row.affected, "list_item": row.list_item}
        audit.record(by=by, verb="consultation.topic.edited", row=row, now=now, before=before, after=after)
        return row


def escalate_overdue_topics(*, by: User, now: dt.datetime) -> list[int]:
    """Mark the topics whose clock has run out, so that the street sees them; each once. Harmless when repeated."""
    marked = []
    for key in list(Topic.objects.overdue(now).order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = Topic.objects.overdue(now).select_for_update(of=("self",)).filter(pk=key).first()
            if row is None:
                continue
            row.overdue_at = now
            row.save(update_fields=["overdue_at"])
            audit.record(by=by, verb="consultation.topic.overdue", row=row, now=now, after={"due_at": str(row.due_at)})
            payload = {"due_at": str(row.due_at), "status": row.status}
            outbox.emit(by=by, topic="consultation.topic.overdue", row=row, now=now, payload=payload)
        marked.append(key)
    return marked
