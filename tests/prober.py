"""Looking for statements that one guard of the database alone refuses: with it they fail, without it they succeed.

Everything happens as the owner of the tables, inside one transaction that is rolled back, on rows that exist: a statement
copies a row, changes a few of its columns, or deletes it. Values come from the guard's own text, from other rows and other
columns, and from the edges of each type.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, islice, product
from typing import Any

from django.db import DatabaseError, connection
from psycopg2.extras import Json

ROWS, MOST_TRIED, DEEPEST = 8, 700, 3
CONSTRAINTS = r"""
SELECT rel.relname, con.conname, con.contype, pg_get_constraintdef(con.oid),
    ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = rel.oid AND attnum = ANY (con.conkey) ORDER BY attnum)
FROM pg_constraint AS con JOIN pg_class AS rel ON rel.oid = con.conrelid
WHERE rel.relname LIKE %(tables)s AND rel.relname NOT LIKE '%%event'
    AND (con.contype IN ('c', 'u', 'x') OR (con.contype = 'f' AND cardinality(con.conkey) > 1))
    AND con.conname !~ '_check[0-9]*$'
UNION ALL
SELECT rel.relname, idx.relname, 'i', pg_get_indexdef(idx.oid),
    ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = rel.oid AND attnum = ANY (ind.indkey::int[]) ORDER BY attnum)
FROM pg_index AS ind JOIN pg_class AS idx ON idx.oid = ind.indexrelid JOIN pg_class AS rel ON rel.oid = ind.indrelid
WHERE rel.relname LIKE %(tables)s AND rel.relname NOT LIKE '%%event' AND ind.indisunique AND NOT ind.indisprimary
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = ind.indexrelid AND contype IN ('u', 'x'))
ORDER BY 1, 2
"""
TRIGGERS = r"""
SELECT rel.relname, trg.tgname, pg_get_functiondef(trg.tgfoid)
FROM pg_trigger AS trg JOIN pg_class AS rel ON rel.oid = trg.tgrelid
WHERE NOT trg.tgisinternal AND rel.relname LIKE %(tables)s AND rel.relname NOT LIKE '%%event'
    AND trg.tgname !~ '^pgtrigger_(insert_insert|update_update)'
ORDER BY 1, 2
"""
KEY = """
SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
WHERE indrelid = %s::regclass AND indisprimary
"""
COLUMNS = """
SELECT attname, format_type(atttypid, NULL), NOT attnotnull, atttypmod FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""


@dataclass(frozen=True, slots=True)
class Guard:
    """A constraint, a unique index or a trigger by its name (of django-pgtrigger's without the ending)."""

    table: str
    name: str
    kind: str
    text: str
    columns: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The name by which people know it."""
        return re.sub(
            r"^pgtrigger_(.*)_[0-9a-f]{5}$",
            rf"{self.table.partition('_')[2]}:\1",
            self.name,
        )

    @property
    def drop(self) -> str:
        """The statement that takes it away."""
        if self.kind == "t":
            return f'ALTER TABLE {self.table} DISABLE TRIGGER "{self.name}"'
        if self.kind == "i":
            return f'DROP INDEX "{self.name}"'
        return f'ALTER TABLE {self.table} DROP CONSTRAINT "{self.name}" CASCADE'


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its type as PostgreSQL names it."""

    name: str
    kind: str
    is_nullable: bool


def guards(tables: str) -> list[Guard]:
    """Return every constraint, unique index and trigger of the floor that refuses something; plain foreign keys aside."""
    with connection.cursor() as cursor:
        cursor.execute(CONSTRAINTS, {"tables": tables})
        found = [
            Guard(table, name, kind, text, tuple(columns)) for table, name, kind, text, columns in cursor.fetchall()
        ]
        cursor.execute(TRIGGERS, {"tables": tables})
        return found + [Guard(table, name, "t", text) for table, name, text in cursor.fetchall()]


@contextmanager
def undone(cursor: Any) -> Iterator[None]:
    """Take back what is done inside."""
    cursor.execute("SAVEPOINT probe")
    try:
        yield
    finally:
        cursor.execute("ROLLBACK TO SAVEPOINT probe; RELEASE SAVEPOINT probe")


