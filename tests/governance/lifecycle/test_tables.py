"""What holds for every machine of the house, read from its table."""

from __future__ import annotations

import pytest
import rules
from django.apps import apps
from django.db import models
from django.utils.translation import override

from governance import lifecycle
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


def test_the_document_names_every_machine() -> None:
    text = lifecycle.document()

    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [machine.label for machine in MACHINES]
