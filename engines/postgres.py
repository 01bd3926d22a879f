"""The PostgreSQL cluster of a profile: make, start, furnish with roles and extensions, stop."""

import locale
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg2
from psycopg2 import extensions, sql

from engines import process
from engines.account import Account
from engines.binaries import postgres_major
from engines.places import APP_USER, DATABASE, OWNER_USER, POSTGRES_PORT
from engines.say import EngineError

SUPERUSER = "postgres"
EXTENSIONS = ("pg_trgm", "btree_gist", "unaccent")
BUILTIN_PROVIDER_SINCE = 17
CTYPES = ("C.UTF-8", "en_US.UTF-8")
START_SECONDS = 60.0
TRIES_AFTER_CRASH = 6
"""The first start and five more, a second apart or less: old backends take 1 to 2 s to notice a killed server."""
TRY_SECONDS = 1.0
CRASH_WORDS = ("lock file", "shared memory block")
LADDER = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))
"""Fast, immediate, kill. Never SIGTERM: it waits for every client and has hung during recovery."""
LASTING = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "max_connections=120",
    "shared_buffers=64MB",
    "log_min_error_statement=panic",  # a statement that was refused holds what people entered, votes among it
)
FLEETING = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    # It would count tables that are empty between two tests, and a test that fills them in one transaction would be
    # planned as if they still were: the same query took a millisecond or two minutes, by chance.
    "autovacuum=off",
)


@dataclass(frozen=True)
class Cluster:
    """The files and the account of one cluster."""

    programs: Path
    data: Path
    sockets: Path
    log: Path
    account: Account
    is_durable: bool


def start(cluster: Cluster) -> bool:
    """Bring the cluster up with its roles, database and extensions; tells whether this call started it.

    Raises: EngineError when the cluster is of another major version or the server does not come up.
    """
    if running := _server(cluster.data):
        if process.wait_ready(
            lambda: ready(cluster.sockets), pid=running.pid, folder=cluster.data, seconds=START_SECONDS
        ):
            _furnish(cluster.sockets, is_durable=cluster.is_durable)
            return False
        stop(cluster.data)
    if not cluster.data.exists():
        _end_leftovers(cluster.data)
        _make(cluster)
    _check_major(cluster)
    _launch(cluster)
    _furnish(cluster.sockets, is_durable=cluster.is_durable)
    return True


def stop(data: Path) -> bool:
    """Stop the server of a data folder; tells whether one was running."""
    server = _server(data)
    if server:
        process.end(server, LADDER)
    return server is not None


