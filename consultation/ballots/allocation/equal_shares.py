"""The Method of Equal Shares, exact.

Everybody gets the same share of the budget. A project is affordable when those who named it can pay for it together; of
the affordable ones, that one is bought whose supporters pay the least for what they get (per unit of utility, those
who have less pay all they have), until nothing is affordable.

All decisions are made with fractions. Floating point only sorts out what cannot be next: each figure is kept with a
bound of its error, and whatever lies within the bound is computed again exactly. A price of a project only rises while
money is spent, so a price once computed is a lower bound later, and most projects are never computed again. The exact figures
are whole numbers over one common denominator, and people who have paid the same are counted together.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import compress
from math import fsum, inf, lcm
from operator import itemgetter, mul, not_
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
    """One project bought: what each unit of weight paid at most."""

    place: int
    rate: Fraction


@dataclass(frozen=True)
class Run:
    """One run with one share: what was bought in which order."""

    share: Fraction
    bought: tuple[Purchase, ...]

    @property
    def places(self) -> tuple[int, ...]:
        """The projects bought, in order."""
        return tuple(purchase.place for purchase in self.bought)


@dataclass(slots=True)
class Side:
    """The supporters of one project: their groups, how many people each has, and what weight each gave."""

    groups: list[int]
    people: list[int]
    heads: int
    weights: list[int] | None
    """None where all gave the same weight: then a rate is per person, not per unit of weight."""
    weight: int
    """What a rate per person is divided by to be one per unit of weight."""
    total: int
    """People, or weights of all people, that share the cost."""
    take: Callable[[Sequence[Any]], tuple[Any, ...]]
    is_single: bool
    """Whether each group is one person."""


@dataclass(slots=True)
class Look:
    """What floating point sees of one project at one moment."""

    low: float
    """The exact price does not lie below this."""
    moneys: tuple[float, ...]
    poor: list[bool]
    """Who has less than the rate asks; empty where nobody has."""


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
        heads = sum(people)
        same = min(weights) == max(weights)
        return Side(
            groups=groups,
            people=people,
            heads=heads,
            weights=None if same else weights,
            weight=weights[0] if same else 1,
            total=heads if same else sum(map(mul, people, weights)),
            take=_taker(groups),
            is_single=max(people) == 1,
        )

    def run(self, share: Fraction) -> Run:
        """Spend this share of everybody; exact."""
        return Spending(self, share).run()


def _taker(places: list[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Return what takes the elements at some places, always as a tuple."""
    if len(places) == 1:
        return lambda row: (row[places[0]],)
    make: Any = itemgetter
    return cast("Callable[[Sequence[Any]], tuple[Any, ...]]", make(*places))


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
        # Exact figures are numerators over `scale`.
        self.scale = share.denominator
        self.each = share.numerator
        self.rates: dict[int, int] = {}
        self.error = float(share) * MONEY_ERROR
        self.bought: list[Purchase] = []

    def run(self) -> Run:
        """Buy until nothing is affordable."""
        waiting = [(0.0, place) for place in self.shares.sides]
        while (found := self._next(waiting)) is not None:
            place, rate, poor = found
            self.buy(place, rate, poor)
            rivals = self.shares.election.rivals[place]
            waiting = [(low, other) for low, other in waiting if other != place and other not in rivals]
            heapq.heapify(waiting)
        return Run(self.share, tuple(self.bought))

    def left(self, place: int) -> Fraction:
        """Return what the supporters of a project have together, exactly."""
        side = self.shares.sides.get(place)
        return Fraction(0) if side is None else Fraction(self._sum(side, ()), self.scale)

    def moneys(self) -> list[Fraction]:
        """Return for each group of equal papers what one of its people has, exactly."""
        return [Fraction(self._exact(state), self.scale) for state in self.state]

    def _next(self, waiting: list[tuple[float, int]]) -> tuple[int, Fraction, list[bool]] | None:
        """Return the project to buy with its exact rate and the supporters who pay all they have; those that nobody
        can pay leave `waiting` for good."""
        best: tuple[Fraction, tuple[int, int, int], int, Fraction, list[bool]] | None = None
        limit = inf
        seen: dict[int, Look] = {}
        compared: list[tuple[float, int]] = []
        while waiting and waiting[0][0] <= limit:
            low, place = heapq.heappop(waiting)
            if place not in seen:
                look = self.look(place)
                if look is not None:
                    seen[place] = look
                    heapq.heappush(waiting, (max(low, look.low), place))
                continue
            compared.append((low, place))
            rate, poor = self.exact_rate(place, seen[place])
            price = self.price_of(place, rate)
            if best is None or (price, self.shares.election.tie_key(place)) < best[:2]:
                best = (price, self.shares.election.tie_key(place), place, rate, poor)
                limit = float(price) * (1 + FIGURE_ERROR)
        waiting += compared
        return None if best is None else (best[2], best[3], best[4])

    def price_of(self, place: int, rate: Fraction) -> Fraction:
        """Return what a unit of utility costs those who pay in full: what purchases are ordered by."""
        per_weight = rate / self.shares.sides[place].weight
        return per_weight / self.projects[place].cost if self.shares.utility is Utility.COST else per_weight

    def look(self, place: int) -> Look | None:
        """Return what floating point sees of a project; nothing where it is not affordable, which is exact."""
        side, cost = self.shares.sides[place], self.projects[place].cost
        moneys = side.take(self.money)
        slack = 4 * (side.heads * self.error + cost * FIGURE_ERROR)
        rate, rich, poor = cost / side.total, side.total, list[bool]()
        if side.weights is not None or min(moneys) < rate * (1 + FIGURE_ERROR) + 2 * self.error:
            had = fsum(moneys) if side.is_single else fsum(map(mul, moneys, side.people))
            if had < cost - slack or (had < cost + slack and self._sum(side, ()) < cost * self.scale):
                return None
            rate, rich, poor = self._rate(cost, side, moneys)
        low = (rate - slack / rich) / side.weight
        low = (low / cost if self.shares.utility is Utility.COST else low) * (1 - FIGURE_ERROR)
        return Look(low, moneys, poor)

    @staticmethod
    def _rate(cost: int, side: Side, moneys: tuple[float, ...]) -> tuple[float, int, list[bool]]:
        """Return the rate as floating point sees it, the people (or weights) that pay it in full, and the poor."""
        rate, poor = 0.0, list[bool]()
        rich, higher = side.total, cost / side.total
        while higher > rate and rich > 0:
            rate = higher
            if side.weights is None:
                poor = [money < rate for money in moneys]
                rich = side.total - (sum(poor) if side.is_single else sum(compress(side.people, poor)))
            else:
                poor = [money < rate * weight for money, weight in zip(moneys, side.weights, strict=True)]
                rich = side.total - sum(map(mul, compress(side.people, poor), compress(side.weights, poor)))
            given = compress(moneys, poor)
            missing = cost - fsum(given if side.is_single else map(mul, given, compress(side.people, poor)))
            higher = missing / rich if rich > 0 else rate
        return rate, max(rich, 1), poor

    def exact_rate(self, place: int, look: Look) -> tuple[Fraction, list[bool]]:
        """Return the exact rate, and which supporters have less than they would have to pay.

        The floating point found who they are; each supporter near the border is compared exactly, and the rate computed
        again until nobody changes sides.
        """
        side, cost = self.shares.sides[place], self.projects[place].cost
        poor = look.poor
        while True:
            rate = self._rate_with(cost, side, poor)
            divided = self._divided(side, look.moneys, rate, poor)
            if divided == poor:
                return rate, poor
            poor = divided

    def _rate_with(self, cost: int, side: Side, poor: list[bool]) -> Fraction:
        if not any(poor):
            return Fraction(cost, side.total)
        if side.weights is None:
            rich = side.total - sum(compress(side.people, poor))
        else:
            rich = side.total - sum(map(mul, compress(side.people, poor), compress(side.weights, poor)))
        if rich <= 0:
            # Everybody was taken for poor: begin with nobody, the border then moves upwards step by step.
            return Fraction(cost, side.total)
        return Fraction(cost * self.scale - self._sum(side, poor), rich * self.scale)

    def _divided(self, side: Side, moneys: tuple[float, ...], rate: Fraction, poor: list[bool]) -> list[bool]:
        """Return the poor as this exact rate divides them."""
        about = float(rate)
        margin = 2 * self.error + about * FIGURE_ERROR
        if side.weights is None:
            # Nobody near the border, and nobody on the wrong side of it: as it was.
            if not any(poor):
                if min(moneys) > about + margin:
                    return poor
            elif (
                max(compress(moneys, poor)) < about - margin
                and min(compress(moneys, map(not_, poor)), default=inf) > about + margin
            ):
                return poor
        found: list[bool] = []
        known: dict[tuple[int, int], bool] = {}
        for at, money in enumerate(moneys):
            weight = 1 if side.weights is None else side.weights[at]
            gap = money - about * weight
            if abs(gap) > margin * weight:
                found.append(gap < 0)
                continue
            key = (self.state[side.groups[at]], weight)
            if key not in known:
                known[key] = self._exact(key[0]) * rate.denominator < rate.numerator * weight * self.scale
            found.append(known[key])
        return found if any(found) else []

    def buy(self, place: int, rate: Fraction, poor: list[bool]) -> None:
        """Take the money: all that the poor have, the rate times the weight from everybody else."""
        side = self.shares.sides[place]
        scale = lcm(self.scale, rate.denominator)
        if scale != self.scale:
            self.each *= scale // self.scale
            self.rates = {other: known * (scale // self.scale) for other, known in self.rates.items()}
            self.scale = scale
        self.rates[place] = rate.numerator * (scale // rate.denominator)
        about = float(rate)
        money, state = self.money, self.state
        for number in compress(side.groups, poor):
            money[number] = 0.0
            state[number] = 1
        moved: dict[tuple[int, int], int] = {}
        weights = [1] * len(side.groups) if side.weights is None else side.weights
        payers = zip(side.groups, weights, strict=True)
        for number, weight in compress(payers, map(not_, poor)) if poor else payers:
            money[number] -= about * weight
            key = (state[number], weight)
            follows = moved.get(key)
            if follows is None:
                follows = moved[key] = len(self.paid)
                self.paid.append((*self.paid[key[0]], (place, weight)))
            state[number] = follows
        self.bought.append(Purchase(place, rate / side.weight))

    def paid_at(self, side: Side, rate: float) -> float:
        """Return about what these supporters would pay at a rate per unit of weight."""
        weights = side.weights or [side.weight] * len(side.groups)
        return fsum(
            min(money, rate * weight) * people
            for money, weight, people in zip(side.take(self.money), weights, side.people, strict=True)
        )

    def exactly_paid_at(self, side: Side, rate: Fraction) -> Fraction:
        """Return exactly what these supporters would pay at a rate per unit of weight."""
        poor: list[bool] = []
        rich = 0
        known: dict[tuple[int, int], bool] = {}
        for at, number in enumerate(side.groups):
            weight = side.weight if side.weights is None else side.weights[at]
            key = (self.state[number], weight)
            if key not in known:
                known[key] = self._exact(key[0]) * rate.denominator < rate.numerator * weight * self.scale
            poor.append(known[key])
            rich += 0 if known[key] else side.people[at] * weight
        return (Fraction(self._sum(side, poor), self.scale) if any(poor) else 0) + rate * rich

    def _exact(self, state: int) -> int:
        """Return what somebody in this state has, exactly, over the scale."""
        return 0 if state == 1 else self.each - sum(self.rates[place] * weight for place, weight in self.paid[state])

    def _sum(self, side: Side, chosen: Sequence[bool]) -> int:
        """Return what the chosen supporters (all of them without a choice) have together, exactly, over the scale:
        people are counted by state, and each rate is multiplied once."""
        states = side.take(self.state)
        by_state: Counter[int] = Counter()
        if side.is_single:
            by_state.update(compress(states, chosen) if chosen else states)
        else:
            pairs = zip(states, side.people, strict=True)
            for number, people in compress(pairs, chosen) if chosen else pairs:
                by_state[number] += people
        by_state.pop(1, None)
        spent: Counter[int] = Counter()
        for number, count in by_state.items():
            for place, weight in self.paid[number]:
                spent[place] += count * weight
        return self.each * by_state.total() - sum(self.rates[place] * count for place, count in spent.items())
