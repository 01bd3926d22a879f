"""Tables that are made at once are the same as those made step by step."""

from __future__ import annotations

import pytest
from django.db import connection, models
from django.db.migrations.migration import Migration
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.state import ProjectState
from django.db.transaction import atomic, set_rollback

from governance.tables import AtOnce
from tests.conftest import as_owner

CATALOG = """
SELECT table_name::text, column_name::text, data_type || is_nullable FROM information_schema.columns
    WHERE table_name IN ('calendar_street', 'calendar_lane')
UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes
    WHERE tablename IN ('calendar_street', 'calendar_lane')
UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid::regclass::text IN ('calendar_street', 'calendar_lane')
ORDER BY 1, 2, 3
"""


@pytest.mark.django_db(transaction=True)
def test_tables_made_at_once_are_those_made_step_by_step() -> None:
    def catalog(kind: type[Migration]) -> list[tuple[str, ...]]:
        steps = [
            CreateModel("Street", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField())]),
            CreateModel("Lane", [("id", models.BigAutoField(primary_key=True)), ("width", models.IntegerField())]),
            AddField("lane", "street", models.ForeignKey("calendar.Street", models.PROTECT)),
            AddField("street", "first", models.ForeignKey("calendar.Lane", models.PROTECT, null=True)),
            AddIndex("lane", models.Index(fields=["width"], name="lane_width")),
            AddConstraint("lane", models.CheckConstraint(condition=models.Q(width__gt=0), name="lane_is_wide")),
            AddConstraint("street", models.UniqueConstraint(fields=["name"], name="street_is_named_once")),
        ]
        migration = type("First", (kind,), {"operations": steps})("first", "calendar")
        with atomic():
            with connection.schema_editor(atomic=True) as editor:
                migration.apply(ProjectState(), editor)
            with connection.cursor() as cursor:
                cursor.execute(CATALOG)
                found: list[tuple[str, ...]] = cursor.fetchall()
            set_rollback(True)
        return found

    with as_owner():
        at_once, step_by_step = catalog(AtOnce), catalog(Migration)

    assert at_once == step_by_step
    assert {name for _, name, _ in at_once} >= {"lane_width", "lane_is_wide", "street_is_named_once", "street_id"}
