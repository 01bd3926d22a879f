"""The verbs of run.py, inside the virtual environment."""

import os
import signal
import subprocess
import sys
from types import FrameType

from engines.checks import NEED_DATABASE, run_checks
from engines.demonstration import MANAGE, demo
from engines.keys import set_demonstration_variables
from engines.places import PROFILES, ROOT
from engines.say import EngineError, say
from engines.stack import Stack

PYTEST = [sys.executable, "-m", "pytest"]


def test(arguments: list[str]) -> int:
    """Run all checks, then all tests on two processes; pytest's summary is the last that is printed."""
    os.environ.setdefault("EMBED_PROFILE", "test")
    with Stack("test"):
        if not run_checks([]):
            return 1
        selection = [] if "-m" in arguments else ["-m", "not nightly"]
        return _foreground([*PYTEST, "-n", "2", "--dist", "worksteal", *selection, *arguments], EMBED_HELD="1")


def check(names: list[str]) -> int:
    """Run the named checks, or all."""
    os.environ.setdefault("EMBED_PROFILE", "test")
    if names and not NEED_DATABASE.intersection(names):
        return 0 if run_checks(names) else 1
    with Stack("test"):
        return 0 if run_checks(names) else 1


def nightly(arguments: list[str]) -> int:
    """Run the long tests, and those that invent their examples with many more of them."""
    os.environ.setdefault("EMBED_PROFILE", "test")
    return _foreground([*PYTEST, "-m", "nightly or hypothesis", *arguments], NIGHTLY="1")


def bench(arguments: list[str]) -> int:
    """Run one measurement on engines of its own, which keep what they write as a real server does.

    Raises: EngineError when none is named.
    """
    names = sorted(path.stem for path in (ROOT / "bench").glob("*.py") if not path.stem.startswith("_"))
    if not arguments or arguments[0] not in names:
        message = f"name one of: {', '.join(names)}"
        raise EngineError(message)
    os.environ["EMBED_PROFILE"] = "bench"
    set_demonstration_variables()
    with Stack("bench"):
        return _foreground([sys.executable, "-m", f"bench.{arguments[0]}", *arguments[1:]])


def manage(arguments: list[str]) -> int:
    """Run a Django command with the demonstration's engines up for its life."""
    set_demonstration_variables()
    with Stack(os.environ["EMBED_PROFILE"]):
        return _foreground([*MANAGE, *arguments])


def stop(_: list[str]) -> int:
    """Stop engines that a killed command left behind, in every profile."""
    for profile in PROFILES:
        say(f"{profile}: {'stopped' if Stack(profile).stop_unused() else 'nothing runs'}")
    return 0


def _foreground(command: list[str], **env: str) -> int:
    """Run a command on our terminal; Ctrl-C is its affair, we only wait for it."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env})
    try:
        return child.wait()
    except SystemExit:
        child.terminate()
        child.wait()
        raise
    finally:
        signal.signal(signal.SIGINT, before)


def _leave(number: int, _: FrameType | None) -> None:
    """End as Ctrl-C does, so that the engines are stopped."""
    sys.exit(128 + number)


VERBS = {"demo": demo, "test": test, "check": check, "nightly": nightly, "bench": bench, "manage": manage, "stop": stop}


def main(arguments: list[str]) -> int:
    """Run the verb named first."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        return VERBS[arguments[0]](arguments[1:])
    except EngineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
