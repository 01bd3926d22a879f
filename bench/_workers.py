"""Celery workers of the product on the scratch database, and a job that they work off as in earnest."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from engines.places import ROOT
from governance.celery import app
from governance.jobs.models import Job, JobStatus

WORKERS = 2
TICK = 2.0
"""Seconds between two wakings, as in the beat schedule."""
LOOK = 0.25
"""Seconds between two looks at whether the job is done; each costs some processor time of its own."""


def work_off(first: str, queue: str) -> float:
    """Send the task that queues a job, wake the workers as beat does, and return the seconds until all is done."""
    over = threading.Event()

    def beat() -> None:
        with app.connection_for_write() as broker:
            app.send_task(first, queue=queue, connection=broker)
            while True:
                app.send_task("jobs.run_due", queue=queue, connection=broker)
                if over.wait(TICK):
                    return

    began = time.perf_counter()
    ticking = threading.Thread(target=beat)
    ticking.start()
    try:
        while not Job.objects.exists() or Job.objects.exclude(status=JobStatus.DONE).exists():
            time.sleep(LOOK)
            if failed := Job.objects.filter(status=JobStatus.FAILED).first():
                raise RuntimeError(failed.last_error)
        return time.perf_counter() - began
    finally:
        over.set()
        ticking.join()


@contextmanager
def celery_workers(queue: str) -> Iterator[list[psutil.Process]]:
    """Run the workers on the scratch database."""
    command = [sys.executable, "-m", "celery", "-A", "governance.celery", "-q", "worker", "-P", "solo", "-Q", queue]
    started = [
        subprocess.Popen(
            [*command, "-n", f"bench{number}@%h", "--without-mingle", "--without-gossip", "--loglevel", "error"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_AS": "app"},
        )
        for number in range(WORKERS)
    ]
    try:
        time.sleep(10)  # until both have loaded
        yield [psutil.Process(worker.pid) for worker in started]
    finally:
        for worker in started:
            worker.terminate()
        for worker in started:
            worker.wait(timeout=60)


def peak_memory(processes: list[psutil.Process]) -> float:
    """Return the most memory that the largest process has ever had, in MB."""
    return max(_peak(process.pid) for process in processes) / 1024


def _peak(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
