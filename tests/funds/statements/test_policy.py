"""Periods and statements by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from funds.statements.policy import (
    Movement,
    PeriodUnknown,
    Place,
    plain_cell,
    read_span,
    statement_of,
)

DONORS = Place("source:donor", "SOURCE", "捐赠人")
ENTERPRISES = Place("source:enterprise", "SOURCE", "社区企业")
FREE = Place("pool:free", "POOL", "非限定")
CARE = Place("pool:restricted:1", "POOL", "助老")
LIGHTS = Place("hold:1", "HOLD", "楼道照明")
PLACE_USE = Place("use:environment", "SINK", "环境整治")
PLACES = [DONORS, ENTERPRISES, FREE, CARE, LIGHTS, PLACE_USE]


def _move(source: Place, target: Place, within: str, before: str = "0.00") -> Movement:
    return Movement(source, target, Decimal(before), Decimal(within))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-Q1", "2026-01-01", "2026-04-01"),
        ("2026-q4", "2026-10-01", "2027-01-01"),
        (" 2026-12 ", "2026-12-01", "2027-01-01"),
        ("2024-02", "2024-02-01", "2024-03-01"),
    ],
)
def test_a_period_is_read(text: str, start: str, end: str) -> None:
    span = read_span(text)

    assert (span.start.isoformat(), span.end.isoformat()) == (start, end)
    assert span.last == span.end - dt.timedelta(days=1)


@pytest.mark.parametrize(
    "text", ["", "26", "2026-13", "2026-Q5", "2026-00", "last year", "2026-1", "1999", "\uff12\uff10\uff12\uff16"]
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(PeriodUnknown):
        read_span(text)


def test_a_statement_by_hand() -> None:
    statement = statement_of(
        [
            _move(DONORS, FREE, "200.00", before="1000.00"),
            _move(FREE, LIGHTS, "100.00", before="400.00"),
            _move(LIGHTS, PLACE_USE, "350.00"),
        ]
    )

    assert [(entry.place.code, entry.amount) for entry in statement.income] == [("source:donor", 200)]
    assert [(entry.place.code, entry.amount) for entry in statement.uses] == [("use:environment", 350)]
    assert (statement.opening, statement.received, statement.used, statement.closing) == (1000, 200, 350, 850)
    assert (statement.free, statement.restricted, statement.held) == (700, 0, 150)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+86", "'+86"),
        ("-x", "'-x"),
        ("@cmd", "'@cmd"),
        (" =1", "' =1"),
        ("＝1", "'＝1"),
        ("捐赠", "捐赠"),
        ("", ""),
        (Decimal("-5.00"), "-5.00"),
    ],
)
def test_a_cell_is_never_a_formula(value: object, cell: str) -> None:
    assert plain_cell(value) == cell
