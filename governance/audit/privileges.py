"""Table privileges of the application's database role.

The owner role migrates; the application's role reads and writes rows and can neither change nor empty the tables whose
model says `append_only`, nor write a table whose model says `read_only` (the database fills it), nor change the fields
that a model names as `moved_by_triggers`. Granted again after each migration, so that no migration has to name a role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connections
from psycopg2 import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.apps import AppConfig
    from django.db.models import Model

# django-pgtrigger lets any session leave triggers out by a setting (`SET pgtrigger.ignore = …`). For the application's
# role that would open every wall, so its setting counts for nothing. Each migration of a trigger brings the library's
# own function back; this one replaces it afterwards.
TRIGGERS_STAY = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME) RETURNS boolean LANGUAGE sql STABLE AS
$$
    SELECT current_user <> {role} AND trigger_name = ANY (
        coalesce(nullif(current_setting('pgtrigger.ignore', true), ''), '{{}}')::text[]
    )
$$
"""


def grant_privileges(sender: AppConfig, using: str, **_kwargs: Any) -> None:
    """Grant rights on every table of the migrated app to the role named in DATABASE_APP_ROLE, and shut its side door.

    Nothing happens when the application connects as the owner itself (no second role configured).
    """
    role = settings.DATABASE_APP_ROLE
    connection = connections[using]
    if not role or role == connection.settings_dict["USER"] or sender.models_module is None:
        return
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for model in sender.get_models(include_auto_created=True):
            table = model._meta.db_table
            if table not in present or model._meta.proxy:
                continue
            names = {"table": sql.Identifier(table), "role": sql.Identifier(role)}
            cursor.execute(sql.SQL("REVOKE ALL ON {table} FROM {role}").format(**names).as_string(cursor.cursor))
            cursor.execute(
                sql.SQL("GRANT {rights} ON {table} TO {role}")
                .format(rights=sql.SQL(", ").join(_rights(model)), **names)
                .as_string(cursor.cursor)
            )
        cursor.execute(sql.SQL(TRIGGERS_STAY).format(role=sql.Literal(role)).as_string(cursor.cursor))
        cursor.execute(
            sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}")
            .format(sql.Identifier(role))
            .as_string(cursor.cursor)
        )
        if "django_migrations" in present:
            cursor.execute(
                sql.SQL("GRANT SELECT ON django_migrations TO {}").format(sql.Identifier(role)).as_string(cursor.cursor)
            )


def _rights(model: type[Model]) -> Iterator[sql.Composable]:
    """Give what the application's role may do with the table of a model."""
    yield sql.SQL("SELECT")
    if getattr(model, "read_only", False):
        return
    yield sql.SQL("INSERT")
    if getattr(model, "append_only", False):
        return
    yield sql.SQL("DELETE")
    kept: frozenset[str] = getattr(model, "moved_by_triggers", frozenset())
    columns = [
        sql.Identifier(str(field.column)) for field in model._meta.local_concrete_fields if field.name not in kept
    ]
    if not kept:
        yield sql.SQL("UPDATE")
    elif columns:
        yield sql.SQL("UPDATE ({})").format(sql.SQL(", ").join(columns))
