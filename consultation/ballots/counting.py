"""The kinds of ballots: what may be marked on a paper, and how papers are added up (all pure).

A paper is a list of numbers of options, whatever the kind:

    FOR_AGAINST, SINGLE   one number
    APPROVAL              different numbers, ascending
    KNAPSACK              different numbers, ascending, whose costs together stay within the budget
    POINTS                a number once for each point given to it, ascending
    RANKED                different numbers, the best first

Papers come in groups: equal papers with the number of people who handed them in and, where owners vote, the floor area
of these people in hundredths of a square meter. The order of groups never changes anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.policy.policy import Count, Tally
from governance.errors import Invalid

FOR, AGAINST, ABSTAIN = 1, 2, 3
FINAL = 2
"""With so many options left a run-off ends."""


class BallotMethod(models.TextChoices):
    """What a voter marks."""

    FOR_AGAINST = "FOR_AGAINST", _("for, against or abstain")
    SINGLE = "SINGLE", _("one of several options")
    APPROVAL = "APPROVAL", _("any number of options")
    RANKED = "RANKED", _("options in order, the best first")
    POINTS = "POINTS", _("points given to options")
    KNAPSACK = "KNAPSACK", _("options within a budget")


ONE_MARK = (BallotMethod.FOR_AGAINST, BallotMethod.SINGLE)
"""Kinds with exactly one mark."""


class ChoicesImpossible(Invalid):
    """What is marked cannot be cast."""

    code = "choices_impossible"
    message = _("%(reason)s")


@dataclass(frozen=True, slots=True)
class Paper:
    """What a paper of one ballot may say: its kind, its options, how many marks, and where there is one the budget."""

    method: str
    numbers: tuple[int, ...]
    most: int = 1
    costs: Mapping[int, Decimal] | None = None
    budget: Decimal | None = None


def read_marks(paper: Paper, choices: Sequence[int]) -> list[int]:
    """Return what a voter marked, in the one order in which this kind writes it.

    Raises:
        ChoicesImpossible: nothing, too much, something twice, something that is no option, or beyond the budget.
    """
    marked = list(choices) if paper.method == BallotMethod.RANKED else sorted(choices)
    if not marked:
        raise ChoicesImpossible(field="choices", reason=gettext("Please choose an option."))
    repeats = len(set(marked)) < len(marked) and paper.method != BallotMethod.POINTS
    if repeats or not set(marked) <= set(paper.numbers):
        raise ChoicesImpossible(field="choices", reason=gettext("This is not an option of this ballot."))
    if len(marked) > paper.most:
        words = (
            gettext("At most %(most)s points can be given.")
            if paper.method == BallotMethod.POINTS
            else gettext("At most %(most)s options can be chosen.")
        )
        raise ChoicesImpossible(field="choices", reason=words % {"most": paper.most})
    if paper.method == BallotMethod.KNAPSACK:
        _refuse_beyond_budget(paper, marked)
    return marked


def _refuse_beyond_budget(paper: Paper, marked: Sequence[int]) -> None:
    costs, budget = paper.costs or {}, paper.budget or Decimal(0)
    spent = sum((costs[number] for number in marked), Decimal(0))
    if spent > budget:
        reason = gettext("The options chosen cost %(spent)s yuan together; the budget is %(budget)s yuan.")
        raise ChoicesImpossible(field="choices", reason=reason % {"spent": f"{spent:,.2f}", "budget": f"{budget:,.2f}"})


def read_choices(choices: Sequence[int], numbers: Sequence[int], most: int) -> list[int]:
    """Return what a voter marked where different options are chosen, in ascending order.

    Raises:
        ChoicesImpossible: nothing, too much, something twice, or something that is no option.
    """
    return read_marks(Paper(BallotMethod.APPROVAL, tuple(numbers), most), choices)


@dataclass(frozen=True, slots=True)
class Group:
    """Equal papers: what they say, of how many people, and with how much floor area."""

    choices: tuple[int, ...]
    heads: int = 1
    area: int = 0


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a run-off: the papers that each remaining option holds, who falls out, and papers without a name left."""

    held: tuple[tuple[int, int], ...]
    out: int | None
    exhausted: int


