"""Worker processes of their own for the fault tests: they find the test's database, and may be killed at marked points."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from engines.places import ROOT

# Runs what is due until nothing is, under a clock that stands `AHEAD` seconds ahead of the machine's.
WORKER = """
import datetime as dt, os
import django
django.setup()
import funds.tasks, projects.tasks
from governance.accounts.queries import system_actor
from governance.jobs import operations
ahead = dt.timedelta(seconds=int(os.environ["AHEAD"]))
clock = lambda: dt.datetime.now(dt.UTC) + ahead
while operations.run_due(by=system_actor(), clock=clock):
    pass
"""


LEASE = 120
"""Seconds by which each worker's clock stands ahead of the one before, so that the dead one's lease is over."""
# Stays ready with everything loaded and forks a process for each piece of work: a start costs a tenth of a new Python's.
NURSERY = """
import json, os, sys, traceback
import django
django.setup()
import funds.tasks, projects.tasks
for line in sys.stdin:
    said = json.loads(line)
    child = os.fork()
    if not child:
        os.environ.update(said["environment"])
        code = 1
        try:
            exec(said["code"], {"__name__": "__main__"})
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    print(json.dumps(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])), flush=True)
"""


class Nursery:
    """Processes of their own, one after the other, that may be killed at marked points (see `NURSERY`)."""

    def __init__(self, **more: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", NURSERY],
            cwd=ROOT,
            env=environment(**more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str = WORKER, **more: str) -> int:
        """Run some code in a process of its own and return its exit code (negative: the signal)."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"code": code, "environment": more}) + "\n")
        self._process.stdin.flush()
        return int(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """Let the process end that forks the others."""
        self._process.communicate(timeout=30)


def address(user: str) -> str:
    """Return the address of the database that this test uses, as settings read it."""
    place = connection.settings_dict
    return f"postgres://{user}@:{place['PORT']}/{quote(str(place['HOST']))}/{place['NAME']}"


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a process that serves this test's database as the application."""
    engines = settings.ENGINES
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "governance.settings",
        "DATABASE_URL": address(engines.app_user),
        "DATABASE_OWNER_URL": address(engines.owner_user),
        "REDIS_URL": engines.redis_url,
        "DATABASE_AS": "app",
        "AHEAD": "0",
        **more,
    }


def start(code: str = WORKER, **more: str) -> subprocess.Popen[str]:
    """Start a process that runs some code with Django's settings."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> int:
    """Wait for a process to end and return its exit code (negative: the signal); what it said goes to our output."""
    said, _nothing = process.communicate(timeout=120)
    print(said)  # noqa: T201 - pytest shows it when the test fails
    return process.returncode


def survive(nursery: Nursery, code: str, points: Sequence[str], check: Callable[[str], None], **more: str) -> None:
    """Let a process that does some work die at each of the points, check what it left, and let one come to the end.

    The clock of each stands ahead of the one before (`AHEAD`), so that the lease of the dead one is over.
    """
    for number, point in enumerate(points):
        left = nursery.run(code, JOBS_KILL_AT=point, AHEAD=str(number * LEASE), **more)
        assert left == -signal.SIGKILL, point
        check(point)
    assert nursery.run(code, AHEAD=str(len(points) * LEASE), **more) == 0
