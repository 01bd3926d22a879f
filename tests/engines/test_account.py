"""The servers' user and the folders that only that user may enter."""

import os
from pathlib import Path

import pytest

from engines.account import Account, can, private_folder, service_account
from engines.places import folders
from engines.postgres import ready
from engines.say import EngineError
from engines.stack import Stack

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def ourselves() -> Account:
    return Account("me", os.geteuid(), os.getegid(), is_other=False)


def test_normal_user_runs_the_servers_as_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 65534)

    account = service_account()

    assert account.uid == 65534
    assert account.popen_options() == {}


@AS_ROOT
def test_root_takes_the_first_user_that_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBED_USER", "nobody")
    assert service_account().name == "nobody"
    assert service_account().popen_options()["extra_groups"] == []
    monkeypatch.setenv("EMBED_USER", "no-such-user")
    assert service_account().name in {"postgres", "_postgres", "nobody"}


@AS_ROOT
def test_reach_is_asked_as_the_other_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EMBED_USER", "nobody")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    assert not can(service_account(), closed, os.R_OK)
    assert can(service_account(), Path("/"), os.R_OK)


@AS_ROOT
def test_root_runs_in_a_checkout_that_the_servers_cannot_reach(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    stack = Stack("test", root=tmp_path)
    private = folders("test", tmp_path).private

    with stack:
        assert ready(folders("test", tmp_path).sockets)
        assert (private / "engines" / "postgres").is_dir()
        assert not (tmp_path / "var" / "test" / "engines").exists()
    stack.reset()

    assert not private.exists()
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_private_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = private_folder(tmp_path / "sockets", ourselves())

    assert folder.stat().st_mode & 0o777 == 0o700
    assert private_folder(folder, ourselves()) == folder


def test_private_folder_refuses_links_and_open_doors(tmp_path: Path) -> None:
    private_folder(tmp_path / "real", ourselves())
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)

    for name in ("link", "open"):
        with pytest.raises(EngineError, match="mode 0700"):
            private_folder(tmp_path / name, ourselves())
