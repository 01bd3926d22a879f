"""Nothing happens at a distance: no receivers of model signals, no overridden save() or delete()."""

import ast
from pathlib import Path

from tests.architecture.house import PACKAGES, dotted, own_models, python_files, spot, tree

SIGNALS = {"pre_init", "post_init", "pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed", "ModelSignal"}
WRITERS = ("save", "delete", "save_base", "asave", "adelete")


def _listens(path: Path) -> list[str]:
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django.db.models.signals"):
            found += [f"{spot(path, node)} {name.name}" for name in node.names if name.name in {*SIGNALS, "*"}]
        elif isinstance(node, ast.Attribute) and node.attr in SIGNALS:
            found.append(f"{spot(path, node)} {dotted(node)}")
        elif isinstance(node, ast.ImportFrom) and node.module in {"django.dispatch", "django.dispatch.dispatcher"}:
            found += [f"{spot(path, node)} {name.name}" for name in node.names if name.name == "receiver"]
        elif isinstance(node, ast.Attribute) and dotted(node).endswith("dispatch.receiver"):
            found.append(f"{spot(path, node)} {dotted(node)}")
    return found


def test_no_receiver_of_a_model_signal() -> None:
    assert [line for path in python_files() for line in _listens(path)] == []


def test_saving_is_not_overridden() -> None:
    wrong = {
        f"{base.__module__}.{base.__qualname__}.{name}"
        for model in own_models()
        for base in model.__mro__
        for name in WRITERS
        if base.__module__.partition(".")[0] in PACKAGES and name in vars(base)
    }

    assert wrong == set()
