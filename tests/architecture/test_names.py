"""Names that find things: modules, constraints, models; and files short enough to read."""

import ast
from collections import Counter

from django.db.models import CheckConstraint, UniqueConstraint

from tests.architecture.house import dotted, own_models, python_files, spot, tree

BANNED_MODULES = {"common", "core", "helper", "helpers", "misc", "shared", "util", "utils"}
LONGEST_FILE = 600
GETTEXT = {
    "_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext",
    "ngettext_lazy",
    "npgettext",
    "npgettext_lazy",
    "pgettext",
    "pgettext_lazy",
}


def test_no_module_is_a_drawer() -> None:
    wrong = [spot(path, 1) for path in python_files() if BANNED_MODULES & {path.stem, *path.parent.parts[-2:]}]

    assert wrong == []


def test_no_file_is_too_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}

    assert [spot(path, length) for path, length in lengths.items() if length > LONGEST_FILE] == []


def test_constraints_are_named_for_their_model_and_what_must_hold() -> None:
    wrong = [
        f"{model._meta.label}: {constraint.name}"
        for model in own_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint | UniqueConstraint)
        and not constraint.name.startswith(f"{model._meta.model_name}_")
    ]

    assert wrong == []


def test_uniqueness_has_a_name() -> None:
    wrong = [model._meta.label for model in own_models() if model._meta.unique_together]

    assert wrong == []


def test_one_model_name_means_one_thing() -> None:
    counted = Counter(model.__name__ for model in own_models())

    assert [name for name, count in counted.items() if count > 1] == []


def test_translatable_text_is_a_literal() -> None:
    wrong = [
        spot(path, call)
        for path in python_files()
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call) and dotted(call.func).rpartition(".")[2] in GETTEXT and not _is_literal(call)
    ]

    assert wrong == []


def _is_literal(call: ast.Call) -> bool:
    """Tell whether nothing is put together inside the call: no f-string, no `%`, no `+`, no `.format()`."""
    return not any(isinstance(argument, ast.JoinedStr | ast.BinOp | ast.Call) for argument in call.args[:1])


def test_what_was_sent_is_asked_for_in_one_way() -> None:
    """`request.POST or None` takes an empty form for none: `governance.pages.sent` tells them apart."""
    wrong = [
        spot(path, node)
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.BoolOp) and dotted(node.values[0]).endswith("request.POST")
    ]

    assert wrong == []
