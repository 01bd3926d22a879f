"""What every measurement shares: interleaved rounds, ratios to a limit, a scratch database, the result as JSON and table.

A measurement is a module `bench/NAME.py` that ends like this::

    def main() -> int:
        with measure.scratch_database("posting"):
            fill()
            times = measure.interleaved({"raw": raw, "product": product})
            report = measure.Report("posting", {"legs": 1_000_000})
            report.line("raw statements", times["raw"], unit="ms")
            report.line("post_journal", times["product"], unit="ms", limit="raw statements", at_most=2.0)
            return report.finish()

    if __name__ == "__main__":
        sys.exit(main())

A case is a function that returns its own figure (seconds, rows a second, …); `seconds(function)` makes one that returns
how long a call takes. Ratios are taken round by round, because other work on the machine moves whole rounds.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2.errors
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from psycopg2 import extensions, sql

from engines import Stack, addresses

ROUNDS = 5
PATIENCE = 10.0
"""Seconds in which the sessions of ended processes are given up by the server."""
RESULTS = Path(os.environ.get("BENCH_RESULTS") or Path(__file__).resolve().parent / "results")

Case = Callable[[], float]


@contextmanager
def scratch_database(name: str) -> Iterator[None]:
    """Start the engines if need be, make an empty database with the product's tables, use it, and drop it again.

    Django's own connection, `raw()` and processes started meanwhile (DATABASE_URL is set for them) all go there.
    """
    database = f"bench_{name}"
    with Stack():
        _drop(database)
        _administer(sql.SQL("CREATE DATABASE {}"), database)
        before = {variable: os.environ.get(variable) for variable in ("DATABASE_URL", "DATABASE_OWNER_URL")}
        home = connection.settings_dict["NAME"]
        here = addresses()
        try:
            connection.close()
            connection.settings_dict["NAME"] = database
            os.environ["DATABASE_URL"] = _renamed(here.database_url, database)
            os.environ["DATABASE_OWNER_URL"] = _renamed(here.database_owner_url, database)
            call_command("migrate", verbosity=0, interactive=False)
            with override_settings(KEPT_PAGES_SECONDS=0):  # what is asked of this process is made each time
                yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = home
            for variable, value in before.items():
                if value is None:
                    os.environ.pop(variable, None)
                else:
                    os.environ[variable] = value
            _drop(database)


def _renamed(url: str, database: str) -> str:
    """Put another database's name into an address."""
    split = urlsplit(url)
    return split._replace(path=f"{split.path.rpartition('/')[0]}/{database}").geturl()


def _drop(database: str) -> None:
    """Drop the database; the owner may not end sessions of the application's role, so wait until those are over."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            _administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), database)
        except psycopg2.errors.InsufficientPrivilege:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def _administer(statement: sql.SQL, database: str) -> None:
    """Run one statement about a database as the owner, outside of transactions."""
    place = settings.ENGINES
    admin = psycopg2.connect(host=place.host, port=place.port, user=place.owner_user, dbname=place.name)
    try:
        admin.autocommit = True
        admin.cursor().execute(statement.format(sql.Identifier(database)))
    finally:
        admin.close()


def raw(*, as_owner: bool = True) -> extensions.connection:
    """Open a psycopg2 connection of its own to the scratch database, for limits and for concurrent clients."""
    place = settings.ENGINES
    user = place.owner_user if as_owner else place.app_user
    return psycopg2.connect(host=place.host, port=place.port, user=user, dbname=connection.settings_dict["NAME"])


def seconds(function: Callable[[], Any]) -> Case:
    """Make a case that returns how many seconds one call takes."""

    def case() -> float:
        began = time.perf_counter()
        function()
        return time.perf_counter() - began

    return case


def milliseconds(function: Callable[[], Any], *, times: int = 1) -> Case:
    """Make a case that returns how many milliseconds one call takes, as the mean of several in a row."""

    def case() -> float:
        began = time.perf_counter()
        for _ in range(times):
            function()
        return (time.perf_counter() - began) * 1000 / times

    return case


def interleaved(cases: Mapping[str, Case], *, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Run every case once per round in rotating order and return the figures of each, round by round."""
    found: dict[str, list[float]] = {name: [] for name in cases}
    names = list(cases)
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            found[name].append(cases[name]())
    return found


