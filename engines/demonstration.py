"""The verb `demo`: from nothing to the whole product in a browser, until Ctrl-C."""

import argparse
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from http import HTTPStatus
from pathlib import Path

import psycopg2

from engines.fingerprint import DEMONSTRATION, MIGRATIONS, digest
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
SOURCES = (*MIGRATIONS, *DEMONSTRATION)
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
        with ThreadPoolExecutor(1) as aside:
            data, logins = _prepare_data(aside)
            return supervise(children(options.port), _announce(options.port, data, logins, aside))
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


def _prepare_data(aside: ThreadPoolExecutor) -> "tuple[Future[str], Future[str]]":
    """Bring tables, catalogues and sample data up to date; skips what is current.

    Gives, sooner or later, what was said of the data and the log-ins: the web server starts meanwhile.
    """
    stamp = folders(PROFILE).state / "data.json"
    catalogues = aside.submit(compile_catalogues)
    kept = json.loads(stamp.read_text()) if stamp.exists() else {}
    if kept.get("fingerprint") == digest(SOURCES, _database_identity()):
        say("3/6 tables, 4/6 data: as they were")
        catalogues.result()
        return aside.submit(str), aside.submit(kept.__getitem__, "logins")
    with step("3/6 tables"):
        manage("migrate", "--no-input", "--skip-checks", DATABASE_AS="owner")
        catalogues.result()
    data = aside.submit(_load_data)
    return data, aside.submit(_ask_logins, stamp, data)


def _load_data() -> str:
    """Load what the first page shows, and queue the rest."""
    with step("4/6 data"):
        return manage("demonstration")


def _ask_logins(stamp: Path, data: "Future[str]") -> str:
    """Ask for the log-ins and note that everything is prepared."""
    data.result()
    logins = manage("demonstration", "--logins")
    stamp.write_text(json.dumps({"fingerprint": digest(SOURCES, _database_identity()), "logins": logins}))
    return logins


def _announce(
    port: int, data: "Future[str]", logins: "Future[str]", aside: ThreadPoolExecutor
) -> Callable[[Callable[[], bool]], None]:
    """Make the function that waits for the first pages and then says where they are."""
    began = time.monotonic()

    def wait(is_well: Callable[[], bool]) -> None:
        data.result()
        until = time.monotonic() + READY_SECONDS
        for page in FIRST_PAGES:
            while is_well() and not _answers(f"http://{HOST}:{port}{page}"):
                if time.monotonic() > until:
                    message = f"the page {page} did not come within {READY_SECONDS:.0f} s"
                    raise EngineError(message)
                time.sleep(POLL_SECONDS)
        if not is_well():
            return
        total = time.time() - float(os.environ.get("RUN_BEGAN", time.time()))
        say(f"5/6 web {time.monotonic() - began:.1f} s; the first page {total:.1f} s after the start")
        say(
            f"6/6 worker and beat follow\n\n{logins.result().strip()}\n\nOpen http://{HOST}:{port}/ (stop with Ctrl-C)\n"
        )
        aside.submit(_resume)  # after the first page, which it would slow down

    return wait


def _resume() -> None:
    """Try again what an earlier start has given up of the sample data, and say so."""
    try:
        told = manage("demonstration", "--resume")
    except EngineError as error:
        told = str(error)
    for line in told.strip().splitlines():
        say(line)


def _answers(url: str) -> bool:
    """Tell whether a page comes; not yet while nothing listens or the product says that it is not ready (503).

    Raises: EngineError for any other answer, as waiting would not change it.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=READY_SECONDS):
            return True
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.SERVICE_UNAVAILABLE:
            return False
        message = f"{url} answered {error.code} {error.reason}"
        raise EngineError(message) from error
    except OSError:
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
