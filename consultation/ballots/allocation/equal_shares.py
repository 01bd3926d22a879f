"""The Method of Equal Shares, exact.

Everybody gets the same share of the budget. A project is affordable when those who named it can pay for it together; of
the affordable ones, that one is bought whose supporters pay the least for what they get (per unit of utility, those
who have less pay all they have), until nothing is affordable.

All figures are whole numbers or fractions; nothing is ever rounded that decides. What a person has is known twice: exactly,
as the share less the rates of what was paid for, and rounded up to a fixed number of binary digits of the share. The
rounded figures of all people are kept digit by digit, each digit a set of bits (see `sides`), so that one pass over the
digits compares everybody with an amount. They give lower bounds of prices, which sort out what cannot be next, and tell
the poor from the rich but for the few who lie within the rounding: those are compared exactly. A price of a project only
rises while money is spent, so a bound once found stays one, and most projects are never looked at again.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from consultation.ballots.allocation.election import Election
from consultation.ballots.allocation.rule import Utility
from consultation.ballots.allocation.sides import Side

DIGITS = 32
"""Binary digits of a share in the rounded figures: more make the exact comparison rarer, fewer the passes shorter."""
LEADING = 12
"""Binary digits with which a bound is computed."""
ENOUGH = 10
"""A bound that rises by less than this power of one half is left as it is."""
KEY_DIGITS = 64
"""Binary digits kept of a bound divided by a cost, beside those of the cost."""


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


@dataclass(frozen=True, slots=True)
class Offer:
    """What one project would cost its supporters at one moment, exactly."""

    place: int
    rate: Fraction
    """What a unit of weight pays."""
    payers: tuple[tuple[int, int], ...]
    """(weight, the groups that pay the rate in full)."""


class Shares:
    """The supporters of every project that is admitted; each run with another share starts from it."""

    def __init__(self, election: Election, utility: Utility, admitted: Sequence[bool]) -> None:
        self.election = election
        self.utility = utility
        self.all = election.sides
        self.sides: dict[int, Side] = {place: side for place, side in self.all.of.items() if admitted[place]}
        dearest = max((project.cost for project in election.projects), default=0)
        self.key_digits = KEY_DIGITS + dearest.bit_length()

    def run(self, share: Fraction) -> Run:
        """Spend this share of everybody; exact."""
        return Spending(self, share).run()

    def stands_until(self, run: Run) -> Fraction:
        """Return a share below which every run from this one on buys the same at the same rates; at least its own share.

        Asked only of runs in which nobody was too poor to pay in full: then more money makes nothing cheaper that was
        bought. Each unit more for everybody gives the supporters of another project at most a unit a head, so that what
        they lack at each purchase, divided by their heads, tells how long they stay behind.
        """
        projects = self.election.projects
        if any(each.rate * self.sides[each.place].total != projects[each.place].cost for each in run.bought):
            return run.share
        spending = Spending(self, run.share)
        open_ = set(self.sides) - set(run.places)
        stands = [Fraction(projects[place].cost) for place in open_]
        for purchase in run.bought:
            price = spending.price_of(purchase.place, purchase.rate)
            for place in open_:
                side, cost = self.sides[place], projects[place].cost
                most = price * cost if self.utility is Utility.COST else price
                if most * side.total >= cost:
                    stands.append((cost - spending.exactly_paid(side, most)) / side.heads)
            spending.buy(Offer(purchase.place, purchase.rate, self.sides[purchase.place].parts))
            open_ -= self.election.rivals[purchase.place]
        stands += [(projects[place].cost - spending.left(place)) / self.sides[place].heads for place in open_]
        return run.share + max(min(stands, default=Fraction(0)), Fraction(0))


class Spending:
    """One run while it goes on."""

    def __init__(self, shares: Shares, share: Fraction) -> None:
        self.shares = shares
        self.projects = shares.election.projects
        self.sides = shares.sides
        self.share = share
        self.count = shares.all.count
        # Rounded figures: an amount times `up` over `down` is one in parts of the share; everybody begins with all.
        self.up, self.down = share.denominator << DIGITS, max(share.numerator, 1)
        everyone = shares.all.everyone
        self.digits = [*[0] * DIGITS, everyone]
        self.least: dict[int, int] = {}
        # Exact figures are numerators over `scale`.
        self.scale = share.denominator
        self.each = share.numerator
        self.rates: list[int] = []
        self.payers: list[tuple[tuple[int, int], ...]] = []
        self.solvent = everyone
        """Who was not asked for all that they had."""
        self.bought: list[Purchase] = []

    def run(self) -> Run:
        """Buy until nothing is affordable."""
        waiting = [(0, place) for place in self.sides] if self.share else []
        while (offer := self._next(waiting)) is not None:
            self.buy(offer)
            rivals = self.shares.election.rivals[offer.place]
            waiting = [(low, place) for low, place in waiting if place != offer.place and place not in rivals]
            heapq.heapify(waiting)
        return Run(self.share, tuple(self.bought))

    def left(self, place: int) -> Fraction:
        """Return what the supporters of a project have together, exactly."""
        side = self.sides.get(place)
        return Fraction(0) if side is None else Fraction(self._sum(_joined(side.parts)), self.scale)

    def moneys(self) -> list[Fraction]:
        """Return for each group of equal papers what one of its people has, exactly."""
        found = [Fraction(0)] * len(self.shares.all.order)
        for at, number in enumerate(self.shares.all.order):
            found[number] = Fraction(self._sum(1 << at), self.scale * self.shares.election.papers[number][1])
        return found

    def _next(self, waiting: list[tuple[int, int]]) -> Offer | None:
        """Return the project to buy; those that nobody can pay leave `waiting` for good."""
        best: tuple[Fraction, tuple[int, int, int]] | None = None
        chosen: Offer | None = None
        limit = 0
        seen: set[int] = set()
        compared: list[tuple[int, int]] = []
        while waiting and (best is None or waiting[0][0] <= limit):
            _low, place = heapq.heappop(waiting)
            if place not in seen:
                seen.add(place)
                if self._is_in_reach(place):
                    heapq.heappush(waiting, (self._key(place, Fraction(self.least[place])), place))
                continue
            offer = self.offer(place)
            if offer is None:
                continue
            low = self._key(place, self._parts(offer.rate))
            compared.append((low, place))
            rank = (self.price_of(place, offer.rate), self.shares.election.tie_key(place))
            if best is None or rank < best:
                best, chosen, limit = rank, offer, low
        waiting += compared
        return chosen

    def price_of(self, place: int, rate: Fraction) -> Fraction:
        """Return what a unit of utility costs those who pay in full: what purchases are ordered by."""
        return rate / self.projects[place].cost if self.shares.utility is Utility.COST else rate

    def _key(self, place: int, parts: Fraction) -> int:
        """Return a price in parts of the share as a whole number that keeps the order, rounded down."""
        divisor = parts.denominator * (self.projects[place].cost if self.shares.utility is Utility.COST else 1)
        return (parts.numerator << self.shares.key_digits) // divisor

    def _parts(self, amount: Fraction) -> Fraction:
        """Return an amount in parts of the share."""
        return amount * self.up / self.down

    def _is_in_reach(self, place: int) -> bool:
        """Raise the bound of a project's rate; tell whether its supporters may be able to pay for it.

        However the supporters are divided, the rate is not below what the cost leaves to the one part when the other
        gives all it has. Who has less than the bound asks gives all.
        """
        side = self.sides[place]
        cost = self.projects[place].cost * self.up // self.down
        least = self.least.get(place, cost // side.total)
        while True:
            rich = unable = 0
            for weight, groups in side.parts:
                able = groups & self._having(_leading(least * weight))
                rich += weight * self.count(able)
                unable |= groups ^ able
            if not rich:
                return False
            higher = (cost - self._about(unable, (least * side.parts[-1][0]).bit_length())) // rich
            self.least[place] = max(least, higher)
            if higher <= least + (least >> ENOUGH):
                return True
            least = higher

    def _having(self, amount: int) -> int:
        """Return the groups whose rounded figure is at least an amount in parts of the share."""
        if amount <= 0:
            return self.shares.all.everyone
        if amount >> DIGITS + 1:
            return 0
        begin = (amount & -amount).bit_length() - 1
        found = self.digits[begin]
        for digit in range(begin + 1, DIGITS + 1):
            if amount >> digit & 1:
                found &= self.digits[digit]
            else:
                found |= self.digits[digit]
        return found

    def _about(self, groups: int, digits: int) -> int:
        """Return what the people of some groups have together, rounded up; each has less than that many digits hold."""
        if not groups:
            return 0
        digits = min(digits, DIGITS + 1)
        begin = max(digits - LEADING, 0)
        found = self.count(groups) << begin if begin else 0
        for digit in range(begin, digits):
            if held := groups & self.digits[digit]:
                found += self.count(held) << digit
        return found

    def offer(self, place: int) -> Offer | None:
        """Return what a project would cost its supporters, exactly; nothing where they cannot pay for it.

        Begins with the rich as the bound divides them, and divides them again by the rate found until nobody changes
        sides: the rate only rises.
        """
        side, cost = self.sides[place], self.projects[place].cost * self.scale
        able = [groups & self._having(self.least[place] * weight) for weight, groups in side.parts]
        while True:
            rich = unable = 0
            for (weight, groups), part in zip(side.parts, able, strict=True):
                rich += weight * self.count(part)
                unable |= groups ^ part
            if not rich:
                return None
            rate = Fraction(cost - self._sum(unable), rich * self.scale)
            divided = self._able(side, rate)
            if divided == able:
                parts = zip(side.parts, able, strict=True)
                return Offer(place, rate, tuple((weight, part) for (weight, _groups), part in parts if part))
            able = divided

    def _able(self, side: Side, rate: Fraction) -> list[int]:
        """Return for each part of a side who has what a rate asks, exactly."""
        return [self._able_part(groups, rate * weight) for weight, groups in side.parts]

    def _able_part(self, groups: int, amount: Fraction) -> int:
        # Each payment has added less than one to a rounded figure: who reaches the amount by more than that reaches it
        # in truth, and who does not reach it does not.
        parts = -(-amount.numerator * self.up // (amount.denominator * self.down))
        able = groups & self._having(parts)
        if not able or not self.rates:
            return able
        surely = able & self._having(parts + len(self.rates))
        return surely | self._exactly_able(able ^ surely, amount) if surely != able else able

    def _exactly_able(self, groups: int, amount: Fraction) -> int:
        """Return which groups have an amount, by all that they have paid: those who paid alike are compared once."""
        asked = amount.numerator * self.scale
        found = 0
        open_ = [(groups & self.solvent, self.each, 0)]
        while open_:
            same, money, at = open_.pop()
            if at == len(self.rates):
                found |= same if money * amount.denominator >= asked else 0
                continue
            for weight, payers in self.payers[at]:
                if paid := same & payers:
                    open_.append((paid, money - self.rates[at] * weight, at + 1))
                    same ^= paid
            if same:
                open_.append((same, money, at + 1))
        return found

    def _sum(self, groups: int) -> int:
        """Return what the people of some groups have together, exactly, over the scale."""
        groups &= self.solvent
        if not groups:
            return 0
        found = self.each * self.count(groups)
        for rate, payers in zip(self.rates, self.payers, strict=True):
            found -= rate * sum(weight * self.count(paid) for weight, part in payers if (paid := groups & part))
        return found

    def buy(self, offer: Offer) -> None:
        """Take the money: all that the poor have, the rate times the weight from everybody else."""
        rate = offer.rate
        scale = lcm(self.scale, rate.denominator)
        if scale != self.scale:
            more = scale // self.scale
            self.each *= more
            self.rates = [known * more for known in self.rates]
            self.scale = scale
        self.rates.append(rate.numerator * (scale // rate.denominator))
        self.payers.append(offer.payers)
        if emptied := _joined(self.sides[offer.place].parts) ^ _joined(offer.payers):
            kept = self.shares.all.everyone ^ emptied
            self.solvent &= kept
            self.digits = [digit & kept for digit in self.digits]
        for weight, payers in offer.payers:
            self._take(rate.numerator * weight * self.up // (rate.denominator * self.down), payers)
        self.bought.append(Purchase(offer.place, rate))

    def _take(self, amount: int, payers: int) -> None:
        """Take an amount in parts of the share from some groups, digit by digit."""
        if not amount:
            return
        borrowed = 0
        for digit in range((amount & -amount).bit_length() - 1, DIGITS + 1):
            before = self.digits[digit]
            if amount >> digit & 1:
                self.digits[digit] = before ^ payers ^ borrowed
                borrowed |= payers ^ (payers & before)
            else:
                self.digits[digit] = before ^ borrowed
                borrowed ^= borrowed & before

    def at_most_paid(self, side: Side, rate: Fraction) -> Fraction:
        """Return what these supporters do not pay more than at a rate; near to it."""
        found = unable = asked = 0
        for weight, groups in side.parts:
            asked = rate.numerator * weight * self.up // (rate.denominator * self.down)
            able = groups & self._having(asked)
            found += (asked + 1) * self.count(able)
            unable |= groups ^ able
        return Fraction((found + self._about(unable, asked.bit_length())) * self.down, self.up)

    def exactly_paid(self, side: Side, rate: Fraction) -> Fraction:
        """Return exactly what these supporters would pay at a rate."""
        able = self._able(side, rate)
        rich = unable = 0
        for (weight, groups), part in zip(side.parts, able, strict=True):
            rich += weight * self.count(part)
            unable |= groups ^ part
        return Fraction(self._sum(unable), self.scale) + rate * rich


def _joined(parts: Iterable[tuple[int, int]]) -> int:
    found = 0
    for _weight, groups in parts:
        found |= groups
    return found


def _leading(amount: int) -> int:
    """Round down to the leading digits: a bound stays one, and is compared with fewer steps."""
    cut = max(amount.bit_length() - LEADING, 0)
    return amount >> cut << cut
