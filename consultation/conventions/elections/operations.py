"""Elections of committees from the plan to the hand-over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from communities.bodies.models import BodyKind
from communities.bodies.queries import women_needed
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from consultation.ballots.policy import FEWEST_OPTIONS
from consultation.ballots.rolls import listing
from consultation.ballots.rolls.lists import ListedVoter, VoterList
from consultation.conventions.elections import lifecycle as table
from consultation.conventions.elections import refusals, voting
from consultation.conventions.elections.lifecycle import ElectionStatus, Standing
from consultation.conventions.elections.models import CommitteeElection, ElectionCandidate, ElectionPost
from consultation.conventions.elections.policy import (
    COMMITTEE_SIZE,
    LIST_DAYS,
    LONGEST_STATEMENT,
    MOST_CANDIDATES,
    MOST_POSTS,
    OBJECTION_DAYS,
    RULES,
    SURPLUS,
    ElectionKind,
    Office,
    earliest_voting,
    women_reserved,
)
from consultation.conventions.elections.queries import committee_seat_of, on_list, size_range
from consultation.conventions.elections.voting import hold
from consultation.matters.policy import fitting
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import NotAllowed

if TYPE_CHECKING:
    from communities.bodies.models import Body
    from communities.people.models import Resident
    from communities.policy.models import PolicyDocument
    from governance.accounts.models import User


@dataclass(frozen=True, slots=True)
class PostPlan:
    """A post to be elected."""

    office: str
    seats: int = 1
    for_women: bool = False


@dataclass(frozen=True, slots=True)
class Nomination:
    """Whom the voters put forward, for which post."""

    post: ElectionPost
    resident: Resident
    is_woman: bool
    nominators: int = 0
    statement: str = ""


def plan_election(
    *,
    by: User,
    now: dt.datetime,
    body: Body,
    committee: Body,
    ordered_by: PolicyDocument,
    opens_at: dt.datetime,
    closes_at: dt.datetime,
    posts: Sequence[PostPlan],
    kind: str = ElectionKind.TERM,
) -> CommitteeElection:
    """Plan the election of a committee; nobody but the staff sees it before its voter list is posted.

    Raises:
        NotAllowed: `by` does not work in the place.
        NotElected, ElectionRunning, CommitteeUnfit, VotingTimesImpossible, PostsImpossible.
    Basis: Organic Law of Villagers' Committees arts. 11, 12; Organic Law of Urban Residents' Committees art. 8.
    """
    if not by.has_perm(table.RUN, body):
        raise NotAllowed
    if body.kind not in RULES or kind not in ElectionKind.values:
        raise refusals.NotElected(field="body", body=body)
    if committee.kind != BodyKind.ELECTION_COMMITTEE or committee.division_id != body.division_id:
        raise refusals.CommitteeUnfit(field="committee", reason=_("Name the election committee of this place."))
    if not now < opens_at < closes_at:
        raise refusals.VotingTimesImpossible(field="opens_at")
    _check_posts(body, kind, posts, timezone.localdate(opens_at))
    row = CommitteeElection(
        body=body,
        division=body.division,
        kind=kind,
        committee=committee,
        ordered_by=ordered_by,
        opens_at=opens_at,
        closes_at=closes_at,
        planned_at=now,
        planned_by=by,
    )
    try:
        with transaction.atomic():
            row.full_clean(validate_constraints=False)
            row.save()
            ElectionPost.objects.bulk_create(
                ElectionPost(election=row, number=number, office=one.office, seats=one.seats, for_women=one.for_women)
                for number, one in enumerate(posts, start=1)
            )
            after = {"kind": kind, "opens_at": opens_at, "seats": sum(one.seats for one in posts)}
            audit.record(by=by, verb="consultation.election.planned", row=row, now=now, after=after)
    except IntegrityError as error:
        if "committeeelection_one_on_its_way" in str(error):
            raise refusals.ElectionRunning(field="body", body=body) from error
        raise
    return row


def _check_posts(body: Body, kind: str, posts: Sequence[PostPlan], day: dt.date) -> None:
    offices = [one.office for one in posts]
    seats = sum(one.seats for one in posts)
    reason = ""
    if not posts or len(posts) > MOST_POSTS or any(one.seats < 1 or one.office not in Office.values for one in posts):
        reason = _("Name the posts with at least one seat each.")
    elif offices.count(Office.CHAIR) > 1 or any(one.office == Office.CHAIR and one.seats > 1 for one in posts):
        reason = _("A committee has one director.")
    elif kind == ElectionKind.TERM and Office.CHAIR not in offices:
        reason = _("The committee of a new term is elected with its director.")
    elif kind == ElectionKind.TERM and not _fits(seats, size_range(body, day)):
        low, high = size_range(body, day)
        reason = _("The committee has %(low)s to %(high)s members; the posts have %(seats)s seats.") % {
            "low": low,
            "high": high,
            "seats": seats,
        }
    if reason:
        raise refusals.PostsImpossible(field="posts", reason=reason)


def _fits(count: int, size: tuple[int, int]) -> bool:
    return size[0] <= count <= size[1]


def move_voting(
    *, by: User, now: dt.datetime, election: CommitteeElection, opens_at: dt.datetime, closes_at: dt.datetime
) -> CommitteeElection:
    """Put the voting to other times, while the voter list has not been posted.

    Raises:
        NotAllowed, OwnElection, VotingTimesImpossible.
        NominationsClosed: the voting day was announced with the list.
    """
    if not now < opens_at < closes_at:
        raise refusals.VotingTimesImpossible(field="opens_at")
    with transaction.atomic():
        row = hold(by, election)
        if row.status != ElectionStatus.PREPARING:
            raise lifecycle.MoveClosed(move=_("Change the voting times"), status=row.get_status_display())
        before = {"opens_at": row.opens_at}
        row.opens_at, row.closes_at = opens_at, closes_at
        row.save(update_fields=["opens_at", "closes_at"])
        after = {"opens_at": opens_at, "closes_at": closes_at}
        audit.record(by=by, verb="consultation.election.rescheduled", row=row, now=now, before=before, after=after)
    return row


# --- The voter list --------------------------------------------------------------------------------------------------


def post_list(*, by: User, now: dt.datetime, today: dt.date, election: CommitteeElection) -> CommitteeElection:
    """Post the list of the voters with posts, voting day and election committee; from now on all of it is public.

    Raises:
        MoveForbidden, MoveClosed, OwnElection: `by` may not, or not now.
        CommitteeUnfit, VotingTooEarly, WomenMissing, ListEmpty.
    Basis: Organic Law of Villagers' Committees arts. 6, 12, 14.
    """
    with transaction.atomic():
        row = hold(by, election)
        if row.status != ElectionStatus.PREPARING:
            return lifecycle.move(row, "post_list", by=by, now=now)  # refuses with its own reason
        _check_committee(row.committee, today)
        voting_on, days = timezone.localdate(row.opens_at), value(LIST_DAYS, row.division, today)
        earliest = earliest_voting(today, days)
        if voting_on < earliest:
            raise refusals.VotingTooEarly(field="opens_at", days=days, earliest=earliest)
        needed = _check_women(row, today)
        found = listing.make_list(by=by, now=now, division=row.division, voting_on=voting_on)
        with override(settings.LANGUAGE_CODE):
            title = _("Voter list: %(body)s") % {"body": row.body.name}
        found = listing.post_list(
            by=by,
            now=now,
            voter_list=found,
            title=title,
            days=value(OBJECTION_DAYS, row.division, today),
            basis=OBJECTION_DAYS.basis,
        )
        changes = {
            "voter_list": found,
            "earliest_on": earliest,
            "surplus": value(SURPLUS, row.division, today),
            "women_needed": needed,
        }
        return lifecycle.move(row, "post_list", by=by, now=now, changes=changes)


def _check_committee(committee: Body, today: dt.date) -> None:
    members = list(committee.voting_members(today))
    low, high = value(COMMITTEE_SIZE, committee.division, today)
    reason = ""
    if not low <= len(members) <= high:
        reason = _("The election committee has %(count)s members; %(low)s to %(high)s are required.") % {
            "count": len(members),
            "low": low,
            "high": high,
        }
    elif not any(member.is_chair for member in members):
        reason = _("The election committee has no chair.")
    if reason:
        raise refusals.CommitteeUnfit(reason=reason)


def _check_women(election: CommitteeElection, today: dt.date) -> int:
    """Return how many women the posts must bring in; refuse posts that can't."""
    needed = women_needed(election.body, 0, today)
    if election.kind == ElectionKind.BY_ELECTION:
        needed = max(needed - election.body.voting_members(today).filter(is_woman=True).count(), 0)
    reserved = women_reserved(list(election.posts.values_list("seats", "for_women")))
    if reserved < needed:
        raise refusals.WomenMissing(needed=needed, reserved=reserved)
    return needed


