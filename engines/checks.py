"""The checks that come before the tests, in CI's order; two run at a time, the first failure ends all."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from difflib import unified_diff
from importlib.util import find_spec
from pathlib import Path

from engines.places import ROOT
from engines.say import EngineError, say
from engines.translations import MAIN

AT_ONCE = 2
DIFFERENCE_LINES = 60
SCHEMA = "docs/openapi.yaml"
PYTHON = sys.executable
OWNER = {"DATABASE_AS": "owner"}
_running: set[subprocess.Popen[str]] = set()
"""The commands at work, to be ended when another check fails."""


@dataclass(frozen=True)
class Outcome:
    """What a check found: nothing wrong, or its words."""

    is_good: bool
    words: str
    seconds: float = 0.0
    remark: str = ""


def _run(*commands: list[str], env: dict[str, str] | None = None) -> Outcome:
    """Run commands one after the other up to the first that fails."""
    said = ""
    for command in commands:
        child = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        _running.add(child)
        said = child.communicate()[0]
        _running.discard(child)
        if child.returncode:
            return Outcome(is_good=False, words=said)
    return Outcome(is_good=True, words=said)


def check_format() -> Outcome:
    """Compare the sources with ruff's format."""
    return _run([PYTHON, "-m", "ruff", "format", "--check", "."])


def check_lint() -> Outcome:
    """Run ruff's rules."""
    return _run([PYTHON, "-m", "ruff", "check", "."])


def check_contracts() -> Outcome:
    """Check the direction of imports."""
    return _run([str(Path(PYTHON).with_name("lint-imports")), "--no-logo"])


def check_templates() -> Outcome:
    """Check the templates' form and rules."""
    places = [str(path.relative_to(ROOT)) for path in template_folders()]
    if not places:
        return Outcome(is_good=True, words="", remark=", no templates yet")
    djlint = [PYTHON, "-m", "djlint"]
    return _run([*djlint, "--check", *places], [*djlint, "--lint", *places])


def check_types() -> Outcome:
    """Check the types."""
    return _run([PYTHON, "-m", "mypy"])


def check_migrations() -> Outcome:
    """Check that no migration is missing and none is unsafe for a running installation."""
    commands = [[PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]]
    if find_spec("django_migration_linter") and "django_migration_linter" in _settings_text():
        commands.append([PYTHON, "manage.py", "lintmigrations"])
    return _run(*commands, env=OWNER)


def check_translations() -> Outcome:
    """Check the Chinese catalogue."""
    if not (ROOT / MAIN).exists():
        return Outcome(is_good=True, words="", remark=", no catalogue yet")
    return _run([PYTHON, "-m", "engines.translations", "check"])


def check_schema() -> Outcome:
    """Compare the committed OpenAPI document with the one that the code gives."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "openapi.yaml"
        made = _run(
            [PYTHON, "manage.py", "spectacular", "--lang", "en", "--validate", "--fail-on-warn", "--file", str(fresh)]
        )
        if not made.is_good:
            return made
        committed = ROOT / SCHEMA
        before = committed.read_text().splitlines() if committed.exists() else []
        difference = list(unified_diff(before, fresh.read_text().splitlines(), SCHEMA, "from the code", lineterm=""))
    if not difference:
        return made
    remedy = f"renew it with: python3 run.py manage spectacular --lang en --file {SCHEMA}"
    return Outcome(is_good=False, words="\n".join([*difference[:DIFFERENCE_LINES], remedy]))


CHECKS: dict[str, Callable[[], Outcome]] = {
    "format": check_format,
    "lint": check_lint,
    "contracts": check_contracts,
    "templates": check_templates,
    "types": check_types,
    "migrations": check_migrations,
    "translations": check_translations,
    "schema": check_schema,
}
NEED_DATABASE = {"migrations", "schema"}


def run_checks(names: list[str]) -> bool:
    """Run the named checks (all when none is named), report them in order, and tell whether all passed.

    Raises: EngineError for an unknown name.
    """
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        message = f"no check {', '.join(unknown)}; there are {', '.join(CHECKS)}"
        raise EngineError(message)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = {name: pool.submit(_timed, check) for name, check in CHECKS.items() if not names or name in names}
        for name, future in outcomes.items():
            if not _report(name, future):
                pool.shutdown(wait=False, cancel_futures=True)
                for child in _running.copy():
                    child.terminate()
                return False
    return True


def template_folders() -> list[Path]:
    """Find the folders of templates in the project."""
    found = [path for pattern in ("templates", "*/templates", "*/*/templates") for path in ROOT.glob(pattern)]
    return sorted(path for path in found if path.is_dir() and any(path.rglob("*.html")) and ".venv" not in path.parts)


def _timed(check: Callable[[], Outcome]) -> Outcome:
    began = time.monotonic()
    outcome = check()
    return replace(outcome, seconds=time.monotonic() - began)


def _report(name: str, future: "Future[Outcome]") -> bool:
    outcome = future.result()
    say(f"check {name}: {'passed' if outcome.is_good else 'FAILED'} {outcome.seconds:.1f} s{outcome.remark}")
    if not outcome.is_good:
        say(outcome.words.rstrip())
    return outcome.is_good


def _settings_text() -> str:
    settings = ROOT / "governance" / "settings.py"
    return settings.read_text() if settings.exists() else ""
