"""Where people agree: groups of people over the statements, what unites them, what divides them (pure, deterministic).

The way, in whole: each person is a row of +1 (agrees), -1 (disagrees), 0 (passes) over the statements; what somebody
has not looked at counts as the statement's mean. The two directions in which people differ most are found by power
iteration, people are laid on them (those who looked at few statements are stretched, as they would otherwise all lie in the
middle), and grouped by k-means for 2 to 5 groups from fixed first centers. The number of groups is the one that separates
people best; a division with a group of fewer than five people is never taken. Nothing is drawn by chance, and the order of
the rows changes nothing: everything is sorted first.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from consultation.topics.statements.policy import FEWEST_SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

METHOD = "pca-kmeans/1"
FEWEST_POSITIONS = 7
"""Who has looked at fewer statements (or fewer than all, where there are fewer) is counted, but not grouped."""
MOST_GROUPS = 5
ROUNDS = 100
STILL = 1e-9
CLEAR = 0.25
"""Below this separation people form one group."""
UNITES = 0.6
FEWEST_GROUPS = 2
"""One group neither differs from another nor lies apart from it."""
HALF = 0.5
"""Groups stand apart on a statement where half of one of them agrees and less than half of another."""
LISTED = 10

Row = tuple[list[int], list[float]]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people stand how to a statement."""

    agree: int = 0
    disagree: int = 0
    passed: int = 0

    @property
    def total(self) -> int:
        """All who looked at it."""
        return self.agree + self.disagree + self.passed

    @property
    def likely_agree(self) -> float:
        """The share that agrees, drawn to the middle where few have looked (Laplace)."""
        return (self.agree + 1) / (self.total + 2)

    @property
    def likely_disagree(self) -> float:
        """The share that disagrees, drawn to the middle where few have looked (Laplace)."""
        return (self.disagree + 1) / (self.total + 2)


def fingerprint_of(positions: Iterable[tuple[int, int, int]]) -> str:
    """Return the SHA-256 of the method and of all positions (person, statement, sign), in their order."""
    digest = hashlib.sha256(METHOD.encode())
    for person, statement, sign in sorted(positions):
        digest.update(b"\n%d %d %d" % (person, statement, sign))
    return digest.hexdigest()


def counted(signs: Iterable[int]) -> Counts:
    """Count signs."""
    found = list(signs)
    return Counts(found.count(1), found.count(-1), found.count(0))


def picture_of(positions: Iterable[tuple[int, int, int]]) -> dict[str, Any]:
    """Return the picture of the latest positions (person, statement, sign) as plain figures for storage.

    Nobody can be told from it: groups have at least five people, counts of fewer than five within a group are left out.
    """
    ordered = sorted(positions)
    people = sorted({person for person, _statement, _sign in ordered})
    statements = sorted({statement for _person, statement, _sign in ordered})
    by_person: dict[int, dict[int, int]] = defaultdict(dict)
    for person, statement, sign in ordered:
        by_person[person][statement] = sign
    least = min(FEWEST_POSITIONS, len(statements))
    grouped = [person for person in people if len(by_person[person]) >= least]
    groups, centers = _groups_of(grouped, statements, by_person)
    members: list[list[int]] = [[] for _ in centers]
    for person, group in zip(grouped, groups, strict=bool(centers)):
        members[group].append(person)
    table = [_line(statement, people, members, by_person) for statement in statements]
    return {
        "method": METHOD,
        "people": len(people),
        "grouped": len(grouped),
        "positions": len(ordered),
        "groups": [
            {"number": number + 1, "people": len(found), "x": round(center[0], 3), "y": round(center[1], 3)}
            for number, (found, center) in enumerate(zip(members, centers, strict=True))
        ],
        "statements": [line.stored() for line in table if line.counts.total >= FEWEST_SHOWN],
        "uniting": _uniting(table, len(centers)),
        "dividing": _dividing(table, len(centers)),
    }