def add_voter(
    *, by: User, now: dt.datetime, election: CommitteeElection, resident: Resident, ground: str, reason: str
) -> ListedVoter:
    """Add a voter to the posted list, as on an objection.

    Raises:
        NotAllowed, OwnElection, NominationsClosed.
        WordsMissing, VoterTooYoung, VoterListed, ListInUse: as in `listing.add_voter`.
    """
    with transaction.atomic():
        row = _listed(hold(by, election))
        return listing.add_voter(by=by, now=now, voter_list=row, resident=resident, ground=ground, reason=reason)


def strike_voter(
    *, by: User, now: dt.datetime, election: CommitteeElection, resident: Resident, reason: str
) -> ListedVoter:
    """Strike somebody from the posted list, as on an objection; a candidate withdraws or is refused first.

    Raises:
        NotAllowed, OwnElection, NominationsClosed, CandidateNotListed, CandidateTwice.
        WordsMissing, VoterStruck, ListInUse: as in `listing.strike_voter`.
    """
    with transaction.atomic():
        row = hold(by, election)
        voter = _listed(row).voters.filter(resident=resident).first()
        if voter is None:
            raise refusals.CandidateNotListed(field="resident", name=resident.name)
        if row.candidates.standing().filter(resident=resident).exists():
            raise refusals.CandidateTwice(field="resident", name=resident.name)
        return listing.strike_voter(by=by, now=now, voter=voter, reason=reason)


