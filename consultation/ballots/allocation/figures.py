"""What an outcome means to the people who voted: who got something, and how the money fits what they asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from consultation.ballots.allocation.election import Election


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """Voters counted by how many of the projects they named were chosen."""

    voters: int
    by_number: tuple[int, ...]
    """How many voters got none, one, two, … of the projects they named."""
    money: Fraction
    """The part of the budget that goes to what a voter named, averaged over all voters; between 0 and 1."""

    @property
    def with_something(self) -> int:
        """How many voters got at least one project."""
        return self.voters - (self.by_number[0] if self.by_number else 0)


def satisfaction(election: Election, winners: Iterable[int]) -> Satisfaction:
    """Count what the winners mean to the voters."""
    chosen = set(winners)
    counted: Counter[int] = Counter()
    money = 0
    for marks, people in election.papers:
        got = [place for place, _weight in marks if place in chosen]
        counted[len(got)] += people
        money += people * election.cost_of(got)
    most = max(counted, default=0)
    whole = election.voters * election.budget
    return Satisfaction(
        voters=election.voters,
        by_number=tuple(counted[number] for number in range(most + 1)),
        money=Fraction(money, whole) if whole else Fraction(0),
    )
