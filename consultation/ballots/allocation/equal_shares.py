"""The Method of Equal Shares, exact.

Everybody gets the same share of the budget. A project is affordable when those who named it can pay for it together; of
the affordable ones, that one is bought whose supporters pay the least for what they get (per unit of utility, those
who have less pay all they have), until nothing is affordable.

All decisions are made with fractions. Floating point only sorts out what cannot be next: each figure is kept with a
bound of its error, and whatever lies within the bound is computed again exactly. A price of a project only rises while
money is spent, so a price once computed is a lower bound later, and most projects are never computed again.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import compress
from math import fsum, inf
from operator import itemgetter, mul
from typing import Any, cast

from consultation.ballots.allocation.election import Election
from consultation.ballots.allocation.rule import Utility

MONEY_ERROR = 1e-12
"""Bound of the error of a voter's money in floating point, in shares: each purchase adds at most three roundings."""
FIGURE_ERROR = 1e-14
"""Bound of the relative error of one figure computed from exact sums."""
MOST_EXACT = 1 << 50
"""Whole numbers up to here are exact in floating point, with room for sums."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """One project bought: what each unit of weight paid at most, and what its supporters had together."""

    place: int
    rate: Fraction
    had: Fraction


@dataclass(frozen=True)
class Run:
    """One run with one share: what was bought in which order, and what supporters of the others had left."""

    share: Fraction
    bought: tuple[Purchase, ...]
    left: tuple[Fraction, ...]
    """For each project: the money that its supporters have left together at the end."""
    moneys: tuple[Fraction, ...]
    """For each group of equal papers: what one of its people has left at the end."""

    @property
    def places(self) -> tuple[int, ...]:
        """The projects bought, in order."""
        return tuple(purchase.place for purchase in self.bought)


@dataclass(slots=True)
class Side:
    """The supporters of one project: their groups, how many people each has, and what weight each gave."""

    groups: list[int]
    people: list[int]
    weights: list[int] | None
    """None where all gave the same weight: then a rate is per person, not per unit of weight."""
    weight: int
    """What a rate per person is divided by to be one per unit of weight."""
    total: int
    """People, or weights of all people, that share the cost."""
    take: Callable[[Sequence[float]], tuple[float, ...]]
    is_single: bool
    """Whether each group is one person."""


class Shares:
    """The supporters of every project, arranged once; each run with another share starts from it."""

    def __init__(self, election: Election, utility: Utility, admitted: Sequence[bool]) -> None:
        self.election = election
        self.utility = utility
        self.people = [people for _marks, people in election.papers]
        named: list[tuple[list[int], list[int]]] = [([], []) for _project in election.projects]
        for number, (marks, _people) in enumerate(election.papers):
            for place, weight in marks:
                named[place][0].append(number)
                named[place][1].append(weight)
        self.sides = {
            place: self._side(groups, weights)
            for place, (groups, weights) in enumerate(named)
            if admitted[place] and groups
        }
        if any(project.cost > MOST_EXACT for project in election.projects) or election.budget > MOST_EXACT:
            raise ValueError("amounts are too large")

    def _side(self, groups: list[int], weights: list[int]) -> Side:
        people = [self.people[number] for number in groups]
        same = min(weights) == max(weights)
        return Side(
            groups=groups,
            people=people,
            weights=None if same else weights,
            weight=weights[0] if same else 1,
            total=sum(people) if same else sum(map(mul, people, weights)),
            take=_taker(groups),
            is_single=max(people) == 1,
        )

    def run(self, share: Fraction) -> Run:
        """Spend this share of everybody; exact."""
        return Spending(self, share).run()


def _taker(places: list[int]) -> Callable[[Sequence[float]], tuple[float, ...]]:
    """Return what takes the elements at some places, always as a tuple."""
    if len(places) == 1:
        return lambda row: (row[places[0]],)
    make: Any = itemgetter
    return cast("Callable[[Sequence[float]], tuple[float, ...]]", make(*places))


class Spending:
    """One run while it goes on."""

    def __init__(self, shares: Shares, share: Fraction) -> None:
        self.shares = shares
        self.projects = shares.election.projects
        self.share = share
        self.money = [float(share)] * len(shares.people)
        # What a group has paid, as a state shared by all groups that paid the same; state 0 has paid nothing and
        # state 1 has nothing left.
        self.state = [0] * len(shares.people)
        self.paid: list[tuple[tuple[int, int], ...]] = [(), ()]
        self.exact: list[Fraction | None] = [share, Fraction(0)]
        self.rates: dict[int, Fraction] = {}
        self.error = float(share) * MONEY_ERROR
        self.bought: list[Purchase] = []
        self.gone: set[int] = set()

    def run(self) -> Run:
        """Buy until nothing is affordable."""
        waiting = [(0.0, place) for place in self.shares.sides]
        heapq.heapify(waiting)
        while (found := self._next(waiting)) is not None:
            place, rate, poor = found
            self.buy(place, rate, poor)
            rivals = self.shares.election.rivals[place]
            waiting = [(low, other) for low, other in waiting if other != place and other not in rivals]
            heapq.heapify(waiting)
        left = tuple(self._left(place) for place in range(len(self.projects)))
        return Run(self.share, tuple(self.bought), left, tuple(self._exact(state) for state in self.state))

    def _left(self, place: int) -> Fraction:
        side = self.shares.sides.get(place)
        return Fraction(0) if side is None else self._sum(side, range(len(side.groups)))

    def _next(self, waiting: list[tuple[float, int]]) -> tuple[int, Fraction, list[int]] | None:
        """Return the project to buy with its exact rate and the supporters who pay all they have; those that nobody
        can pay leave `waiting` for good."""
        best: tuple[Fraction, tuple[int, int, int], int, Fraction, list[int]] | None = None
        limit = inf
        fresh: list[tuple[float, int]] = []
        while waiting and waiting[0][0] <= limit:
            _low, place = heapq.heappop(waiting)
            side = self.shares.sides[place]
            low = self._lower_bound(place, side)
            if low is None:
                continue
            fresh.append((low, place))
            if low > limit:
                continue
            rate, poor = self.exact_rate(place, side)
            price = self.price_of(place, rate, side)
            candidate = (price, self.shares.election.tie_key(place), place, rate, poor)
            if best is None or candidate[:2] < best[:2]:
                best = candidate
                limit = float(price) * (1 + FIGURE_ERROR)
        for row in fresh:
            heapq.heappush(waiting, row)
        return None if best is None else (best[2], best[3], best[4])

    def price_of(self, place: int, rate: Fraction, side: Side) -> Fraction:
        """Return what a unit of utility costs those who pay in full: what purchases are ordered by."""
        per_weight = rate / side.weight if side.weight != 1 else rate
        return per_weight / self.projects[place].cost if self.shares.utility is Utility.COST else per_weight

    def _lower_bound(self, place: int, side: Side) -> float | None:
        """Return a price that the project's exact price does not lie below; nothing where it is not affordable."""
        cost = self.projects[place].cost
        moneys = side.take(self.money)
        slack = 4 * (sum(side.people) * self.error + cost * FIGURE_ERROR)
        had = fsum(moneys) if side.is_single else fsum(map(mul, moneys, side.people))
        if had < cost - slack:
            return None
        if had < cost + slack and self._sum(side, range(len(side.groups))) < cost:
            return None
        rate, rich = self._rate(cost, side, moneys)
        low = (rate - slack / rich) / side.weight
        return (low / cost if self.shares.utility is Utility.COST else low) * (1 - FIGURE_ERROR)

    @staticmethod
    def _rate(cost: int, side: Side, moneys: Sequence[float]) -> tuple[float, int]:
        """Return the rate as floating point sees it, and the people (or weights) that pay it in full."""
        rate, total = cost / side.total, side.total
        if side.weights is None and min(moneys) >= rate:
            return rate, total
        while True:
            if side.weights is None:
                poor = [money < rate for money in moneys]
                rich = total - (sum(poor) if side.is_single else sum(compress(side.people, poor)))
            else:
                poor = [money < rate * weight for money, weight in zip(moneys, side.weights, strict=True)]
                rich = total - sum(map(mul, compress(side.people, poor), compress(side.weights, poor)))
            if rich <= 0:
                return rate, 1
            if side.is_single:
                given = fsum(compress(moneys, poor))
            else:
                given = fsum(map(mul, compress(moneys, poor), compress(side.people, poor)))
            higher = (cost - given) / rich
            if higher <= rate:
                return rate, rich
            rate = higher

    def exact_rate(self, place: int, side: Side) -> tuple[Fraction, list[int]]:
        """Return the exact rate, and the positions of the supporters who have less than they would have to pay.

        The floating point finds who they are; afterwards each supporter near the border is compared exactly, and the
        rate computed again until nobody changes sides.
        """
        cost = self.projects[place].cost
        moneys = side.take(self.money)
        guess, _rich = self._rate(cost, side, moneys)
        weights = side.weights
        margin = 4 * self.error + guess * FIGURE_ERROR
        if weights is None:
            poor = [at for at, money in enumerate(moneys) if money < guess - margin]
        else:
            poor = [
                at
                for at, (money, weight) in enumerate(zip(moneys, weights, strict=True))
                if money < (guess - margin) * weight - margin
            ]
        while True:
            rate = self._rate_with(cost, side, poor)
            changed = self._on_the_border(side, moneys, rate, set(poor))
            if changed is None:
                return rate, poor
            poor = changed

    def _rate_with(self, cost: int, side: Side, poor: list[int]) -> Fraction:
        weights = side.weights
        if weights is None:
            rich = side.total - sum(side.people[at] for at in poor)
        else:
            rich = side.total - sum(side.people[at] * weights[at] for at in poor)
        if rich <= 0:
            # The guess took everybody for poor: begin with nobody, the border then moves upwards step by step.
            poor.clear()
            return Fraction(cost, side.total)
        return (cost - self._sum(side, poor)) / rich

    def _on_the_border(self, side: Side, moneys: Sequence[float], rate: Fraction, poor: set[int]) -> list[int] | None:
        """Return the poor as this exact rate divides them; nothing where that is as before."""
        about = float(rate)
        margin = 2 * self.error + about * FIGURE_ERROR
        known: dict[tuple[int, int], bool] = {}
        found: list[int] = []
        for at, money in enumerate(moneys):
            weight = 1 if side.weights is None else side.weights[at]
            gap = money - about * weight
            if gap < -margin * weight:
                is_poor = True
            elif gap > margin * weight:
                is_poor = False
            else:
                key = (self.state[side.groups[at]], weight)
                if key not in known:
                    known[key] = self._exact(key[0]) < rate * weight
                is_poor = known[key]
            if is_poor:
                found.append(at)
        return None if set(found) == poor else found

    def buy(self, place: int, rate: Fraction, poor: list[int]) -> None:
        """Take the money: all that the poor have, the rate times the weight from everybody else."""
        side = self.shares.sides[place]
        had = self._sum(side, range(len(side.groups)))
        self.rates[place] = rate
        about = float(rate)
        money, state = self.money, self.state
        exhausted = set(poor)
        moved: dict[tuple[int, int], int] = {}
        for at, number in enumerate(side.groups):
            if at in exhausted:
                money[number] = 0.0
                state[number] = 1
                continue
            weight = 1 if side.weights is None else side.weights[at]
            money[number] -= about * weight
            key = (state[number], weight)
            if key not in moved:
                moved[key] = len(self.paid)
                self.paid.append((*self.paid[key[0]], (place, weight)))
                self.exact.append(None)
            state[number] = moved[key]
        self.bought.append(Purchase(place, rate / side.weight, had))

    def paid_at(self, side: Side, rate: float) -> float:
        """Return about what these supporters would pay at a rate per unit of weight."""
        weights = side.weights or [side.weight] * len(side.groups)
        return fsum(
            min(money, rate * weight) * people
            for money, weight, people in zip(side.take(self.money), weights, side.people, strict=True)
        )

    def exactly_paid_at(self, side: Side, rate: Fraction) -> Fraction:
        """Return exactly what these supporters would pay at a rate per unit of weight."""
        poor: list[int] = []
        rich = 0
        known: dict[tuple[int, int], bool] = {}
        for at, number in enumerate(side.groups):
            weight = side.weight if side.weights is None else side.weights[at]
            key = (self.state[number], weight)
            if key not in known:
                known[key] = self._exact(key[0]) < rate * weight
            if known[key]:
                poor.append(at)
            else:
                rich += side.people[at] * weight
        return self._sum(side, poor) + rate * rich

    def _exact(self, state: int) -> Fraction:
        """Return what somebody in this state has, exactly."""
        found = self.exact[state]
        if found is None:
            spent = sum((self.rates[place] * weight for place, weight in self.paid[state]), Fraction(0))
            found = self.exact[state] = self.share - spent
        return found

    def _sum(self, side: Side, positions: Iterable[int]) -> Fraction:
        """Return what these supporters have together, exactly: people are counted by state, and each rate is
        multiplied once."""
        by_state: dict[int, int] = defaultdict(int)
        state, groups, people = self.state, side.groups, side.people
        for at in positions:
            by_state[state[groups[at]]] += people[at]
        paid: dict[int, int] = defaultdict(int)
        solvent = 0
        for number, count in by_state.items():
            if number == 1:
                continue
            solvent += count
            for place, weight in self.paid[number]:
                paid[place] += count * weight
        return self.share * solvent - sum((self.rates[place] * count for place, count in paid.items()), Fraction(0))
