"""What became of divisions over several changes, and what figures become on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection

from communities.changes import handover
from communities.changes.handover import Kind
from communities.changes.models import DivisionChange, DivisionLineage
from communities.territory.models import Division

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Relative:
    """A division that another became or came from, with a share.

    Looking forward the share is that of the asked division's population that lies in this one; looking back it is that
    of this division's population that lies in the asked one.
    """

    division: Division
    share: Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """One line of one change, as the walk needs it."""

    change: int
    on: dt.date
    predecessor: int
    successor: int
    share: Decimal


# Everything that is connected to the asked divisions in one direction; UNION ends circles, since a division that goes
# on is its own successor.
_CONNECTED = """
    WITH RECURSIVE reached (id) AS (
        SELECT unnest(%(ids)s::bigint[])
        UNION
        SELECT l.{far} FROM communities_divisionlineage l JOIN reached r ON r.id = l.{near}
        WHERE l.successor_id IS NOT NULL
    )
    SELECT l.change_id, c.effective_on, l.predecessor_id, l.successor_id, l.share
    FROM communities_divisionlineage l
    JOIN reached r ON r.id = l.{near}
    JOIN communities_divisionchange c ON c.id = l.change_id
    WHERE l.successor_id IS NOT NULL AND c.effective_on > %(after)s AND c.effective_on <= %(upto)s
    ORDER BY c.effective_on, c.effective_at, c.id, l.id
