"""The verifier, run as anybody runs it: it agrees with a sound file and names the row of any changed byte."""

from __future__ import annotations

import datetime as dt
import importlib.util
import io
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funds.charity.models import CommunityFund
from funds.ledger.models import Book
from funds.statements import pages
from funds.statements.download import json_lines, row_bytes
from tests.properties import examples

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def verifier() -> ModuleType:
    """The file itself, loaded on its own."""
    spec = importlib.util.spec_from_file_location("verify_ledger", pages.VERIFIER)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def ledger(posted: CommunityFund, now: dt.datetime) -> bytes:
    """The download of a fund with eight journals."""
    return b"".join(json_lines(posted.book, now))


def _run(path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(pages.VERIFIER), str(path), *more], capture_output=True, text=True, check=False
    )


def test_a_sound_ledger_agrees(ledger: bytes, posted: CommunityFund, tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").write_bytes(ledger)
    head = Book.objects.get(pk=posted.book_id).head_hash

    ran = _run(tmp_path / "ledger.jsonl", "--head", head)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.split("\n")[0] == "AGREES 三八路社区慈善基金: 8 journals"
    assert head in ran.stdout
    assert [line.split()[-1] for line in ran.stdout.splitlines()[2:]] == ["900.00", "120.00", "80.00"]


def test_another_head_does_not_agree(ledger: bytes, tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").write_bytes(ledger)

    ran = _run(tmp_path / "ledger.jsonl", "--head", "0" * 64)

    assert (ran.returncode, ran.stdout[:5]) == (1, "WRONG")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    ran = _run(tmp_path / "nothing.jsonl")

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "cannot read" in ran.stderr


def test_an_empty_book_agrees(fund: CommunityFund, verifier: ModuleType, now: dt.datetime) -> None:
    assert verifier.verify(io.BytesIO(b"".join(json_lines(fund.book, now)))).head == "0" * 64


def _wrong_row(verifier: ModuleType, data: bytes) -> int:
    """Return the number of the row that the verifier names, 0 when it agrees."""
    try:
        verifier.verify(io.BytesIO(data))
    except verifier.Wrong as error:
        return int(str(error).split(":")[0].removeprefix("row "))
    return 0


@pytest.mark.parametrize("bit", [1, 2, 128])
def test_one_flipped_bit_anywhere_is_named(ledger: bytes, verifier: ModuleType, bit: int) -> None:
    """Every seventh byte of the whole file, so that each field of each row is hit."""
    for place in range(bit, len(ledger), 7):
        forged = bytearray(ledger)
        forged[place] ^= bit
        assert _wrong_row(verifier, bytes(forged)) == ledger.count(b"\n", 0, place) + 1, ledger[place - 20 : place + 20]


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_other_byte_anywhere_is_named(ledger: bytes, verifier: ModuleType, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(ledger) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != ledger[place]))

    forged = ledger[:place] + bytes([byte]) + ledger[place + 1 :]

    assert _wrong_row(verifier, forged) == ledger.count(b"\n", 0, place) + 1


def test_a_missing_row_is_named(ledger: bytes, verifier: ModuleType) -> None:
    rows = ledger.splitlines(keepends=True)

    assert [_wrong_row(verifier, b"".join(rows[:gone] + rows[gone + 1 :])) for gone in range(1, len(rows) - 1)] == [
        *range(2, len(rows) - 1),
        len(rows) - 1,
    ]


@pytest.mark.parametrize("length", [0, 1, 200])
def test_a_cut_file_is_named(ledger: bytes, verifier: ModuleType, length: int) -> None:
    assert _wrong_row(verifier, ledger[:length]) == 1


def test_a_file_without_its_end_is_named(ledger: bytes, verifier: ModuleType) -> None:
    rows = ledger.splitlines(keepends=True)

    assert _wrong_row(verifier, b"".join(rows[:-1])) == len(rows) - 1


def _redone(ledger: bytes, change: Any, verifier: ModuleType) -> bytes:
    """Forge rows and compute every hash and digest again, as somebody with the whole program would."""
    rows = [json.loads(line) for line in ledger.splitlines()]
    change(rows)
    head = "0" * 64
    for row in rows[1:-1]:
        row["previous_hash"] = head
        content = verifier.fields("journal/1", rows[0]["code"], rows[0]["unit"])
        names = ("sequence", "year", "voucher_number", "kind", "key", "posted_on", "posted_at", "memo")
        content += verifier.fields(*(row[name] for name in names), "" if row["reverses"] is None else row["reverses"])
        content += verifier.fields(verifier.fen(row["total"]), len(row["lines"]))
        for line in row["lines"]:
            content += verifier.fields(line["source"], line["target"], verifier.fen(line["amount"]))
        head = row["hash"] = verifier.hashlib.sha256(head.encode() + content).hexdigest()
    rows[-1]["head_hash"] = head
    written = b"".join(row_bytes(row) for row in rows[:-1])
    rows[-1]["digest"] = verifier.hashlib.sha256(written).hexdigest()
    return written + row_bytes(rows[-1])


def test_a_forger_who_recomputes_everything_changes_the_head(ledger: bytes, verifier: ModuleType) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        rows[1]["memo"] = "另一笔捐赠"

    forged = _redone(ledger, change, verifier)

    assert verifier.verify(io.BytesIO(forged)).head != verifier.verify(io.BytesIO(ledger)).head


def _more(rows: list[dict[str, Any]]) -> None:
    rows[5]["lines"][0]["amount"] = rows[5]["total"] = "400.01"


def _again(rows: list[dict[str, Any]]) -> None:
    rows[8]["reverses"] = 6


def _total(rows: list[dict[str, Any]]) -> None:
    rows[1]["total"] = "299.99"


def _voucher(rows: list[dict[str, Any]]) -> None:
    rows[3]["voucher_number"] = 7


def _stranger(rows: list[dict[str, Any]]) -> None:
    rows[3]["lines"][0]["target"] = "pool:other"


@pytest.mark.parametrize(("change", "row"), [(_more, 6), (_again, 9), (_total, 2), (_voucher, 4), (_stranger, 4)])
def test_what_no_ledger_may_do_is_named(ledger: bytes, verifier: ModuleType, change: Any, row: int) -> None:
    assert _wrong_row(verifier, _redone(ledger, change, verifier)) == row
