"""Every constraint, unique index and trigger of the floors: named by a test, or found to refuse something alone.

What neither a test names nor the search finds stands in `walls_unproven.txt`; the list may only get shorter. Of the money
every guard is named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from tests.prober import Guard, Prober, guards
from tests.sweep.world import build_world

TESTS = Path(__file__).parent
UNPROVEN = TESTS / "walls_unproven.txt"
FLOORS = ("communities", "socialorgs", "consultation", "funds", "projects")


@cache
def said_in_tests() -> str:
    """Return the text of all tests."""
    return "\n".join(path.read_text() for path in sorted(TESTS.rglob("*.py")))


def is_named(guard: Guard) -> bool:
    """Tell whether a test names the guard: by its own name, or as the refusal of its trigger is called.

    The trigger of a machine is compared with its table, each state with each other: tests/governance/lifecycle/test_tables.py.
    """
    names = {guard.name, guard.label, guard.label.replace(":", "_")}
    return guard.label.endswith(":lifecycle") or any(name in said_in_tests() for name in names)


@pytest.mark.django_db
def test_every_guard_of_the_money_is_named_by_a_test() -> None:
    unnamed = sorted(guard.label for guard in guards(r"funds\_%") if not is_named(guard))

    assert unnamed == [], "guards that no test names: write one that the guard alone refuses"


@pytest.mark.django_db
def test_what_is_unproven_is_there_and_unnamed() -> None:
    known = {guard.label: guard for floor in FLOORS for guard in guards(rf"{floor}\_%")}
    listed = UNPROVEN.read_text().split()

    assert listed == sorted(set(listed))
    assert [label for label in listed if label not in known] == [], "guards that are gone: take them off the list"
    assert [label for label in listed if is_named(known[label])] == [], (
        "guards that a test names: take them off the list"
    )


@pytest.mark.nightly
@pytest.mark.django_db(transaction=True)
def test_every_guard_alone_refuses_a_statement(owner: Callable[[], Any]) -> None:
    """Some minutes: a statement is looked for that fails with the guard and succeeds once it is dropped, then undone.

    What a trigger of the table refuses before a constraint sees it, is tried again without the triggers. What the search
    does not find has a test that names it.
    """
    with owner():
        left = not_found()

    assert sorted(guard.label for guard in left if not is_named(guard)) == UNPROVEN.read_text().split()


def not_found() -> list[Guard]:
    """Search for every guard on the rows of the demonstration, in a transaction that is rolled back; return the rest."""
    every = [guard for floor in FLOORS for guard in guards(rf"{floor}\_%")]
    unique: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for guard in every:
        if guard.kind in {"u", "i"}:
            unique[guard.table].append(guard.columns)
    with transaction.atomic():
        build_world()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            probers = {table: Prober(cursor, table, unique[table]) for table in {guard.table for guard in every}}
            left = [guard for guard in every if not is_found(guard, probers[guard.table])]
        transaction.set_rollback(True)
    return left


def is_found(guard: Guard, prober: Prober) -> bool:
    """Tell whether a statement was found that the guard alone refuses, or alone behind the triggers of its table."""
    return prober.find(guard) is not None or (guard.kind != "t" and prober.find_behind(guard) is not None)
