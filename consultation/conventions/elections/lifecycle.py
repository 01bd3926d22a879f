"""How an election of a committee (换届选举) runs, and how somebody becomes a candidate."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from consultation.conventions.elections.models import CommitteeElection, ElectionCandidate

RUN = "consultation.run_election"
REVIEW = "consultation.review_candidate"
FILE = "consultation.file_election"
LAWS = "Organic Law of Villagers' Committees arts. 11-20; Organic Law of Urban Residents' Committees art. 8"


class ElectionStatus(models.TextChoices):
    """Where an election stands."""

    PREPARING = "PREPARING", pgettext_lazy("election", "in preparation")
    LISTED = "LISTED", _("voter list posted")
    NOMINATED = "NOMINATED", _("candidates fixed")
    VOTED = "VOTED", _("voted")
    ANNOUNCED = "ANNOUNCED", _("result announced")
    FILED = "FILED", _("result filed")
    HANDED_OVER = "HANDED_OVER", _("handed over")
    CALLED_OFF = "CALLED_OFF", _("called off")
    ANNULLED = "ANNULLED", _("declared invalid")


class Standing(models.TextChoices):
    """Where a candidate stands."""

    NOMINATED = "NOMINATED", _("nominated")
    CLEARED = "CLEARED", _("fulfills the conditions")
    REFUSED = "REFUSED", _("does not fulfill the conditions")
    WITHDRAWN = "WITHDRAWN", _("has withdrawn")


STANDS = (Standing.NOMINATED, Standing.CLEARED)
"""Who has neither withdrawn nor been refused."""


def objections_are_ruled_on(election: CommitteeElection) -> StrOrPromise | None:
    """Hold the candidates back until the days for objections to the voter list are over, each objection ruled on."""
    if election.voter_list is None or not election.voter_list.is_settled:
        return _("The voter list can still be objected to. The candidates are fixed when its notice has closed.")
    if election.candidates.filter(status=Standing.NOMINATED).exists():
        return _("The conditions of some candidates have not been reviewed.")
    return None


def ballots_are_published(election: CommitteeElection) -> StrOrPromise | None:
    """Hold the result back until every ballot that was not cancelled has one."""
    states = {line.round.ballot.status for line in election.lineup} - {"CANCELLED"}
    if not states:
        return _("There has been no ballot.")
    if states != {"PUBLISHED"}:
        return _("A ballot of this election has no published result yet.")
    return None


def nothing_is_left_to_elect(election: CommitteeElection) -> StrOrPromise | None:
    """Hold the announcement back while a vote runs, or while nobody has tried to fill the seats that are left."""
    if hindrance := ballots_are_published(election):
        return hindrance
    latest = {line.round.post_id: line.round for line in election.lineup}  # the last of each post stays
    chosen = {line.candidate_id: line.candidate for line in election.lineup if line.candidate.elected_in_id}
    elected = Counter(one.post_id for one in chosen.values())
    for row in latest.values():
        if row.evaluated_at is None:
            return _("A ballot of this election has not been evaluated. Establish who is elected first.")
        if elected[row.post_id] < row.post.seats and not row.is_run_off:
            return _("Seats are left that no run-off has tried to fill. Call the next vote first.")
    return None


ELECTION = Lifecycle(
    "consultation.CommitteeElection",
    initial=ElectionStatus.PREPARING,
    terminal=frozenset({ElectionStatus.HANDED_OVER, ElectionStatus.CALLED_OFF, ElectionStatus.ANNULLED}),
    moves=(
        Move(
            "post_list",
            frozenset({ElectionStatus.PREPARING}),
            ElectionStatus.LISTED,
            permission=RUN,
            label=_("Post the voter list"),
            verb="consultation.election.listed",
            basis=LAWS,
            stamp="listed",
            fields=("voter_list", "earliest_on", "surplus", "women_needed"),
            event="consultation.election.listed",
        ),
        Move(
            "fix_candidates",
            frozenset({ElectionStatus.LISTED}),
            ElectionStatus.NOMINATED,
            permission=RUN,
            label=_("Fix the candidates and freeze the ballots"),
            verb="consultation.election.nominated",
            basis=LAWS,
            stamp="nominated",
            guard=objections_are_ruled_on,
            event="consultation.election.nominated",
        ),
        Move(
            "establish",
            frozenset({ElectionStatus.NOMINATED}),
            ElectionStatus.VOTED,
            permission=RUN,
            label=_("Establish who is elected"),
            verb="consultation.election.voted",
            basis=LAWS,
            stamp="voted",
            guard=ballots_are_published,
            event="consultation.election.voted",
        ),
        Move(
            "announce",
            frozenset({ElectionStatus.VOTED}),
            ElectionStatus.ANNOUNCED,
            permission=RUN,
            label=_("Announce the result; those elected take office"),
            verb="consultation.election.announced",
            basis=LAWS,
            stamp="announced",
            guard=nothing_is_left_to_elect,
            fields=("notice", "elected_body", "term_from", "term_to", "filing_due_on", "hand_over_due_on"),
            event="consultation.election.announced",
        ),
        Move(
            "file",
            frozenset({ElectionStatus.ANNOUNCED}),
            ElectionStatus.FILED,
            permission=FILE,
            label=_("Take the result into the file"),
            verb="consultation.election.filed",
            basis=LAWS,
            stamp="filed",
            apart_from=("announced",),
            fields=("filing_number",),
            event="consultation.election.filed",
        ),
        Move(
            "hand_over",
            frozenset({ElectionStatus.FILED}),
            ElectionStatus.HANDED_OVER,
            permission=RUN,
            label=_("Record the hand-over"),
            verb="consultation.election.handed_over",
            basis="Organic Law of Villagers' Committees art. 20",
            stamp="handed_over",
            fields=("hand_over_on", "hand_over_note"),
            event="consultation.election.handed_over",
        ),
        Move(
            "call_off",
            frozenset({ElectionStatus.PREPARING, ElectionStatus.LISTED, ElectionStatus.NOMINATED}),
            ElectionStatus.CALLED_OFF,
            permission=RUN,
            label=_("Call off"),
            verb="consultation.election.called_off",
            stamp="ended",
            needs_reason=True,
            fields=("end_reason",),
            event="consultation.election.called_off",
            waits=False,
        ),
        Move(
            "annul",
            frozenset({ElectionStatus.VOTED, ElectionStatus.ANNOUNCED, ElectionStatus.FILED}),
            ElectionStatus.ANNULLED,
            permission=FILE,
            label=_("Declare the election invalid"),
            verb="consultation.election.annulled",
            basis="Organic Law of Villagers' Committees art. 17",
            stamp="ended",
            apart_from=("announced",),
            needs_reason=True,
            fields=("end_reason",),
            event="consultation.election.annulled",
            waits=False,
        ),
    ),
)


def candidates_are_open(candidate: ElectionCandidate) -> StrOrPromise | None:
    """Let nobody come or go once the candidates are fixed."""
    if candidate.election.status not in {ElectionStatus.PREPARING, ElectionStatus.LISTED}:
        return _("The candidates of this election are fixed.")
    return None


CANDIDATE = Lifecycle(
    "consultation.ElectionCandidate",
    initial=Standing.NOMINATED,
    terminal=frozenset({Standing.REFUSED, Standing.WITHDRAWN}),
    moves=(
        Move(
            "clear",
            frozenset({Standing.NOMINATED}),
            Standing.CLEARED,
            permission=REVIEW,
            label=_("Confirm the conditions"),
            verb="consultation.candidate.cleared",
            basis=LAWS,
            stamp="reviewed",
            apart_from=("entered",),
            guard=candidates_are_open,
        ),
        Move(
            "refuse",
            frozenset({Standing.NOMINATED, Standing.CLEARED}),
            Standing.REFUSED,
            permission=REVIEW,
            label=pgettext_lazy("candidate", "Refuse"),
            verb="consultation.candidate.refused",
            basis=LAWS,
            stamp="reviewed",
            apart_from=("entered",),
            guard=candidates_are_open,
            needs_reason=True,
            fields=("refusal",),
            waits=False,
        ),
        Move(
            "withdraw",
            frozenset({Standing.NOMINATED, Standing.CLEARED}),
            Standing.WITHDRAWN,
            permission=RUN,
            label=pgettext_lazy("candidate", "Record a withdrawal"),
            verb="consultation.candidate.withdrawn",
            stamp="withdrawn",
            guard=candidates_are_open,
            needs_reason=True,
            waits=False,
        ),
    ),
)