class Prober:
    """The search over one table; rows and columns are read once."""

    def __init__(self, cursor: Any, table: str, unique: Sequence[tuple[str, ...]] = ()) -> None:
        self.cursor, self.table = cursor, table
        cursor.execute(COLUMNS, [table])
        self.columns = {name: Column(name, kind, nullable) for name, kind, nullable, _mod in cursor.fetchall()}
        cursor.execute(KEY, [table])
        self.key = cursor.fetchone()[0]
        self.rows = self._rows()
        self.unique = unique

    def _rows(self) -> list[dict[str, Any]]:
        """Return a few rows: one of each status and kind, then the first."""
        spread = [name for name in ("status", "kind", "channel") if name in self.columns]
        found: dict[Any, dict[str, Any]] = {}
        for name in [*spread, ""]:
            chosen = f"DISTINCT ON ({name}) *" if name else "*"
            order = f"{name}, {self.key}" if name else self.key
            self.cursor.execute(f"SELECT {chosen} FROM {self.table} ORDER BY {order} LIMIT {ROWS}")
            names = [column.name for column in self.cursor.description]
            for values in self.cursor.fetchall():
                row = dict(zip(names, values, strict=True))
                found.setdefault(row[self.key], row)
        return list(found.values())

    def refusal(self, statement: str, values: list[Any]) -> str | None:
        """Return what refuses a statement, nothing when it succeeds; it is undone."""
        with undone(self.cursor):
            try:
                self.cursor.execute(statement, values)
            except DatabaseError as error:
                said = error.__cause__.diag
                return said.constraint_name or said.message_primary or "?"
        return None

    def succeeds_without(self, guard: Guard, statement: str, values: list[Any]) -> bool:
        """Tell whether a statement succeeds once the guard is gone; both are undone."""
        self.cursor.execute("SAVEPOINT without")
        try:
            self.cursor.execute(guard.drop)
            return self.refusal(statement, values) is None
        finally:
            self.cursor.execute("ROLLBACK TO SAVEPOINT without; RELEASE SAVEPOINT without")

    def values_for(self, column: Column, row: dict[str, Any], text: str) -> list[Any]:
        """Return what a column may be set to, the likelier first."""
        now = row[column.name]
        found: list[Any] = [other[column.name] for other in self.rows if other[column.name] != now][:4]
        found += [
            row[name] for name, other in self.columns.items() if other.kind == column.kind and name != column.name
        ][:6]
        if column.kind in {"integer", "bigint", "smallint", "numeric"}:
            found += [0, -1, 1, 2, 13, (now or 0) + 1, Decimal("0.01") if column.kind == "numeric" else 5]
        elif column.kind in {"character varying", "text"}:
            found = [*re.findall(r"'([^']*)'::", text)[:14], "", "X", *found]
        elif column.kind == "boolean":
            found = [not now]
        elif column.kind == "date":
            day = now or dt.date(2026, 1, 1)
            found = [day - dt.timedelta(days=400), day + dt.timedelta(days=400), dt.date(2026, 1, 1), *found]
        elif column.kind.startswith("timestamp"):
            found = [dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2000, 1, 1, tzinfo=dt.UTC), *found]
        if column.is_nullable:
            found.insert(0, None)
        kept: list[Any] = []
        for value in found:
            if value != now and value not in kept and (value is not None or column.is_nullable):
                kept.append(value)
        return kept[:14]

    def changes(self, names: list[str], row: dict[str, Any], text: str) -> Iterator[dict[str, Any]]:
        """Yield changes of a row, of few columns first."""
        pools = {name: self.values_for(self.columns[name], row, text) for name in names}
        for depth in range(1, DEEPEST + 1):
            for chosen in combinations(names, depth):
                for values in product(*(pools[name] for name in chosen)):
                    yield dict(zip(chosen, values, strict=True))

    def update(self, row: dict[str, Any], change: dict[str, Any]) -> tuple[str, list[Any]]:
        """Return the statement that changes a row."""
        columns = ", ".join(f"{name} = %s" for name in change)
        return f"UPDATE {self.table} SET {columns} WHERE {self.key} = %s", [*_put(change), row[self.key]]

    def insert(self, row: dict[str, Any], change: dict[str, Any]) -> tuple[str, list[Any]]:
        """Return the statement that adds a changed copy of a row."""
        copy = {name: value for name, value in {**row, **change}.items() if name in self.columns and name != "id"}
        names = ", ".join(copy)
        return f"INSERT INTO {self.table} ({names}) VALUES ({', '.join(['%s'] * len(copy))})", _put(copy)

    def statements(self, guard: Guard) -> Iterator[tuple[str, list[Any]]]:
        """Yield statements that a guard may refuse; for each row about as many."""
        if guard.kind == "t":
            return self._for_trigger(guard)
        return self._for_unique(guard) if guard.kind in {"u", "i", "x"} else self._for_check(guard)

    def _for_trigger(self, guard: Guard) -> Iterator[tuple[str, list[Any]]]:
        names = [name for name in self.columns if name != self.key]
        for row in self.rows:
            yield f"DELETE FROM {self.table} WHERE {self.key} = %s", [row[self.key]]
            for change in islice(self.changes(names, row, guard.text), 200):
                yield self.update(row, change)
            for change in [{}, *islice(self.changes(names, row, guard.text), 60)]:
                yield self.insert(row, {**self.fresh(row, ()), **change})

    def _for_unique(self, guard: Guard) -> Iterator[tuple[str, list[Any]]]:
        own = [name for name in guard.columns if name in self.columns]
        others = [name for name in self.columns if name not in {*own, self.key}]
        for row in self.rows:
            apart = self.fresh(row, own)
            for other in self.rows:
                if other is not row:
                    yield self.update(other, {name: row[name] for name in own})
            for filled in (
                {},
                *({name: value} for name in own for value in self.values_for(self.columns[name], row, "")),
            ):
                yield self.insert(row, {**apart, **filled})
            for change in islice(self.changes(others, row, guard.text), 100):
                yield self.insert(row, {**apart, **change})
                for other in self.rows[:2]:
                    if other is not row:
                        yield self.update(other, {**{name: row[name] for name in own}, **change})

    def _for_check(self, guard: Guard) -> Iterator[tuple[str, list[Any]]]:
        own = [name for name in guard.columns if name in self.columns]
        for row in self.rows:
            for change in islice(self.changes(own, row, guard.text), MOST_TRIED // len(self.rows)):
                yield self.update(row, change)
        for row in self.rows[:4]:
            apart = self.fresh(row, own)
            for change in islice(self.changes(own, row, guard.text), 100):
                yield self.insert(row, {**apart, **change})

    def fresh(self, row: dict[str, Any], own: Sequence[str]) -> dict[str, Any]:
        """Return changes by which a copy of a row meets no unique guard but the one over `own`."""
        found: dict[str, Any] = {}
        for columns in self.unique:
            free = [name for name in columns if name not in {*own, self.key} and name in self.columns]
            if set(columns) == set(own) or not free or any(name in found for name in free):
                continue
            name = max(free, key=lambda each: ("char" in self.columns[each].kind, self.columns[each].is_nullable))
            column = self.columns[name]
            if "char" in column.kind or column.kind == "text":
                found[name] = f"{str(row[name])[:8]}9"
            elif column.is_nullable:
                found[name] = None
            elif column.kind in {"integer", "smallint", "bigint"} and not name.endswith("_id"):
                found[name] = 31999
            elif column.kind == "date":
                found[name] = dt.date(2031, 12, 31)
        return found

    def find(self, guard: Guard) -> tuple[str, list[Any]] | None:
        """Return a statement that the guard alone refuses, if the search finds one."""
        tried: dict[str, int] = {}
        for statement, values in islice(self.statements(guard), MOST_TRIED):
            said = self.refusal(statement, values)
            if said is None or (guard.kind != "t" and said != guard.name):
                continue
            if guard.kind == "t" and (tried.get(said, 0) > 12 or said.endswith("_uniq")):
                continue
            tried[said] = tried.get(said, 0) + 1
            if self.succeeds_without(guard, statement, values):
                return statement, values
        return None

    def find_behind(self, guard: Guard) -> tuple[str, list[Any]] | None:
        """Return the same for a guard behind the table's triggers, which refuse such statements before it sees them."""
        self.cursor.execute("SAVEPOINT behind")
        try:
            self.cursor.execute(f"ALTER TABLE {self.table} DISABLE TRIGGER USER")
            return self.find(guard)
        finally:
            self.cursor.execute("ROLLBACK TO SAVEPOINT behind; RELEASE SAVEPOINT behind")


def _put(values: dict[str, Any]) -> list[Any]:
    return [Json(value) if isinstance(value, dict | list) else value for value in values.values()]