def ready(sockets: Path) -> bool:
    """Tell whether the server takes a real connection."""
    try:
        psycopg2.connect(host=str(sockets), port=POSTGRES_PORT, user=SUPERUSER, dbname="postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def _server(data: Path) -> psutil.Process | None:
    return process.known(process.read_pid(data / "postmaster.pid"), data)


def _end_leftovers(data: Path) -> None:
    """End what still works in a data folder without a server: it would keep the sockets or the shared memory."""
    for leftover in process.in_folder(data):
        process.end(leftover, LADDER[1:])


def _make(cluster: Cluster) -> None:
    """Make the cluster beside its place and rename it, so that a broken initdb never looks like one."""
    side = cluster.data.with_name(f"{cluster.data.name}.part")
    shutil.rmtree(side, ignore_errors=True)
    ctype = character_type()
    command: list[str | Path] = [
        cluster.programs / "initdb",
        "-D",
        side,
        "-U",
        SUPERUSER,
        "-A",
        "trust",
        "--encoding=UTF8",
    ]
    if postgres_major(cluster.programs) >= BUILTIN_PROVIDER_SINCE:
        command += [f"--locale={ctype}", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    else:
        command += [f"--locale={ctype}"]
    if not cluster.is_durable:
        command += ["--no-sync"]
    made = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=_environment(),
        cwd=side.parent,
        stdin=subprocess.DEVNULL,
        check=False,
        **cluster.account.popen_options(),
    )
    if made.returncode:
        message = f"initdb failed:\n{made.stdout}{made.stderr}"
        raise EngineError(message)
    side.rename(cluster.data)


def character_type() -> str:
    """Choose the locale of LC_CTYPE: pg_trgm makes no trigrams of Chinese text under plain C.

    Raises: EngineError when the machine has no UTF-8 locale at all.
    """
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in CTYPES:
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    message = f"this machine has none of the locales {', '.join(CTYPES)}; searching Chinese text needs one"
    raise EngineError(message)


def _environment() -> dict[str, str]:
    """Leave out the caller's PG* variables and language."""
    return {"PATH": os.defpath, "LC_ALL": character_type()}


def _check_major(cluster: Cluster) -> None:
    found = int((cluster.data / "PG_VERSION").read_text())
    ours = postgres_major(cluster.programs)
    if found != ours:
        message = (
            f"the database in {cluster.data} was made by PostgreSQL {found}, the programs are {ours}; "
            "dump it with the old programs, or start anew with: python3 run.py demo --reset"
        )
        raise EngineError(message)


def _launch(cluster: Cluster) -> None:
    """Start the server; after a crash try again until the old one's backends are gone."""
    settings = (
        *LASTING,
        *(() if cluster.is_durable else FLEETING),
        f"unix_socket_directories={_quoted(cluster.sockets)}",
    )
    command = [cluster.programs / "postgres", "-D", cluster.data, *(part for item in settings for part in ("-c", item))]
    said = ""
    for attempt in range(TRIES_AFTER_CRASH):
        if attempt == TRIES_AFTER_CRASH - 1:
            _end_leftovers(cluster.data)
        elif attempt:
            process.wait_empty(cluster.data, TRY_SECONDS)
        _forget_dead_server(cluster)
        began = cluster.log.stat().st_size if cluster.log.exists() else 0
        pid = process.start(command, folder=cluster.data, log=cluster.log, account=cluster.account, env=_environment())
        if process.wait_ready(lambda: ready(cluster.sockets), pid=pid, folder=cluster.data, seconds=START_SECONDS):
            return
        stop(cluster.data)
        said = process.tail(cluster.log, began)
        if not any(words in said for words in CRASH_WORDS):
            break
    message = f"PostgreSQL did not start; the end of {cluster.log}:\n{said}"
    raise EngineError(message)


def _forget_dead_server(cluster: Cluster) -> None:
    """Remove the lock files of a server that is gone but whose number is taken.

    By another process since a restart of the machine, or by its own remains that nobody has reaped: PostgreSQL would
    take either for a living server. Only done when no process at all works in the folder.
    """
    pid_file = cluster.data / "postmaster.pid"
    if pid_file.exists() and not process.in_folder(cluster.data):
        pid_file.unlink()
        (cluster.sockets / f".s.PGSQL.{POSTGRES_PORT}.lock").unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    """Quote one folder of the list in unix_socket_directories."""
    return '"' + str(path).replace('"', '""') + '"'


def _furnish(sockets: Path, *, is_durable: bool) -> None:
    """Make what the product needs and a new cluster lacks: two roles, the database, the extensions.

    Extensions go into template1 too, so that the test databases that the owner makes have them. Tests may empty tables
    without asking each key and trigger.
    """
    with _superuser(sockets, "postgres") as cursor:
        cursor.execute("SELECT rolname FROM pg_roles UNION ALL SELECT 'database ' || datname FROM pg_database")
        there = {name for (name,) in cursor.fetchall()}
        if OWNER_USER not in there:
            cursor.execute(_named("CREATE ROLE {} LOGIN CREATEDB", OWNER_USER))
        if not is_durable:
            cursor.execute(_named("GRANT SET ON PARAMETER session_replication_role TO {}", OWNER_USER))
        if APP_USER not in there:
            cursor.execute(_named("CREATE ROLE {} LOGIN NOINHERIT", APP_USER))
        if f"database {DATABASE}" not in there:
            cursor.execute(
                _named("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0", DATABASE, OWNER_USER)
            )
    for database in ("template1", DATABASE):
        with _superuser(sockets, database) as cursor:
            for extension in EXTENSIONS:
                cursor.execute(_named("CREATE EXTENSION IF NOT EXISTS {}", extension))
    with _superuser(sockets, DATABASE) as cursor:
        cursor.execute(_named("GRANT CONNECT ON DATABASE {} TO {}", DATABASE, APP_USER))
        cursor.execute(_named("GRANT USAGE ON SCHEMA public TO {}", APP_USER))


@contextmanager
def _superuser(sockets: Path, database: str) -> Iterator[extensions.cursor]:
    """Give the superuser's cursor outside of transactions, closed with its connection."""
    connection = psycopg2.connect(host=str(sockets), port=POSTGRES_PORT, user=SUPERUSER, dbname=database)
    connection.autocommit = True
    try:
        yield connection.cursor()
    finally:
        connection.close()


def _named(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))
