"""The planner: from audited declarations to runs, derivations and proposed orders, in set-based SQL.

The rule stands in derive.sql and nowhere else; plan.sql writes what comes of it. It is carried out cell by cell: a cell is the thousand ids from
`cell * CELL`, one transaction each, so that its plan stays on indexes and a killed worker loses at most one cell. The
unique run of a declaration is the key of the effect: planning twice, late or in parallel changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from funds.reinvestment.policy import RESERVE_CAP, RESERVE_RATE, WARN_BELOW
from governance.audit.models import AuditEntry
from governance.jobs.marks import mark

if TYPE_CHECKING:
    from governance.accounts.models import User

CELL = 1000

# Audited, not planned yet, and not overtaken: of several audited statements of one time only the widest and newest
# counts (a revision overtakes the one before it, the year its quarters). OFFSET 0 keeps both look-ups tied to their row.
PENDING = """
    d.status IN ('AUDITED', 'PUBLISHED', 'LOCKED')
    AND NOT EXISTS (SELECT 1 FROM funds_reinvestmentrun r WHERE r.declaration_id = d.id OFFSET 0)
    AND NOT EXISTS (
        SELECT 1 FROM funds_profitdeclaration newer
        WHERE newer.enterprise_id = d.enterprise_id
            AND newer.starts_on <= d.starts_on
            AND newer.ends_on >= d.ends_on
            AND newer.status IN ('AUDITED', 'PUBLISHED', 'LOCKED')
            AND (newer.ends_on - newer.starts_on, newer.revision) > (d.ends_on - d.starts_on, d.revision)
        OFFSET 0
    )
"""

RULE = Template(Path(__file__).with_name("derive.sql").read_text(encoding="utf-8"))
"""What a selection of declarations gives under the policies chosen; `planner` and `trial` say which."""
PLAN = RULE.substitute(
    selected=f"d.id BETWEEN %(first)s AND %(last)s AND {PENDING}", policy="COALESCE(own.id, near.id)"
) + Path(__file__).with_name("plan.sql").read_text(encoding="utf-8")

# One planner at a time per enterprise, in key order: the next one's snapshot then sees what this one has ordered.
LOCK = Template("""
    SELECT count(*) FROM (
        SELECT locked.id
        FROM (
            SELECT DISTINCT d.enterprise_id FROM funds_profitdeclaration d
            WHERE d.id BETWEEN %(first)s AND %(last)s AND $pending
            ORDER BY d.enterprise_id
        ) due,
            LATERAL (
                SELECT id FROM funds_communityenterprise WHERE id = due.enterprise_id FOR NO KEY UPDATE
            ) locked
    ) all_locked
""").substitute(pending=PENDING)

CELLS = Template("""
    SELECT d.id / $cell AS cell, count(*) FROM funds_profitdeclaration d
    WHERE (%(since)s IS NULL OR d.audited_at >= %(since)s) AND $pending
    GROUP BY cell ORDER BY cell
""").substitute(cell=CELL, pending=PENDING)

STATE = Template("""
    SELECT count(*), COALESCE(max(d.id), 0), max(d.audited_at) FROM funds_profitdeclaration d
    WHERE d.audited_at >= %(since)s AND $pending
""").substitute(pending=PENDING)


@dataclass(frozen=True, slots=True)
class Planned:
    """What planning a cell has brought: numbers of rows, and the declarations for which no policy was in force."""

    planned: int = 0
    ordered: int = 0
    nothing: int = 0
    undistributable: int = 0
    warned: int = 0
    first_run: int | None = None
    last_run: int | None = None
    without_policy: list[tuple[int, str, str]] = field(default_factory=list)
    """Key of the declaration, name of the enterprise, last day of the period."""


Report = Callable[[Planned], None]


def plan_cell(*, by: User, cell: int, now: dt.datetime, report: Report | None = None) -> Planned:
    """Plan the pending declarations of one cell; a cell without any costs one look."""
    return plan_ids(by=by, first=cell * CELL, last=cell * CELL + CELL - 1, now=now, report=report)


def plan_ids(*, by: User, first: int, last: int, now: dt.datetime, report: Report | None = None) -> Planned:
    """Plan the pending declarations of a range of ids, both ends included, in one transaction.

    `report` is called with the result before the commit, so that a job's progress and its effect are one.
    """
    bounds = {"first": first, "last": last}
    mark("reinvestment.plan.chunk")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")  # compiling so large a statement takes longer than a cell
        cursor.execute(LOCK, bounds)
        is_empty = not cursor.fetchone()[0]
        mark("reinvestment.plan.locked")
        result = Planned() if is_empty else _execute(cursor, {**bounds, **defaults(), "now": now})
        mark("reinvestment.plan.inserted")
        if result.planned:
            _record(result, by, now)
        mark("reinvestment.plan.recorded")
        if report:
            report(result)
        mark("reinvestment.plan.reported")
    mark("reinvestment.plan.committed")
    return result


def _execute(cursor: Any, parameters: dict[str, Any]) -> Planned:
    """Carry out the statement and read its one row."""
    cursor.execute(PLAN, parameters)
    found = dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))
    return Planned(**{**found, "without_policy": [tuple(row) for row in found["without_policy"] or []]})


def defaults() -> dict[str, Any]:
    """Return the declared values that hold where no row does, as parameters of the statement."""
    return {
        "reserve_rate": RESERVE_RATE.default,
        "reserve_cap": RESERVE_CAP.default,
        "warn_below": WARN_BELOW.default,
    }


def pending_cells(since: dt.datetime | None = None) -> list[tuple[int, int]]:
    """Return the cells that hold pending declarations and how many each; all, or those audited since a moment.

    Without `since` one pass over all declarations.
    """
    with connection.cursor() as cursor:
        cursor.execute(CELLS, {"since": since})
        return [(int(cell), int(count)) for cell, count in cursor.fetchall()]


def pending_state(since: dt.datetime) -> tuple[int, str]:
    """Return how many declarations audited since a moment are pending, and a text that differs when they do."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"since": since})
        count, newest, audited_at = cursor.fetchone()
    return count, f"{count}-{newest}-{audited_at.isoformat() if audited_at else ''}"


def _record(result: Planned, by: User, now: dt.datetime) -> None:
    """Write one audit entry for the runs of the cell."""
    AuditEntry.objects.create(
        at=now,
        actor=by,
        verb="funds.run.planned",
        object_label="funds.ReinvestmentRun",
        object_key=f"{result.first_run}-{result.last_run}",
        object_name=f"{result.planned}",
        after={"planned": result.planned, "ordered": result.ordered, "warned": result.warned},
        basis="Report on Ziliujing 2021",
    )
