"""Worker processes of their own for the fault tests: they find the test's database, and may be killed at marked points."""

from __future__ import annotations

import os
import subprocess
import sys
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
