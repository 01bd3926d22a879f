"""The recount program, run as anybody runs it: it agrees with a sound file and names what was changed."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from django.test import Client

from consultation.ballots import operations, queries, verify_ballot
from consultation.ballots.models import Ballot
from consultation.ballots.pages import VERIFIER
from consultation.ballots.policy import canonical, grouped
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
    assert "row 6: rows_sha256" in wrong(frozen.replace("路灯", "路牌"), *lines[1:])
    changed = tmp_path / "changed.jsonl"
    assert run(changed, "--fingerprint", ballot.fingerprint).returncode == 1
    assert run(changed, "--sha256", ballot.result.recount_sha256).returncode == 1


def forged(lines: list[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """Return the file with each single ballot dropped, doubled at its end, or changed to every other marking once."""
    rows = [json.loads(line) for line in lines[1:-1]]

    def put(*made: dict[str, Any]) -> list[bytes]:
        return [lines[0], *(canonical(row) for row in made), lines[-1]]

    def renumbered(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "number": number} for number, row in enumerate(made, start=1)]

    known = [list(marks) for marks in sorted({tuple(row["choices"]) for row in rows})]
    for place, row in enumerate(rows):
        rest = rows[:place] + rows[place + 1 :]
        yield "dropped", put(*rest)
        yield "dropped and the others moved up", put(*renumbered(rest))
        yield "added", put(*rows, {**row, "number": rows[-1]["number"] + 1})
        for marks in [*known, list(reversed(row["choices"]))]:
            if marks != row["choices"]:
                yield f"changed to {marks}", put(*rows[:place], {**row, "choices": marks}, *rows[place + 1 :])
    for place in range(len(rows) - 1):
        first, second = rows[place : place + 2]
        if first["choices"] != second["choices"]:
            turned = ({**first, "choices": second["choices"]}, {**second, "choices": first["choices"]})
            yield "two exchanged", put(*rows[:place], *turned, *rows[place + 2 :])


KINDS: dict[str, tuple[dict[str, Any], list[list[int]]]] = {
    "by name": ({}, [[1], [1], [2], [3], [1], [1]]),
    "approval": ({"method": "APPROVAL", "most_choices": 2}, [[1, 2], [1], [2, 3], [1, 3], [2], [1]]),
    "points": ({"method": "POINTS", "most_choices": 4}, [[1, 1, 2], [1], [2, 3, 3], [1, 3], [2, 2], [1]]),
    "ranked": ({"method": "RANKED", "most_choices": 3}, [[1, 2, 3], [1, 3, 2], [2, 1], [1], [3, 2, 1], [1, 2]]),
    "secret": ({"is_secret": True}, [[1], [1], [2], [3], [1], [1]]),
    "secret, ranked": (
        {"method": "RANKED", "most_choices": 3, "is_secret": True},
        [[1, 2, 3], [1, 3, 2], [2, 1], [1], [3, 2, 1], [1, 2]],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_from_the_download_alone_every_single_change_is_found(place: Place, tmp_path: Path, kind: str) -> None:
    changes, marks = KINDS[kind]
    place.populate(3)  # eight on the roll, six vote
    given = {"options": [("甲", ""), ("乙", ""), ("丙", "")], **changes} if "method" in changes else changes
    ballot = place.open(**given)
    place.cast(ballot, marks)
    ballot = place.publish(ballot)
    answer = Client().get(f"/ballots/{ballot.pk}/ballot.jsonl")
    program = tmp_path / "verify_ballot.py"
    program.write_bytes(b"".join(cast(Iterator[bytes], Client().get("/verify_ballot.py").streaming_content)))
    file = tmp_path / "ballot.jsonl"

    def verified(data: bytes) -> int:
        file.write_bytes(data)
        return subprocess.run(
            [sys.executable, "-I", str(program), str(file)], capture_output=True, check=False
        ).returncode

    found = [
        what
        for what, lines in forged(answer.content.splitlines())
        if not refuses(b"".join(line + b"\n" for line in lines))
    ]

    assert verified(answer.content) == 0  # as anybody runs it, with nothing but the two downloads
    assert found == []
    rows = answer.content.splitlines()
    assert verified(b"\n".join([rows[0], *rows[2:]]) + b"\n") == 1


def refuses(data: bytes) -> bool:
    """Tell whether the recount program refuses these bytes; called in this process, because they are many."""
    try:
        verify_ballot.verify(data)
    except verify_ballot.Wrong:
        return True
    return False


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    assert run(tmp_path / "none").returncode == 2
