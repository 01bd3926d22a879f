"""Reckoning with days that needs no table."""

from __future__ import annotations

import datetime as dt

import pytest

from governance.calendar.days import months_later


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2026-03-04", 0, "2026-03-04"),
        ("2026-03-15", 12, "2027-03-15"),
        ("2025-12-01", 1, "2026-01-01"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-11-30", 1, "2026-12-30"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-31", -13, "2024-12-31"),
    ],
)
def test_a_day_that_the_month_does_not_have_becomes_its_last(day: str, months: int, later: str) -> None:
    assert months_later(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(later)
