"""Why each project is in or out, and by how much; every figure can be counted again by adding the votes it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil

from consultation.ballots.allocation.allocate import Allocation, Stage
from consultation.ballots.allocation.election import Election
from consultation.ballots.allocation.equal_shares import Run, Shares, Spending
from consultation.ballots.allocation.greedy import Turn, admitted, order, support, walk
from consultation.ballots.allocation.rule import Rule, Utility


class Why(StrEnum):
    """The kinds of reasons."""

    ENOUGH_SUPPORT = "ENOUGH_SUPPORT"
    """Greedy: taken when its turn came. `votes`: with so many fewer it would be out; nothing: never."""
    BELOW_THRESHOLD = "BELOW_THRESHOLD"
    EXCLUDED = "EXCLUDED"
    """Something with more support was chosen that cannot stand beside it (`by`)."""
    TOO_DEAR = "TOO_DEAR"
    """Greedy: the money left when its turn came was `had`; `short` more was needed."""
    STOPPED = "STOPPED"
    """Greedy without passing over: its turn never came."""
    BOUGHT = "BOUGHT"
    """Equal shares: its supporters had `had` together, each paid `price` at most."""
    SHORT_OF_SHARES = "SHORT_OF_SHARES"
    """Equal shares: its supporters had `had` left together, `short` less than it costs."""
    COMPLETED = "COMPLETED"
    """Taken from the money that equal shares left over."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one project is in or out; amounts are of the smallest unit, exact."""

    place: int
    is_winner: bool
    why: Why
    had: Fraction = Fraction(0)
    short: Fraction = Fraction(0)
    votes: int | None = None
    """In: so many votes fewer, and it would be out. Out: so many more, and it would be in. Nothing: no number does."""
    price: Fraction = Fraction(0)
    by: int | None = None
    threshold: int = 0


def explain(election: Election, allocation: Allocation) -> tuple[Reason, ...]:
    """Return one reason for each project, in the order of the ballot."""
    rule = allocation.rule
    if allocation.run is None or allocation.stage is not Stage.SHARES:
        plain = rule if allocation.run is None else Rule(threshold=rule.threshold, threshold_on=rule.threshold_on)
        return _greedy_reasons(election, plain)
    return _shares_reasons(election, allocation, allocation.run)


def _greedy_reasons(election: Election, rule: Rule) -> tuple[Reason, ...]:
    ordered = order(election)
    steps = {step.place: step for step in walk(election, rule, ordered)}
    whys = {
        Turn.TAKEN: Why.ENOUGH_SUPPORT,
        Turn.BELOW_THRESHOLD: Why.BELOW_THRESHOLD,
        Turn.EXCLUDED: Why.EXCLUDED,
        Turn.TOO_DEAR: Why.TOO_DEAR,
        Turn.STOPPED: Why.STOPPED,
    }
    found = []
    for place in range(len(election.projects)):
        step = steps[place]
        cost = election.projects[place].cost
        is_winner = step.turn is Turn.TAKEN
        found.append(
            Reason(
                place,
                is_winner,
                whys[step.turn],
                had=Fraction(step.left),
                short=Fraction(max(cost - step.left, 0)),
                votes=_margin(election, rule, ordered, place, is_winner=is_winner),
                by=step.by,
                threshold=rule.threshold,
            )
        )
    return tuple(found)


def _margin(election: Election, rule: Rule, ordered: list[int], place: int, *, is_winner: bool) -> int | None:
    """Return how many votes fewer (of a winner) or more (of another) turn the outcome for this project.

    The others take their turns without it; a project wins at every turn up to some last one, because money only gets
    less and rivals are only added. That last turn gives the number of votes.
    """
    others = [other for other in ordered if other != place]
    steps = walk(election, rule, others)
    last = -1
    left, stopped = election.budget, False
    for turn in range(len(others) + 1):
        if stopped or election.projects[place].cost > left:
            break
        last = turn
        if turn == len(others):
            break
        step = steps[turn]
        if step.turn is Turn.TAKEN:
            left -= election.projects[step.place].cost
            stopped = step.place in election.rivals[place]
        elif step.turn is Turn.TOO_DEAR and rule.stops:
            stopped = True
    if last < 0:
        return None
    standing = support(election, rule, place)
    if is_winner:
        losses = [standing - rule.threshold + 1] if rule.threshold else []
        losses += [-_shift(election, place, others[last], behind=True)] if last < len(others) else []
        possible = [loss for loss in losses if loss <= election.supporters[place]]
        return min(possible, default=None)
    ahead = _shift(election, place, others[last], behind=False) if last < len(others) else 0
    return max(ahead, rule.threshold - standing, 0)


def _shift(election: Election, place: int, other: int, *, behind: bool) -> int:
    """Return how many votes must be added (below zero: taken away) so that the project comes just before the other one,
    or just behind it."""
    even = election.scores[other] - election.scores[place]
    mine = (-(election.supporters[place] + even), election.projects[place].cost, election.projects[place].number)
    comes_first = mine < election.tie_key(other)
    if behind:
        return even - 1 if comes_first else even
    return even if comes_first else even + 1


