"""How residents took part in a use of their fund's money: their ballot, their seats, their objections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from communities.bodies.models import Seat
from consultation.ballots.queries import turnout_of
from funds.spending.models import SpendingRequest, Stand


@dataclass(frozen=True, slots=True)
class Part:
    """The ballot behind the decision, the residents' seats in the last vote, the objections to the notice."""

    ballot: Any
    resolution: Any
    turnout: Any
    seats: int
    in_favor: int
    voted: int
    objections: int
    meeting: str

    @property
    def is_any(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.ballot or self.resolution or self.seats or self.meeting)


def part_of_residents(row: SpendingRequest) -> Part:
    """Return how residents took part in a request read by `for_detail`; at most two queries."""
    ballot = row.decision.ballot if row.decision is not None else None
    last = next(iter(reversed(list(row.resolutions.all()))), None)
    votes = [vote for vote in last.votes.all() if vote.membership.seat == Seat.RESIDENT] if last else []
    voting = {Stand.FOR, Stand.AGAINST, Stand.ABSTAIN}
    return Part(
        ballot=ballot,
        resolution=row.decision.resolution if row.decision is not None else None,
        turnout=turnout_of(ballot) if ballot is not None else None,
        seats=len(votes),
        in_favor=sum(vote.stand == Stand.FOR for vote in votes),
        voted=sum(vote.stand in voting for vote in votes),
        objections=row.notice.objections.count() if row.notice is not None else 0,
        meeting=last.residents_meeting if last else "",
    )
