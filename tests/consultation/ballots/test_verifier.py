"""The recount program, run as anybody runs it: it agrees with a sound file and names what was changed."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from consultation.ballots import operations, queries
from consultation.ballots.models import Ballot
from consultation.ballots.pages import VERIFIER
from consultation.ballots.policy import grouped
from tests.factories.consultation_ballots import HOUR, Place, entry_of


def run(path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the program on its own."""
    return subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(path), *more], capture_output=True, text=True, check=False
    )


def published(place: Place, **changes: Any) -> Ballot:
    """Return a published ballot with four votes, one of them on paper, and one draft."""
    ballot = place.open(**changes)
    for voter, marked in zip(place.voters[:3], ([1], [1], [2]), strict=True):
        operations.cast_vote(by=voter, now=ballot.opens_at, ballot=ballot, choices=marked)
    paper = operations.enter_paper_vote(
        by=place.staff,
        now=ballot.opens_at,
        ballot=ballot,
        entry=entry_of(ballot, place.voters[3]),
        serial_number="A",
        choices=[1],
    )
    operations.check_paper_vote(by=place.colleague, now=ballot.opens_at + HOUR, paper=paper, choices=[1])
    operations.save_draft(by=place.voters[4], now=ballot.opens_at, ballot=ballot, choices=[1])
    return place.publish(ballot)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"method": "SINGLE", "options": [("甲", "说明"), ("乙", "")]},
        {"method": "APPROVAL", "options": [("甲", ""), ("乙", ""), ("丙", "")], "most_choices": 2},
        {"rule_key": "online_poll"},
        {
            "rule_key": "participatory_budget",
            "method": "APPROVAL",
            "options": [("甲", ""), ("乙", ""), ("丙", "")],
            "most_choices": 2,
        },
    ],
)
def test_a_sound_file_agrees(place: Place, tmp_path: Path, changes: dict[str, Any]) -> None:
    ballot = published(place, **changes)
    data = queries.recount_bytes(ballot, place.voters[0])
    path = tmp_path / "ballot.jsonl"
    path.write_bytes(data)

    ran = run(path, "--fingerprint", grouped(ballot.fingerprint), "--sha256", ballot.result.recount_sha256)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"AGREES {ballot.question}\n")
    assert "4 of 5 entitled voted" in ran.stdout
    assert ballot.result.recount_sha256 == hashlib.sha256(data).hexdigest()
    assert not any(f"居民{number}" in data.decode() for number in range(5))


def test_a_shared_first_place_passes_where_more_than_none_is_enough(place: Place, tmp_path: Path) -> None:
    options = [("甲", ""), ("乙", ""), ("丙", "")]
    ballot = place.open(rule_key="participatory_budget", method="APPROVAL", options=options, most_choices=2)
    place.cast(ballot, [[1, 2], [1, 2], [3]])
    ballot = place.publish(ballot)
    path = tmp_path / "ballot.jsonl"
    path.write_bytes(queries.recount_bytes(ballot, place.voters[0]))

    ran = run(path, "--fingerprint", ballot.fingerprint)

    assert (ballot.result.winner, ballot.result.is_passed, ran.returncode) == (None, True, 0)
    assert ran.stdout.endswith("passed\n")
    assert "not passed" not in ran.stdout


def test_what_was_changed_is_named(place: Place, tmp_path: Path) -> None:
    ballot = published(place)
    lines = queries.recount_bytes(ballot, place.voters[0]).decode().splitlines()
    frozen, first, last = lines[0], json.loads(lines[1]), json.loads(lines[-1])

    def written(*rows: Any) -> Path:
        path = tmp_path / "changed.jsonl"
        texts = [
            row if isinstance(row, str) else json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            for row in rows
        ]
        path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        return path

    def wrong(*rows: Any) -> str:
        ran = run(written(*rows))
        assert ran.returncode == 1
        return ran.stdout

    other = 3 - first["choices"][0]
    assert "row 6: counts" in wrong(frozen, {**first, "choices": [other]}, *lines[2:])
    assert "row 5: cast" in wrong(frozen, *lines[2:])
    assert "row 3: the number on the roll" in wrong(frozen, first, first, *lines[2:])
    assert "row 2: the ballot does not allow these choices" in wrong(frozen, {**first, "choices": [9]}, *lines[2:])
    assert "row 6: is_passed" in wrong(*lines[:-1], {**last, "is_passed": not last["is_passed"]})
    assert "row 6: the number of unfinished" in wrong(*lines[:-1], {**last, "unfinished": 9})
    assert "row 1: the file is not a ballot" in wrong(*lines[1:])
    assert "ends before the result" in wrong(frozen)
    assert "written differently" in wrong(frozen, lines[1].replace(":", ": "), *lines[2:])
    changed = written(frozen.replace("路灯", "路牌"), *lines[1:])
    assert run(changed).returncode == 0
    assert run(changed, "--fingerprint", ballot.fingerprint).returncode == 1
    assert run(changed, "--sha256", ballot.result.recount_sha256).returncode == 1


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    assert run(tmp_path / "none").returncode == 2
