"""How PostgreSQL carries the planner out on big tables: by indexes only, at any size.

Half a minute: the tables must be big for the planner of PostgreSQL to be tempted.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db import connection
from psycopg2 import extensions

from engines.places import ROOT
from funds.reinvestment.models import ReinvestmentRun
from funds.reinvestment.planner import CELL, LOCK, PLAN, defaults, pending_cells, plan_cell
from governance.accounts.models import User
from governance.calendar import clock

# By its path: importing the package of the measurements would change the environment of this test run.
SPEC = importlib.util.spec_from_file_location("declarations", ROOT / "bench" / "_declarations.py")
assert SPEC is not None
assert SPEC.loader is not None
declarations = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(declarations)

COUNT = 50_000
BIG = {*declarations.TABLES, "funds_reinvestmentrun", "funds_reinvestmentorder", "funds_derivationstep"}


@pytest.fixture
def owner_connection() -> Iterator[extensions.connection]:
    """A connection of the owner to the test database."""
    place = connection.settings_dict
    opened = psycopg2.connect(
        host=place["HOST"], port=place["PORT"], dbname=place["NAME"], user=settings.ENGINES.owner_user
    )
    yield opened
    opened.close()


def scans(statement: str, parameters: dict[str, Any]) -> set[str]:
    """Return the big tables that a statement would read from end to end."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        plan = cursor.fetchone()[0]
    return set(_sequential(json.loads(plan) if isinstance(plan, str) else plan))


def _sequential(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for part in node:
            yield from _sequential(part)
    elif isinstance(node, dict):
        if node.get("Node Type") == "Seq Scan" and node["Relation Name"] in BIG:
            yield node["Relation Name"]
        for part in node.values():
            yield from _sequential(part)


@pytest.mark.django_db(transaction=True)
def test_a_cell_never_reads_a_big_table_from_end_to_end(owner_connection: extensions.connection, system: User) -> None:
    declarations.fill(owner_connection, COUNT)
    cells = [cell for cell, _count in pending_cells()]
    now = clock.now()
    for cell in cells[:3]:
        plan_cell(by=system, cell=cell, now=now)

    def shapes(size: int) -> set[str]:
        bounds = {"first": declarations.FIRST + 10 * CELL, "last": declarations.FIRST + 10 * CELL + size - 1}
        return scans(LOCK, bounds) | scans(PLAN, {**bounds, **defaults(), "now": now})

    assert len(cells) == COUNT // CELL
    assert ReinvestmentRun.objects.count() == 3 * CELL
    assert {size: shapes(size) for size in (CELL, 10 * CELL, COUNT)} == {CELL: set(), 10 * CELL: set(), COUNT: set()}
