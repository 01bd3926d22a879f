"""The Valkey (or Redis) server of a profile: start and stop."""

import os
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from engines import process
from engines.account import Account
from engines.binaries import redis_version
from engines.say import EngineError

LADDER = ((signal.SIGTERM, 15.0), (signal.SIGKILL, 10.0))
START_SECONDS = 30.0
PING_SECONDS = 2.0
LOGS_OF_WRITES = ("appendonlydir", "appendonly.aof")
LASTING = ("--appendonly", "yes", "--appendfsync", "everysec")
FLEETING = ("--appendonly", "no")


@dataclass(frozen=True)
class Broker:
    """The files and the account of one server."""

    program: Path
    data: Path
    sockets: Path
    log: Path
    account: Account
    is_durable: bool


def start(broker: Broker) -> bool:
    """Bring the server up; tells whether this call started it.

    Raises: EngineError when it does not come up.
    """
    if running := _server(broker.data, broker.sockets):
        if process.wait_ready(
            lambda: ready(broker.sockets), pid=running.pid, folder=broker.data, seconds=START_SECONDS
        ):
            return False
        stop(broker.data, broker.sockets)
    for leftover in process.in_folder(broker.data):
        process.end(leftover, LADDER)
    if not broker.data.exists():
        broker.data.mkdir()
        os.chown(broker.data, broker.account.uid, broker.account.gid)
    _set_aside_foreign_log(broker)
    began = broker.log.stat().st_size if broker.log.exists() else 0
    pid = process.start(
        _command(broker),
        folder=broker.data,
        log=broker.log,
        account=broker.account,
        env={"PATH": os.defpath, "LC_ALL": "C"},
    )
    if not process.wait_ready(lambda: ready(broker.sockets), pid=pid, folder=broker.data, seconds=START_SECONDS):
        stop(broker.data, broker.sockets)
        message = f"Valkey did not start; the end of {broker.log}:\n{process.tail(broker.log, began)}"
        raise EngineError(message)
    return True


def stop(data: Path, sockets: Path) -> bool:
    """Stop the server of a data folder; tells whether one was running."""
    server = _server(data, sockets)
    if server:
        process.end(server, LADDER)
    return server is not None


def ready(sockets: Path) -> bool:
    """Tell whether the server answers a real PING."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(PING_SECONDS)
            client.connect(str(sockets / "valkey.sock"))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def _server(data: Path, sockets: Path) -> psutil.Process | None:
    return process.known(process.read_pid(sockets / "valkey.pid"), data)


def _command(broker: Broker) -> list[str | Path]:
    return [
        broker.program,
        *("--port", "0"),
        *("--unixsocket", str(broker.sockets / "valkey.sock"), "--unixsocketperm", "700"),
        *("--pidfile", str(broker.sockets / "valkey.pid")),
        *("--dir", str(broker.data)),
        *(LASTING if broker.is_durable else FLEETING),
        *("--save", ""),
        *("--maxmemory-policy", "noeviction"),
        *("--databases", "128"),
        *("--loglevel", "warning"),
    ]


def _set_aside_foreign_log(broker: Broker) -> None:
    """Move the log of writes of another server or version away: Redis 7.0 refuses the one of Valkey 9.1.

    What is lost with it are wake-ups; the jobs themselves are rows in PostgreSQL.
    """
    record = broker.data / "version"
    ours = redis_version(broker.program)
    before = record.read_text() if record.exists() else ours
    if before != ours:
        for name in LOGS_OF_WRITES:
            log = broker.data / name
            if log.exists():
                log.rename(_free_name(broker.data / f"{name}.{before.replace(' ', '-')}"))
    record.write_text(ours)


def _free_name(path: Path) -> Path:
    """Number the name if it is taken by an earlier change."""
    choices = (path.with_name(f"{path.name}{suffix}") for suffix in ("", *(f".{n}" for n in range(2, 1000))))
    return next(choice for choice in choices if not choice.exists())