Line = tuple[tuple[int, int], ...]
"""(number of the option, figure), in the order of the options."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Papers added up.

    `counts` is what is shown for each option: votes, points, or first places. `backed` are the people who stand behind an
    option and `area` their floor area: what the decision rule compares. `rounds` are those of a run-off.
    """

    method: str
    counts: Line
    cast: int
    backed: Line = ()
    area: Line = ()
    area_cast: int = 0
    rounds: tuple[Round, ...] = ()

    def votes(self, number: int | None) -> int:
        """Return the figure of an option; none for no option."""
        return dict(self.counts).get(number, 0) if number is not None else 0

    def heads(self, number: int | None) -> int:
        """Return how many people stand behind an option."""
        return dict(self.backed or self.counts).get(number, 0) if number is not None else 0

    @property
    def leading(self) -> list[int]:
        """The options with the most; several where they share the first place, none where nobody voted."""
        figures = self.rounds[-1].held if self.rounds else self.counts
        rivals = [row for row in figures if self.method != BallotMethod.FOR_AGAINST or row[0] in {FOR, AGAINST}]
        most = max((votes for _number, votes in rivals), default=0)
        return [number for number, votes in rivals if votes == most] if most else []

    @property
    def winner(self) -> int | None:
        """The option with the most; none where two share the first place or nobody voted. Nobody elects to abstain."""
        leading = self.leading
        return leading[0] if len(leading) == 1 else None

    @property
    def decides(self) -> bool:
        """Whether the count leaves something to be judged: where there are several options, one of them leads."""
        return self.method == BallotMethod.FOR_AGAINST or self.winner is not None

    def tally(self, entitled: int, judged: int | None = None) -> Tally:
        """Return the figures in heads that the decision rule compares: everybody who voted took part.

        Of several options the one that leads is judged, and every paper that does not stand behind it counts against it;
        `judged` is another one, where none has to lead.
        """
        return self._tally(entitled, self.cast, self.heads, judged)

    def count(self, entitled: int, area_entitled: int | None = None, judged: int | None = None) -> Count:
        """Return heads, and floor area where it is counted as well."""
        heads = self.tally(entitled, judged)
        if area_entitled is None:
            return Count(heads)
        areas = dict(self.area)
        return Count(heads, self._tally(area_entitled, self.area_cast, lambda number: areas.get(number, 0), judged))

    def _tally(self, entitled: int, cast: int, figure: Callable[[Any], int], judged: int | None) -> Tally:
        if self.method == BallotMethod.FOR_AGAINST:
            in_favor, against, abstained = figure(FOR), figure(AGAINST), figure(ABSTAIN)
        else:
            in_favor, abstained = figure(self.winner if judged is None else judged), 0
            against = cast - in_favor
        return Tally(
            entitled=entitled, present=cast, in_favor=in_favor, against=against, abstained=abstained, cast=cast
        )


def count_votes(method: str, numbers: Sequence[int], votes: Iterable[Sequence[int]]) -> Counted:
    """Add up papers of one head each; the order in which they come changes nothing."""
    found = Counter(tuple(choices) for choices in votes)
    return count_groups(method, numbers, (Group(choices, heads) for choices, heads in found.items()))


def count_groups(method: str, numbers: Sequence[int], groups: Iterable[Group]) -> Counted:
    """Add up groups of equal papers by the rule of the kind."""
    rows = list(groups)
    ordered = sorted(numbers)
    shown, backed, area = Counter[int](), Counter[int](), Counter[int]()
    rounds = run_off(ordered, rows) if method == BallotMethod.RANKED else ()
    final = [number for number, _held in rounds[-1].held] if rounds else []
    for group in rows:
        for number, marks in Counter(group.choices if method != BallotMethod.RANKED else group.choices[:1]).items():
            shown[number] += marks * group.heads
        behind = set(group.choices) if method != BallotMethod.RANKED else _first_of(group.choices, final)
        for number in behind:
            backed[number] += group.heads
            area[number] += group.area
    return Counted(
        method,
        _line(ordered, shown),
        sum(group.heads for group in rows),
        _line(ordered, backed),
        _line(ordered, area),
        sum(group.area for group in rows),
        rounds,
    )


def _line(numbers: Iterable[int], figures: Mapping[int, int]) -> Line:
    return tuple((number, figures.get(number, 0)) for number in numbers)


def _first_of(choices: Sequence[int], left: Iterable[int]) -> set[int]:
    """Return for whom a ranked paper counts: the first on it that is still there."""
    remaining = set(left)
    return set(next(((number,) for number in choices if number in remaining), ()))


def run_off(numbers: Sequence[int], groups: Sequence[Group]) -> tuple[Round, ...]:
    """Count ranked papers by run-off: the weakest falls out and its papers pass on, until one holds more than half of
    those that still name somebody, or two are left.

    Where several are weakest, the one that held less in the latest round in which they differed falls out, and where they
    never differed the one that stands later on the ballot, which was frozen before the first vote.
    """
    left, rounds = list(numbers), list[Round]()
    total = sum(group.heads for group in groups)
    while True:
        held = Counter[int]()
        for group in groups:
            held.update(dict.fromkeys(_first_of(group.choices, left), group.heads))
        naming = sum(held.values())
        strongest = max((held[number] for number in left), default=0)
        is_over = len(left) <= FINAL or strongest * 2 > naming
        out = None if is_over else _weakest(left, held, rounds)
        rounds.append(Round(_line(left, held), out, total - naming))
        if out is None:
            return tuple(rounds)
        left.remove(out)


def _weakest(left: Sequence[int], held: Mapping[int, int], before: Sequence[Round]) -> int:
    past = [dict(stage.held) for stage in reversed(before)]
    return min(left, key=lambda number: (held.get(number, 0), *(stage.get(number, 0) for stage in past), -number))
