"""Every exception to a structural rule says why: `# noqa: CODE - reason`, `# type: ignore[code]  # reason`."""

import re
from pathlib import Path

from tests.architecture.house import ROOT, python_files, spot

NOQA = re.compile(r"#\s*noqa\b(?P<rest>.*)", re.IGNORECASE)
WITH_REASON = re.compile(r":\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*\s+-\s+\S.{3,}")
IGNORE = re.compile(r"#\s*type:\s*ignore(?P<rest>.*)")
WITH_CODE = re.compile(r"\[[a-z0-9, -]+\](?P<reason>  # \S.{3,})?")
FILE_WIDE = re.compile(r"#\s*(ruff:\s*noqa|flake8:|mypy:\s*(ignore|disable|allow))")


def _lines() -> list[tuple[Path, int, str]]:
    files = [*python_files(), *sorted((ROOT / "engines").rglob("*.py")), *sorted(ROOT.glob("*.py"))]
    return [
        (path, number, line)
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    ]


def test_noqa_names_its_code_and_its_reason() -> None:
    wrong = [
        spot(path, number)
        for path, number, line in _lines()
        if (found := NOQA.search(line)) and not WITH_REASON.match(found["rest"])
    ]

    assert wrong == []


def test_type_ignore_names_its_code_and_its_reason() -> None:
    wrong, above = [], ""
    for path, number, line in _lines():
        if found := IGNORE.search(line):
            coded = WITH_CODE.match(found["rest"])
            if coded is None or not (coded["reason"] or above.lstrip().startswith("# ")):
                wrong.append(spot(path, number))
        above = line

    assert wrong == []


def test_no_file_silences_a_tool_as_a_whole() -> None:
    assert [spot(path, number) for path, number, line in _lines() if FILE_WIDE.search(line)] == []