def _listed(election: CommitteeElection) -> VoterList:
    if election.status != ElectionStatus.LISTED or election.voter_list is None:
        raise refusals.NominationsClosed
    return election.voter_list


# --- Candidates ------------------------------------------------------------------------------------------------------


def nominate(
    *, by: User, now: dt.datetime, today: dt.date, election: CommitteeElection, nomination: Nomination
) -> ElectionCandidate:
    """Enter somebody whom registered voters have nominated for a post.

    Raises:
        NotAllowed, OwnElection, NominationsClosed, CandidatesFull, PostElsewhere.
        CandidateNotListed, CandidateOnCommittee, CandidateTwice, PostKeptForWomen: this person can't stand so.
        WordsTooLong, PersonalNumbersFound.
    Basis: Organic Law of Villagers' Committees arts. 12, 15.
    """
    post, resident = nomination.post, nomination.resident
    said = fitting("statement", nomination.statement, LONGEST_STATEMENT, is_required=False)
    refuse_personal_numbers(statement=said)
    with transaction.atomic():
        row = hold(by, election)
        if row.status != ElectionStatus.LISTED:
            raise refusals.NominationsClosed
        if resident.user_id == by.pk:
            raise refusals.OwnElection(field="resident")
        if post.election_id != row.pk:
            raise refusals.PostElsewhere(field="post")
        _check_person(row, resident, today)
        if post.for_women and not nomination.is_woman:
            raise refusals.PostKeptForWomen(field="is_woman")
        number = (row.candidates.aggregate(last=Max("number"))["last"] or 0) + 1
        if number > MOST_CANDIDATES:
            raise refusals.CandidatesFull(most=MOST_CANDIDATES)
        candidate = ElectionCandidate(
            election=row,
            post=post,
            resident=resident,
            number=number,
            name=resident.name,
            is_woman=nomination.is_woman,
            nominators=nomination.nominators,
            statement=said,
            entered_at=now,
            entered_by=by,
        )
        candidate.full_clean(validate_unique=False, validate_constraints=False)
        candidate.save()
        after = {"election": row.pk, "post": post.pk, "number": number, "nominators": nomination.nominators}
        audit.record(by=by, verb="consultation.candidate.nominated", row=candidate, now=now, after=after)
    return candidate


