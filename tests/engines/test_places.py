"""Addresses are computed, never made."""

import os
from pathlib import Path

import environ
import pytest
from kombu.utils.url import url_to_parts
from redis.connection import parse_url

from engines.places import SOCKET_PATH_LIMIT, addresses, current_profile, folders


def test_addresses_make_no_folder(tmp_path: Path) -> None:
    given = addresses("demo", tmp_path)

    assert given.name == "district"
    assert (given.app_user, given.owner_user) == ("district_app", "district_owner")
    assert not list(tmp_path.iterdir())
    assert not folders("demo", tmp_path).private.exists()


def test_addresses_are_read_by_django_environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    root = tmp_path / "社区 +%"
    monkeypatch.setattr("engines.places.SOCKET_PATH_LIMIT", 1000)

    given = addresses("demo", root)
    read = environ.Env.db_url_config(given.database_owner_url)

    assert given.host == str(root / "var" / "demo" / "sockets")
    assert (read["HOST"], read["PORT"], read["NAME"]) == (given.host, given.port, given.name)
    assert read["USER"] == "district_owner"


def test_socket_addresses_are_read_by_redis_and_kombu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr("engines.places.SOCKET_PATH_LIMIT", 1000)
    root = tmp_path / "社区 +%"
    wanted = str(root / "var" / "demo" / "sockets" / "valkey.sock")

    given = addresses("demo", root)
    cache = parse_url(given.cache_url(1))
    broker = url_to_parts(given.broker_url(0).removeprefix("redis+"))

    assert (cache["path"], cache["db"]) == (wanted, 1)
    assert (f"/{broker.path}", broker.query) == (wanted, {"virtual_host": "0"})


@pytest.mark.parametrize(("uid", "depth"), [(0, 1), (1000, 1), (0, 30), (1000, 30)])
def test_socket_path_is_short_enough(monkeypatch: pytest.MonkeyPatch, uid: int, depth: int) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    root = Path("/srv", *["district"] * depth)

    sockets = folders("test", root).sockets

    assert len(os.fsencode(sockets / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT


def test_profiles_users_and_checkouts_have_folders_of_their_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = set()
    for uid in (0, 1000):
        monkeypatch.setattr(os, "geteuid", lambda uid=uid: uid)
        found |= {folders(profile, root).private for profile in ("demo", "test") for root in (tmp_path, tmp_path / "b")}

    assert len(found) == 8


def test_each_given_server_is_used_by_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://app:secret@db.example:5433/governance")
    only_database = addresses("demo", tmp_path)
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgres://owner:secret@db.example:5433/governance")
    monkeypatch.setenv("REDIS_URL", "redis://cache.example:6380/4")

    both = addresses("demo", tmp_path)

    assert only_database.database_owner_url == only_database.database_url
    assert only_database.redis_url.startswith("unix://")
    assert (both.host, both.port, both.name) == ("db.example", 5433, "governance")
    assert (both.app_user, both.owner_user) == ("app", "owner")
    assert both.cache_url(1) == "redis://cache.example:6380/5"
    assert both.broker_url(0) == "redis://cache.example:6380/4"


def test_parallel_test_workers_share_no_logical_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = []
    for worker in ("", "gw0", "gw1"):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
        given = addresses("test", tmp_path)
        found += [given.broker_url(0).rpartition("=")[2], given.cache_url(1).rpartition("=")[2]]

    assert found == ["0", "1", "2", "3", "4", "5"]


def test_third_logical_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="logical database 2"):
        addresses("test", tmp_path).cache_url(2)


def test_profile_is_test_under_pytest_and_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMBED_PROFILE")
    assert current_profile() == "test"
    monkeypatch.setenv("EMBED_PROFILE", "demo")
    assert current_profile() == "demo"
    monkeypatch.setenv("EMBED_PROFILE", "prod")
    with pytest.raises(ValueError, match="EMBED_PROFILE"):
        current_profile()
