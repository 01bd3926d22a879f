"""The migrated database that test databases are copied from."""

from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from engines.places import ROOT, addresses
from engines.say import EngineError
from engines.stack import Stack
from engines.template import migrated_template

# Stands for Django's: "migrates" by making a table, and keeps count of its runs.
MANAGE = f"""
import os, pathlib, sys
import psycopg2
sys.path.insert(0, {str(ROOT)!r})
from engines.places import addresses
assert sys.argv[1] == "migrate" and os.environ["DATABASE_AS"] == "owner"
where = addresses()
with psycopg2.connect(host=where.host, user=where.owner_user, dbname=where.name) as connection:
    connection.cursor().execute("CREATE TABLE migrated AS SELECT 1 AS number")
connection.close()
runs = pathlib.Path("runs")
runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
"""


@pytest.fixture
def project(checkout: Path) -> Path:
    (checkout / "manage.py").write_text(MANAGE)
    (checkout / "runs").unlink(missing_ok=True)
    (checkout / "funds" / "migrations").mkdir(parents=True, exist_ok=True)
    (checkout / "funds" / "migrations" / "0001_initial.py").write_text("# first")
    return checkout


def names(root: Path) -> list[str]:
    where = addresses("test", root)
    with closing(psycopg2.connect(host=where.host, user=where.owner_user, dbname="postgres")) as connection:
        query = connection.cursor()
        query.execute("SELECT datname FROM pg_database WHERE starts_with(datname, 'template_')")
        return sorted(name for (name,) in query.fetchall())


def test_template_is_made_once_and_anew_when_a_migration_changes(project: Path) -> None:
    with Stack("test", root=project):
        first = migrated_template(project)
        again = migrated_template(project)
        (project / "funds" / "migrations" / "0001_initial.py").write_text("# changed")
        changed = migrated_template(project)

        assert first == again
        assert changed != first
        assert names(project) == [changed]
        assert (project / "runs").read_text() == "xx"


def test_failed_migration_leaves_no_template(project: Path) -> None:
    (project / "manage.py").write_text("raise SystemExit('no such table')")
    (project / "funds" / "migrations" / "0001_initial.py").write_text("# broken")
    with Stack("test", root=project):
        with pytest.raises(EngineError, match="no such table"):
            migrated_template(project)
        (project / "manage.py").write_text(MANAGE)

        assert [name for name in names(project) if not name.endswith("_part")] == []
        assert migrated_template(project) in names(project)


def test_given_server_gets_no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://app@db.example/governance")

    assert migrated_template() is None