def _check_person(election: CommitteeElection, resident: Resident, today: dt.date) -> None:
    if not on_list(election, resident):
        raise refusals.CandidateNotListed(field="resident", name=resident.name)
    if committee_seat_of(election, resident, today):
        raise refusals.CandidateOnCommittee(field="resident", name=resident.name)
    if election.candidates.standing().filter(resident=resident).exists():
        raise refusals.CandidateTwice(field="resident", name=resident.name)


def clear_candidate(*, by: User, now: dt.datetime, candidate: ElectionCandidate) -> ElectionCandidate:
    """Confirm that a candidate fulfills the conditions.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered, SamePerson.
    Basis: Organic Law of Villagers' Committees art. 15.
    """
    return lifecycle.move(candidate, "clear", by=by, now=now)


def refuse_candidate(*, by: User, now: dt.datetime, candidate: ElectionCandidate, reason: str) -> ElectionCandidate:
    """Refuse a candidate who does not fulfill a condition, which is named to them.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered, SamePerson, ReasonMissing.
    """
    said = fitting("reason", reason, LONGEST_STATEMENT, is_required=False)
    refuse_personal_numbers(reason=said)
    return lifecycle.move(candidate, "refuse", by=by, now=now, reason=said, changes={"refusal": said})


def withdraw_candidate(*, by: User, now: dt.datetime, candidate: ElectionCandidate, reason: str) -> ElectionCandidate:
    """Record that a candidate has withdrawn, before the candidates are fixed.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered, ReasonMissing.
    """
    refuse_personal_numbers(reason=reason)
    return lifecycle.move(candidate, "withdraw", by=by, now=now, reason=reason)


def fix_candidates(*, by: User, now: dt.datetime, today: dt.date, election: CommitteeElection) -> CommitteeElection:
    """Fix the candidates of every post and freeze a secret ballot for each, with the corrected list as its roll.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered, OwnElection: `by` may not, or not now.
        TooFewCandidates, CandidateNotListed, CandidateOnCommittee.
        RuleNotConfirmed, BindingNeedsDocument, FreezeTooLate, NoticeTooLate, …: as in the ballots room.
    Basis: Organic Law of Villagers' Committees art. 15.
    """
    with transaction.atomic():
        row = hold(by, election)
        step = lifecycle.of(row).by_name["fix_candidates"]
        if row.status not in step.sources or table.objections_are_ruled_on(row):
            return lifecycle.move(row, "fix_candidates", by=by, now=now)  # refuses with its own reason
        VoterList.objects.select_for_update(of=("self",)).get(election=row)
        standing: dict[int, list[ElectionCandidate]] = {}
        for one in row.candidates.filter(status=Standing.CLEARED).select_related("resident").order_by("number"):
            if not on_list(row, one.resident):
                raise refusals.CandidateNotListed(name=one.name)
            if committee_seat_of(row, one.resident, today):
                raise refusals.CandidateOnCommittee(name=one.name)
            standing.setdefault(one.post_id, []).append(one)
        posts = list(row.posts.order_by("number"))
        for post in posts:
            _check_enough(row, post, len(standing.get(post.pk, [])))
        moved = lifecycle.move(row, "fix_candidates", by=by, now=now)
        for post in posts:
            call = voting.Call(post, standing[post.pk], post.seats, row.opens_at, row.closes_at)
            voting.call_round(by=by, now=now, today=today, election=row, call=call)
        return moved


def _check_enough(election: CommitteeElection, post: ElectionPost, count: int) -> None:
    needed = max(post.seats + election.surplus, FEWEST_OPTIONS)
    if count < needed:
        raise refusals.TooFewCandidates(office=post.get_office_display(), count=count, seats=post.seats, needed=needed)
