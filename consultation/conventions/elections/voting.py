"""The votes of an election: a secret ballot for each post, what its count says, and the next vote where seats are left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext, override

from communities.bodies.models import BodyKind
from consultation.ballots import operations as ballots
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import BallotMethod, RollSource
from consultation.ballots.policy import counted_from, frozen_terms
from consultation.conventions.elections import lifecycle as table
from consultation.conventions.elections import refusals
from consultation.conventions.elections.lifecycle import ElectionStatus
from consultation.conventions.elections.models import (
    CommitteeElection,
    ElectionCandidate,
    ElectionPost,
    ElectionRound,
    RoundCandidate,
)
from consultation.conventions.elections.policy import RULES, Chosen, choose, standing_again
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import NotAllowed

if TYPE_CHECKING:
    from governance.accounts.models import User

LONGEST_QUESTION = 200


@dataclass(frozen=True, slots=True)
class Call:
    """A vote to be called on a post: who stands, for how many seats, and when."""

    post: ElectionPost
    candidates: Sequence[ElectionCandidate]
    seats: int
    opens_at: dt.datetime
    closes_at: dt.datetime
    is_run_off: bool = False


def call_round(*, by: User, now: dt.datetime, today: dt.date, election: CommitteeElection, call: Call) -> ElectionRound:
    """Prepare and freeze the secret ballot of a vote on one post; the caller holds the election.

    Raises:
        RuleNotConfirmed, BindingNeedsDocument, TimesImpossible, FreezeTooLate, NoticeTooLate, …: as in the ballots room.
    """
    rules, last = RULES[BodyKind(election.body.kind)], call.post.rounds.count()
    ballot = ballots.prepare_ballot(
        by=by,
        now=now,
        division=election.division,
        question=_question(election, call, last + 1),
        rule_key=rules.run_off if call.is_run_off else rules.first,
        method=BallotMethod.SINGLE if call.seats == 1 else BallotMethod.APPROVAL,
        most_choices=call.seats,
        options=_options(call.candidates),
        opens_at=call.opens_at,
        closes_at=call.closes_at,
        roll_source=RollSource.VOTERS,
        voter_list=election.voter_list,
        is_secret=True,
        is_binding=True,
        approved_method=election.ordered_by,
    )
    row = ElectionRound.objects.create(
        post=call.post, number=last + 1, seats=call.seats, is_run_off=call.is_run_off, ballot=ballot
    )
    RoundCandidate.objects.bulk_create(
        RoundCandidate(round=row, candidate=one, number=number) for number, one in enumerate(call.candidates, start=1)
    )
    ballots.freeze_ballot(by=by, now=now, today=today, ballot=ballot)
    return row


def _question(election: CommitteeElection, call: Call, number: int) -> str:
    named = {"body": election.body.name, "seats": call.seats, "number": number}
    with override(settings.LANGUAGE_CODE):
        named["office"] = str(call.post.get_office_display())
        if number == 1:
            text = gettext("%(body)s: election of the %(office)s (%(seats)s to be elected)")
        elif call.is_run_off:
            text = gettext("%(body)s: run-off for the %(office)s (%(seats)s to be elected, vote %(number)s)")
        else:
            text = gettext("%(body)s: repeated election of the %(office)s (%(seats)s to be elected, vote %(number)s)")
        return (text % named)[:LONGEST_QUESTION]


def _options(candidates: Sequence[ElectionCandidate]) -> list[tuple[str, str]]:
    """Return the names as a ballot shows them; two of one name are told apart by their numbers."""
    names = [one.name for one in candidates]
    return [
        (one.name if names.count(one.name) == 1 else f"{one.name} ({one.number})", one.statement) for one in candidates
    ]


# --- What the count says ---------------------------------------------------------------------------------------------


def establish(*, by: User, now: dt.datetime, election: CommitteeElection) -> CommitteeElection:
    """Establish from the published results who is elected; called again after each further vote.

    Raises:
        NotAllowed, OwnElection, MoveClosed, MoveHindered: `by` may not, or a ballot has no published result.
    Basis: Organic Law of Villagers' Committees art. 15.
    """
    with transaction.atomic():
        row = hold(by, election)
        if row.status == ElectionStatus.NOMINATED:
            row = lifecycle.move(row, "establish", by=by, now=now)
        elif row.status != ElectionStatus.VOTED:
            return lifecycle.move(row, "establish", by=by, now=now)  # refuses with its own reason
        elif hindrance := table.ballots_are_published(row):
            raise lifecycle.MoveHindered(reason=hindrance)
        waiting = row.rounds().filter(evaluated_at=None).exclude(ballot__status=BallotStatus.CANCELLED)
        for one in waiting.select_related("ballot__result", "post"):
            _evaluate(by, now, row, one)
        return row


def hold(by: User, election: CommitteeElection) -> CommitteeElection:
    """Return the election, locked, for somebody who may run it and does not stand in it.

    Raises:
        NotAllowed, OwnElection.
    """
    row = CommitteeElection.objects.select_for_update(of=("self",)).for_detail().get(pk=election.pk)
    if not by.has_perm(table.RUN, row):
        raise NotAllowed
    if row.candidates.standing().filter(resident__user=by).exists():
        raise refusals.OwnElection
    return row


def chosen_in(row: ElectionRound) -> Chosen:
    """Say who is elected in a vote, by the rule that was frozen with its ballot."""
    ballot, result = row.ballot, row.ballot.result
    counted = counted_from(ballot.method, result.counts, result.cast, result.details)
    return choose(frozen_terms(ballot.frozen_text), counted, result.entitled, row.seats)


def _evaluate(by: User, now: dt.datetime, election: CommitteeElection, row: ElectionRound) -> None:
    found = chosen_in(row)
    elected = row.lineup.filter(number__in=found.elected).values("candidate")
    ElectionCandidate.objects.filter(pk__in=elected).update(elected_in=row)
    row.evaluated_at = now
    row.save(update_fields=["evaluated_at"])
    after = {"post": row.post_id, "vote": row.number, "elected": len(found.elected), "seats": row.seats}
    audit.record(by=by, verb="consultation.election.evaluated", row=election, now=now, after=after)


def call_next(
    *,
    by: User,
    now: dt.datetime,
    today: dt.date,
    election: CommitteeElection,
    opens_at: dt.datetime,
    closes_at: dt.datetime,
) -> list[ElectionRound]:
    """Call the next vote on every post that has seats left: a run-off between those with the most votes, or, where too
    few took part or a ballot was cancelled, the same vote again.

    Raises:
        NotAllowed, OwnElection.
        NothingToVote: no seat is left, or a vote is on its way.
        TimesImpossible, RuleNotConfirmed, …: as in the ballots room.
    Basis: Organic Law of Villagers' Committees art. 15.
    """
    with transaction.atomic():
        row = hold(by, election)
        if row.status not in {ElectionStatus.NOMINATED, ElectionStatus.VOTED}:
            raise refusals.NothingToVote
        calls = [
            call
            for post in row.posts.order_by("number")
            if (call := _next_of(row, post, opens_at, closes_at)) is not None
        ]
        if not calls:
            raise refusals.NothingToVote
        made = [call_round(by=by, now=now, today=today, election=row, call=call) for call in calls]
        after = {"votes": len(made), "run_offs": sum(1 for one in made if one.is_run_off), "opens_at": opens_at}
        audit.record(by=by, verb="consultation.election.called_again", row=row, now=now, after=after)
        return made


def _next_of(
    election: CommitteeElection, post: ElectionPost, opens_at: dt.datetime, closes_at: dt.datetime
) -> Call | None:
    latest = post.rounds.select_related("ballot").order_by("-number").first()
    if latest is None:
        return None
    lineup = list(latest.lineup.select_related("candidate").order_by("number"))
    people = [line.candidate for line in lineup]
    if latest.ballot.status == BallotStatus.CANCELLED:
        return Call(post, people, latest.seats, opens_at, closes_at, latest.is_run_off)
    if latest.evaluated_at is None:
        return None
    seats = post.seats - post.candidates.elected().count()
    if not seats:
        return None
    result = latest.ballot.result
    if not chosen_in(latest).has_quorum:
        return Call(post, people, seats, opens_at, closes_at, latest.is_run_off)
    counted = counted_from(latest.ballot.method, result.counts, result.cast, result.details)
    votes = {line.number: counted.votes(line.number) for line in lineup if line.candidate.elected_in_id is None}
    again = set(standing_again(votes, seats, election.surplus))
    standing = [line.candidate for line in lineup if line.number in again]
    return Call(post, standing, seats, opens_at, closes_at, is_run_off=True)
