"""Real engines in a checkout of their own: who starts, who stops, what is inside."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import cursor

from engines import valkey
from engines.places import addresses, folders
from engines.postgres import ready
from engines.process import read_pid
from engines.say import EngineError
from engines.stack import Stack
from tests.engines.conftest import Holder


@contextmanager
def connected(root: Path, *, user: str, name: str = "district") -> Iterator[cursor]:
    where = addresses("demo", root)
    with closing(psycopg2.connect(host=where.host, port=where.port, user=user, dbname=name)) as connection:
        connection.autocommit = True
        yield connection.cursor()


def runs(root: Path, profile: str = "demo") -> bool:
    sockets = folders(profile, root).sockets
    assert ready(sockets) == valkey.ready(sockets)
    return ready(sockets)


def test_cluster_has_roles_database_and_extensions(checkout: Path) -> None:
    with Stack("demo", root=checkout):
        with connected(checkout, user="district_app") as query:
            query.execute("SELECT show_trgm('投影机'), current_setting('server_encoding')")
            trigrams, encoding = query.fetchone()
            query.execute(
                "SELECT rolname, rolsuper, rolcreatedb, rolcanlogin FROM pg_roles WHERE rolname LIKE 'district%' ORDER BY 1"
            )
            roles = query.fetchall()
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                query.execute("CREATE TABLE mine (id int)")
        with connected(checkout, user="district_owner", name="postgres") as query:
            query.execute("DROP DATABASE IF EXISTS test_district")
            query.execute("CREATE DATABASE test_district")
        with connected(checkout, user="district_owner", name="test_district") as query:
            query.execute("SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1")
            extensions = [name for (name,) in query.fetchall()]

    assert len(trigrams) == 4
    assert encoding == "UTF8"
    assert roles == [("district_app", False, False, True), ("district_owner", False, True, True)]
    assert extensions == ["btree_gist", "pg_trgm", "unaccent"]


def test_last_user_out_stops_the_engines(checkout: Path) -> None:
    first, second = Stack("demo", root=checkout), Stack("demo", root=checkout)
    first.up()
    second.up()

    assert not second.down()
    assert runs(checkout)
    assert first.down()
    assert not runs(checkout)
    assert not first.down()


def test_engines_in_use_are_not_stopped_by_stop(checkout: Path) -> None:
    with Stack("demo", root=checkout):
        with pytest.raises(EngineError, match="in use"):
            Stack("demo", root=checkout).stop_unused()

        assert runs(checkout)


def test_start_after_a_killed_command_attaches_and_stops_at_its_end(checkout: Path) -> None:
    holder = Holder(checkout, "demo")
    assert holder.read() == "up"
    holder.kill()
    stack = Stack("demo", root=checkout)
    pid_file = next(home / "postgres" / "postmaster.pid" for home in stack._homes() if (home / "postgres").exists())
    before = read_pid(pid_file)

    stack.up()

    assert read_pid(pid_file) == before
    assert stack.down()
    assert not runs(checkout)


def test_engines_left_by_a_killed_command_are_stopped_by_stop(checkout: Path) -> None:
    holder = Holder(checkout, "demo")
    assert holder.read() == "up"
    holder.kill()

    assert Stack("demo", root=checkout).stop_unused()
    assert not runs(checkout)
    assert not Stack("demo", root=checkout).stop_unused()


def test_second_test_run_waits_for_the_first(checkout: Path) -> None:
    stack = Stack("test", root=checkout)
    stack.up()
    holder = Holder(checkout, "test")
    assert holder.read().startswith("another test run")

    stack.down()

    assert holder.read() == "up"
    assert holder.leave() == "True"


def test_killed_server_comes_back_with_its_data(checkout: Path) -> None:
    with Stack("demo", root=checkout) as stack:
        with connected(checkout, user="district_owner") as query:
            query.execute("DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 7 AS number")
        pid_file = next(home / "postgres" / "postmaster.pid" for home in stack._homes() if (home / "postgres").exists())
        os.kill(read_pid(pid_file) or 0, 9)
        with Stack("demo", root=checkout), connected(checkout, user="district_owner") as query:
            query.execute("SELECT number FROM kept")

            assert query.fetchall() == [(7,)]


def test_nothing_is_started_or_made_when_both_servers_are_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://app@db.example/governance")
    monkeypatch.setenv("REDIS_URL", "redis://cache.example/0")

    with Stack("demo", root=tmp_path):
        assert not list(tmp_path.iterdir())


def test_only_the_server_that_is_not_given_is_started(monkeypatch: pytest.MonkeyPatch, checkout: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://app@db.example/governance")

    with Stack("demo", root=checkout):
        sockets = folders("demo", checkout).sockets

        assert valkey.ready(sockets)
        assert not ready(sockets)


def test_cluster_of_another_major_version_is_refused(checkout: Path) -> None:
    with Stack("demo", root=checkout) as stack:
        version = next(home / "postgres" / "PG_VERSION" for home in stack._homes() if (home / "postgres").exists())
    before = version.read_text()
    version.write_text("9\n")
    try:
        with pytest.raises(EngineError, match="made by PostgreSQL 9"):
            Stack("demo", root=checkout).up()
        assert not runs(checkout)
    finally:
        version.write_text(before)


def test_log_of_another_broker_is_set_aside(checkout: Path) -> None:
    with Stack("demo", root=checkout) as stack:
        data = next(home / "valkey" for home in stack._homes() if (home / "valkey").exists())
    (data / "version").write_text("redis 7.0")

    with Stack("demo", root=checkout):
        assert runs(checkout)

    assert (data / "appendonlydir.redis-7.0").is_dir()
    assert (data / "version").read_text().startswith("valkey ")
