"""What the acts on a topic share: the locked row, who leads it, which verbs are open, which phases and items fit."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.policy.queries import value
from consultation.topics.models import Topic
from consultation.topics.policy import CONSULTATION_LIST, MOST_PHASES, PhaseKind, Verb, item_at
from consultation.topics.queries import open_verbs
from consultation.topics.refusals import ItemUnknown, PhasesDoNotFit, TopicNotYours, VerbClosed
from governance.calendar.days import DayKind, add_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communities.policy.policy import Parameter
    from communities.territory.models import Division
    from governance.accounts.models import User

Window = tuple[str, dt.datetime, dt.datetime]
"""The kind of a phase, when it opens, when it closes (half open)."""


def class_of(list_item: int | None, division: Division, now: dt.datetime) -> dict[str, object]:
    """Return the columns that say which item of the place's consultation list a topic is; other matters without one.

    Raises:
        ItemUnknown: the list has no such item.
    """
    if list_item is None:
        return {}
    found = item_at(value(CONSULTATION_LIST, division, timezone.localdate(now)), list_item)
    if found is None:
        raise ItemUnknown(field="list_item", number=list_item)
    return {"list_class": found[0], "list_item": list_item, "list_item_name": found[1]}


def check_windows(phases: Sequence[Window], after: dt.datetime | None = None) -> None:
    """Refuse phases that run backwards, overlap, or begin before the last one has ended."""
    if len(phases) > MOST_PHASES:
        raise PhasesDoNotFit(field="phases", what=_("A topic has a few phases only."))
    last = after
    for kind, opens_at, closes_at in sorted(phases, key=lambda phase: phase[1]):
        if kind not in PhaseKind.values:
            raise PhasesDoNotFit(field="phases", what=_("This kind of phase is not known."))
        if closes_at <= opens_at:
            raise PhasesDoNotFit(field="phases", what=_("A phase ends after it begins."))
        if last is not None and opens_at < last:
            raise PhasesDoNotFit(field="phases", what=_("The phases overlap. One ends before the next begins."))
        last = closes_at


def locked(topic: Topic) -> Topic:
    return Topic.objects.select_for_update(of=("self",)).select_related("division", "notice").get(pk=topic.pk)


def managed(topic: Topic, by: User) -> Topic:
    """Return the topic locked, if this person leads it."""
    row = locked(topic)
    if not by.has_perm("consultation.manage_topic", row):
        raise TopicNotYours
    return row


def check_verb(topic: Topic, verb: Verb, now: dt.datetime) -> None:
    if verb not in open_verbs(topic, now):
        raise VerbClosed(verb=verb.label)


def end_of(days: Parameter[int], division: Division, now: dt.datetime) -> dt.datetime:
    """Return the end of the last of so many working days."""
    today = timezone.localdate(now)
    last = add_days(today, value(days, division, today), DayKind.WORKING).on
    return timezone.make_aware(dt.datetime.combine(last + dt.timedelta(days=1), dt.time.min))