def _shares_reasons(election: Election, allocation: Allocation, run: Run) -> tuple[Reason, ...]:
    rule = allocation.rule
    bought = {purchase.place: purchase for purchase in run.bought}
    steps = {step.place: step for step in allocation.steps}
    passes = admitted(election, rule)
    winners = set(allocation.winners)
    votes, had = votes_needed(election, rule, run)
    found = []
    for place, project in enumerate(election.projects):
        by = next(iter(sorted(election.rivals[place] & winners)), None)
        if place in bought:
            reason = Reason(place, is_winner=True, why=Why.BOUGHT, had=had[place], price=bought[place].rate)
        elif place in winners:
            reason = Reason(place, is_winner=True, why=Why.COMPLETED, had=Fraction(steps[place].left))
        else:
            why = Why.SHORT_OF_SHARES
            if not passes[place]:
                why = Why.BELOW_THRESHOLD
            elif by is not None:
                why = Why.EXCLUDED
            reason = Reason(
                place,
                is_winner=False,
                why=why,
                had=had[place],
                short=max(project.cost - had[place], Fraction(0)),
                votes=votes[place],
                by=by,
                threshold=rule.threshold,
            )
        found.append(reason)
    return tuple(found)


def votes_needed(election: Election, rule: Rule, run: Run) -> tuple[dict[int, int | None], dict[int, Fraction]]:
    """Return for each project that equal shares did not buy how many more people would have bought it (people who name
    nothing else, with the same share as everybody has in this run; the smallest number); and for each project what its
    supporters had together when it was bought, or at the end.

    With so many more, everything goes as before until the project is the cheapest for its supporters. At each purchase
    the price that was paid tells how many people more the project needed to come before it; at the end, how many can
    pay for what is missing. The smallest of these numbers is the answer.
    """
    losers = [place for place in range(len(election.projects)) if place not in set(run.places)]
    needed: dict[int, int | None] = dict.fromkeys(losers)
    watching = _Watching(Shares(election, rule.utility, [True] * len(election.projects)), run, losers, needed)
    watching.replay()
    for place in losers:
        found = needed[place]
        if found is not None:
            needed[place] = max(found, rule.threshold - support(election, rule, place))
    return needed, watching.had


class _Watching(Spending):
    """A run made again purchase by purchase, with an eye on those that were not bought."""

    def __init__(self, shares: Shares, run: Run, losers: Iterable[int], needed: dict[int, int | None]) -> None:
        super().__init__(shares, run.share)
        self.again = run
        self.losers = list(losers)
        self.needed = needed
        self.shut_out: set[int] = set()
        self.had: dict[int, Fraction] = {}

    def replay(self) -> None:
        """Buy what was bought; before each purchase ask what the others would have needed to come first."""
        election = self.shares.election
        for purchase in self.again.bought:
            offer = self.offer(purchase.place) if self._is_in_reach(purchase.place) else None
            if offer is None:
                raise AssertionError("a run cannot be made again")
            price = self.price_of(purchase.place, offer.rate)
            self.had[purchase.place] = self.left(purchase.place)
            for place in self.losers:
                if place not in self.shut_out:
                    self._before(place, price, purchase.place)
            self.buy(offer)
            self.shut_out |= election.rivals[purchase.place]
        for place in self.losers:
            if place not in self.shut_out and self.share:
                self._keep(place, ceil((election.projects[place].cost - self.left(place)) / self.share))
        self.had |= {place: self.left(place) for place in self.losers}

    def _before(self, place: int, price: Fraction, bought: int) -> None:
        """Keep how many people more would have put a project before the one that was bought at this price."""
        election = self.shares.election
        cost = election.projects[place].cost
        most = price * cost if self.shares.utility is Utility.COST else price
        each = min(most, self.share)
        if not each:
            return
        side = self.sides.get(place)
        best = self.needed[place]
        if best is not None and side is not None and cost - self.at_most_paid(side, most) > (best - 1) * each:
            return
        missing = cost - (self.exactly_paid(side, most) if side is not None else 0)
        count = max(ceil(missing / each), 0)
        if count * each == missing:
            ours = (-(election.supporters[place] + count), cost, election.projects[place].number)
            count += 0 if ours < election.tie_key(bought) else 1
        self._keep(place, count)

    def _keep(self, place: int, count: int) -> None:
        best = self.needed[place]
        self.needed[place] = count if best is None else min(best, count)


def flips(election: Election, reason: Reason, chosen: Callable[[Election], Iterable[int]]) -> bool:
    """Count again: tell whether the votes that a reason names for a project that is out would have brought it in, and
    one vote less would not."""
    if reason.votes is None:
        return False
    with_all = reason.place in set(chosen(election.with_more(reason.place, reason.votes)))
    with_fewer = reason.votes > 0 and reason.place in set(chosen(election.with_more(reason.place, reason.votes - 1)))
    return with_all and not with_fewer
