"""A village that elects its committee: a director, a seat that is kept for a woman, and another member."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from communities.bodies import operations as bodies
from communities.bodies.models import Body, BodyKind, Seat
from communities.notices import operations as notices
from communities.people.models import Resident, Role
from consultation.ballots import operations as ballots
from consultation.conventions.elections import operations, results, voting
from consultation.conventions.elections.models import CommitteeElection, ElectionCandidate, ElectionPost
from consultation.conventions.elections.operations import Nomination, PostPlan
from governance.accounts.models import User
from tests.factories.communities import PolicyDocumentFactory
from tests.factories.consultation_ballots import DAY, HOUR, Place, seeded_rule

POSTS = (PostPlan("CHAIR"), PostPlan("MEMBER", 1, for_women=True), PostPlan("MEMBER"))
DAYS = 25
"""So many days lie between the posting of the list and the vote."""
VOTERS = 12


@dataclass
class Story:
    """The steps of an election, each by its operation."""

    place: Place
    body: Body = field(init=False)
    committee: Body = field(init=False)
    document: Any = field(init=False)
    reviewer: User = field(init=False)
    officer: User = field(init=False)
    residents: list[Resident] = field(init=False)

    def __post_init__(self) -> None:
        """Let the former committee sit, name an election committee, and have the street order the election."""
        for key in ("village_election", "village_election_runoff", "urban_election", "village_recall"):
            seeded_rule(key)
        since = self.now.date() - dt.timedelta(days=4 * 365)
        self.body = self.set_up(BodyKind.VILLAGERS_COMMITTEE, "柏林村村民委员会", since)
        self.committee = self.set_up(BodyKind.ELECTION_COMMITTEE, "柏林村村民选举委员会", self.now.date() - 30 * DAY)
        self.document = PolicyDocumentFactory(effective_on=since)
        self.reviewer = self.place.holder(Role.STREET_REVIEWER)
        self.officer = self.place.holder(Role.STREET_OFFICER)
        self.residents = [self.place.resident(f"村民{number}") for number in range(VOTERS)]
        for number in range(3):
            self.seat(self.committee, f"选委{number}", is_chair=number == 0)
        self.seat(self.body, "老主任", since, is_chair=True)

    @property
    def now(self) -> dt.datetime:
        """When the story begins."""
        return self.place.now

    def set_up(self, kind: str, name: str, since: dt.date) -> Body:
        """Set a body up."""
        return bodies.create_body(
            by=self.place.staff, now=self.now, kind=kind, name=name, division=self.place.division, term_from=since
        )

    def seat(self, body: Body, name: str, since: dt.date | None = None, **more: Any) -> Any:
        """Fill a seat."""
        return bodies.add_member(
            by=self.place.staff,
            now=self.now,
            body=body,
            name=name,
            seat=Seat.RESIDENT,
            valid_from=since or self.now.date() - 10 * DAY,
            **more,
        )

    def plan(self, **changes: Any) -> CommitteeElection:
        """Plan the election."""
        given = {
            "body": self.body,
            "committee": self.committee,
            "ordered_by": self.document,
            "opens_at": self.now + DAYS * DAY,
            "closes_at": self.now + DAYS * DAY + 6 * HOUR,
            "posts": POSTS,
            **changes,
        }
        return operations.plan_election(by=self.place.staff, now=self.now, **given)

    def post(self, election: CommitteeElection | None = None, **changes: Any) -> CommitteeElection:
        """Post the voter list."""
        return operations.post_list(
            by=self.place.staff, now=self.now, today=self.now.date(), election=election or self.plan(**changes)
        )

    def nominate(
        self, post: ElectionPost, resident: Resident, *, is_woman: bool = False, **changes: Any
    ) -> ElectionCandidate:
        """Enter a candidate on the next day."""
        nomination = Nomination(post, resident, is_woman, nominators=3, **changes)
        moment = self.now + DAY
        return operations.nominate(
            by=self.place.staff, now=moment, today=moment.date(), election=post.election, nomination=nomination
        )

    def line_up(self, election: CommitteeElection, counts: Sequence[int] = ()) -> list[ElectionCandidate]:
        """Nominate two more than each post has seats, or so many; the street confirms them."""
        found, people = [], iter(self.residents)
        for number, post in enumerate(election.posts.all()):
            for _place in range(counts[number] if counts else post.seats + 1):
                one = self.nominate(post, next(people), is_woman=post.for_women)
                found.append(operations.clear_candidate(by=self.reviewer, now=self.now + DAY, candidate=one))
        return found

    def settle(self, election: CommitteeElection) -> CommitteeElection:
        """Let the days for objections pass."""
        moment = self.now + 7 * DAY
        notices.close_due_notices(by=self.place.system, now=moment, today=moment.date())
        return CommitteeElection.objects.get(pk=election.pk)

    def fix(self, election: CommitteeElection | None = None) -> CommitteeElection:
        """Fix the candidates and freeze the ballots."""
        row = election or self.post()
        if not row.candidates.exists():
            self.line_up(row)
        row = self.settle(row)
        moment = self.now + 8 * DAY
        return operations.fix_candidates(by=self.place.staff, now=moment, today=moment.date(), election=row)

    def vote(self, election: CommitteeElection, choices: Sequence[Sequence[Sequence[int]]]) -> dt.datetime:
        """Hold the ballots that are frozen to their publication; return the moment. `choices` are those of each."""
        frozen = [row.ballot for row in election.rounds().filter(ballot__status="FROZEN").select_related("ballot")]
        moment = frozen[0].opens_at
        ballots.open_due_ballots(by=self.place.system, now=moment)
        for ballot, marks in zip(frozen, choices, strict=True):
            ballot.refresh_from_db()
            self.place.cast(ballot, marks)
        later = copy.copy(self.place)
        for ballot in frozen:
            later.publish(ballot)
        return frozen[0].closes_at + 3 * HOUR

    def establish(self, election: CommitteeElection, moment: dt.datetime) -> CommitteeElection:
        """Establish who is elected."""
        return voting.establish(by=self.place.staff, now=moment, election=election)

    def voted(self, choices: Sequence[Sequence[Sequence[int]]]) -> tuple[CommitteeElection, dt.datetime]:
        """Return an election after its first vote."""
        election = self.fix()
        moment = self.vote(election, choices)
        return self.establish(election, moment), moment

    def call_next(self, election: CommitteeElection, moment: dt.datetime) -> Any:
        """Call the next vote, for the day after."""
        return voting.call_next(
            by=self.place.staff,
            now=moment,
            today=moment.date(),
            election=election,
            opens_at=moment + DAY,
            closes_at=moment + DAY + 6 * HOUR,
        )

    def announce(self, election: CommitteeElection, moment: dt.datetime) -> CommitteeElection:
        """Announce the result."""
        return results.announce(by=self.place.staff, now=moment, today=moment.date(), election=election)

    def announced(self) -> tuple[CommitteeElection, dt.datetime]:
        """Return an election in which the first of each post has won."""
        election, moment = self.voted([CLEAR] * len(POSTS))
        return self.announce(election, moment), moment


CLEAR = [[1]] * 8 + [[2]] * 2
"""Ten of twelve take part; eight choose the first."""


@pytest.fixture
def story(db: None, now: dt.datetime) -> Story:
    """A village with twelve voters at noon of a working day."""
    return Story(Place(now))
