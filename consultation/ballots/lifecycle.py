"""How a ballot runs: freeze, open, close, count, publish; there is no way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from consultation.ballots.models import Ballot


class BallotStatus(models.TextChoices):
    """Where a ballot stands."""

    DRAFT = "DRAFT", _("in preparation")
    FROZEN = "FROZEN", _("frozen")
    OPEN = "OPEN", pgettext_lazy("ballot", "open")
    CLOSED = "CLOSED", pgettext_lazy("ballot", "closed")
    COUNTED = "COUNTED", _("counted")
    PUBLISHED = "PUBLISHED", pgettext_lazy("ballot", "published")
    CANCELLED = "CANCELLED", _("cancelled")


def nothing_stands_against_it(ballot: Ballot) -> StrOrPromise | None:
    """Hold the opening back without a notice, when an objection to it was upheld, when the rule of a binding ballot is
    not confirmed, or when the topic has come to an end."""
    if ballot.notice is None:
        return _("Nobody was told of this ballot: it has no notice.")
    if ballot.is_binding and ballot.rule.awaits_confirmation:
        return _("The district has not confirmed the rule of this ballot from the text of the law.")
    if ballot.notice.objections.filter(outcome="UPHELD").exists():
        return _("An objection to the notice of this ballot was upheld. The ballot must be cancelled.")
    if ballot.topic is not None and ballot.topic.status != "DELIBERATED":
        return _("The topic is no longer under deliberation. The ballot must be cancelled.")
    return None


def topic_is_voted_on(ballot: Ballot) -> StrOrPromise | None:
    """Hold the freeze back until the ballot's topic is under deliberation."""
    if ballot.topic is not None and ballot.topic.status != "DELIBERATED":
        named = {"topic": ballot.topic.title, "status": ballot.topic.get_status_display()}
        return _("The topic “%(topic)s” is “%(status)s”. It is voted on while it is under deliberation.") % named
    return None


def box_is_complete(ballot: Ballot) -> StrOrPromise | None:
    """Hold the closing of a secret ballot back while a batch is on its way into the box; nobody votes meanwhile."""
    if ballot.is_secret and (waiting := ballot.batches.filter(status="OPEN").count()):
        return _("%(count)s batches of papers are being entered. They go into the box before it is mixed.") % {
            "count": waiting
        }
    return None


def papers_are_checked(ballot: Ballot) -> StrOrPromise | None:
    """Hold the count back while paper votes wait for their second person, or batches to be accepted."""
    if open_ones := ballot.batches.filter(status="OPEN").count():
        return _("%(count)s batches of paper votes have been neither accepted nor given up.") % {"count": open_ones}
    waiting = ballot.papers.filter(checked_at=None, voided_at=None).count()
    if waiting:
        return _("%(count)s paper votes have not been checked by a second person.") % {"count": waiting}
    return None


BALLOT = Lifecycle(
    "consultation.Ballot",
    initial=BallotStatus.DRAFT,
    terminal=frozenset({BallotStatus.PUBLISHED, BallotStatus.CANCELLED}),
    moves=(
        Move(
            "freeze",
            frozenset({BallotStatus.DRAFT}),
            BallotStatus.FROZEN,
            permission="consultation.manage_ballot",
            label=_("Freeze roll and options"),
            verb="consultation.ballot.frozen",
            basis="Organic Law of Urban Residents' Committees; default of this platform: fingerprint before the first vote",
            stamp="frozen",
            guard=topic_is_voted_on,
            fields=("frozen_text", "fingerprint", "notice", "electorate_on", "entitled", "area"),
            event="consultation.ballot.frozen",
        ),
        Move(
            "open",
            frozenset({BallotStatus.FROZEN}),
            BallotStatus.OPEN,
            permission=SYSTEM,
            label=_("Open"),
            verb="consultation.ballot.opened",
            stamp="opened",
            guard=nothing_stands_against_it,
            event="consultation.ballot.opened",
        ),
        Move(
            "close",
            frozenset({BallotStatus.OPEN}),
            BallotStatus.CLOSED,
            permission=SYSTEM,
            label=pgettext_lazy("ballot", "Close"),
            verb="consultation.ballot.closed",
            stamp="closed",
            guard=box_is_complete,
            event="consultation.ballot.closed",
        ),
        Move(
            "count",
            frozenset({BallotStatus.CLOSED}),
            BallotStatus.COUNTED,
            permission="consultation.count_ballot",
            label=_("Count"),
            verb="consultation.ballot.counted",
            stamp="counted",
            guard=papers_are_checked,
            event="consultation.ballot.counted",
        ),
        Move(
            "publish",
            frozenset({BallotStatus.COUNTED}),
            BallotStatus.PUBLISHED,
            permission="consultation.count_ballot",
            label=_("Publish the result"),
            verb="consultation.ballot.published",
            stamp="published",
            apart_from=("counted",),
            event="consultation.ballot.published",
        ),
        Move(
            "cancel",
            frozenset({BallotStatus.DRAFT, BallotStatus.FROZEN}),
            BallotStatus.CANCELLED,
            permission="consultation.manage_ballot",
            label=_("Cancel"),
            verb="consultation.ballot.cancelled",
            needs_reason=True,
            event="consultation.ballot.cancelled",
        ),
    ),
)
