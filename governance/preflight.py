"""Before a process serves: is the database there, can it search Chinese text, is no migration missing.

Called by the web server, the workers and beat at their start, and by `manage.py preflight`. A start that would fail
later, half way, fails here with a sentence.
"""

from __future__ import annotations

import pkgutil
import sys
from importlib.util import find_spec

from django.apps import apps
from django.db import Error, connection

PROBE = "投影机"
SHOWN = 5


class NotReady(Exception):
    """The start must not go on; the text says why and what to do."""


def check() -> None:
    """Ask the database everything that a start depends on; three queries.

    Raises:
        NotReady: with the reason for people.
    """
    try:
        connection.ensure_connection()
    except Error as error:
        where = connection.settings_dict
        place = where["HOST"] or "this machine"
        message = f"The database “{where['NAME']}” at {place} does not answer. {_line(error)}"
        raise NotReady(message) from None
    if not _knows_chinese():
        message = (
            "The database can't search Chinese text: its character type is C, to which Chinese has no letters. "
            "Make it anew with a UTF-8 locale, for example: createdb --locale=C.UTF-8 --encoding=UTF8 --template=template0"
        )
        raise NotReady(message)
    if missing := sorted(_migrations() - _applied()):
        names = ", ".join(missing[:SHOWN]) + (", …" if len(missing) > SHOWN else "")
        message = (
            f"The tables are behind the program: {len(missing)} migration(s) missing ({names}). "
            "Run “manage.py migrate” as the owner (DATABASE_AS=owner) first."
        )
        raise NotReady(message)


def require() -> None:
    """End the process with the reason unless all is well; leaves no connection open for a later fork."""
    try:
        check()
    except NotReady as reason:
        sys.exit(f"Not started. {reason}")
    finally:
        connection.close()


def _migrations() -> set[str]:
    """Name the migrations that the program brings, by their files: nothing is loaded."""
    found = set()
    for config in apps.get_app_configs():
        package = find_spec(f"{config.name}.migrations")
        folders = list(package.submodule_search_locations or []) if package else []
        found |= {f"{config.label}.{entry.name}" for entry in pkgutil.iter_modules(folders) if not entry.ispkg}
    return found


def _applied() -> set[str]:
    """Name the migrations that the database has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations')")
        if cursor.fetchone() == (None,):
            return set()
        cursor.execute("SELECT app || '.' || name FROM django_migrations")
        return {name for (name,) in cursor.fetchall()}


def _knows_chinese() -> bool:
    """Tell whether Chinese characters are letters to the database, without which pg_trgm finds nothing in them.

    Asked of the database's character type, so before the first migration brings the extension.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s ~ '^[[:alpha:]]+$'", [PROBE])
        return bool(cursor.fetchone() == (True,))


def _line(error: Exception) -> str:
    """Return the first line of what the driver said."""
    return str(error).strip().partition("\n")[0]
