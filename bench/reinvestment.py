"""The reinvestment job of a whole country (docs/performance.md).

For each size the declarations come in by COPY; then, round by round, the same result is made by one statement in one
transaction (the limit), by the product's job in this process, and by the product's job in two Celery workers that are
woken every two seconds, as beat does. The job includes listing, parts, chunks, progress and audit.

Two processes can only be quicker where two processors are free, so the processor time of each case (database server,
workers and this process) is told as well: what two workers spend more than one statement is the price of sharing, half
of their sum the time on two idle processors.

    python3 run.py bench reinvestment [--sizes 62000,620000] [--rounds 5,3]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil
from django.db import connection
from psycopg2 import extensions

import funds.tasks
from bench import measure
from bench._declarations import FIRST, empty, fill
from bench._web import database_processes, processor_seconds
from bench._workers import celery_workers, work_off
from engines import Stack
from funds.reinvestment.models import ReinvestmentOrder, ReinvestmentRun
from funds.reinvestment.operations import request_planning
from funds.reinvestment.planner import plan_ids
from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.jobs import operations as jobs

assert funds.tasks  # its import registers what does the jobs

WARM_UP = 10_000


def one_statement(owner: extensions.connection, count: int) -> float:
    """Plan everything by one statement."""
    empty(owner)
    began = time.perf_counter()
    plan_ids(by=system_actor(), first=FIRST, last=FIRST + count, now=clock.now())
    taken = time.perf_counter() - began
    _check(count)
    return taken


def one_process(owner: extensions.connection, count: int) -> float:
    """Plan everything by the product's job in this process."""
    empty(owner)
    actor = system_actor()
    began = time.perf_counter()
    request_planning(by=actor, now=clock.now(), today=clock.today())
    while jobs.run_due(by=actor, clock=clock.now):
        pass
    taken = time.perf_counter() - began
    _check(count)
    return taken


def two_workers(owner: extensions.connection, count: int, queue: str) -> float:
    """Plan everything by the product's job in the Celery workers, until the last row of work is done."""
    empty(owner)
    taken = work_off("reinvestment.plan", queue)
    _check(count)
    return taken


def _processor_seconds(workers: list[psutil.Process]) -> float:
    """Return the processor time that server, workers and this process have used so far."""
    return processor_seconds([*database_processes(), *workers, psutil.Process()])


def _check(count: int) -> None:
    """Refuse to report figures of a run that has not done its work."""
    found = (ReinvestmentRun.objects.count(), ReinvestmentOrder.objects.count())
    if found[0] != count or not 0 < found[1] <= count:
        message = f"planned {found} instead of {count}"
        raise RuntimeError(message)


Values = dict[str, list[float]]


def measure_size(count: int, rounds: int) -> tuple[Values, Values, float]:
    """Return seconds and processor seconds of each case round by round, and the largest worker's memory in MB."""
    queue = f"bench-{os.getpid()}"
    with measure.scratch_database("reinvestment"):
        owner = measure.raw()
        print(f"bringing in {count:,} declarations …", flush=True)
        fill(owner, count)
        with celery_workers(queue) as workers:
            plan_ids(by=system_actor(), first=FIRST, last=FIRST + min(count, WARM_UP), now=clock.now())
            used: Values = {}

            def case(name: str, run: Callable[[], float]) -> measure.Case:
                used[name] = []

                def measured() -> float:
                    before = _processor_seconds(workers)
                    taken = run()
                    used[name].append(_processor_seconds(workers) - before)
                    print(f"{name}: {taken:.1f} s, processor {used[name][-1]:.1f} s", flush=True)
                    return taken

                return measured

            cases = {
                "one statement": case("one statement", lambda: one_statement(owner, count)),
                "job, one process": case("job, one process", lambda: one_process(owner, count)),
                "job, two Celery workers": case("job, two Celery workers", lambda: two_workers(owner, count, queue)),
            }
            times = measure.interleaved(cases, rounds=rounds)
            memory = max(worker.memory_info().rss for worker in workers) / 1024**2
        owner.close()
        connection.close()
    return times, used, memory


def main() -> int:
    """Measure each size and report against the goals of G10."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="62000,620000")
    parser.add_argument("--rounds", default=f"{measure.ROUNDS},3", help="for each size, or one number for all")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    rounds = [int(number) for number in options.rounds.split(",")] * len(sizes)
    with Stack():  # held between the sizes, and until the report has asked the server for its version
        return _report(sizes, rounds[: len(sizes)])


def _report(sizes: list[int], rounds: list[int]) -> int:
    """Measure each size so many times and print the figures."""
    named = {"sizes": ", ".join(f"{size:,}" for size in sizes), "rounds": ", ".join(map(str, rounds))}
    report = measure.Report("reinvestment", named)
    per_row: dict[int, float] = {}
    for size, number in zip(sizes, rounds, strict=True):
        times, used, memory = measure_size(size, number)
        goals: dict[str, dict[str, Any]] = {
            "one statement": {},
            "job, one process": {"at_most": 1.25},
            "job, two Celery workers": {"at_most": 0.75},
        }
        limit = f"{size:,}: one statement"
        for case, goal in goals.items():
            beside = {"limit": limit, **goal} if goal else {}
            report.line(f"{size:,}: {case}", times[case], unit="s", **beside)
        spent = {case: f"{size:,}: processor time, {case}" for case in goals}
        for case, name in spent.items():
            report.line(name, used[case], unit="s", limit="" if case == "one statement" else spent["one statement"])
        report.line(f"{size:,}: memory of a worker", [memory], unit="MB")
        per_row[size] = statistics.median(times["job, one process"]) / size * 1e6
        report.line(f"{size:,}: per declaration", [per_row[size]], unit="µs")
    if len(sizes) > 1:
        growth = per_row[sizes[-1]] / per_row[sizes[0]]
        report.line(f"growth per declaration, {sizes[0]:,} to {sizes[-1]:,}", [growth], unit="×", at_most=1.5)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
