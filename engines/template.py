"""A migrated database in the test cluster that test databases are copied from.

Running all migrations takes a good part of a minute, once per process of each test run; a copy takes a fraction of a
second. The copy's source is made by the very same migrations and made anew whenever one of them changes.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import extensions, sql

from engines.fingerprint import MIGRATIONS, digest
from engines.places import ROOT, Addresses, addresses, current_profile, folders
from engines.say import EngineError

PREFIX = "template_"
DIGEST_LENGTH = 12


def migrated_template(root: Path = ROOT) -> str | None:
    """Give the name of the template for Django's `TEST["TEMPLATE"]`, made now if the migrations have changed.

    None on a server that was given by DATABASE_URL: it is not ours to fill. One process makes it, the others wait.
    Raises: EngineError with Django's words when a migration fails.
    """
    if os.environ.get("DATABASE_URL"):
        return None
    where = addresses(root=root)
    name = f"{PREFIX}{digest(MIGRATIONS, root=root)[:DIGEST_LENGTH]}"
    with (folders(current_profile(), root).state / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _owner(where) as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
            there = [found for (found,) in cursor.fetchall()]
            if name in there:
                return name
            for outdated in there:
                cursor.execute(_named("DROP DATABASE {}", outdated))
        _make(name, where, root)
    return name


def _make(name: str, where: Addresses, root: Path) -> None:
    """Migrate a database under another name first, so that a broken one is never taken for a template."""
    side = f"{name}_part"
    with _owner(where) as cursor:
        cursor.execute(_named("CREATE DATABASE {}", side))
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "--skip-checks", "--verbosity", "0"],
        cwd=root,
        env={
            **{key: value for key, value in os.environ.items() if key != "PYTEST_XDIST_WORKER"},
            "DATABASE_URL": _renamed(where.database_url, side),
            "DATABASE_OWNER_URL": _renamed(where.database_owner_url, side),
            "DATABASE_AS": "owner",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        message = f"the migrations failed:\n{done.stdout}{done.stderr}"
        raise EngineError(message)
    with _owner(where) as cursor:
        cursor.execute(_named("ALTER DATABASE {} RENAME TO {}", side, name))


@contextmanager
def _owner(where: Addresses) -> Iterator[extensions.cursor]:
    """Give the owner's cursor outside of transactions, in the database that is always there."""
    connection = psycopg2.connect(host=where.host, port=where.port, user=where.owner_user, dbname="postgres")
    connection.autocommit = True
    with closing(connection):
        yield connection.cursor()


def _renamed(url: str, name: str) -> str:
    """Give the address with another database."""
    return f"{url.rpartition('/')[0]}/{name}"


def _named(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))
