"""The plain rule: projects by their support, each taken that the money left can pay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from consultation.ballots.allocation.election import Election
from consultation.ballots.allocation.rule import Rule, Threshold


class Turn(StrEnum):
    """What became of a project when its turn came."""

    TAKEN = "TAKEN"
    BELOW_THRESHOLD = "BELOW_THRESHOLD"
    EXCLUDED = "EXCLUDED"
    TOO_DEAR = "TOO_DEAR"
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class Step:
    """One project's turn, with the money that was there; for one excluded, by which project."""

    place: int
    turn: Turn
    left: int
    by: int | None = None


def support(election: Election, rule: Rule, place: int) -> int:
    """Return what the threshold compares."""
    counted = election.scores if rule.threshold_on is Threshold.SCORE else election.supporters
    return counted[place]


def order(election: Election) -> list[int]:
    """Return the projects by score, ties broken in the stated order."""
    return sorted(range(len(election.projects)), key=lambda place: (-election.scores[place], *election.tie_key(place)))


def admitted(election: Election, rule: Rule) -> list[bool]:
    """Tell for each project whether it reaches the threshold."""
    return [support(election, rule, place) >= rule.threshold for place in range(len(election.projects))]


def walk(
    election: Election, rule: Rule, places: Iterable[int], *, taken: Sequence[int] = (), left: int | None = None
) -> list[Step]:
    """Give the projects their turns in the order handed in; `taken` have been chosen before, and paid."""
    left = election.budget if left is None else left
    chosen = set(taken)
    steps: list[Step] = []
    stopped = False
    for place in places:
        rival = next(iter(sorted(election.rivals[place] & chosen)), None)
        if support(election, rule, place) < rule.threshold:
            steps.append(Step(place, Turn.BELOW_THRESHOLD, left))
        elif rival is not None:
            steps.append(Step(place, Turn.EXCLUDED, left, rival))
        elif stopped:
            steps.append(Step(place, Turn.STOPPED, left))
        elif election.projects[place].cost > left:
            steps.append(Step(place, Turn.TOO_DEAR, left))
            stopped = rule.stops
        else:
            steps.append(Step(place, Turn.TAKEN, left))
            chosen.add(place)
            left -= election.projects[place].cost
    return steps


def taken_in(steps: Iterable[Step]) -> list[int]:
    """Return the projects taken, in the order of their turns."""
    return [step.place for step in steps if step.turn is Turn.TAKEN]
