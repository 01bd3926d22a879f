"""How a fair of projects and the intentions that are noted there proceed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from projects.market.fairs.models import MatchFair


class FairStatus(models.TextChoices):
    """Where a fair stands."""

    PLANNED = "PLANNED", pgettext_lazy("fair", "planned")
    OPEN = "OPEN", pgettext_lazy("fair", "open for intentions")
    CLOSED = "CLOSED", pgettext_lazy("fair", "closed")
    CANCELLED = "CANCELLED", pgettext_lazy("fair", "cancelled")


class IntentionStatus(models.TextChoices):
    """Where an intention stands."""

    NOTED = "NOTED", pgettext_lazy("fair", "noted")
    SIGNED = "SIGNED", pgettext_lazy("fair", "contract signed")
    DROPPED = "DROPPED", pgettext_lazy("fair", "dropped")


def has_projects(row: MatchFair) -> StrOrPromise | None:
    """Refuse to open a fair that has nothing to show."""
    return None if row.projects.exists() else _("Enter the projects of the fair first.")


MATCH_FAIR = Lifecycle(
    "projects.MatchFair",
    initial=FairStatus.PLANNED,
    terminal=frozenset({FairStatus.CLOSED, FairStatus.CANCELLED}),
    moves=(
        Move(
            "open",
            frozenset({FairStatus.PLANNED}),
            FairStatus.OPEN,
            permission="projects.manage_fair",
            label=pgettext_lazy("fair", "Open for intentions"),
            verb="projects.match_fair.opened",
            stamp="opened",
            guard=has_projects,
            event="projects.match_fair.opened",
        ),
        Move(
            "close",
            frozenset({FairStatus.OPEN}),
            FairStatus.CLOSED,
            permission="projects.manage_fair",
            label=pgettext_lazy("fair", "Close the fair"),
            verb="projects.match_fair.closed",
            stamp="closed",
        ),
        Move(
            "cancel",
            frozenset({FairStatus.PLANNED}),
            FairStatus.CANCELLED,
            permission="projects.manage_fair",
            label=pgettext_lazy("fair", "Cancel the fair"),
            verb="projects.match_fair.cancelled",
            needs_reason=True,
            waits=False,
        ),
    ),
)

FAIR_INTENTION = Lifecycle(
    "projects.FairIntention",
    initial=IntentionStatus.NOTED,
    terminal=frozenset({IntentionStatus.SIGNED, IntentionStatus.DROPPED}),
    moves=(
        Move(
            "sign",
            frozenset({IntentionStatus.NOTED}),
            IntentionStatus.SIGNED,
            permission="projects.manage_fair",
            label=pgettext_lazy("fair", "Note the signed contract"),
            verb="projects.fair_intention.signed",
            stamp="settled",
            fields=("contract", "reference"),
            event="projects.fair_intention.signed",
        ),
        Move(
            "drop",
            frozenset({IntentionStatus.NOTED}),
            IntentionStatus.DROPPED,
            permission="projects.drop_intention",
            label=pgettext_lazy("fair", "Drop"),
            verb="projects.fair_intention.dropped",
            stamp="settled",
            needs_reason=True,
            waits=False,
        ),
    ),
)
