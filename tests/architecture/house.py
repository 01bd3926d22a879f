"""What the architecture tests know of the house: where the code lies, and the order of floors and rooms.

The order is read from the import contracts in pyproject.toml, so that it stands in one place.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.models import Model

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("communities", "socialorgs", "consultation", "funds", "projects")
PACKAGES = ("governance", *FLOORS)
NOT_A_ROOM = {"admin", "api_urls", "apps", "inventory", "management", "migrations", "models", "tasks", "urls"}


def python_files(*, migrations: bool = False) -> list[Path]:
    """Return every Python file of the product."""
    found = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [path for path in found if migrations or "migrations" not in path.parts]


def room_files(name: str) -> list[Path]:
    """Return the modules of this name in every room and every part of a room, and in every small app of governance."""
    return [
        path
        for package in PACKAGES
        for depth in ("*", "*/*")
        for path in sorted((ROOT / package).glob(f"{depth}/{name}"))
    ]


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file, parsed once."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def spot(path: Path, node: ast.AST | int) -> str:
    """Return `file:line`, as editors understand it."""
    line = node if isinstance(node, int) else getattr(node, "lineno", 1)
    return f"{path.relative_to(ROOT)}:{line}"


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a chain of names, otherwise an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (front := dotted(node.value)):
        return f"{front}.{node.attr}"
    return ""


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the module-level functions of a file."""
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def own_models(*, auto_created: bool = False) -> list[type[Model]]:
    """Return the models of our apps, without proxies and without the history rows that pghistory derives."""
    models = [model for model in apps.get_models(include_auto_created=auto_created) if is_ours(model)]
    return [model for model in models if not model._meta.proxy and not is_history(model)]


def is_ours(model: type[Model]) -> bool:
    """Tell whether the model's app lies in one of our packages."""
    return model._meta.app_config.name.partition(".")[0] in PACKAGES


def is_history(model: type[Model]) -> bool:
    """Tell whether pghistory made this model to hold the versions of another; the class carries what it tracks."""
    return getattr(model, "pgh_tracked_model", None) is not None


@cache
def pyproject() -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def layers(contract: str) -> tuple[tuple[str, ...], ...]:
    """Return the layers of one import contract from bottom to top, each with its siblings, last name part only."""
    contracts = {entry["id"]: entry for entry in pyproject()["tool"]["importlinter"]["contracts"]}
    found = contracts[contract]["layers"]
    return tuple(
        tuple(part.strip(" ()").removeprefix("governance.") for part in re.split(r"[|:]", layer))
        for layer in reversed(found)
    )


def position(module: str) -> tuple[int, int]:
    """Return (floor, room) of a module: a row may point at its own room and at smaller positions.

    Raises:
        LookupError: the module belongs to no floor or room named in pyproject.toml.
    """
    package, _, rest = module.partition(".")
    name = rest.partition(".")[0]
    floor = _index(layers("floors"), name if package == "governance" else package)
    contract = "kernel" if package == "governance" else f"rooms-{package}"
    if name in NOT_A_ROOM:
        return floor, len(layers(contract))
    return floor, _index(layers(contract), name)


def _index(order: tuple[tuple[str, ...], ...], name: str) -> int:
    for number, layer in enumerate(order):
        if name in layer:
            return number
    message = f"{name} is in none of the layers of pyproject.toml"
    raise LookupError(message)