@dataclass(frozen=True, slots=True)
class Line:
    """One statement with the counts of all people and of each group."""

    statement: int
    counts: Counts
    groups: tuple[Counts, ...]

    def stored(self) -> dict[str, Any]:
        """Return it for storage; groups of which fewer than five looked at it are left out."""
        return {
            "statement": self.statement,
            "counts": _plain(self.counts),
            "groups": [_plain(group) if group.total >= FEWEST_SHOWN else None for group in self.groups],
        }


def _plain(counts: Counts) -> list[int]:
    return [counts.agree, counts.disagree, counts.passed]


def _line(
    statement: int, people: Sequence[int], members: Sequence[Sequence[int]], by_person: dict[int, dict[int, int]]
) -> Line:
    def count(some: Sequence[int]) -> Counts:
        return counted(by_person[person][statement] for person in some if statement in by_person[person])

    return Line(statement, count(people), tuple(count(some) for some in members))


def _uniting(table: Sequence[Line], groups: int) -> list[dict[str, Any]]:
    """Return the statements to which every group stands alike, most united first."""
    found = []
    for line in table:
        parts = line.groups if groups else (line.counts,)
        if any(part.total < FEWEST_SHOWN for part in parts):
            continue
        agree = min(part.likely_agree for part in parts)
        disagree = min(part.likely_disagree for part in parts)
        if max(agree, disagree) >= UNITES:
            found.append((round(max(agree, disagree), 6), line.statement, agree >= disagree))
    found.sort(key=lambda row: (-row[0], row[1]))
    return [{"statement": statement, "agreed": agreed, "least": least} for least, statement, agreed in found[:LISTED]]


def _dividing(table: Sequence[Line], groups: int) -> list[dict[str, Any]]:
    """Return the statements on which groups differ most: the widest gap between their shares that agree."""
    if groups < FEWEST_GROUPS:
        return []
    found = []
    for line in table:
        shares = [part.likely_agree for part in line.groups if part.total >= FEWEST_SHOWN]
        if len(shares) >= FEWEST_GROUPS and max(shares) >= HALF > min(shares):
            found.append((round(max(shares) - min(shares), 6), line.statement))
    found.sort(key=lambda row: (-row[0], row[1]))
    return [{"statement": statement, "gap": gap} for gap, statement in found[:LISTED]]


def _groups_of(
    people: Sequence[int], statements: Sequence[int], by_person: dict[int, dict[int, int]]
) -> tuple[list[int], list[Point]]:
    """Return the group of each person and the centers of the groups, largest group first; none below five people."""
    if len(people) < FEWEST_SHOWN:
        return [], []
    points = _laid_out(people, statements, by_person)
    best: tuple[float, list[int], list[Point]] | None = None
    for count in range(FEWEST_GROUPS, MOST_GROUPS + 1):
        groups, centers = _kmeans(points, count)
        if min((groups.count(group) for group in range(count)), default=0) < FEWEST_SHOWN:
            continue
        clear = _separation(points, groups, centers)
        if clear >= CLEAR and (best is None or clear > best[0] + STILL):
            best = (clear, groups, centers)
    if best is None:
        return [0] * len(people), [_mean(points)]
    return _by_size(best[1], best[2])


def _by_size(groups: list[int], centers: list[Point]) -> tuple[list[int], list[Point]]:
    """Number the groups by their size, ties by where they lie."""
    order = sorted(range(len(centers)), key=lambda group: (-groups.count(group), centers[group]))
    new = {old: place for place, old in enumerate(order)}
    return [new[group] for group in groups], [centers[old] for old in order]


