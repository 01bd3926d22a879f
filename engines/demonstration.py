"""The verb `demo`: from nothing to the whole product in a browser, until Ctrl-C."""

import argparse
import hashlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg2

from engines.keys import set_demonstration_variables
from engines.places import ROOT, addresses, folders
from engines.say import EngineError, say, step
from engines.stack import Stack
from engines.supervisor import Child, supervise
from engines.translations import compile_catalogues

HOST = "127.0.0.1"
PORT = 8000
FIRST_FREE_PORT = 1024
LAST_PORT = 65535
READY_SECONDS = 90.0
POLL_SECONDS = 0.05
PROFILE = "demo"
MANAGE = [sys.executable, "manage.py"]
FIRST_PAGES = ("/healthz", "/")
DATA_SOURCES = (
    "requirements.txt",
    "*/migrations/*.py",
    "*/*/migrations/*.py",
    "**/management/commands/demonstration*.py",
)
"""What decides whether the tables and the sample data of an earlier start are still right."""
IDENTITY = "SELECT system_identifier, oid FROM pg_control_system(), pg_database WHERE datname = current_database()"


def demo(arguments: list[str]) -> int:
    """Run the product until a signal comes."""
    options = _options(arguments)
    check_port(options.port)
    stack = Stack(PROFILE)
    if options.reset:
        stack.reset()
        say("the demonstration's data were removed")
    set_demonstration_variables()
    os.environ.setdefault("SITE_URL", f"http://{HOST}:{options.port}")
    with step("2/6 engines"):
        stack.up()
    try:
        logins = _prepare_data()
        return supervise(children(options.port), _announce(options.port, logins))
    finally:
        stack.down()
        say("stopped")


def children(port: int) -> list[Child]:
    """List the processes of the product: web, worker and beat."""
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "governance.celery", "-q"]
    state = folders(PROFILE).state
    web = [
        *(python, "-m", "gunicorn", "governance.wsgi:application", "--bind", f"{HOST}:{port}"),
        *("--workers", "2", "--worker-class", "gthread", "--threads", "4", "--preload"),
        *("--log-level", "warning", "--no-control-socket"),
    ]
    worker = [
        "worker",
        "--pool",
        "prefork",
        "--concurrency",
        "2",
        "--loglevel",
        "warning",
        "--without-mingle",
        "--without-gossip",
    ]
    beat = ["beat", "--pidfile=", "--schedule", str(state / "beat-schedule"), "--loglevel", "warning"]
    no_root_warning = {"PYTHONWARNINGS": "ignore:::celery.platforms"}
    return [
        Child("web", web),
        Child("worker", [*celery, *worker], no_root_warning),
        Child("beat", [*celery, *beat], no_root_warning),
    ]


def check_port(port: int) -> None:
    """Refuse a taken port at once: the wait for the first page would happily see somebody else's.

    Raises: EngineError when something listens there.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            message = f"port {port} is in use; choose another one: python3 run.py demo --port {port + 1}"
            raise EngineError(message) from None


def fingerprint(root: Path = ROOT) -> str:
    """Digest the files that decide about tables and sample data, and the database that holds them."""
    digest = hashlib.sha256(_database_identity().encode())
    for path in sorted({path for pattern in DATA_SOURCES for path in _sources(root, pattern)}):
        digest.update(f"{path.relative_to(root)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def manage(*arguments: str, **env: str) -> str:
    """Run a Django command and give what it printed.

    Raises: EngineError with its output when it fails.
    """
    done = subprocess.run(
        [*MANAGE, *arguments],
        cwd=ROOT,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        message = f"manage.py {' '.join(arguments)} failed:\n{done.stdout}"
        raise EngineError(message)
    return done.stdout


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py demo")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--reset", action="store_true", help="begin with empty databases")
    options = parser.parse_args(arguments)
    if not FIRST_FREE_PORT <= options.port <= LAST_PORT:
        parser.error(f"a port lies between {FIRST_FREE_PORT} and {LAST_PORT}")
    return options


def _prepare_data() -> str:
    """Bring tables, catalogues and sample data up to date, and give the log-ins; skips what is current."""
    stamp = folders(PROFILE).state / "data.json"
    with ThreadPoolExecutor(1) as aside:
        catalogues = aside.submit(compile_catalogues)
        kept = json.loads(stamp.read_text()) if stamp.exists() else {}
        if kept.get("fingerprint") == fingerprint():
            say("3/6 tables, 4/6 data: as they were")
        else:
            with step("3/6 tables"):
                manage("migrate", "--no-input", DATABASE_AS="owner")
            catalogues.result()
            with step("4/6 data"):
                manage("demonstration")
                kept = {"fingerprint": fingerprint(), "logins": manage("demonstration", "--logins")}
            stamp.write_text(json.dumps(kept))
        catalogues.result()
    return str(kept["logins"])


def _announce(port: int, logins: str) -> Callable[[Callable[[], bool]], None]:
    """Make the function that waits for the first pages and then says where they are."""
    began = time.monotonic()

    def wait(is_well: Callable[[], bool]) -> None:
        until = time.monotonic() + READY_SECONDS
        for page in FIRST_PAGES:
            while is_well() and time.monotonic() < until and not _answers(f"http://{HOST}:{port}{page}"):
                time.sleep(POLL_SECONDS)
        if not is_well():
            return
        if time.monotonic() >= until:
            message = f"the first page did not come within {READY_SECONDS:.0f} s"
            raise EngineError(message)
        total = time.time() - float(os.environ.get("RUN_BEGAN", time.time()))
        say(f"5/6 web {time.monotonic() - began:.1f} s; the first page {total:.1f} s after the start")
        say(f"6/6 worker and beat follow\n\n{logins.strip()}\n\nOpen http://{HOST}:{port}/ (stop with Ctrl-C)\n")

    return wait


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=READY_SECONDS) as response:
            return bool(response.status == 200)  # noqa: PLR2004 - HTTP's word for yes
    except (urllib.error.URLError, OSError):
        return False


def _database_identity() -> str:
    """Name the database so that a new one under the same address is noticed; an unreadable one is always new."""
    try:
        with closing(psycopg2.connect(_owner_address())) as connection, connection.cursor() as cursor:
            cursor.execute(IDENTITY)
            return str(cursor.fetchone())
    except psycopg2.Error:
        return secrets.token_hex()


def _owner_address() -> str:
    """Give the owner's address in the spelling of psycopg2."""
    if os.environ.get("DATABASE_URL"):
        return addresses(PROFILE).database_owner_url
    there = addresses(PROFILE)
    return f"host='{there.host}' port={there.port} user={there.owner_user} dbname={there.name}"


def _sources(root: Path, pattern: str) -> Iterator[Path]:
    """Find the files of a pattern in the project's own folders."""
    if "**" not in pattern:
        yield from (path for path in root.glob(pattern) if not path.relative_to(root).parts[0].startswith("."))
        return
    rest = pattern.removeprefix("**/")
    for depth in ("*", "*/*"):
        yield from _sources(root, f"{depth}/{rest}")
