"""The trace: from a need to what came of it, and back, from any point of the way.

One chain belongs to one topic: the matters it grew out of, the resolutions of meetings, its ballots and decisions, the money that was asked for, held and
paid, the contracts, the activities, the evaluations and their results. Whoever looks sees of each kind what they may see
anyway; what is hidden is left out, and what hangs below it is joined to the next thing above that is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Model, Q

from governance.portal.trace_nodes import Key, Node, Stage
from governance.portal.trace_points import KIND_OF, LONGEST, POINTS, read_together

if TYPE_CHECKING:
    from governance.portal.trace_points import Viewer


@dataclass(frozen=True, slots=True)
class Trace:
    """The whole way as one viewer may see it, in order; `here` is where they came from."""

    here: Key
    nodes: list[Node]
    is_shortened: bool

    @property
    def start(self) -> Node:
        """The point that they came from."""
        return next(node for node in self.nodes if node.is_here)


def trace_of(row: Model, *, user: Viewer) -> Trace | None:
    """Return the way that a row stands on, or nothing where this viewer may not see the row; few queries."""
    return find(KIND_OF[type(row)], row.pk, user=user)


def find(kind: str, pk: int, *, user: Viewer) -> Trace | None:
    """Return the way that one point stands on, or nothing where this viewer may not see the point."""
    point = POINTS[kind]
    found = point.rows(user).filter(pk=pk).values_list(point.topic or "pk")[:1]
    keys = list(found)
    if not keys:
        return None
    topic = keys[0][0] if point.topic else None
    nodes = _chain(topic, user) if topic is not None else []
    here = Key(kind, pk)
    if here not in {node.key for node in nodes}:
        nodes = [*nodes, *_alone(kind, pk, user)]
    counts: dict[Stage, int] = {}
    for node in nodes:
        counts[node.stage] = counts.get(node.stage, 0) + 1
    return Trace(here, _joined(nodes, here), is_shortened=max(counts.values(), default=0) >= LONGEST)


def _chain(topic: int, user: Viewer) -> list[Node]:
    """Read everything that belongs to a topic, all kinds in one query."""
    of_request = Q(request__decision__topic=topic) | Q(request__topic=topic)
    requests = POINTS["request"].rows(user).filter(Q(decision__topic=topic) | Q(topic=topic)).values("pk")
    payments = POINTS["payment"].rows(user).filter(of_request).values("pk")
    asked = {
        "matter": Q(origin_of__topic=topic),
        "topic": Q(pk=topic),
        "motion": Q(item__topic=topic),
        "ballot": Q(topic=topic),
        "decision": Q(topic=topic),
        "request": Q(decision__topic=topic) | Q(topic=topic),
        "payment": of_request,
        "journal": Q(payment__in=payments)
        | Q(held_for__in=requests)
        | Q(released_for__in=requests)
        | Q(payment_refund__payment__in=payments),
        "purchase": Q(decision__topic=topic) | Q(topic=topic),
        "contract": _contracted(topic, ""),
        "activity": _contracted(topic, "contract__"),
        "evaluation": _contracted(topic, "contract__"),
    }
    return read_together(asked, user)


def _contracted(topic: int, contract: str) -> Q:
    """Return whether a contract comes from a topic, by its request or by its purchase; `contract` leads to it."""
    ways = (
        "request__decision__topic",
        "request__topic",
        "purchase__purchase__decision__topic",
        "purchase__purchase__topic",
    )
    found = Q()
    for way in ways:
        found |= Q(**{f"{contract}{way}": topic})
    return found


def _alone(kind: str, pk: int, user: Viewer) -> list[Node]:
    """Read a point that stands on no topic: a private matter, a ballot of its own, a donation's voucher."""
    nodes = POINTS[kind].read(Q(pk=pk), user)
    if kind == "journal":
        nodes = [*POINTS["order"].read(Q(journal=pk), user), *nodes]
    elif kind == "order":
        nodes = [*nodes, *POINTS["journal"].read(Q(order=pk), user)]
    return nodes


def _joined(nodes: Iterable[Node], here: Key) -> list[Node]:
    """Hang every point on the nearest one that is shown, a topic on all its matters, and put them in order."""
    shown = {node.key for node in nodes}
    order = {stage: number for number, stage in enumerate(Stage)}

    def hung(node: Node) -> Node:
        above = tuple(key for key in node.after if key in shown)
        parents = above if node.stage == Stage.TOPIC else above[:1]
        return replace(node, parents=parents, is_here=node.key == here)

    return [hung(node) for node in sorted(nodes, key=lambda node: (order[node.stage], node.key.pk))]
