"""Documents that the code can check are checked."""

import re
from collections import Counter
from pathlib import Path

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
