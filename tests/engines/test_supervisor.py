"""Processes that live and end together."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from engines.places import ROOT

# Two children: "job" finishes its work after SIGTERM and has a child of its own; "other" ends after argv[2] seconds.
PROGRAM = """
import subprocess, sys
from engines.supervisor import Child, supervise
from engines.say import say
folder, seconds, warm = sys.argv[1:]
job = f'''
import pathlib, signal, subprocess, sys, time
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
def finish(*_):
    time.sleep({warm})
    pathlib.Path("{folder}/finished").touch()
    inner.kill()
    sys.exit()
signal.signal(signal.SIGTERM, finish)
pathlib.Path("{folder}/inner").write_text(str(inner.pid))
while True:
    signal.pause()
'''
children = [
    Child("job", [sys.executable, "-c", job]),
    Child("other", [sys.executable, "-c", f"import time; time.sleep({seconds})"], {"COLOR": "x"}),
]
sys.exit(supervise(children, lambda is_well: say("started"), grace=10))
"""


class Supervisor:
    """The program above in a process of its own."""

    def __init__(self, folder: Path, *, seconds: float, warm: float) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder), str(seconds), str(warm)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        until = time.monotonic() + 10
        while not self.inner_pid() and time.monotonic() < until:
            time.sleep(0.02)

    def inner_pid(self) -> int:
        path = self.folder / "inner"
        return int((path.exists() and path.read_text()) or 0)

    def finished(self) -> bool:
        return (self.folder / "finished").exists()

    def end(self) -> tuple[int, str]:
        said = self.process.communicate(timeout=15)[0]
        return self.process.returncode, said


def gone(pid: int, seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_signal_lets_the_job_finish(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, seconds=60, warm=0.5)

    supervisor.process.send_signal(signal.SIGINT)
    code, said = supervisor.end()

    assert code == 0
    assert "started" in said
    assert supervisor.finished()
    assert gone(supervisor.inner_pid())


def test_second_signal_kills_at_once(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, seconds=60, warm=8)
    began = time.monotonic()

    supervisor.process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    supervisor.process.send_signal(signal.SIGINT)
    supervisor.end()

    assert time.monotonic() - began < 4
    assert not supervisor.finished()
    assert gone(supervisor.inner_pid())


def test_death_of_a_child_ends_all(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, seconds=1, warm=0)

    code, said = supervisor.end()

    assert code == 1
    assert "other ended by itself" in said
    assert supervisor.finished()
    assert gone(supervisor.inner_pid())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a pipe does this")
def test_killed_supervisor_takes_its_children_along(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, seconds=60, warm=0)

    os.kill(supervisor.process.pid, signal.SIGKILL)
    supervisor.end()

    assert gone(supervisor.inner_pid())


def test_child_without_a_parent_signal_ends_when_the_pipe_closes() -> None:
    program = "import sys; from engines.child import run_and_watch; sys.exit(run_and_watch(sys.argv[1:]) != -15)"
    child = subprocess.Popen(
        [sys.executable, "-c", program, sys.executable, "-c", "import time; time.sleep(60)"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
    )

    child.communicate(timeout=10)

    assert child.returncode == 0
