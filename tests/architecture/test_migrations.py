"""Migrations are complete, in one line per app, named for what they do, and can be taken back."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from django.apps import apps
from django.core.management.commands.makemigrations import Command
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations import (
    DeleteModel,
    RenameField,
    RenameIndex,
    RenameModel,
    RunPython,
    RunSQL,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.special import SeparateDatabaseAndState
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState
from django.utils.translation import override

from governance.tables import AtOnce
from tests.architecture.house import PACKAGES

MANY = 5
"""Steps that are worth doing at once; each costs about a fifth of a second, as Django describes all models again."""
BETWEEN = (DeleteModel, RenameField, RenameIndex, RenameModel, RunPython, SeparateDatabaseAndState)
AUTOMATIC = re.compile(r"_auto_\d|_and_more$")


def _own_labels() -> set[str]:
    return {app.label for app in apps.get_app_configs() if app.name.partition(".")[0] in PACKAGES}


def _own_migrations(loader: MigrationLoader) -> list[Migration]:
    return [migration for (label, _), migration in sorted(loader.disk_migrations.items()) if label in _own_labels()]


def _operations(operations: Sequence[Operation]) -> Iterator[Operation]:
    for operation in operations:
        yield operation
        if isinstance(operation, SeparateDatabaseAndState):
            yield from _operations(operation.database_operations)


def test_each_app_has_one_leaf() -> None:
    graph = MigrationLoader(None).graph

    leaves = {label: [name for _, name in graph.leaf_nodes(label)] for label in sorted(_own_labels())}

    assert {label: names for label, names in leaves.items() if len(names) > 1} == {}


def test_makemigrations_finds_nothing() -> None:
    loader = MigrationLoader(None)
    autodetector = Command.autodetector(
        loader.project_state(),
        ProjectState.from_apps(apps),
        NonInteractiveMigrationQuestioner(specified_apps=_own_labels(), dry_run=True),
    )

    # Names of third parties come translated otherwise; the command leaves them as they are, too.
    with override(None):
        changes = autodetector.changes(graph=loader.graph)
        found = {
            label: [operation.describe() for migration in migrations for operation in migration.operations]
            for label, migrations in changes.items()
            if label in _own_labels()
        }

    assert found == {}


def test_migrations_are_named_for_what_they_do() -> None:
    names = [f"{migration.app_label}.{migration.name}" for migration in _own_migrations(MigrationLoader(None))]

    assert [name for name in names if AUTOMATIC.search(name)] == []


def test_data_steps_stand_alone_and_can_be_taken_back() -> None:
    migrations = _own_migrations(MigrationLoader(None))
    steps = [(migration, step) for migration in migrations for step in _operations(migration.operations)]

    one_way = [
        f"{migration.app_label}.{migration.name}"
        for migration, step in steps
        if isinstance(step, RunPython | RunSQL) and not step.reversible
    ]
    mixed = [
        f"{migration.app_label}.{migration.name}"
        for migration in migrations
        if any(isinstance(step, RunPython) for step in migration.operations)
        and not all(isinstance(step, RunPython | RunSQL) for step in migration.operations)
    ]

    assert one_way == []
    assert mixed == []


def test_a_migration_of_many_steps_describes_its_models_once() -> None:
    slow = [
        f"{migration.app_label}.{migration.name}"
        for migration in _own_migrations(MigrationLoader(None))
        if len([step for step in migration.operations if not isinstance(step, RunPython | RunSQL)]) > MANY
        and not isinstance(migration, AtOnce)
    ]

    assert slow == []


def test_what_is_made_at_once_has_nothing_in_between() -> None:
    """A state between the first and the last is never seen there: no rename, no rows moved, no field altered twice."""
    wrong = []
    for migration in _own_migrations(MigrationLoader(None)):
        if not isinstance(migration, AtOnce):
            continue
        touched = Counter(
            (step.model_name_lower, step.name_lower)
            for step in migration.operations
            if isinstance(step, FieldOperation)
        )
        is_in_steps = any(isinstance(step, BETWEEN) for step in migration.operations)
        if is_in_steps or any(times > 1 for times in touched.values()):
            wrong.append(f"{migration.app_label}.{migration.name}")

    assert wrong == []
