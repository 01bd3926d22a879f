"""Templates keep to the content security policy, escape what they show, and can be translated."""

import re
from pathlib import Path

from tests.architecture.house import PACKAGES, ROOT, spot

COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?%\}.*?\{%\s*endcomment\s*%\}|<!--.*?-->", re.DOTALL)
ASSET = re.compile(
    r"<(?:script|img|iframe|source|video|audio|track|embed|use|image|link)\b[^>]*?"
    r"\b(?:src|srcset|href|xlink:href|poster)\s*=\s*[\"']?\s*(?:https?:)?//",
    re.IGNORECASE | re.DOTALL,
)


def _templates() -> list[Path]:
    folders = [ROOT / "templates", *(ROOT / package for package in PACKAGES)]
    return [path for folder in folders for kind in ("html", "svg") for path in sorted(folder.rglob(f"*.{kind}"))]


def _hits(pattern: str | re.Pattern[str]) -> list[str]:
    """Return the spots where the pattern stands in a template, comments left out."""
    found = []
    for path in _templates():
        text = COMMENT.sub(lambda gone: "\n" * gone[0].count("\n"), path.read_text(encoding="utf-8"))
        found += [spot(path, text.count("\n", 0, hit.start()) + 1) for hit in re.finditer(pattern, text)]
    return found


def test_nothing_is_declared_safe() -> None:
    assert _hits(r"\|\s*safe(seq)?\b|\{%\s*autoescape\s+off\b") == []


def test_no_inline_style() -> None:
    assert _hits(r"(?i)\sstyle\s*=|<style\b") == []


def test_no_inline_script() -> None:
    assert _hits(r"(?i)<script\b(?![^>]*\bsrc\s*=)|\son[a-z]+\s*=\s*[\"']|[\"']\s*javascript:|\shx-on\b") == []


def test_blocktranslate_is_trimmed() -> None:
    assert _hits(r"\{%\s*blocktranslate\b(?![^%]*\btrimmed\b)|\{%\s*(blocktrans|trans)\b") == []


def test_a_table_that_scrolls_is_reached_by_the_keyboard() -> None:
    assert _hits(r"<div\b(?=[^>]*class=\"[^\"]*\btable-scroll\b)(?![^>]*tabindex=\"0\")[^>]*>") == []


def test_no_asset_comes_from_elsewhere() -> None:
    assert _hits(ASSET) == []


def test_no_style_sheet_loads_from_elsewhere() -> None:
    sheets = sorted((ROOT / "static").rglob("*.css"))
    foreign = re.compile(r"(?:url\(|@import)\s*[\"']?\s*(?:https?:)?//")

    assert [spot(path, 1) for path in sheets if foreign.search(path.read_text(encoding="utf-8"))] == []
