"""State machines: one literal table per machine, one function that moves a row, one trigger that guards the column.

A room writes its table in `lifecycle.py`::

    DECLARATION = Lifecycle(
        "funds.ProfitDeclaration",
        initial="DRAFT",
        terminal={"LOCKED"},
        moves=[Move("submit", {"DRAFT"}, "SUBMITTED", permission="funds.submit_declaration", label=_("Submit"), …)],
    )

and everything else follows from it: `move()`, `available()`, the database trigger (`trigger()`), the buttons of the
desk, the POST routes of the API, the tests and the page docs/lifecycles.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import pgtrigger
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from governance.audit import operations as audit
from governance.errors import Invalid, NotAllowed, NotNow
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    import datetime as dt

    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User

Row = TypeVar("Row", bound=models.Model)

SYSTEM = "system"
"""Permission of moves that only the clock makes."""

REGISTRY: dict[str, Lifecycle] = {}


class MoveClosed(NotNow):
    """The row is not in a state from which this move leads on."""

    code = "move_closed"
    message = _("“%(move)s” is not possible while the state is “%(status)s”.")


class MoveHindered(NotNow):
    """A guard stands in the way; the reason says what to do first."""

    code = "move_hindered"
    message = _("%(reason)s")


class MoveForbidden(NotAllowed):
    """This person may not make this move."""

    code = "move_forbidden"
    message = _("You do not have the right to “%(move)s”.")


class SamePerson(NotAllowed):
    """Two steps that must lie in different hands are in the same hands (Basis: separation of duties)."""

    code = "same_person"
    message = _("You have already made another step of this case. A different person must “%(move)s”.")


class ReasonMissing(Invalid):
    """A move that turns something down needs a reason for the other side."""

    code = "reason_missing"
    message = _("Please give a reason.")


class TextTooLong(Invalid):
    """What is written with a move fits the column that keeps it."""

    code = "text_too_long"
    message = _("At most %(most)s characters can be kept here; %(count)s were written. Please write less.")


@dataclass(frozen=True, slots=True)
class Move:
    """One verb of a machine.

    `stamp` names the pair of columns `<stamp>_at` / `<stamp>_by` that the move fills (each optional on the model).
    `apart_from` lists stamps, or columns of people, whose person must be somebody else. `guard` returns nothing when the way is free, or the
    reason as text. `event` is the outbox topic, empty for none. `fields` are further columns a caller may set.
    `waits` tells whether it is work that waits for somebody: not so a way out, nor what another act brings with it.
    """

    name: str
    sources: frozenset[str]
    target: str
    permission: str
    label: StrOrPromise
    verb: str
    basis: str = ""
    stamp: str = ""
    apart_from: tuple[str, ...] = ()
    guard: Callable[[Any], StrOrPromise | None] | None = None
    needs_reason: bool = False
    event: str = ""
    fields: tuple[str, ...] = ()
    waits: bool = True


@dataclass(frozen=True, slots=True)
class Offer:
    """A move as seen by one person now: open, or closed with the reason, and whether people need to know of it then."""

    move: Move
    is_open: bool
    reason: StrOrPromise = ""
    is_next: bool = True


@dataclass(frozen=True)
class Lifecycle:
    """One machine over the column `status` of one model (`app_label.ModelName`)."""

    label: str
    initial: str
    terminal: frozenset[str]
    moves: tuple[Move, ...]
    also_begins: tuple[str, ...] = ()
    """Further first states: rows of which the steps before were never needed (a topic that staff prepares)."""
    by_name: Mapping[str, Move] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Index the moves and enter the machine in the registry."""
        object.__setattr__(self, "by_name", {move.name: move for move in self.moves})
        REGISTRY[self.label] = self

    @property
    def states(self) -> list[str]:
        """Every state named by the table, initial first, in the order of the moves."""
        found = [self.initial]
        for step in self.moves:
            found += [state for state in (*sorted(step.sources), step.target) if state not in found]
        return found

    def pairs(self) -> list[tuple[str, str]]:
        """The allowed changes (from, to), sorted, each once."""
        return sorted({(source, step.target) for step in self.moves for source in step.sources})