"""
FORWARD = _CONNECTED.format(near="predecessor_id", far="successor_id")
BACKWARD = _CONNECTED.format(near="successor_id", far="predecessor_id")
BEGINNING, END = "-infinity", "infinity"


def _steps(query: str, ids: Iterable[int], after: dt.date | None, upto: dt.date | None) -> list[Step]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"ids": list(ids), "after": after or BEGINNING, "upto": upto or END})
        return [Step(*row) for row in cursor.fetchall()]


def carried_over(
    figures: Mapping[int, Decimal], *, after: dt.date | None = None, upto: dt.date | None = None
) -> dict[int, Decimal]:
    """Carry figures per division (by id) over the changes of a period, each split by its line's share; one query.

    Changes count that came into force after `after` and not later than `upto`. The sum stays what it was, exactly:
    shares of a predecessor sum to 1.
    """
    present: dict[int, Decimal] = dict(figures)
    for lines in _by_change(_steps(FORWARD, figures, after, upto)):
        moved = {step.predecessor for step in lines} & present.keys()
        arriving: dict[int, Decimal] = defaultdict(Decimal)
        for step in lines:
            if step.predecessor in moved:
                arriving[step.successor] += present[step.predecessor] * step.share
        for gone in moved:
            del present[gone]
        for successor, figure in arriving.items():
            present[successor] = present.get(successor, Decimal()) + figure
    return present


def _by_change(steps: Iterable[Step]) -> list[list[Step]]:
    """Group the steps by change, in the order in which the changes came into force."""
    grouped: dict[int, list[Step]] = {}
    for step in steps:
        grouped.setdefault(step.change, []).append(step)
    return list(grouped.values())


def successors_of(division: Division, *, on: dt.date | None = None) -> list[Relative]:
    """Return what the division has become by a day (today's end of the line without one), greatest share first.

    A division that nothing happened to is its own successor. Two queries.
    """
    return _relatives(carried_over({division.pk: ONE}, upto=on))


def predecessors_of(division: Division, *, on: dt.date | None = None) -> list[Relative]:
    """Return what the division was made of on a day (at the very beginning without one), greatest share first.

    A division that nothing happened to is its own predecessor. Two queries.
    """
    present: dict[int, Decimal] = {division.pk: ONE}
    for lines in reversed(_by_change(_steps(BACKWARD, [division.pk], on, None))):
        came: dict[int, Decimal] = defaultdict(Decimal)
        met = {step.successor for step in lines} & present.keys()
        for step in lines:
            if step.successor in met:
                came[step.predecessor] += present[step.successor] * step.share
        for gone in met:
            del present[gone]
        present |= came
    return _relatives(present)


def _relatives(shares: Mapping[int, Decimal]) -> list[Relative]:
    found = Division.objects.filter(pk__in=shares).select_related("parent__parent")
    return sorted(
        (Relative(division, shares[division.pk].normalize()) for division in found),
        key=lambda relative: (-relative.share, relative.division.pk),
    )


def lines_of(division: Division) -> QuerySet[DivisionLineage]:
    """Return the lines in force that lead to or from a division, oldest first."""
    mine = DivisionLineage.objects.filter(predecessor=division) | DivisionLineage.objects.filter(successor=division)
    return (
        mine.exclude(successor=None)
        .select_related("change", "predecessor", "successor")
        .order_by("change__effective_on", "pk")
    )


def left_behind(change: DivisionChange) -> list[Kind]:
    """Return the hand-over list of a change: what still hangs on the divisions it closes; a query per relation."""
    return handover.attached(change.closing().values_list("pk", flat=True), change.effective_on)


# ---------------------------------------------------------------------------------------- the picture of a change


@dataclass(frozen=True, slots=True)
class Box:
    """One division in the picture: a bar with its name beside it. Lengths are user units of the SVG."""

    name: str
    code: str
    y: float
    height: float

    @property
    def middle(self) -> float:
        """Where the name stands."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Band:
    """What goes from one division to another, as a path."""

    path: str
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What became what: predecessors on the left, successors on the right, bands as wide as their share."""

    left: list[Box]
    right: list[Box]
    bands: list[Band]
    height: float


UNIT, GAP, SHORTEST = 24.0, 10.0, 6.0
LEFT_EDGE, RIGHT_EDGE = 212.0, 388.0
"""Where the bars end on the left and begin on the right, in a picture 600 units wide."""


def picture_of(lines: Iterable[DivisionLineage]) -> Picture:
    """Lay out the lines of a change; no query if predecessors, plans and successors are loaded."""
    told = list(lines)
    before: dict[int, list[DivisionLineage]] = {}
    after: dict[int, list[DivisionLineage]] = {}
    for line in told:
        before.setdefault(line.predecessor_id, []).append(line)
        after.setdefault(line.plan_id, []).append(line)
    left, starts, left_height = _column(before)
    right, ends, right_height = _column(after)
    bands = [
        Band(_ribbon(starts[line.pk], ends[line.pk], _width(line)), f"{name_before(line)} → {name_after(line)}")
        for line in told
    ]
    return Picture(
        left=[
            Box(name_before(group[0]), group[0].predecessor_code, y, height)
            for group, y, height in zip(before.values(), *left, strict=True)
        ],
        right=[
            Box(name_after(group[0]), group[0].successor_code or group[0].plan.code, y, height)
            for group, y, height in zip(after.values(), *right, strict=True)
        ],
        bands=bands,
        height=max(left_height, right_height),
    )


def name_before(line: DivisionLineage) -> str:
    """Return the predecessor's name as it was when the change came into force."""
    return line.predecessor_name or line.predecessor.name


def name_after(line: DivisionLineage) -> str:
    """Return the successor's name as it was when the change came into force."""
    return line.successor_name or line.plan.name


def _width(line: DivisionLineage) -> float:
    return max(float(line.share) * UNIT, SHORTEST)


def _column(
    groups: Mapping[int, list[DivisionLineage]],
) -> tuple[tuple[list[float], list[float]], dict[int, float], float]:
    """Stack groups of lines: tops and heights of the bars, the top of each line's band, the height in all."""
    tops: list[float] = []
    heights: list[float] = []
    places: dict[int, float] = {}
    y = GAP
    for group in groups.values():
        tops.append(y)
        below = y
        for line in group:
            places[line.pk] = below
            below += _width(line)
        heights.append(below - y)
        y = max(below, y + UNIT) + GAP
    return (tops, heights), places, y


def _ribbon(start: float, end: float, width: float) -> str:
    """Return the path of a band between the two bars."""
    bend = (LEFT_EDGE + RIGHT_EDGE) / 2
    return (
        f"M{LEFT_EDGE:g} {start:g} C{bend:g} {start:g} {bend:g} {end:g} {RIGHT_EDGE:g} {end:g} "
        f"V{end + width:g} C{bend:g} {end + width:g} {bend:g} {start + width:g} {LEFT_EDGE:g} {start + width:g} Z"
    )
