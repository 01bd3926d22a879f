"""The first moments of a child of the supervisor: tie its life to the supervisor's, then become the command.

Run as `python -m engines.child PARENT COMMAND…`. On Linux the kernel sends SIGTERM when the parent dies. Elsewhere
(macOS) this process stays in front of the command and watches a pipe, its standard input, that closes with the parent.
"""

import ctypes
import os
import platform
import signal
import subprocess
import sys
import threading
from types import FrameType

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> int:
    """Become the command, or run it and pass signals on."""
    if platform.system() == "Linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            return 1
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.execvp(command[0], command)  # noqa: S606 - our own command, no shell
    return run_and_watch(command)


def run_and_watch(command: list[str]) -> int:
    """Run the command, end it with SIGTERM when standard input closes or a signal comes."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def pass_on(number: int, _: FrameType | None) -> None:
        child.send_signal(number)

    def watch() -> None:
        sys.stdin.buffer.read()
        child.terminate()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, pass_on)
    threading.Thread(target=watch, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
