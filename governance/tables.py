"""How migrations make many tables: Django describes the models once per migration, not once per table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import migrations
from django.db.migrations.operations.fields import FieldOperation
from django.db.migrations.operations.models import CreateModel, ModelOperation
from pgtrigger.migrations import AddTrigger

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState


class AtOnce(migrations.Migration):
    """A migration whose operations all see the models as they are before it and after it, and never between.

    Django describes every related model again after each operation, which is most of them: over 800 operations that
    was two minutes of processor time on each new machine. Here a table is made as it is at the end of the migration, so
    what the same migration adds to it afterwards (a field, a constraint, an index) is there already and is left out.
    Undoing goes step by step, as ever.

    Not for a migration that alters a field twice, renames, or moves rows in between: tests/architecture/test_migrations.py refuses them.
    """

    def apply(
        self, project_state: ProjectState, schema_editor: BaseDatabaseSchemaEditor, *_: Any, **__: Any
    ) -> ProjectState:
        """Change the database and return the state after; `project_state` is changed in place, as Django's own does.

        `sqlmigrate` prints the statements without a heading for each operation.
        """
        before = project_state.clone()
        project_state.clear_delayed_apps_cache()
        project_state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(self.app_label, project_state)
        made = {operation.name_lower for operation in self.operations if isinstance(operation, CreateModel)}
        for operation in self.operations:
            if not is_in_its_table(operation, made):
                operation.database_forwards(self.app_label, schema_editor, before, project_state)
        return project_state


def is_in_its_table(operation: Operation, made: set[str]) -> bool:
    """Whether the table, made as it is at the end of the migration, carries this already."""
    if isinstance(operation, (CreateModel, AddTrigger)):
        return False
    match operation:
        case FieldOperation():
            return operation.model_name_lower in made
        case ModelOperation():
            return operation.name_lower in made
        case _:
            return getattr(operation, "model_name", "").lower() in made
