"""One rule applied to one election: who wins, and everything that is needed to say why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil

from consultation.ballots.allocation.election import Election
from consultation.ballots.allocation.equal_shares import Run, Shares
from consultation.ballots.allocation.greedy import Step, admitted, order, taken_in, walk
from consultation.ballots.allocation.rule import Completion, Method, Rule


class Stage(StrEnum):
    """Which part of the rule gave the outcome."""

    GREEDY = "GREEDY"
    SHARES = "SHARES"
    COMPARED = "COMPARED"
    """The greedy outcome stands, because more voters are better served by it."""


@dataclass(frozen=True)
class Comparison:
    """How many voters are better served by which outcome; those who are served alike are in neither figure."""

    for_shares: int
    for_greedy: int


@dataclass(frozen=True)
class Allocation:
    """The outcome: winners in the order in which they were taken, and how it came about."""

    rule: Rule
    stage: Stage
    winners: tuple[int, ...]
    spent: int
    steps: tuple[Step, ...] = ()
    """The turns of the greedy part: all of it, or what completed equal shares."""
    run: Run | None = None
    """The run of equal shares that stands."""
    runs: int = 0
    comparison: Comparison | None = None


class TooManyRuns(ValueError):
    """The completion needs more runs than somebody is willing to wait for."""


def allocate(election: Election, rule: Rule, *, most_runs: int | None = None) -> Allocation:
    """Apply a rule; the outcome depends on nothing but what is handed in.

    Raises:
        TooManyRuns: equal shares would have to be computed more often than asked for.
    """
    if rule.method is Method.GREEDY:
        return _greedy(election, rule)
    run, runs = _shares(election, rule, most_runs)
    winners = list(run.places) if run else []
    spent = election.cost_of(winners)
    steps: tuple[Step, ...] = ()
    if rule.then_greedy:
        rest = [place for place in order(election) if place not in set(winners)]
        steps = tuple(walk(election, rule, rest, taken=winners, left=election.budget - spent))
        winners += taken_in(steps)
    outcome = Allocation(rule, Stage.SHARES, tuple(winners), election.cost_of(winners), steps, run, runs)
    return _compared(election, rule, outcome) if rule.compares else outcome


def _greedy(election: Election, rule: Rule) -> Allocation:
    steps = tuple(walk(election, rule, order(election)))
    winners = tuple(taken_in(steps))
    return Allocation(rule, Stage.GREEDY, winners, election.cost_of(winners), steps)


def _shares(election: Election, rule: Rule, most_runs: int | None = None) -> tuple[Run | None, int]:
    """Run equal shares, and again with larger shares as the completion says; return the run that stands, and how many
    there were, those included that need not be made because they must give the same.

    The first share is the exact one; the next ones are whole units of the currency, one more each time.
    """
    if not election.voters:
        return None, 0
    arranged = Shares(election, rule.utility, admitted(election, rule))
    stands = arranged.run(Fraction(election.budget, election.voters))
    runs = 1
    if rule.completion is Completion.NONE:
        return stands, runs
    share = election.budget // election.voters // election.unit * election.unit
    patience = alike = made = 1
    while not _is_complete(election, arranged, rule, stands):
        if made == most_runs:
            raise TooManyRuns
        made += 1
        share += election.unit
        tried = arranged.run(Fraction(share))
        runs += 1
        if election.cost_of(tried.places) > election.budget:
            break
        alike = alike + 1 if tried.bought == stands.bought else 0
        stands = tried
        if alike >= patience:
            # Runs that must buy the same are not made; where that saves none, it is asked more rarely.
            more = ceil((arranged.stands_until(tried) - share) / election.unit) - 1
            if more > 0:
                runs += more
                share += more * election.unit
                stands = Run(Fraction(share), tried.bought)
            patience, alike = (1 if more > 0 else 2 * patience), 0
    return stands, runs


def _is_complete(election: Election, arranged: Shares, rule: Rule, run: Run) -> bool:
    """Tell whether larger shares are not to be tried: nothing more can be bought by anybody, or, where the rule stops
    at the first exhaustive outcome, nothing that is left fits into the money left."""
    chosen = set(run.places)
    shut_out = {rival for place in chosen for rival in election.rivals[place]}
    open_ = [place for place in arranged.sides if place not in chosen and place not in shut_out]
    if not open_:
        return True
    left = election.budget - election.cost_of(chosen)
    return rule.completion is Completion.ADD1_EXHAUSTIVE and all(
        election.projects[place].cost > left for place in open_
    )


def served(election: Election, rule: Rule, winners: tuple[int, ...]) -> list[int]:
    """Return for each group of equal papers what the winners are worth to one of its people, by the rule's measure."""
    chosen = set(winners)
    worth = [project.cost if rule.utility == "COST" else 1 for project in election.projects]
    return [
        sum(weight * worth[place] for place, weight in marks if place in chosen) for marks, _people in election.papers
    ]


def _compared(election: Election, rule: Rule, outcome: Allocation) -> Allocation:
    plain = _greedy(election, Rule(threshold=rule.threshold, threshold_on=rule.threshold_on))
    ours, theirs = served(election, rule, outcome.winners), served(election, rule, plain.winners)
    for_shares = for_greedy = 0
    for (_marks, people), here, there in zip(election.papers, ours, theirs, strict=True):
        for_shares += people if here > there else 0
        for_greedy += people if there > here else 0
    comparison = Comparison(for_shares, for_greedy)
    if for_greedy > for_shares:
        return Allocation(
            rule, Stage.COMPARED, plain.winners, plain.spent, plain.steps, outcome.run, outcome.runs, comparison
        )
    return Allocation(
        rule, outcome.stage, outcome.winners, outcome.spent, outcome.steps, outcome.run, outcome.runs, comparison
    )
