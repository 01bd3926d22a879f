"""What an election is asked for: who may stand, what is left to elect, what its page shows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Count, Q, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.bodies.models import Body, BodyKind
from communities.bodies.queries import SIZES, size_of
from communities.policy.queries import find_rule, value
from consultation.ballots.queries import Results, results_of_all
from consultation.conventions.elections.models import (
    CommitteeElection,
    ElectionCandidate,
    ElectionPost,
    ElectionRound,
)
from consultation.conventions.elections.policy import PREPARATION_MONTHS, RULES, RULING_DAYS, ElectionKind

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from communities.notices.models import Objection
    from communities.people.models import Resident
    from communities.policy.models import DecisionRule
    from communities.territory.models import Division
    from governance.accounts.models import User

MONTH = dt.timedelta(days=30)
MOST_DUE = 50


def size_range(body: Body, day: dt.date) -> tuple[int, int]:
    """Return the smallest and largest number of members of a committee that is elected."""
    return size_of(body, day) or (1, 1)


def on_list(election: CommitteeElection, resident: Resident) -> bool:
    """Whether somebody stands on the voter list of the election; one query."""
    found = election.voter_list
    return found is not None and found.voters.standing().filter(resident=resident).exists()


def committee_seat_of(election: CommitteeElection, resident: Resident, day: dt.date) -> bool:
    """Whether somebody sits on the election committee: by log-in, or by name where a seat has none; one query."""
    theirs = Q(user=None, name=resident.name)
    if resident.user_id is not None:
        theirs |= Q(user=resident.user_id)
    return election.committee.memberships.held_on(day).filter(theirs).exists()


def election_due(division: Division, day: dt.date) -> list[Body]:
    """Return the committees here and below whose term ends soon, and whose election has not begun; two queries."""
    until = day + value(PREPARATION_MONTHS, division, day) * MONTH
    running = CommitteeElection.objects.running().values("body")
    rows = Body.objects.filter(
        division__path__startswith=division.path, kind__in=[kind for kind in SIZES if kind in RULES]
    )
    return list(
        rows.filter(term_from__lte=day, term_to__gt=day, term_to__lte=until)
        .exclude(pk__in=running)
        .select_related("division")
        .order_by("term_to", "pk")[:MOST_DUE]
    )


@dataclass(slots=True)
class ShownCandidate:
    """A candidate in one vote, with the votes where the result is published."""

    candidate: ElectionCandidate
    number: int
    votes: int | None = None
    is_elected: bool = False


@dataclass(slots=True)
class ShownRound:
    """A vote on a post as everybody may see it."""

    round: ElectionRound
    results: Results | None
    lineup: list[ShownCandidate] = field(default_factory=list)

    @property
    def figures(self) -> dict[int, int]:
        """The votes by the number on the ballot; none before they are published, or where they are too few to be shown."""
        return {line.number: line.votes for line in self.results.lines} if self.results else {}


@dataclass(slots=True)
class ShownPost:
    """A post with its votes and who is elected."""

    post: ElectionPost
    rounds: list[ShownRound] = field(default_factory=list)
    elected: list[ElectionCandidate] = field(default_factory=list)

    @property
    def seats_left(self) -> int:
        """How many seats are left."""
        return self.post.seats - len(self.elected)


def shown_posts(election: CommitteeElection, user: User | AnonymousUser) -> list[ShownPost]:
    """Return the posts with their votes; figures come through the one gate of results. One query before the candidates are
    fixed; then four: everybody who stands in a vote brings along the vote, its ballot and the post.
    """
    if election.nominated_at is None:
        return [ShownPost(post) for post in election.posts.order_by("number")]
    posts: dict[int, ShownPost] = {}
    votes: dict[int, ShownRound] = {}
    ballots = {line.round.ballot_id: line.round.ballot for line in election.lineup}
    prefetch_related_objects(list(ballots.values()), "options")
    results = results_of_all(ballots.values(), user)
    for line in election.lineup:
        row, one = line.round, line.candidate
        shown = posts.setdefault(row.post_id, ShownPost(row.post))
        if row.pk not in votes:
            row.ballot = ballots[row.ballot_id]
            votes[row.pk] = ShownRound(row, results.get(row.ballot_id))
            shown.rounds.append(votes[row.pk])
        vote = votes[row.pk]
        is_elected = one.elected_in_id == row.pk
        vote.lineup.append(ShownCandidate(one, line.number, vote.figures.get(line.number), is_elected))
        if is_elected:
            shown.elected.append(one)
    for shown in posts.values():
        shown.elected.sort(key=lambda one: one.number)
    return list(posts.values())


def rule_before(election: CommitteeElection) -> DecisionRule | None:
    """Return the rule by which the first votes will be judged, while no ballot names it; one query then."""
    if election.nominated_at is not None:
        return None
    return find_rule(RULES[BodyKind(election.body.kind)].first, timezone.localdate(election.opens_at))


@dataclass(frozen=True, slots=True)
class Mile:
    """One step of an election with its day, done or to come."""

    label: str
    day: dt.date | None
    is_done: bool
    is_late: bool = False


def miles_of(election: CommitteeElection, today: dt.date) -> list[Mile]:
    """Return the steps of an election in their order, each with the day on which it was done or is due."""
    notice = election.voter_list.notice if election.voter_list else None
    voting_on = timezone.localdate(election.opens_at)
    miles = [
        Mile(_("Voter list posted"), _day(election.listed_at), is_done=election.listed_at is not None),
        Mile(
            _("Objections to the voter list until"),
            notice.ends_on if notice else None,
            is_done=notice is not None and notice.closed_at is not None,
        ),
        Mile(_("Candidates fixed"), _day(election.nominated_at), is_done=election.nominated_at is not None),
        Mile(_("Voting day"), voting_on, is_done=election.voted_at is not None),
        Mile(
            _("Result announced"),
            _day(election.announced_at),
            is_done=election.announced_at is not None,
        ),
        _due(_("Filed with the street or the town"), _day(election.filed_at), election.filing_due_on, today),
        _due(_("Handed over to the new committee"), election.hand_over_on, election.hand_over_due_on, today),
    ]
    return miles if election.kind == ElectionKind.TERM else miles[:-1]


def _day(moment: dt.datetime | None) -> dt.date | None:
    return timezone.localdate(moment) if moment else None


def _due(label: str, done_on: dt.date | None, due_on: dt.date | None, today: dt.date) -> Mile:
    is_late = due_on is not None and (done_on or today) > due_on
    return Mile(label, done_on or due_on, is_done=done_on is not None, is_late=is_late)


@dataclass(frozen=True, slots=True)
class ListFigures:
    """The numbers of a voter list, which are public; the names are not."""

    posted: int
    added: int
    struck: int
    standing: int
    has_reader: bool = False


def list_figures(election: CommitteeElection, user: User | AnonymousUser | None = None) -> ListFigures | None:
    """Return the numbers of the voter list, and whether the reader stands on it; None before it is posted. One query."""
    if election.voter_list is None:
        return None
    mine = Q(resident__user=user.pk) if user is not None and user.is_authenticated else Q(pk__in=[])
    found = election.voter_list.voters.aggregate(
        whole=Count("pk"),
        added=Count("pk", filter=~Q(reason="")),
        struck=Count("pk", filter=Q(struck_at__isnull=False)),
        mine=Count("pk", filter=mine & Q(struck_at=None)),
    )
    return ListFigures(
        posted=found["whole"] - found["added"],
        added=found["added"],
        struck=found["struck"],
        standing=found["whole"] - found["struck"],
        has_reader=found["mine"] > 0,
    )


@dataclass(frozen=True, slots=True)
class Ruling:
    """An objection to the voter list that waits, with the last day of the ruling."""

    objection: Objection
    due_on: dt.date
    is_late: bool


def rulings_due(election: CommitteeElection, today: dt.date) -> list[Ruling]:
    """Return the objections to the voter list that wait, the oldest first; two queries."""
    notice = election.voter_list.notice if election.voter_list else None
    if notice is None or notice.closed_at is not None:
        return []
    rows = list(notice.objections.filter(outcome="").order_by("raised_at", "pk"))
    days = value(RULING_DAYS, election.division, timezone.localdate(election.opens_at)) if rows else 0
    dues = [(row, timezone.localdate(row.raised_at) + dt.timedelta(days=days)) for row in rows]
    return [Ruling(row, due, is_late=today > due) for row, due in dues]
