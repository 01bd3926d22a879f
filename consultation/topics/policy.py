"""Phases of a topic: a phase type says which verbs are open while it runs (pure)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.policy.policy import declare, whole

LONGEST_TITLE = 120
LONGEST_TEXT = 10_000
LONGEST_AFFECTED = 200
LONGEST_OPINION = 1000
LONGEST_REASON = 200
MOST_PHASES = 10

OPINIONS_PER_PERSON = declare(
    "topic.opinions_per_person",
    _("One person may give on one topic at most"),
    unit="opinions",
    read=whole,
    default=5,
    basis="Default of this platform",
)


class PhaseKind(models.TextChoices):
    """What people do in a phase."""

    DISCUSSION = "DISCUSSION", _("discussion")
    VOTE = "VOTE", pgettext_lazy("phase", "vote")


class Verb(models.TextChoices):
    """What a person may want to do with a topic."""

    GIVE_OPINION = "GIVE_OPINION", _("give an opinion")
    SUPPORT_OPINION = "SUPPORT_OPINION", _("support an opinion")
    CAST_VOTE = "CAST_VOTE", _("cast a vote")


PHASE_VERBS: dict[str, frozenset[Verb]] = {
    PhaseKind.DISCUSSION: frozenset({Verb.GIVE_OPINION, Verb.SUPPORT_OPINION}),
    PhaseKind.VOTE: frozenset({Verb.CAST_VOTE}),
}
"""Permission is role times phase: outside its phase a verb is closed to everybody."""
