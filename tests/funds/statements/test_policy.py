"""Periods, statements and flows by hand, and that every pool gives out what came in."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funds.statements.drawing import LABEL_UNITS, WIDTH, draw, fitted
from funds.statements.policy import (
    AVAILABLE,
    HELD,
    OPENING,
    Knot,
    Movement,
    PeriodUnknown,
    Place,
    Stream,
    fewer,
    flow_of,
    plain_cell,
    read_span,
    statement_of,
)
from governance.money import to_yuan

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


def test_a_flow_by_hand() -> None:
    flow = flow_of(
        [
            _move(DONORS, FREE, "200.00", before="1000.00"),
            _move(FREE, LIGHTS, "100.00", before="400.00"),
            _move(LIGHTS, PLACE_USE, "350.00"),
        ]
    )

    assert {(stream.start.key, stream.end.key): stream.amount for stream in flow} == {
        ("source:donor", "pool:free"): Decimal("200.00"),
        ("opening", "pool:free"): Decimal("1000.00"),
        ("pool:free", "use:environment"): Decimal("350.00"),
        ("pool:free", "available"): Decimal("700.00"),
        ("pool:free", "held"): Decimal("150.00"),
    }


def test_a_hold_of_two_pools_is_shared_to_the_fen() -> None:
    flow = flow_of(
        [
            _move(DONORS, FREE, "10.00"),
            _move(DONORS, CARE, "20.00"),
            _move(FREE, LIGHTS, "10.00"),
            _move(CARE, LIGHTS, "20.00"),
            _move(LIGHTS, PLACE_USE, "10.00"),
        ]
    )

    amounts = {(stream.start.key, stream.end.key): stream.amount for stream in flow}
    assert amounts["pool:free", "use:environment"] == Decimal("3.33")
    assert amounts["pool:restricted:1", "use:environment"] == Decimal("6.67")
    assert amounts["pool:free", "held"] == Decimal("6.67")
    assert amounts["pool:restricted:1", "held"] == Decimal("13.33")


def test_money_between_pools_leaves_here_and_comes_there() -> None:
    flow = flow_of([_move(DONORS, FREE, "10.00"), _move(FREE, CARE, "4.00")])

    amounts = {(stream.start.key, stream.end.key): stream.amount for stream in flow}
    assert amounts["pool:free", "to pool:restricted:1"] == amounts["from pool:free", "pool:restricted:1"] == 4


def test_money_paid_directly_passes_no_pool() -> None:
    flow = flow_of([_move(ENTERPRISES, PLACE_USE, "4.00")])

    assert [(stream.start.key, stream.end.key) for stream in flow] == [
        ("source:enterprise", "direct"),
        ("direct", "use:environment"),
    ]


def test_money_given_back_stands_on_the_other_side() -> None:
    flow = flow_of([_move(DONORS, FREE, "0.00", before="10.00"), _move(FREE, DONORS, "10.00")])

    assert {(stream.start, stream.end, stream.amount) for stream in flow} == {
        (OPENING, Knot(1, "pool:free", ""), Decimal("10.00")),
        (Knot(1, "pool:free", ""), Knot(2, "source:donor", ""), Decimal("10.00")),
    }


postings = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(PLACES), st.integers(1, 10_000), st.booleans()), max_size=30
)


@given(postings)
def test_every_pool_gives_out_what_came_in(wanted: list[tuple[Place, Place, int, bool]]) -> None:
    """Money moves as the ledger lets it: no pool or hold below zero, a hold filled by pools and emptied to uses."""
    allowed = {("SOURCE", "POOL"), ("POOL", "HOLD"), ("HOLD", "POOL"), ("POOL", "SINK"), ("HOLD", "SINK")}
    purses: dict[Place, int] = defaultdict(int)
    sums: dict[tuple[Place, Place], list[int]] = defaultdict(lambda: [0, 0])
    for source, target, fen, is_before in sorted(wanted, key=lambda posting: not posting[3]):
        if (source.kind, target.kind) not in allowed or (source.kind != "SOURCE" and purses[source] < fen):
            continue
        purses[source] -= fen
        purses[target] += fen
        sums[source, target][0 if is_before else 1] += fen
    movements = [Movement(*pair, to_yuan(before), to_yuan(within)) for pair, (before, within) in sums.items()]

    statement, flow = statement_of(movements), flow_of(movements)

    assert statement.opening + statement.received - statement.used == statement.closing
    assert statement.closing == sum((to_yuan(purses[place]) for place in (FREE, CARE, LIGHTS)), Decimal(0))
    ending = sum((stream.amount for stream in flow if stream.end in {AVAILABLE, HELD}), Decimal(0))
    if all(weight >= 0 for weight in _put_into_holds(sums)):
        assert ending == statement.closing
        for pool in (FREE, CARE):
            came = sum((stream.amount for stream in flow if stream.end.key == pool.code), Decimal(0))
            went = sum((stream.amount for stream in flow if stream.start.key == pool.code), Decimal(0))
            assert came == went


def _put_into_holds(sums: dict[tuple[Place, Place], list[int]]) -> list[int]:
    """What each pool has put into the hold on balance, before and in all; negative when it took more out."""
    found = []
    for pool in (FREE, CARE):
        into, out = sums.get((pool, LIGHTS), [0, 0]), sums.get((LIGHTS, pool), [0, 0])
        found += [into[0] - out[0], into[0] + into[1] - out[0] - out[1]]
        spent = sum(sums.get((LIGHTS, PLACE_USE), [0, 0]))
        found.append(into[0] + into[1] - out[0] - out[1] - spent)
    return found


def test_small_places_are_gathered() -> None:
    pool = Knot(1, "pool:free", "x")
    streams = [Stream(Knot(0, f"s{number}", "x"), pool, Decimal(number)) for number in range(1, 12)]

    shown = fewer(streams)

    assert len({stream.start for stream in shown}) == 7
    assert sum(stream.amount for stream in shown) == 66
    assert {stream.start.key: stream.amount for stream in shown}["others"] == 1 + 2 + 3 + 4 + 5


def test_nothing_is_drawn_where_nothing_flowed() -> None:
    assert draw([]) is None


def test_a_picture_keeps_its_bars_inside_and_apart() -> None:
    flow = flow_of([_move(DONORS, FREE, "200.00"), _move(ENTERPRISES, FREE, "1.00"), _move(FREE, PLACE_USE, "50.00")])

    picture = draw(flow)

    assert picture is not None
    assert len(picture.ribbons) == len(flow)
    assert {bar.x for bar in picture.bars} == {0, 175, WIDTH - 10}
    assert all(0 <= bar.name_y < bar.y and bar.y + bar.height <= picture.height for bar in picture.bars)
    for upper, lower in zip(picture.bars, picture.bars[1:], strict=False):
        assert upper.x != lower.x or upper.y + upper.height < lower.name_y - 11


@pytest.mark.parametrize(
    ("text", "shown"),
    [("社区企业", "社区企业"), ("自流井区三八路社区物业服务有限公司", "自流井区三八路…"), ("Donors", "Donors")],
)
def test_a_label_fits_its_third(text: str, shown: str) -> None:
    assert fitted(text) == shown or len(fitted(text)) * 13 <= LABEL_UNITS + 13


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
