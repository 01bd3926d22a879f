"""Breaking a wall on purpose: raw SQL against constraints and triggers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

from tests.conftest import as_owner
from tests.prober import guards

APP = re.compile(
    r"\b(governance|accounts|audit|calendar|outbox|jobs|partners|communities|socialorgs|funds|projects|consultation)(?=_)"
)
"""The app whose tables a statement names first."""


def violated(statement: str, *params: Any) -> str:
    """Run a statement that must fail and return the name of the constraint or trigger that refused it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, params or None)
    except DatabaseError as error:
        diagnostics = error.__cause__.diag
        return diagnostics.constraint_name or diagnostics.message_primary or ""
    message = f"nothing refused: {statement}"
    raise AssertionError(message)


def refused(constraint: str, statement: str, *parameters: object) -> None:
    """Run the statement and expect this guard to refuse it."""
    assert violated(statement, *parameters) == constraint


def change_refused(constraint: str, row: Model, change: str) -> None:
    """Set columns of the row by hand ("status = 'CLOSED'") and expect this guard to refuse it."""
    refused(constraint, f"UPDATE {row._meta.db_table} SET {change} WHERE id = %s", row.pk)


def copied(row: Model, **instead: object) -> str:
    """Return the statement that inserts a copy of the row, with these columns instead (number="99", name="'gift'")."""
    names = [field.column for field in row._meta.concrete_fields if not field.primary_key]
    values = [str(instead.get(name, f'"{name}"')) for name in names]
    names = [f'"{name}"' for name in names]
    table = row._meta.db_table
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table} WHERE id = {row.pk}"


def label_of(table: str, guard: str) -> str:
    """Return the label of a guard that is named with its table ("consultation_vote"), be it a trigger or a constraint."""
    known = {found.label for found in guards(table.replace("_", r"\_"))}
    return guard if guard in known else f"{table.partition('_')[2]}:{guard}"


@contextmanager
def past_triggers(*tables: str) -> Iterator[CursorWrapper]:
    """Hand out a cursor of the owner past every trigger of these tables: to forge what nobody may, for good."""
    with as_owner(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            yield cursor
        finally:
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def alone(label: str, statement: str, *parameters: object, beside: Sequence[str] = (), says: str = "") -> None:
    """Expect the statement to be refused, and to succeed once this guard is dropped; everything is undone.

    As the owner of the tables. `label` is the constraint's or index's name, or "table:trigger" without the app's prefix
    ("contract:offered_adds_up"). `beside` are guards that say the same again: they are dropped first. `says` is what the
    refusal is called, where that matters besides its guard: a trigger may have several.
    """
    named = APP.search(statement)
    assert named, f"no table of ours in: {statement}"
    known = {guard.label: guard for guard in guards(rf"{named[0]}\_%")}
    with transaction.atomic():
        with connection.cursor() as cursor:
            for other in beside:
                cursor.execute(known[other].drop)
        said = violated(statement, *parameters)
        assert not says or said == says
        with connection.cursor() as cursor:
            cursor.execute(known[label].drop)
            try:
                cursor.execute(statement, parameters or None)
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            except DatabaseError as error:
                message = f"not {label} alone refuses, which said {said}: {statement}"
                raise AssertionError(message) from error
        transaction.set_rollback(True)
