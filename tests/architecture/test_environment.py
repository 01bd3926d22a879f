"""`.env.example` lists what an installation may set: everything that is read, nothing else, each with a comment."""

import ast
import re
from pathlib import Path

from tests.architecture.house import ROOT, dotted, tree

SETTINGS = ROOT / "governance" / "settings.py"
EXAMPLE = ROOT / ".env.example"
# Handed from one of our processes to the next, or set by a tool: not for people.
NOT_FOR_PEOPLE = {"EMBED_HELD", "PYTEST_XDIST_WORKER", "RUN_BEGAN"}
VARIABLE = re.compile(r"(?P<off># ?)?(?P<name>[A-Z][A-Z0-9_]*)=")


def _literal(node: ast.AST) -> set[str]:
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def _read_by_settings() -> set[str]:
    """Return the names given to `env(...)` and `env.<type>(...)`."""
    return {
        name
        for node in ast.walk(tree(SETTINGS))
        if isinstance(node, ast.Call) and dotted(node.func).partition(".")[0] == "env"
        for argument in node.args[:1]
        for name in _literal(argument)
    }


def _read_by(path: Path) -> set[str]:
    """Return the names asked of `os.environ`."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and dotted(node.func) in {"os.environ.get", "os.getenv"}:
            found |= _literal(node.args[0])
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and dotted(node.value) == "os.environ":
            found |= _literal(node.slice)
    return found


def test_example_lists_every_variable_and_no_other() -> None:
    engines = (_read_by(path) for path in sorted((ROOT / "engines").rglob("*.py")))
    read = _read_by_settings().union(*engines) - NOT_FOR_PEOPLE
    listed = [found["name"] for line in EXAMPLE.read_text("utf-8").splitlines() if (found := VARIABLE.match(line))]

    assert sorted(listed) == sorted(read)


def test_settings_read_the_environment_through_env_only() -> None:
    assert _read_by(SETTINGS) == set()


def test_every_variable_has_a_comment() -> None:
    lines = EXAMPLE.read_text("utf-8").splitlines()
    bare = [
        found["name"]
        for before, line in zip(["", *lines], lines, strict=False)
        if (found := VARIABLE.match(line)) and not re.match(r"# \S", before)
    ]

    assert bare == []
