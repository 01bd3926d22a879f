"""The canonical bytes of a journal are fixed for good: a change would make every published chain false."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funds.ledger.policy import GENESIS, CanonicalJournal, CanonicalLine, canonical, chain_hash, normalize

JOURNAL = CanonicalJournal(
    book="fund-1",
    unit="YUAN",
    sequence=2,
    year=2026,
    voucher_number=2,
    kind="REVERSAL",
    key="reversal:1",
    posted_on=dt.date(2026, 3, 4),
    posted_at=dt.datetime(2026, 3, 4, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=8))),
    memo="入错基金",
    reverses=1,
    lines=(CanonicalLine("pool:free", "source:donor", 3050),),
)


def test_the_bytes_are_as_documented() -> None:
    assert canonical(JOURNAL).decode() == (
        "9:journal/1,6:fund-1,4:YUAN,1:2,4:2026,1:2,8:REVERSAL,10:reversal:1,10:2026-03-04,"
        "27:2026-03-04T04:00:00.000000Z,12:入错基金,1:1,4:3050,1:1,9:pool:free,12:source:donor,4:3050,"
    )


def test_the_hash_follows_from_the_one_before() -> None:
    assert chain_hash(GENESIS, b"") == "60e05bd1b195af2f94112fa7197a5c88289058840ce7c6df9693756bc6250f55"
    assert chain_hash("1" * 64, canonical(JOURNAL)) != chain_hash(GENESIS, canonical(JOURNAL))


def test_composed_and_decomposed_text_have_the_same_bytes() -> None:
    assert canonical(replace(JOURNAL, memo="e\u0301")) == canonical(replace(JOURNAL, memo="\u00e9"))


@pytest.mark.parametrize(
    "other",
    [
        {"book": "fund-2"},
        {"sequence": 3},
        {"key": "reversal:", "kind": "REVERSAL1"},
        {"reverses": None},
        {"posted_at": JOURNAL.posted_at + dt.timedelta(microseconds=1)},
        {"lines": (*JOURNAL.lines, *JOURNAL.lines)},
        {"lines": (CanonicalLine("pool:freesource:", "donor", 3050),)},
    ],
)
def test_different_journals_have_different_bytes(other: dict[str, object]) -> None:
    assert canonical(replace(JOURNAL, **other)) != canonical(JOURNAL)


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_normalizing_twice_changes_nothing(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)
