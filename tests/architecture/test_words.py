"""Words reach people in their language: unfold's, the names of acts, units, bases and kinds of work."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import unfold
from django.contrib import admin
from django.utils import translation
from django.utils.translation import gettext, pgettext

from communities.policy.policy import REGISTRY
from communities.policy.seeds import DECISION_RULES
from governance.lifecycle import REGISTRY as MACHINES
from governance.portal.words import JOBS
from governance.staff import act_names
from governance.templatetags.presentation import legal_basis
from tests.architecture.house import PACKAGES, ROOT, dotted, python_files, spot, tree

UNFOLD = Path(unfold.__file__).parent
UNUSED = ("contrib/", "unfold_crispy/", "admin/auth/", "object_history", "nested_inlines", "dataset")
"""Parts of unfold that the desk has not installed, or pages that it does not show."""
SAID = re.compile(r"""\{%\s*trans(?:late)?\s+(?:"([^"]+)"|'([^']+)')""")
EAGER = {"gettext", "ngettext", "pgettext", "npgettext"}
WORD = re.compile(r"[A-Za-z]{3,}")
OWN_NAMES = {"Standard", "Webhooks"}
"""What is called so in every language."""
VERB = re.compile(r"(accounts|calendar|communities|consultation|funds|projects|socialorgs)(\.[a-z_]+){2}")


def chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def in_chinese(text: str) -> str:
    with translation.override("zh-hans"):
        return gettext(text)


def test_what_unfold_says_is_said_in_chinese() -> None:
    templates = [path for path in UNFOLD.rglob("*.html") if not any(part in str(path) for part in UNUSED)]
    said = {found[1] or found[2] for path in templates for found in SAID.finditer(path.read_text(encoding="utf-8"))}

    assert len(said) > 50
    assert sorted(text for text in said if not chinese(in_chinese(text))) == []


@pytest.mark.parametrize("text", ["Select value", "Select action", "Select record", "Select action to run"])
def test_what_its_widgets_say_is_said_in_chinese(text: str) -> None:
    assert chinese(in_chinese(text))


def test_no_words_stand_within_braces_where_the_extraction_does_not_look() -> None:
    wrong = [
        spot(path, call)
        for path in python_files()
        for text in ast.walk(tree(path))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in {"_", *EAGER}
        if all(isinstance(given, ast.Constant) for given in call.args)
    ]

    assert wrong == []


def test_gettext_has_no_name_that_the_extraction_does_not_know() -> None:
    known = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
    wrong = [
        spot(path, node)
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.asname and alias.asname not in known
    ]

    assert wrong == []


def at_import(node: ast.AST) -> Iterator[ast.Call]:
    """Return the calls that happen when a module is imported: those outside the bodies of functions."""
    if isinstance(node, ast.Call):
        yield node
    body = {*getattr(node, "body", [])} if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else set()
    if not isinstance(node, ast.Lambda):
        for child in ast.iter_child_nodes(node):
            if child not in body:
                yield from at_import(child)


def test_nothing_is_translated_when_a_module_is_imported() -> None:
    wrong = []
    for path in python_files():
        eager = {
            alias.asname or alias.name
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
            for alias in node.names
            if alias.name in EAGER
        }
        wrong += [spot(path, call) for call in at_import(tree(path)) if dotted(call.func) in eager]

    assert wrong == []


def test_every_act_has_a_name() -> None:
    admin.autodiscover()
    written = {
        str(keyword.value.value): spot(path, node)
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "verb" and isinstance(keyword.value, ast.Constant)
    }
    moves = {move.verb for machine in MACHINES.values() for move in machine.moves}
    names = act_names()

    assert {verb: place for verb, place in written.items() if VERB.fullmatch(verb) and verb not in names} == {}
    assert moves <= set(names)


def test_every_basis_and_unit_is_said_in_chinese() -> None:
    written = {
        str(node.value.value)
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.keyword) and node.arg == "basis" and isinstance(node.value, ast.Constant)
    } | {rule["basis"] for rule in DECISION_RULES}
    written |= {move.basis for machine in MACHINES.values() for move in machine.moves}
    written |= {row.basis for row in REGISTRY.values()}

    with translation.override("zh-hans"):
        assert sorted(text for text in written if text and not chinese(legal_basis(text))) == []
        left = {text: set(WORD.findall(legal_basis(text))) - OWN_NAMES for text in written}
        assert {text: words for text, words in left.items() if words} == {}
        assert [row.unit for row in REGISTRY.values() if not chinese(pgettext("unit", row.unit))] == []
        assert legal_basis("Charity Law art. 58") == "《慈善法》第58条"
        assert legal_basis("Charity Law art. 38; Civil Code art. 201") == "《慈善法》第38条；《民法典》第201条"
        assert legal_basis("自井社工〔2024〕6号") == "自井社工〔2024〕6号"


def test_every_kind_of_work_has_a_name() -> None:
    kinds = {found[1] for package in PACKAGES for path in (ROOT / package).rglob("*.py") for found in _kinds(path)}

    assert sorted(kinds - set(JOBS)) == []


def _kinds(path: Path) -> list[re.Match[str]]:
    text = path.read_text(encoding="utf-8")
    names = re.findall(r"@handles\((?:\w+\.)?(\w+)\)", text)
    homes = text + "".join(
        other.read_text(encoding="utf-8") for other in path.parent.glob("operations.py") if other != path
    )
    return [found for name in names for found in re.finditer(rf'^{name} = "([^"]+)"', homes, re.MULTILINE)]


def test_a_date_field_of_the_browser_gets_its_date_as_the_browser_reads_it() -> None:
    """In Chinese Django would write 2026/11/22, which `type="date"` shows as empty."""
    wrong = [
        spot(path, node)
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") == "DateInput"
        and "format" not in {keyword.arg for keyword in node.keywords}
    ]

    assert wrong == []
