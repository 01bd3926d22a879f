"""How a demand for the recall of a committee member (罢免) runs to its vote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.conventions.recalls.policy import LAWS
from governance.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from consultation.conventions.recalls.models import Recall

RUN = "consultation.run_recall"
REVIEW = "consultation.review_recall"


class RecallStatus(models.TextChoices):
    """Where a demand for a recall stands."""

    RECEIVED = "RECEIVED", pgettext_lazy("recall", "demand received")
    VERIFIED = "VERIFIED", pgettext_lazy("recall", "signatures checked")
    LISTED = "LISTED", pgettext_lazy("recall", "vote called")
    BALLOTED = "BALLOTED", pgettext_lazy("recall", "ballot frozen")
    RECALLED = "RECALLED", _("recalled")
    KEPT = "KEPT", _("not recalled")
    REFUSED = "REFUSED", pgettext_lazy("recall", "demand not valid")
    DROPPED = "DROPPED", pgettext_lazy("recall", "ended without a vote")


RUNNING = (RecallStatus.RECEIVED, RecallStatus.VERIFIED, RecallStatus.LISTED, RecallStatus.BALLOTED)
"""Between the demand and the result."""


def list_is_settled(recall: Recall) -> StrOrPromise | None:
    """Hold the ballot back until the days for objections to the voter list are over, each objection ruled on."""
    if recall.voter_list is None or not recall.voter_list.is_settled:
        return _("The voter list can still be objected to. The ballot is frozen when its notice has closed.")
    return None


def ballot_says_recalled(recall: Recall) -> StrOrPromise | None:
    """Hold the result back until the ballot has one, and let nobody be recalled against it."""
    if recall.ballot is None or recall.ballot.status != "PUBLISHED":
        return _("The ballot on this recall has no published result yet.")
    if not recall.ballot.result.is_passed:
        return _("The voters have not recalled the member.")
    return None


def ballot_says_kept(recall: Recall) -> StrOrPromise | None:
    """Hold the result back until the ballot has one, and let nobody stay against it."""
    if recall.ballot is None or recall.ballot.status != "PUBLISHED":
        return _("The ballot on this recall has no published result yet.")
    if recall.ballot.result.is_passed:
        return _("The voters have recalled the member.")
    return None


RECALL = Lifecycle(
    "consultation.Recall",
    initial=RecallStatus.RECEIVED,
    terminal=frozenset({RecallStatus.RECALLED, RecallStatus.KEPT, RecallStatus.REFUSED, RecallStatus.DROPPED}),
    moves=(
        Move(
            "verify",
            frozenset({RecallStatus.RECEIVED}),
            RecallStatus.VERIFIED,
            permission=REVIEW,
            label=_("Find the demand valid"),
            verb="consultation.recall.verified",
            basis=LAWS,
            stamp="verified",
            apart_from=("received",),
            fields=("signed", "defense_due_on", "vote_due_on"),
        ),
        Move(
            "refuse",
            frozenset({RecallStatus.RECEIVED}),
            RecallStatus.REFUSED,
            permission=REVIEW,
            label=_("Find the demand not valid"),
            verb="consultation.recall.refused",
            basis=LAWS,
            stamp="ended",
            apart_from=("received",),
            needs_reason=True,
            fields=("end_reason",),
            waits=False,
        ),
        Move(
            "call_vote",
            frozenset({RecallStatus.VERIFIED}),
            RecallStatus.LISTED,
            permission=RUN,
            label=_("Call the vote and post the voter list"),
            verb="consultation.recall.listed",
            basis=LAWS,
            stamp="listed",
            fields=("voter_list", "ordered_by", "opens_at", "closes_at"),
            event="consultation.recall.listed",
        ),
        Move(
            "freeze",
            frozenset({RecallStatus.LISTED}),
            RecallStatus.BALLOTED,
            permission=RUN,
            label=_("Freeze the ballot with the corrected list"),
            verb="consultation.recall.balloted",
            basis=LAWS,
            stamp="frozen",
            guard=list_is_settled,
            fields=("ballot",),
            event="consultation.recall.balloted",
        ),
        Move(
            "recall",
            frozenset({RecallStatus.BALLOTED}),
            RecallStatus.RECALLED,
            permission=RUN,
            label=_("Establish that the member is recalled"),
            verb="consultation.recall.recalled",
            basis=LAWS,
            stamp="decided",
            guard=ballot_says_recalled,
            fields=("seat_ended_on", "by_election_due_on"),
            event="consultation.recall.recalled",
        ),
        Move(
            "keep",
            frozenset({RecallStatus.BALLOTED}),
            RecallStatus.KEPT,
            permission=RUN,
            label=_("Establish that the member stays"),
            verb="consultation.recall.kept",
            basis=LAWS,
            stamp="decided",
            guard=ballot_says_kept,
            event="consultation.recall.kept",
        ),
        Move(
            "drop",
            frozenset(RUNNING),
            RecallStatus.DROPPED,
            permission=RUN,
            label=pgettext_lazy("recall", "End without a vote"),
            verb="consultation.recall.dropped",
            stamp="ended",
            needs_reason=True,
            fields=("end_reason",),
            event="consultation.recall.dropped",
            waits=False,
        ),
    ),
)
