"""How a topic (议题) goes from its notice to its end, and which verbs each phase opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from consultation.topics.models import Topic


class TopicStatus(models.TextChoices):
    """Where a topic stands."""

    RAISED = "RAISED", _("raised")
    REFUSED = "REFUSED", _("refused")
    PREPARED = "PREPARED", _("in preparation")
    ANNOUNCED = "ANNOUNCED", _("announced")
    DELIBERATED = "DELIBERATED", _("under deliberation")
    DECIDED = "DECIDED", _("decided")
    CLOSED = "CLOSED", pgettext_lazy("topic", "closed")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


def has_a_decision(topic: Topic) -> StrOrPromise | None:
    """Hold a topic back until there is a decision to record (the room above holds the foreign key)."""
    if not topic.decisions.exists():
        return _("There is no decision on this topic yet. Draft the decision from its ballot.")
    return None


TOPIC = Lifecycle(
    "consultation.Topic",
    initial=TopicStatus.RAISED,
    also_begins=(TopicStatus.PREPARED,),
    terminal=frozenset({TopicStatus.CLOSED, TopicStatus.WITHDRAWN, TopicStatus.REFUSED}),
    moves=(
        Move(
            "accept",
            frozenset({TopicStatus.RAISED}),
            TopicStatus.PREPARED,
            permission="consultation.manage_topic",
            label=pgettext_lazy("topic", "Accept"),
            verb="consultation.topic.accepted",
            basis="Opinion on urban and rural community consultation 2015",
            stamp="accepted",
            apart_from=("raised",),
            fields=("due_at", "pace", "list_class", "list_item", "list_item_name", "affected"),
            event="consultation.topic.accepted",
        ),
        Move(
            "refuse",
            frozenset({TopicStatus.RAISED}),
            TopicStatus.REFUSED,
            permission="consultation.manage_topic",
            label=pgettext_lazy("topic", "Refuse"),
            verb="consultation.topic.refused",
            basis="Opinion on urban and rural community consultation 2015",
            stamp="refused",
            apart_from=("raised",),
            needs_reason=True,
            fields=("refusal", "due_at"),
            event="consultation.topic.refused",
        ),
        Move(
            "announce",
            frozenset({TopicStatus.PREPARED}),
            TopicStatus.ANNOUNCED,
            permission="consultation.manage_topic",
            label=_("Announce"),
            verb="consultation.topic.announced",
            basis="Opinion on urban and rural community consultation 2015",
            stamp="announced",
            fields=("notice", "due_at"),
            event="consultation.topic.announced",
        ),
        Move(
            "begin_deliberation",
            frozenset({TopicStatus.ANNOUNCED}),
            TopicStatus.DELIBERATED,
            permission="consultation.manage_topic",
            label=_("Begin the deliberation"),
            verb="consultation.topic.deliberated",
            basis="Opinion on urban and rural community consultation 2015",
            stamp="deliberated",
            event="consultation.topic.deliberated",
            waits=False,  # the clock begins it when its first phase opens
        ),
        Move(
            "record_decision",
            frozenset({TopicStatus.DELIBERATED}),
            TopicStatus.DECIDED,
            permission="consultation.manage_topic",
            label=_("Record the decision"),
            verb="consultation.topic.decided",
            stamp="decided",
            guard=has_a_decision,
            event="consultation.topic.decided",
            waits=False,
        ),
        Move(
            "reopen",
            frozenset({TopicStatus.DECIDED}),
            TopicStatus.DELIBERATED,
            permission="consultation.manage_topic",
            label=_("Reopen"),
            verb="consultation.topic.reopened",
            needs_reason=True,
            event="consultation.topic.reopened",
        ),
        Move(
            "close",
            frozenset({TopicStatus.DECIDED, TopicStatus.DELIBERATED}),
            TopicStatus.CLOSED,
            permission="consultation.manage_topic",
            label=pgettext_lazy("topic", "Close"),
            verb="consultation.topic.closed",
            stamp="closed",
            needs_reason=True,
            event="consultation.topic.closed",
        ),
        Move(
            "withdraw",
            frozenset({TopicStatus.PREPARED, TopicStatus.ANNOUNCED}),
            TopicStatus.WITHDRAWN,
            permission="consultation.manage_topic",
            label=_("Withdraw"),
            verb="consultation.topic.withdrawn",
            stamp="closed",
            needs_reason=True,
            event="consultation.topic.withdrawn",
        ),
    ),
)
