"""The shape of operations: keyword-only, by whom, typed, told the time, documented."""

import ast

import pytest

from tests.architecture.house import dotted, functions, room_files, spot, tree

# Public functions of a kernel module that are its machinery, not acts of a person.
MACHINERY = {
    "governance/jobs/operations.py": {"handles"},  # decorator that registers what does a kind of job
}
BELOW_THE_INTERFACES = ("policy", "lifecycle", "models", "queries", "rules", "operations", "filters")
HTTP = {"HttpRequest", "Request"}
CLOCKS = {"timezone.now", "datetime.now", "datetime.today", "datetime.utcnow", "date.today", "time.time"}
CLOCKS_WITHOUT_ARGUMENT = {"timezone.localdate", "timezone.localtime"}


def _operations() -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    return [
        (f"{spot(path, node)} {node.name}", node)
        for path in room_files("operations.py")
        for node in functions(path)
        if not node.name.startswith("_") and node.name not in MACHINERY.get("/".join(path.parts[-3:]), ())
    ]


@pytest.mark.parametrize("operation", [pytest.param(node, id=name) for name, node in _operations()])
def test_operation_has_the_common_shape(operation: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    given = operation.args
    names = [argument.arg for argument in given.kwonlyargs]
    untyped = [argument.arg for argument in given.kwonlyargs if argument.annotation is None]
    annotations = [argument.annotation for argument in given.kwonlyargs if argument.annotation is not None]
    positional = [*given.posonlyargs, *given.args, given.vararg, given.kwarg]

    assert not any(positional), "arguments are named and keyword-only"
    assert "by" in names, "an operation says by whom; what only reads belongs in queries.py"
    assert not HTTP & set(map(ast.unparse, annotations)), "an operation never sees an HTTP request"
    assert untyped == [], "arguments are typed"
    assert operation.returns is not None, "the result is typed"
    assert ast.get_docstring(operation), "an operation has a docstring"


def test_nothing_below_the_interfaces_reads_the_clock() -> None:
    calls = [
        (path, node)
        for name in BELOW_THE_INTERFACES
        for path in room_files(f"{name}.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
    ]

    assert [f"{spot(path, call)} {dotted(call.func)}()" for path, call in calls if _reads_the_clock(call)] == []


def _reads_the_clock(call: ast.Call) -> bool:
    name = ".".join(dotted(call.func).split(".")[-2:])
    return name in CLOCKS or (name in CLOCKS_WITHOUT_ARGUMENT and not (call.args or call.keywords))
