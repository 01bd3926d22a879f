"""Limits of short statements (pure)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.policy.policy import declare, whole

LONGEST_STATEMENT = 140
MOST_STATEMENTS = 400
FEWEST_SHOWN = 5
"""Counts of fewer people are not shown, nor a group of fewer (Basis: public tables hide cells under five)."""
SIMILAR_FROM = 0.55
"""From this likeness of its pairs of characters on, a statement is shown as similar; measured on 197 statements."""
MOST_SIMILAR = 3

STATEMENTS_PER_PERSON = declare(
    "topic.statements_per_person",
    _("One person may propose on one topic at most"),
    unit="statements",
    read=whole,
    default=10,
    basis="Default of this platform",
)


class Position(models.TextChoices):
    """How somebody stands to a statement."""

    AGREE = "AGREE", pgettext_lazy("statement", "agree")
    DISAGREE = "DISAGREE", pgettext_lazy("statement", "disagree")
    PASS = "PASS", pgettext_lazy("statement", "pass")


SIGN: dict[str, int] = {Position.AGREE: 1, Position.DISAGREE: -1, Position.PASS: 0}


def pairs_of(text: str) -> frozenset[str]:
    """Return the pairs of neighboring characters of a text, its spaces and signs left out (for Chinese and English)."""
    plain = "".join(sign for sign in text.casefold() if sign.isalnum())
    return frozenset(plain[place : place + 2] for place in range(len(plain) - 1)) or frozenset({plain})


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return how alike two texts are by their pairs, from 0 to 1 (Dice)."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
