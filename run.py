#!/usr/bin/env python3
"""The one command of the project: prepares the virtual environment, then hands over to `engines` inside it.

Standard library only. It runs on a machine that has nothing but Python 3.11+ with venv.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
if sys.version_info < OLDEST:  # the clear word for an older Python
    sys.exit(
        "This project needs Python {}.{} or newer; this is {}. Run it as: python3.11 run.py …".format(
            *OLDEST, sys.version.split()[0]
        )
    )

USAGE = """Usage: python3 run.py VERB

  demo [--port N] [--reset]  the whole product with sample data, until Ctrl-C
  test [pytest options]      all checks, then all tests
  check [names]              the checks alone: all, or those named
  bench NAME [options]       one measurement of bench/
  nightly [pytest options]   the long tests
  manage COMMAND …           a Django command beside the demonstration's engines
  stop                       stops engines that a killed command left behind
"""
ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "installed.json"
PRODUCT = ("requirements.txt",)
DEVELOPMENT = ("requirements.txt", "requirements-dev.txt")
NEEDS = {
    "demo": PRODUCT,
    "manage": PRODUCT,
    "stop": PRODUCT,
    "test": DEVELOPMENT,
    "check": DEVELOPMENT,
    "bench": DEVELOPMENT,
    "nightly": DEVELOPMENT,
}
PIP = ("install", "-qq", "--only-binary=:all:", "--no-compile", "--no-deps", "--disable-pip-version-check")


def main(arguments: list[str]) -> int:
    """Prepare what the verb needs and become that command; returns only when it can't."""
    if not arguments or arguments[0] not in NEEDS:
        wants_help = bool(arguments) and arguments[0] in {"-h", "--help", "help"}
        (sys.stdout if wants_help else sys.stderr).write(USAGE)
        return 0 if wants_help else 2
    verb = arguments[0]
    if verb == "stop" and not STAMP.exists():
        say("nothing runs here")
        return 0
    os.chdir(ROOT)
    began = time.time()
    prepare(NEEDS[verb], is_first_step=verb == "demo")
    os.environ["RUN_BEGAN"] = str(began)
    # The packages come uncompiled; a container that forbids writing would compile them again in every process.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    python = str(python_of(ENVIRONMENT))
    return os.execv(python, [python, "-m", "engines", *arguments])  # noqa: S606 - our own program, no shell


def prepare(files: tuple[str, ...], *, is_first_step: bool) -> None:
    """Make the environment and install the pinned files, unless the stamp says that this is done."""
    wanted = wanted_stamp(files)
    began = time.monotonic()
    if not is_current(wanted):
        with (ROOT / ".venv.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_current(wanted):
                say("installing packages into .venv …")
                install(files, wanted)
    elif not is_first_step:
        return
    say(f"{'1/6 ' if is_first_step else ''}packages {time.monotonic() - began:.1f} s")


def wanted_stamp(files: tuple[str, ...]) -> dict[str, str]:
    """Describe an environment that has the files installed, as the stamp records it."""
    digests = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in files}
    return {"python": sys.version, **digests}


def is_current(wanted: dict[str, str]) -> bool:
    """Tell whether the stamp says everything that is wanted; more installed does no harm."""
    return python_of(ENVIRONMENT).exists() and wanted.items() <= read_stamp().items()


def read_stamp() -> dict[str, str]:
    """Read what was installed last; nothing when that is unknown."""
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError, TypeError):
        return {}


def install(files: tuple[str, ...], wanted: dict[str, str]) -> None:
    """Install the pinned files; ends the program with pip's words if that fails."""
    make_environment()
    before = read_stamp()
    STAMP.unlink(missing_ok=True)
    python = python_of(ENVIRONMENT)
    command = [str(python), "-m", "pip", *PIP, *(part for name in files for part in ("-r", name))]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.exit(
            "The packages could not be installed; pip's words are above. A platform without a wheel can't be served."
        )
    is_same_python = before.get("python") == wanted["python"]
    STAMP.write_text(json.dumps({**(before if is_same_python else {}), **wanted}, indent=1))


def make_environment() -> None:
    """Make .venv with this Python, anew when the one there is broken or of another Python."""
    if works_with_this_python(ENVIRONMENT):
        return
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian splits it off; asked before venv leaves half a folder
        import venv  # noqa: F401, PLC0415 - the same
    except ImportError:
        name = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        sys.exit(f"This Python can't make virtual environments. On Debian and Ubuntu: apt-get install {name}")
    if ENVIRONMENT.exists():
        say(".venv was made for another Python; making it anew")
        remove(ENVIRONMENT)
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(ENVIRONMENT)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        sys.exit(f"The virtual environment could not be made:\n{made.stdout}{made.stderr}")


def works_with_this_python(environment: Path) -> bool:
    """Tell whether the environment runs, has pip and is of our Python's version."""
    question = "import sys, pip; print('{}.{}'.format(*sys.version_info))"
    try:
        answer = subprocess.run(
            [str(python_of(environment)), "-c", question], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return answer.stdout.strip() == "{}.{}".format(*sys.version_info)


def remove(environment: Path) -> None:
    """Remove an environment; of one that is only linked here, the link."""
    if environment.is_symlink():
        environment.unlink()
    else:
        shutil.rmtree(environment)


def python_of(environment: Path) -> Path:
    """Name the environment's interpreter."""
    return environment / "bin" / "python"


def say(text: str) -> None:
    """Print one line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
