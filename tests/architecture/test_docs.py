"""Documents that the code can check are checked."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from governance import lifecycle
from tests.architecture.house import ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
README = ROOT / "README.md"
CHINESE_README = ROOT / "README.zh-Hans.md"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?!https?://|mailto:|#)([^)#\s]+)[^)]*\)")


def _lines(path: Path) -> list[str]:
    """Return the lines of a document outside its code blocks."""
    text = re.sub(r"^(```|~~~).*?^\1\s*?$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return text.splitlines()


def _rows(path: Path) -> list[list[str]]:
    """Return the cells of every table row but the heads and the rules under them."""
    lines = [line.strip() for line in _lines(path)]
    rows = []
    for number, line in enumerate(lines):
        is_rule = re.fullmatch(r"\|[\s:|-]+\|", line)
        is_head = number + 1 < len(lines) and re.fullmatch(r"\|[\s:|-]+\|", lines[number + 1])
        if line.startswith("|") and not is_rule and not is_head:
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def _headings(path: Path) -> list[int]:
    return [len(found[1]) for line in _lines(path) if (found := re.match(r"(#{1,6})\s", line))]


def test_lifecycles_document_is_in_step() -> None:
    committed = (ROOT / "docs" / "lifecycles.md").read_text(encoding="utf-8")

    assert committed.rstrip("\n") == lifecycle.document().rstrip("\n")


def test_glossary_names_each_term_once() -> None:
    terms = [term.strip() for row in _rows(GLOSSARY) for term in re.split(r"[/／、]", row[0]) if term.strip()]

    assert terms, "docs/glossary.md has no table"
    assert [term for term, count in Counter(terms).items() if count > 1] == []


def test_partners_are_told_of_calls_that_exist() -> None:
    """Every call that the documents for partners name stands in the API's document, with its parameters."""
    described = _described()
    wrong = []
    for name in ("partners.md", "accounting.md"):
        for method, address, query in _told((ROOT / "docs" / name).read_text(encoding="utf-8")):
            shape = re.sub(r"\{[^}]*\}|(?<=/)\d+(?=/|$)", "{}", address)
            known = described.get((method, shape))
            unknown = [] if known is None else [part for part in query if part not in known]
            if known is None or unknown:
                wrong.append(f"{name}: {method} {address} {unknown}")

    assert wrong == []


def _described() -> dict[tuple[str, str], set[str]]:
    """Return the calls of the API's document with the names of their parameters."""
    found: dict[tuple[str, str], set[str]] = {}
    path = method = ""
    for line in (ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8").splitlines():
        if line.startswith("components:"):
            break
        if line.startswith("  /"):
            path = re.sub(r"\{[^}]*\}", "{}", line.strip().rstrip(":"))
        elif re.fullmatch(r"    (get|post|patch|put|delete):", line):
            method = line.strip().rstrip(":").upper()
            found[method, path] = set()
        elif (named := re.match(r"(?:      - |        )name: (\S+)", line)) and method:
            found[method, path].add(named[1].strip("'\""))
    return found


def _told(text: str) -> list[tuple[str, str, list[str]]]:
    """Return the calls that a document names: method, address, names of parameters."""
    found, whole = [], re.compile(r"\b(GET|POST|PATCH|DELETE) (?:\$SITE)?(/api/v1/[^\s`\"?]+)(?:\?([^\s`\"]*))?")
    for method, address, query in whole.findall(text):
        found.append((method, address, [pair.partition("=")[0] for pair in query.split("&") if pair]))
    for line in text.splitlines():
        if "curl" in line and (call := re.search(r"\$SITE(/api/v1/[^\s\"?]+)(?:\?([^\s\"]*))?", line)):
            names = [pair.partition("=")[0] for pair in (call[2] or "").split("&") if pair]
            found.append(("POST" if "-X POST" in line else "PATCH" if "-X PATCH" in line else "GET", call[1], names))
    return found


def test_readme_has_its_chinese_twin() -> None:
    assert _headings(README) == _headings(CHINESE_README)


def test_links_between_documents_lead_somewhere() -> None:
    documents = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in documents
        for target in LINK.findall("\n".join(_lines(path)))
        if not (path.parent / target).exists()
    ]

    assert broken == []


ARCHITECTURE = ROOT / "docs" / "architecture.md"
FLOORS = ("communities", "socialorgs", "consultation", "funds", "projects")
NO_ROOM = {"management", "migrations", "templatetags"}


def _packages(folder: Path) -> list[str]:
    return sorted({path.parent.name for path in folder.glob("*/__init__.py")} - NO_ROOM)


def _named_rooms(floor: str) -> dict[str, list[str]]:
    """Return the rooms of a floor with their parts, as the block of the document names them."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    block = re.search(rf"^    {floor} +(.*(?:\n {{8,}}.*)*)", text, flags=re.MULTILINE)
    assert block is not None, floor
    rooms = re.findall(r"([a-z_]+)(?: \(([a-z_, ]+)\))?", block[1])
    return {room: sorted(filter(None, parts.split(", "))) for room, parts in rooms}


@pytest.mark.parametrize("floor", FLOORS)
def test_the_architecture_names_every_room_and_its_parts(floor: str) -> None:
    rooms = {room: _packages(ROOT / floor / room) for room in _packages(ROOT / floor)}

    assert _named_rooms(floor) == rooms


def test_the_architecture_names_every_module_of_the_kernel() -> None:
    block = re.search(r"^    governance \(kernel\) +(.*(?:\n {8,}.*)*)", ARCHITECTURE.read_text("utf-8"), re.MULTILINE)
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    kernel = next(one for one in layers if one["id"] == "kernel")["layers"][2:]

    assert block is not None
    assert sorted(re.findall(r"[a-z_]+", block[1])) == sorted(re.findall(r"[a-z_]+", " ".join(kernel)))


@pytest.mark.parametrize("readme", [README, CHINESE_README], ids=lambda path: path.name)
def test_both_readmes_name_every_measurement(readme: Path) -> None:
    line = next(line for line in _lines(readme) if "run.py bench" in line)
    benches = {path.stem for path in (ROOT / "bench").glob("*.py")} - {"measure"}

    assert set(re.findall(r"`([a-z_]+)`", line)) == {name for name in benches if not name.startswith("_")}
