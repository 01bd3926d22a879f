"""What hangs on a division that closes, and how each kind of row is passed on to a successor.

The list is found, not declared: every relation of an upper room that points to a division counts with the rows that are
still alive in it (the queryset's `open()`, where it has one; otherwise rows whose period has not ended and whose
lifecycle is not over). Papers that nobody may change (append-only models) stay where they are.

`reassign` passes a row on by writing the successor into it. A room whose rows need more says so in its `rules.py`::

    register_handover("funds.CommunityFund", move_fund)

with a function of the same arguments, or with None where its rows are settled in the room itself; those stand on the
list as well. What the database refuses is refused with the row's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import ForeignKey, Model, Q

from governance import lifecycle
from governance.audit import operations as audit

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

    from governance.accounts.models import User

HandOver = Callable[..., None]
"""Called with the keywords `row`, `column`, `successor`, `by`, `now`, inside a transaction with the row locked."""

ENDS = ("valid_to", "term_to", "left_on")
"""Columns with the day on which a row's life ends (exclusive)."""

OWN_ROOMS = ("communities.territory", "communities.changes")
"""What these hold about a division is its history and stays with it."""

_FUNCTIONS: dict[str, HandOver | None] = {}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of rows on the hand-over list, over all closing divisions asked about."""

    label: str
    column: str
    model: type[Model]
    rows: QuerySet[Any]
    count: int

    @property
    def key(self) -> str:
        """The kind's name in addresses: model and column."""
        return f"{self.label}.{self.column}"

    @property
    def name(self) -> str:
        """What people call the rows."""
        return str(self.model._meta.verbose_name_plural)

    @property
    def has_function(self) -> bool:
        """Whether the rows can be passed on from the list."""
        return function_of(self.label) is not None


def register_handover(label: str, function: HandOver | None) -> None:
    """Say how rows of a model (`app_label.ModelName`) are passed on; called in a room's `rules.py`."""
    _FUNCTIONS[label] = function


def function_of(label: str) -> HandOver | None:
    """Return how rows of a model are passed on, or nothing where their own room does it."""
    return _FUNCTIONS.get(label, reassign)


def reassign(*, row: Model, column: str, successor: Model, by: User, now: dt.datetime) -> None:
    """Write the successor into the row, with its audit entry: enough where nothing else follows from the place."""
    before = getattr(row, f"{column}_id")
    setattr(row, column, successor)
    row.save(update_fields=[column])
    audit.record(
        by=by,
        verb="communities.division.row_handed_over",
        row=row,
        now=now,
        before={column: before},
        after={column: successor.pk},
    )


def attached(divisions: Iterable[int], day: dt.date) -> list[Kind]:
    """Return what is alive after this day and points to one of the divisions, by kind; one query per relation."""
    ids = list(divisions)
    if not ids:
        return []
    kinds = [(relation, alive(relation, ids, day)) for relation in relations()]
    counted = [
        Kind(
            label=relation.model._meta.label,
            column=relation.name,
            model=relation.model,
            rows=rows,
            count=rows.count(),
        )
        for relation, rows in kinds
    ]
    return [kind for kind in counted if kind.count]


def relations() -> list[ForeignKey[Any, Any]]:
    """Return the foreign keys of upper rooms that attach rows to divisions, in a stable order."""
    division = apps.get_model("communities.Division")
    found = [
        field
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, ForeignKey)
        and field.related_model is division
        and model.__module__.partition(".models")[0] not in OWN_ROOMS
        and getattr(model, "pgh_tracked_model", None) is None
        and not getattr(model, "append_only", False)
        and (field.name == "division" or hasattr(model._default_manager.all(), "open"))
    ]
    return sorted(found, key=lambda field: (field.model._meta.label, field.name))


def alive(relation: ForeignKey[Any, Any], ids: list[int], day: dt.date) -> QuerySet[Any]:
    """Return the rows behind one relation that are not history on this day."""
    model = relation.model
    rows: QuerySet[Any] = model._default_manager.filter(**{f"{relation.name}__in": ids})
    if hasattr(rows, "open"):
        still: QuerySet[Any] = rows.open()
        return still
    columns = {field.name for field in model._meta.local_fields}
    for end in ENDS:
        if end in columns:
            rows = rows.filter(Q(**{end: None}) | Q(**{f"{end}__gt": day}))
    machine = lifecycle.REGISTRY.get(model._meta.label)
    if machine is not None:
        rows = rows.exclude(status__in=machine.terminal)
    return rows
