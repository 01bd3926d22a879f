"""Every measurement still runs: with the smallest sizes, at night; what is measured is another matter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALLEST = {
    "account_page": "--rounds 1 --journals 20 --few 10 --times 1",
    "api": "--rounds 1 --seconds 1 --topics 60",
    "cast": "--rounds 1 --seconds 1 --voters 400 --ballots 600",
    "count": "--rounds 1 --papers 50",
    "directory": "--organizations 50 --projects 60 --searches 3",
    "donation_import": "--rounds 1 --rows 200",
    "equal_shares": "--rounds 1 --voters 50 --projects 6",
    "evaluation": "--rounds 1 --plans 4 --answers 30",
    "excel_import": "--rows 50",
    "figures": "--rounds 1 --transfers 20000",
    "pages": "--rounds 1 --seconds 1 --journals 10 --deep 100",
    "posting": "--rounds 1 --seconds 1 --legs 200 --transfers 200",
    "reinvestment": "--rounds 1 --sizes 60",
    "review_board": "--rounds 1 --applications 5 10",
    "similar": "--matters 200 --searches 3",
    "statement": "--rounds 1 --transfers 500",
    "territory": "--rounds 1 --rows 500",
    "topic_list": "--rounds 1 --seconds 1 --topics 5 10",
    "topic_page": "--rounds 1 --seconds 1 --opinions 5",
    "verify": "--rounds 1 --journals 50",
}
MET_OR_MISSED = {0, 1}
"""Exit codes of a finished measurement; a goal means nothing at these sizes."""


def test_every_measurement_has_a_smallest_size() -> None:
    named = {path.stem for path in (ROOT / "bench").glob("[a-z]*.py")} - {"measure"}

    assert named == set(SMALLEST)


@pytest.mark.nightly
@pytest.mark.parametrize("name", sorted(SMALLEST))
def test_a_measurement_runs_to_its_end(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "engines", "bench", name, *SMALLEST[name].split()]

    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "BENCH_RESULTS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode in MET_OR_MISSED, done.stdout + done.stderr
    assert f"### {name}" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.json"]
