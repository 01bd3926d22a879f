"""Days, numbers and the count of an election (all pure)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import BodyKind
from communities.policy.policy import declare, judge, whole, whole_range

if TYPE_CHECKING:
    from communities.policy.policy import Terms
    from consultation.ballots.policy import Counted

LONGEST_NAME = 50
LONGEST_STATEMENT = 1000
LONGEST_NUMBER = 60
LONGEST_NOTE = 1000
MOST_POSTS = 10
MOST_CANDIDATES = 60

VILLAGE_LAW = "Organic Law of Villagers' Committees"

LIST_DAYS = declare(
    "election.list_days",
    _("The voter list is made public before the voting day for at least"),
    unit="days",
    read=whole,
    default=20,
    basis="Organic Law of Villagers' Committees art. 14; default of this platform for residents' committees",
)
OBJECTION_DAYS = declare(
    "election.objection_days",
    _("Objections to the voter list are raised within"),
    unit="days",
    read=whole,
    default=5,
    basis="Organic Law of Villagers' Committees art. 14; default of this platform for residents' committees",
)
RULING_DAYS = declare(
    "election.ruling_days",
    _("The election committee rules on an objection to the voter list within"),
    unit="days",
    read=whole,
    default=3,
    basis="Organic Law of Villagers' Committees art. 14; default of this platform for residents' committees",
)
SURPLUS = declare(
    "election.surplus",
    _("More candidates than seats of a post, at least"),
    unit="persons",
    read=whole,
    default=1,
    basis="Organic Law of Villagers' Committees art. 15; default of this platform for residents' committees",
)
COMMITTEE_SIZE = declare(
    "election.committee_size",
    _("Members of an election committee"),
    unit="persons",
    read=whole_range,
    default=(3, 11),
    basis="Organic Law of Villagers' Committees art. 12 names a chair and members; the numbers are defaults of this platform",
)
RESULT_DAYS = declare(
    "election.result_days",
    _("The result of an election is made public for at least"),
    unit="days",
    read=whole,
    default=3,
    basis="Default of this platform; Organic Law of Villagers' Committees art. 15: announced on the spot",
)
FILING_DAYS = declare(
    "election.filing_days",
    _("The result of an election is filed with the street or the town within"),
    unit="days",
    read=whole,
    default=10,
    basis="Default of this platform",
)
HAND_OVER_DAYS = declare(
    "election.hand_over_days",
    _("The former committee hands over to the new one within"),
    unit="days",
    read=whole,
    default=10,
    basis="Organic Law of Villagers' Committees art. 20; default of this platform for residents' committees",
)
PREPARATION_MONTHS = declare(
    "election.preparation_months",
    _("A committee whose term ends is on the list for election this long before"),
    unit="months",
    read=whole,
    default=6,
    basis="Default of this platform",
)


class ElectionKind(models.TextChoices):
    """What is elected."""

    TERM = "TERM", _("election of a new term")
    BY_ELECTION = "BY_ELECTION", _("by-election for the rest of the term")


class Office(models.TextChoices):
    """Which posts a committee has (Basis: Organic Law of Villagers' Committees art. 6; of Urban Residents' Committees)."""

    CHAIR = "CHAIR", _("director")
    DEPUTY = "DEPUTY", _("deputy director")
    MEMBER = "MEMBER", _("committee member")


@dataclass(frozen=True, slots=True)
class Rules:
    """By which decision rules a kind of committee is elected."""

    first: str
    run_off: str


RULES = {
    BodyKind.VILLAGERS_COMMITTEE: Rules("village_election", "village_election_runoff"),
    BodyKind.RESIDENTS_COMMITTEE: Rules("urban_election", "urban_election_runoff"),
}
"""Committees that are elected by the registered voters, each post by a secret ballot of its own."""


def earliest_voting(posted_on: dt.date, days: int) -> dt.date:
    """Return the first day on which may be voted: the days of the list are counted from the next, and are over."""
    return posted_on + dt.timedelta(days=days + 1)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the count of one post's ballot says: who is elected, in the order of votes, and who ties for the last seat."""

    has_quorum: bool
    elected: tuple[int, ...]
    tied: tuple[int, ...] = ()

    def missing(self, seats: int) -> int:
        """How many seats are left."""
        return seats - len(self.elected)


def choose(terms: Terms, counted: Counted, entitled: int, seats: int) -> Chosen:
    """Say who is elected to the seats of a post: of those whom the rule passes, the ones with the most votes.

    Each candidate is judged by the rule of the ballot, with the turnout and their own votes of all votes cast. Those who
    tie for the last seat are not elected: they stand again.

    Basis: Organic Law of Villagers' Committees art. 15.
    """
    judged = {number: judge(terms, counted.count(entitled, None, number)) for number, _votes in counted.counts}
    has_quorum = bool(judged) and counted.cast > 0 and next(iter(judged.values())).has_quorum
    votes = {number: found for number, found in counted.counts if found and judged[number].is_passed}
    if not has_quorum or seats < 1:
        return Chosen(has_quorum, ())
    ranked = ranked_by(votes)
    if len(ranked) <= seats:
        return Chosen(has_quorum, tuple(ranked))
    last, following = votes[ranked[seats - 1]], votes[ranked[seats]]
    if last != following:
        return Chosen(has_quorum, tuple(ranked[:seats]))
    return Chosen(
        has_quorum,
        tuple(number for number in ranked if votes[number] > last),
        tuple(number for number in ranked if votes[number] == last),
    )


def ranked_by(votes: Mapping[int, int]) -> list[int]:
    """Return the keys with the most votes first; where they are equal, in the order of the ballot."""
    return sorted(votes, key=lambda number: (-votes[number], number))


def standing_again(votes: Mapping[int, int], seats: int, surplus: int) -> list[int]:
    """Return who stands in the run-off: of those not elected the ones with the most votes, more of them than seats.

    Whoever has as many votes as the last of them stands as well.

    Basis: Organic Law of Villagers' Committees art. 15.
    """
    ranked = ranked_by(votes)
    wanted = seats + max(surplus, 1)
    if len(ranked) <= wanted:
        return ranked
    last = votes[ranked[wanted - 1]]
    return [number for number in ranked if votes[number] >= last]


def women_reserved(posts: Sequence[tuple[int, bool]]) -> int:
    """Return how many seats are kept for women, of (seats, kept for women)."""
    return sum(seats for seats, is_kept in posts if is_kept)