def trigger(lifecycle: Lifecycle) -> pgtrigger.Trigger:
    """Return the trigger that refuses any change of `status` that is not in the table, and any other first state."""
    pairs = ", ".join(f"('{source}','{target}')" for source, target in lifecycle.pairs())
    name = lifecycle.label.split(".")[1].lower()
    begins = ", ".join(f"'{state}'" for state in (lifecycle.initial, *lifecycle.also_begins))
    first = f"NOT IN ({begins})" if lifecycle.also_begins else f"<> {begins}"
    return pgtrigger.Trigger(
        name="lifecycle",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
        func=f"""
            IF TG_OP = 'INSERT' THEN
                IF NEW.status {first} THEN
                    RAISE EXCEPTION 'A new row begins as {lifecycle.initial}, not %', NEW.status
                        USING ERRCODE = 'check_violation', CONSTRAINT = '{name}_begins_at_the_start';
                END IF;
            ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN ({pairs}) THEN
                RAISE EXCEPTION 'No move leads from % to %', OLD.status, NEW.status
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{name}_moves_by_the_table';
            END IF;
            RETURN NEW;
        """,
    )


def columns_stay(name: str, columns: Sequence[str], *, once: str = "") -> pgtrigger.Protect:
    """Return the trigger that refuses any change of these columns; `once` is SQL over the row as it was (OLD)."""
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    begins = f"{once} AND " if once else ""
    return pgtrigger.Protect(
        name=name,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(f"({begins}({old}) IS DISTINCT FROM ({new}))"),
    )


def of(row: models.Model) -> Lifecycle:
    """Return the machine of this row's model."""
    return REGISTRY[row._meta.label]


def move(
    row: Row,
    name: str,
    *,
    by: User,
    now: dt.datetime,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
) -> Row:
    """Make one move and return the fresh, locked row; the instance passed in is stale afterwards.

    `payload` is what the move's event tells besides the new status.

    Locks the row, then checks permission, state, different hands and guard, sets the status, its stamp and `changes`,
    writes the audit entry and the event: all in one transaction.

    Raises:
        MoveForbidden, SamePerson: `by` may not make the move.
        MoveClosed, MoveHindered: the move is not possible now.
        ReasonMissing: the move needs a reason. TextTooLong: it is longer than its column.
    """
    step = of(row).by_name[name]
    with transaction.atomic():
        fresh = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
        _check(fresh, step, by)
        if step.needs_reason and not reason.strip():
            raise ReasonMissing(field="reason")
        before = {"status": fresh.status}  # type: ignore[attr-defined]  # every machine's model has the column
        written = _apply(fresh, step, by, now, changes or {})
        fresh.save(update_fields=written)
        audit.record(
            by=by,
            verb=step.verb,
            row=fresh,
            now=now,
            before=before,
            after={"status": step.target},
            reason=reason,
            basis=step.basis,
        )
        if step.event:
            outbox.emit(by=by, topic=step.event, row=fresh, now=now, payload={"status": step.target, **(payload or {})})
        return fresh


def move_all(
    rows: Sequence[Row],
    name: str,
    *,
    by: User,
    now: dt.datetime,
    payloads: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    """Make one move with many rows of a kind, which the caller has locked in its transaction; the rows are brought on.

    For what the clock does with thousands: the same checks, audit entries and events as `move`, by three statements.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, MoveHindered: one of the rows may not be moved; none is.
    """
    if not rows:
        return
    step = of(rows[0]).by_name[name]
    for row in rows:
        _check(row, step, by)
    befores = [{"status": row.status} for row in rows]  # type: ignore[attr-defined]  # every machine's model has it
    for row in rows:
        written = _apply(row, step, by, now, {})
    values = {column: getattr(rows[0], column) for column in written}
    type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows]).update(**values)
    audit.record_all(
        by=by, verb=step.verb, rows=rows, now=now, befores=befores, after={"status": step.target}, basis=step.basis
    )
    if step.event:
        more = payloads or [{}] * len(rows)
        told = [{"status": step.target, **payload} for payload in more]
        outbox.emit_all(by=by, topic=step.event, rows=rows, now=now, payloads=told)


def _check(row: models.Model, step: Move, by: User) -> None:
    """Refuse the move for the first reason that stands against it."""
    names: dict[str, Any] = {"move": step.label}
    if not _permitted(row, step, by):
        raise MoveForbidden(**names)
    if row.status not in step.sources:  # type: ignore[attr-defined]  # every machine's model has the column
        raise MoveClosed(**names, status=row.get_status_display())  # type: ignore[attr-defined]  # as above
    if _same_hands(row, step, by):
        raise SamePerson(**names)
    if step.guard and (hindrance := step.guard(row)):
        raise MoveHindered(reason=hindrance)


