"""What holds for every machine of the house, read from its table."""

from __future__ import annotations

import re
from itertools import permutations
from typing import Any

import pytest
import rules
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import override

from governance import lifecycle
from governance.errors import constraint_of
from governance.lifecycle import REGISTRY, SYSTEM, Lifecycle

MACHINES = sorted(REGISTRY.values(), key=lambda machine: machine.label)
each_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.label)


def _model(machine: Lifecycle) -> type[models.Model]:
    return apps.get_model(machine.label)


@each_machine
def test_every_state_is_reached_and_no_other_is_known(machine: Lifecycle) -> None:
    reached = {machine.initial, *machine.also_begins}
    while more := {step.target for step in machine.moves if step.sources & reached} - reached:
        reached |= more

    known = {value for value, _label in _model(machine)._meta.get_field("status").choices}
    assert reached == known
    assert set(machine.states) == known


@each_machine
def test_exactly_the_terminal_states_have_no_way_out(machine: Lifecycle) -> None:
    sources = {state for step in machine.moves for state in step.sources}

    assert set(machine.states) - sources == machine.terminal


@each_machine
def test_every_move_has_a_label_a_verb_and_a_registered_permission(machine: Lifecycle) -> None:
    for step in machine.moves:
        with override("en"):
            assert str(step.label)
        assert step.verb.startswith(machine.label.split(".", maxsplit=1)[0] + "."), step.name
        assert step.permission == SYSTEM or rules.perm_exists(step.permission), step.permission


@each_machine
def test_move_names_are_unique(machine: Lifecycle) -> None:
    assert len(machine.by_name) == len(machine.moves)


@each_machine
def test_stamps_and_fields_are_columns_of_the_model(machine: Lifecycle) -> None:
    columns = {field.name for field in _model(machine)._meta.concrete_fields}

    for step in machine.moves:
        assert set(step.fields) <= columns, step.name
        assert all({f"{name}_by", name} & columns for name in step.apart_from), step.name


@each_machine
def test_the_model_carries_the_trigger(machine: Lifecycle) -> None:
    names = [trigger.name for trigger in getattr(_model(machine)._meta, "triggers", [])]

    assert "lifecycle" in names


ELSEWHERE = "ELSEWHERE"
"""A word that no machine knows."""


@each_machine
@pytest.mark.django_db
def test_the_database_moves_by_the_same_table(machine: Lifecycle) -> None:
    """The trigger that stands on the model's table, on a table with nothing but a status: each state into each other."""
    name, states = machine.label.partition(".")[2].lower(), [*machine.states, ELSEWHERE]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE probe (status text)")
        cursor.execute("INSERT INTO probe SELECT unnest(%s::text[])", [states])
        cursor.execute(trigger_of(cursor, _model(machine)._meta.db_table, "probe"))

    begun = {state for state in states if not violated_by("INSERT INTO probe VALUES (%s)", state)}
    refused = {
        (source, target): said
        for source, target in permutations(states, 2)
        if (said := violated_by("UPDATE probe SET status = %s WHERE status = %s", target, source))
    }

    assert begun == {machine.initial, *machine.also_begins}
    assert set(permutations(states, 2)) - set(refused) == set(machine.pairs()) - {(one, one) for one in states}
    assert set(refused.values()) == {f"{name}_moves_by_the_table"}


def trigger_of(cursor: Any, table: str, instead: str) -> str:
    """Return the statement that puts the lifecycle's trigger of a table onto another."""
    cursor.execute(
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger"
        " WHERE tgrelid = %s::regclass AND tgname ~ '^pgtrigger_lifecycle_' AND tgenabled = 'O'",
        [table],
    )
    [(definition,)] = cursor.fetchall()
    return re.sub(r"ON \S+ FOR", f"ON {instead} FOR", definition)


def violated_by(statement: str, *parameters: object) -> str:
    """Try a statement, undo it, and return which constraint refused it; nothing where it is possible."""
    with transaction.atomic(), connection.cursor() as cursor:
        try:
            cursor.execute(statement, parameters)
        except IntegrityError as error:
            said = constraint_of(error)
        else:
            said = ""
        transaction.set_rollback(True)
    return said


def test_the_document_names_every_machine() -> None:
    text = lifecycle.document()

    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [machine.label for machine in MACHINES]
