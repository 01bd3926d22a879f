"""A participatory budget to be allocated: projects with costs, the papers grouped by what they say, the money.

Pure data, no database: amounts are whole numbers of the smallest unit (fen), so that no rule ever rounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from consultation.ballots.allocation.sides import Marks, Side, Sides

NOBODY = Side((), 0, 0)


class Kind(StrEnum):
    """What a voter marks."""

    APPROVAL = "APPROVAL"
    POINTS = "POINTS"
    RANKED = "RANKED"
    KNAPSACK = "KNAPSACK"


class PaperImpossible(ValueError):
    """A paper names a project twice, or one that is not on the ballot."""


@dataclass(frozen=True, slots=True)
class Project:
    """One project to be voted on; `number` is its place on the ballot and decides the last tie."""

    key: str
    cost: int
    name: str = ""
    number: int = 0


@dataclass(frozen=True)
class Election:
    """Everything an allocation depends on; equal papers are kept once, with how many people handed them in.

    Of each set in `exclusions` at most one project can be chosen.
    """

    projects: tuple[Project, ...]
    budget: int
    papers: tuple[tuple[Marks, int], ...]
    unit: int = 100
    """Smallest units in one unit of the currency: 100 fen in a yuan."""
    exclusions: tuple[frozenset[str], ...] = ()
    index: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = {project.key: place for place, project in enumerate(self.projects)}
        if len(index) != len(self.projects):
            raise ValueError("two projects have one key")
        if self.budget < 0 or any(project.cost <= 0 for project in self.projects):
            raise ValueError("costs are above zero, and a budget is not below it")
        object.__setattr__(self, "index", index)

    @cached_property
    def voters(self) -> int:
        """How many people handed a paper in, empty papers included."""
        return sum(people for _marks, people in self.papers)

    @cached_property
    def sides(self) -> Sides:
        """Who named which project."""
        return Sides(self.papers)

    @cached_property
    def supporters(self) -> tuple[int, ...]:
        """For each project, how many people named it."""
        return tuple(self.sides.of.get(place, NOBODY).heads for place in range(len(self.projects)))

    @cached_property
    def scores(self) -> tuple[int, ...]:
        """For each project, the weights that all papers gave it added up."""
        return tuple(self.sides.of.get(place, NOBODY).total for place in range(len(self.projects)))

    @cached_property
    def rivals(self) -> tuple[frozenset[int], ...]:
        """For each project, those that cannot be chosen beside it."""
        found: list[set[int]] = [set() for _project in self.projects]
        for keys in self.exclusions:
            places = {self.index[key] for key in keys}
            for place in places:
                found[place] |= places - {place}
        return tuple(frozenset(places) for places in found)

    def tie_key(self, place: int) -> tuple[int, int, int]:
        """Order projects that a rule finds equal: more supporters, then lower cost, then the place on the ballot."""
        project = self.projects[place]
        return (-self.supporters[place], project.cost, project.number)

    def cost_of(self, places: Iterable[int]) -> int:
        """Return what some projects cost together."""
        return sum(self.projects[place].cost for place in places)

    def with_more(self, place: int, people: int) -> Election:
        """Return the election with so many more papers that name one project and nothing else, once."""
        marks = ((place, 1),)
        return Election(self.projects, self.budget, group([*self.papers, (marks, people)]), self.unit, self.exclusions)


def group(papers: Iterable[tuple[Marks, int]]) -> tuple[tuple[Marks, int], ...]:
    """Keep equal papers once; the order in which papers came is forgotten."""
    found: Counter[Marks] = Counter()
    for marks, people in papers:
        found[marks] += people
    return tuple(sorted((marks, people) for marks, people in found.items() if people))


def marks_of(kind: Kind, named: Sequence[int], points: Sequence[int] = (), places: int = 0) -> Marks:
    """Turn what one person wrote into weights.

    Approval and knapsack: 1 for each project named. Points: the points. Ranked: the first of `places` gets that many,
    the next one less, and so on; never less than one.

    Raises:
        PaperImpossible: a project is named twice, or points do not belong to the projects one by one.
    """
    if len(set(named)) < len(named):
        raise PaperImpossible("a project is named twice")
    if kind is Kind.POINTS:
        if len(points) != len(named):
            raise PaperImpossible("as many points as projects are needed")
        weights = list(points)
    elif kind is Kind.RANKED:
        weights = [max(places - position, 1) for position in range(len(named))]
    else:
        weights = [1] * len(named)
    if any(weight < 0 for weight in weights):
        raise PaperImpossible("points are not below zero")
    return tuple(sorted((place, weight) for place, weight in zip(named, weights, strict=True) if weight))