def require(row: models.Model, name: str, *, by: User) -> None:
    """Refuse whoever has no right to the move, its state and its guard left aside.

    For what must be decided before the details of a move are looked at; the mover asks again, on the locked row.

    Raises:
        MoveForbidden: `by` may not make the move.
    """
    step = of(row).by_name[name]
    if not _permitted(row, step, by):
        raise MoveForbidden(move=step.label)


def may(row: models.Model, step: Move, by: User) -> bool:
    """Tell whether this person could make the move, its state and its guard left aside."""
    return _permitted(row, step, by) and not _same_hands(row, step, by)


def _permitted(row: models.Model, step: Move, by: User) -> bool:
    return by.is_system if step.permission == SYSTEM else by.has_perm(step.permission, row)


def _same_hands(row: models.Model, step: Move, by: User) -> bool:
    return any(getattr(row, f"{name}_by_id", getattr(row, f"{name}_id", None)) == by.pk for name in step.apart_from)


def _apply(row: models.Model, step: Move, by: User, now: dt.datetime, changes: Mapping[str, Any]) -> list[str]:
    """Set the columns of the move on the row and return their names."""
    unknown = set(changes) - set(step.fields)
    if unknown:
        message = f"{step.name} may not set {', '.join(sorted(unknown))}"
        raise TypeError(message)
    values: dict[str, Any] = {"status": step.target, **changes}
    columns = {column.name for column in row._meta.concrete_fields}
    if step.stamp and f"{step.stamp}_at" in columns:
        values[f"{step.stamp}_at"] = now
    if step.stamp and f"{step.stamp}_by" in columns:
        values[f"{step.stamp}_by"] = by
    _check_lengths(row, values)
    for column, value in values.items():
        setattr(row, column, value)
    return list(values)


def _check_lengths(row: models.Model, values: Mapping[str, Any]) -> None:
    """Refuse texts that are longer than their columns: the database would, but not in words."""
    for column in row._meta.concrete_fields:
        text, most = values.get(column.name), column.max_length
        if most is not None and isinstance(text, str) and len(text) > most:
            raise TextTooLong(most=most, count=len(text))


def available(row: models.Model, by: User) -> list[Offer]:
    """Return the moves that lead on from the row's present state, each open or closed with its reason.

    Moves of the clock are left out; moves that this person may not make are listed as closed, so that people see what
    comes next and who has to act. What others may turn down or take back is no next step (`is_next`): programs are told,
    people need not read it.
    """
    offers = []
    for step in of(row).moves:
        if row.status not in step.sources or step.permission == SYSTEM:  # type: ignore[attr-defined]  # as above
            continue
        try:
            _check(row, step, by)
        except (NotAllowed, NotNow) as refusal:
            is_next = not isinstance(refusal, NotAllowed) or (step.waits and not step.needs_reason)
            is_anothers = isinstance(refusal, MoveForbidden)
            reason = _("Somebody else takes this step; you need do nothing.") if is_anothers else refusal
            offers.append(Offer(step, is_open=False, reason=str(reason), is_next=is_next))
        else:
            offers.append(Offer(step, is_open=True))
    return offers


def document() -> str:
    """Return docs/lifecycles.md: every machine as a diagram and a table, in English."""
    with override("en"):
        parts = ["# Lifecycles", "", "Generated from the tables in each room's `lifecycle.py`; do not edit.", ""]
        for label in sorted(REGISTRY):
            parts += _document_one(REGISTRY[label])
        return "\n".join(parts)


def _document_one(lifecycle: Lifecycle) -> list[str]:
    begins = (lifecycle.initial, *lifecycle.also_begins)
    lines = [
        f"## {lifecycle.label}",
        "",
        "```mermaid",
        "stateDiagram-v2",
        *(f"    [*] --> {state}" for state in begins),
    ]
    for step in lifecycle.moves:
        lines += [f"    {source} --> {step.target}: {step.name}" for source in sorted(step.sources)]
    lines += [f"    {state} --> [*]" for state in sorted(lifecycle.terminal)]
    lines += [
        "```",
        "",
        "| move | from | to | who (permission) | different person than | basis |",
        "|---|---|---|---|---|---|",
    ]
    for step in lifecycle.moves:
        sources = ", ".join(sorted(step.sources))
        apart = ", ".join(step.apart_from) or "-"
        lines.append(
            f"| {step.label} (`{step.name}`) | {sources} | {step.target} | {step.permission} | {apart} | {step.basis or '-'} |"
        )
    return [*lines, ""]