def spread(values: Sequence[float]) -> str:
    """Return "median (least–most)" with three significant digits."""
    return f"{_short(statistics.median(values))} ({_short(min(values))}–{_short(max(values))})"


def _short(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


@dataclass(frozen=True)
class Line:
    """One figure: its values, what limit it stands beside, and which goal it has.

    With a limit the goal is for the ratio to it, otherwise for the median itself.
    """

    case: str
    unit: str
    values: list[float]
    limit: str = ""
    ratios: list[float] = field(default_factory=list)
    at_least: float | None = None
    at_most: float | None = None

    @property
    def decisive(self) -> float:
        """The number that the goal speaks of."""
        return statistics.median(self.ratios or self.values)

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is reached; None without a goal."""
        if self.at_least is not None:
            return self.decisive >= self.at_least
        return None if self.at_most is None else self.decisive <= self.at_most

    @property
    def goal(self) -> str:
        """The goal in words."""
        bound = self.at_least if self.at_least is not None else self.at_most
        if bound is None:
            return ""
        sign = "≥" if self.at_least is not None else "≤"
        return f"{sign} {_short(bound)} {'×' if self.limit else self.unit}"


class Report:
    """The figures of one measurement."""

    def __init__(self, name: str, parameters: Mapping[str, Any]) -> None:
        self.name = name
        self.parameters = dict(parameters)
        self.lines: list[Line] = []

    def line(
        self,
        case: str,
        values: Sequence[float],
        *,
        unit: str,
        limit: str = "",
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> Line:
        """Add a figure; `limit` names an earlier line of the same rounds, then the goal is for the ratio."""
        ratios: list[float] = []
        if limit:
            beside = next(line.values for line in self.lines if line.case == limit)
            ratios = [ours / theirs for ours, theirs in zip(values, beside, strict=True)]
        added = Line(case, unit, list(values), limit, ratios, at_least, at_most)
        self.lines.append(added)
        return added

    def finish(self) -> int:
        """Print the table, write bench/results/NAME.json and return the exit code: 1 when a goal is missed."""
        print(self.table())
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{self.name}.json"
        path.write_text(json.dumps(self._plain(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return int(any(line.is_met is False for line in self.lines))

    def table(self) -> str:
        """Return the figures as a Markdown table."""
        rows = [
            f"### {self.name}: " + ", ".join(f"{name} {value}" for name, value in self.parameters.items()),
            "",
            "| case | unit | median (least–most) | limit | ratio | goal | met |",
            "|---|---|---|---|---|---|---|",
        ]
        for line in self.lines:
            ratio = spread(line.ratios) if line.ratios else ""
            met = {None: "", True: "yes", False: "**no**"}[line.is_met]
            rows.append(
                f"| {line.case} | {line.unit} | {spread(line.values)} | {line.limit} | {ratio} | {line.goal} | {met} |"
            )
        return "\n".join(rows)

    def _plain(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "parameters": self.parameters,
            "measured_on": dt.datetime.now(dt.UTC).date().isoformat(),
            "machine": {
                "processors": os.cpu_count(),
                "python": platform.python_version(),
                "postgresql": _server_version(),
            },
            "lines": [
                {
                    "case": line.case,
                    "unit": line.unit,
                    "median": statistics.median(line.values),
                    "values": line.values,
                    "limit": line.limit,
                    "ratio": statistics.median(line.ratios) if line.ratios else None,
                    "goal": line.goal,
                    "is_met": line.is_met,
                }
                for line in self.lines
            ],
        }


def _server_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0]).split()[0]
