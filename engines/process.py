"""Server processes: start them detached, know them again, end them."""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from engines.account import Account
from engines.say import EngineError

Ladder = Sequence[tuple[signal.Signals, float]]
POLL_SECONDS = 0.02
LOG_TAIL_LINES = 12
_started: list[subprocess.Popen[bytes]] = []
"""Keeps the objects of servers that outlive the command; Python warns of those it collects."""


def start(command: Sequence[str | Path], *, folder: Path, log: Path, account: Account, env: dict[str, str]) -> int:
    """Start a server in a session of its own, so that Ctrl-C never reaches it, and give its process id.

    Other descriptors stay closed (the default), or the server would inherit the lease and never look unused.
    """
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **account.popen_options(),
        )
    _started.append(child)
    return child.pid


def known(pid: int | None, folder: Path) -> psutil.Process | None:
    """Find the living process with this id if it is ours: a server works in its data folder."""
    if not pid:
        return None
    try:
        process = psutil.Process(pid)
        alive = process.status() != psutil.STATUS_ZOMBIE
        return process if alive and process.cwd() == str(folder) else None
    except psutil.Error:
        return None


def in_folder(folder: Path) -> list[psutil.Process]:
    """Find all living processes that work in a folder, also in one that has been removed meanwhile."""
    names = {str(folder), f"{folder} (deleted)"}
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() in names and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_empty(folder: Path, seconds: float) -> None:
    """Wait until no process works in a folder, or the time is over."""
    until = time.monotonic() + seconds
    while in_folder(folder) and time.monotonic() < until:
        time.sleep(POLL_SECONDS)


def end(process: psutil.Process, ladder: Ladder) -> None:
    """Send the signals one after the other until the process is gone; one that only waits to be reaped is gone.

    Raises: EngineError when it survives the last signal.
    """
    for number, seconds in ladder:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if _is_gone(process):
                _reap()
                return
            time.sleep(POLL_SECONDS)
    message = f"process {process.pid} did not end"
    raise EngineError(message)


def _is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _reap() -> None:
    """Forget the servers of this process that have ended."""
    _started[:] = [child for child in _started if child.poll() is None]


def wait_ready(is_ready: Callable[[], bool], *, pid: int, folder: Path, seconds: float) -> bool:
    """Wait until the server answers; false when it has ended or the time is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_ready():
            return True
        if known(pid, folder) is None:
            return False
        time.sleep(POLL_SECONDS)
    return False


def read_pid(path: Path) -> int | None:
    """Read the process id from the first line of a pid file."""
    try:
        return abs(int(path.read_text().split()[0]))
    except (OSError, ValueError, IndexError):
        return None


def tail(log: Path, since: int = 0) -> str:
    """Give the last lines that a server wrote after the byte `since`."""
    if not log.exists():
        return ""
    text = log.read_bytes()[since:].decode(errors="replace")
    return "\n".join(text.splitlines()[-LOG_TAIL_LINES:])
