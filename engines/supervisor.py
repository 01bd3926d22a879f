"""One foreground command for several processes that live and end together."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType

from engines.places import ROOT
from engines.say import say

GRACE_SECONDS = 60.0
"""How long running jobs may take to finish after the first Ctrl-C."""
POLL_SECONDS = 0.1
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Child:
    """One command to keep running, with what it needs on top of our own environment."""

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)


def supervise(
    children: list[Child], when_started: Callable[[Callable[[], bool]], None], *, grace: float = GRACE_SECONDS
) -> int:
    """Run the children until a signal (0) or until one of them ends by itself (1).

    The first child has the machine for itself until `when_started` returns, then the others follow; that function is
    given another one that tells whether all goes well. A first signal lets running jobs finish, a second kills at once.
    """
    running: dict[str, subprocess.Popen[bytes]] = {}

    def dead() -> str:
        return next((name for name, process in running.items() if process.poll() is not None), "")

    with _signals() as received:

        def is_well() -> bool:
            return received.empty() and not dead()

        try:
            running[children[0].name] = _start(children[0])
            when_started(is_well)
            for child in children[1:] if is_well() else ():
                running[child.name] = _start(child)
            while is_well():
                time.sleep(POLL_SECONDS)
            ended = dead() if received.empty() else ""
        finally:
            _end_all(running, received, grace)
    if ended:
        say(f"{ended} ended by itself with {running[ended].returncode}; everything was stopped")
    return 1 if ended else 0


@contextmanager
def _signals() -> Iterator["queue.SimpleQueue[int]"]:
    """Collect signals in a queue for the length of the block."""
    received: queue.SimpleQueue[int] = queue.SimpleQueue()

    def note(number: int, _: FrameType | None) -> None:
        received.put(number)

    before = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(child: Child) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own (Ctrl-C reaches only us) with its output prefixed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "engines.child", str(os.getpid()), *child.command],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **child.env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    threading.Thread(target=_print_output, args=(child.name, process), daemon=True).start()
    return process


def _print_output(name: str, process: subprocess.Popen[bytes]) -> None:
    for line in process.stdout or ():
        if text := line.decode(errors="replace").rstrip():
            say(f"{name:>6} | {text}")


def _end_all(running: dict[str, subprocess.Popen[bytes]], received: "queue.SimpleQueue[int]", grace: float) -> None:
    """End all children: SIGTERM to the main processes only, so that a worker finishes its jobs; then kill the groups."""
    while not received.empty():
        received.get()
    for process in running.values():
        process.terminate()
    until = time.monotonic() + grace
    while any(process.poll() is None for process in running.values()) and time.monotonic() < until and received.empty():
        time.sleep(POLL_SECONDS)
    for process in running.values():
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdin:
            process.stdin.close()