def _laid_out(people: Sequence[int], statements: Sequence[int], by_person: dict[int, dict[int, int]]) -> list[Point]:
    """Lay people on the two directions in which they differ most."""
    place = {statement: index for index, statement in enumerate(statements)}
    sums, looked = [0] * len(statements), [0] * len(statements)
    for person in people:
        for statement, sign in by_person[person].items():
            sums[place[statement]] += sign
            looked[place[statement]] += 1
    means = [total / count if count else 0.0 for total, count in zip(sums, looked, strict=True)]
    rows: list[Row] = []
    for person in people:
        given = sorted((place[statement], sign) for statement, sign in by_person[person].items())
        rows.append(([index for index, _ in given], [sign - means[index] for index, sign in given]))
    first = _direction(rows, len(statements), None)
    second = _direction(rows, len(statements), first)
    points = []
    for indexes, values in rows:
        stretch = math.sqrt(len(statements) / len(indexes)) if indexes else 1.0
        points.append((stretch * _along(indexes, values, first), stretch * _along(indexes, values, second)))
    return points


def _along(indexes: list[int], values: list[float], direction: list[float]) -> float:
    return math.fsum(value * direction[index] for index, value in zip(indexes, values, strict=True))


def _direction(rows: Sequence[Row], width: int, other: list[float] | None) -> list[float]:
    """Return the direction of most variance by power iteration, at a right angle to another one; its largest part is positive."""
    vector = _unit([1.0 + index / (width + 1) * (-1) ** index for index in range(width)], other)
    for _round in range(ROUNDS):
        sums = [0.0] * width
        for indexes, values in rows:
            length = _along(indexes, values, vector)
            for index, value in zip(indexes, values, strict=True):
                sums[index] += value * length
        turned = _unit(sums, other)
        moved = max((abs(new - old) for new, old in zip(turned, vector, strict=True)), default=0.0)
        vector = turned
        if moved < STILL:
            break
    largest = max(range(width), key=lambda index: (round(abs(vector[index]), 9), -index), default=0)
    return [-part for part in vector] if width and vector[largest] < 0 else vector


def _unit(vector: list[float], other: list[float] | None) -> list[float]:
    if other is not None:
        along = math.fsum(one * two for one, two in zip(vector, other, strict=True))
        vector = [one - along * two for one, two in zip(vector, other, strict=True)]
    length = math.sqrt(math.fsum(part * part for part in vector))
    return [part / length for part in vector] if length > STILL else [0.0] * len(vector)


def _kmeans(points: Sequence[Point], count: int) -> tuple[list[int], list[Point]]:
    """Group points around centers; the first centers are the outermost point and each time the one farthest from all."""
    distinct = sorted(set(points))
    centers = [max(distinct, key=lambda point: (round(math.hypot(*point), 9), point))]
    while len(centers) < min(count, len(distinct)):
        taken = list(centers)
        centers.append(max(distinct, key=lambda point: (round(min(_far(point, one) for one in taken), 9), point)))
    groups = [0] * len(points)
    for _round in range(ROUNDS):
        groups = [_nearest(point, centers) for point in points]
        moved = [
            _mean([point for point, group in zip(points, groups, strict=True) if group == index]) or centers[index]
            for index in range(len(centers))
        ]
        if moved == centers:
            break
        centers = moved
    return groups, centers


def _nearest(point: Point, centers: Sequence[Point]) -> int:
    """Return which center lies nearest, the first of equals."""
    return min((_far(point, center), index) for index, center in enumerate(centers))[1]


def _far(one: Point, other: Point) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def _mean(points: Sequence[Point]) -> Any:
    """Return the middle of points; nothing of none."""
    if not points:
        return None
    ordered = sorted(points)
    return (
        math.fsum(map(itemgetter(0), ordered)) / len(ordered),
        math.fsum(map(itemgetter(1), ordered)) / len(ordered),
    )


def _separation(points: Sequence[Point], groups: Sequence[int], centers: Sequence[Point]) -> float:
    """Return how well groups lie apart: the mean silhouette by centers, from -1 to 1."""
    if len(centers) < FEWEST_GROUPS:
        return -1.0
    parts = []
    for point, group in zip(points, groups, strict=True):
        own = math.sqrt(_far(point, centers[group]))
        next_one = min(math.sqrt(_far(point, center)) for index, center in enumerate(centers) if index != group)
        most = max(own, next_one)
        parts.append((next_one - own) / most if most > STILL else 0.0)
    return math.fsum(sorted(parts)) / len(parts)
