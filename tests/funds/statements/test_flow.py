"""The flow and its picture: every pool and hold gives out what came in, and picture and statement say the same."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funds.statements.drawing import LARGE, STANDARD, WIDTH, draw, draw_months, wrapped
from funds.statements.flow import AVAILABLE, HELD, OPENING, Knot, Stream, fewer, flow_of, totals_of
from funds.statements.policy import Month, Movement, Place, month_after, statement_of
from governance.money import to_yuan

DONORS = Place("source:donor", "SOURCE", "捐赠人")
ENTERPRISES = Place("source:enterprise", "SOURCE", "社区企业")
FREE = Place("pool:free", "POOL", "非限定")
CARE = Place("pool:restricted:1", "POOL", "助老")
LIGHTS = Place("hold:1", "HOLD", "楼道照明")
RAMP = Place("hold:2", "HOLD", "无障碍坡道")
PLACE_USE = Place("use:environment", "SINK", "环境整治")
CARE_USE = Place("use:care", "SINK", "助老")
PLACES = [DONORS, ENTERPRISES, FREE, CARE, LIGHTS, RAMP, PLACE_USE, CARE_USE]


def _move(source: Place, target: Place, within: str, before: str = "0.00") -> Movement:
    return Movement(source, target, Decimal(before), Decimal(within))


def _amounts(*movements: Movement) -> dict[tuple[str, str], Decimal]:
    return {(stream.start.key, stream.end.key): stream.amount for stream in flow_of(movements)}


def test_money_flows_from_sources_through_pools_and_holds_to_uses() -> None:
    found = _amounts(
        _move(DONORS, FREE, "200.00", before="1000.00"),
        _move(FREE, LIGHTS, "100.00", before="400.00"),
        _move(LIGHTS, PLACE_USE, "350.00"),
    )

    assert found == {
        ("source:donor", "pool:free"): Decimal("200.00"),
        ("opening", "pool:free"): Decimal("600.00"),
        ("opening", "hold:1"): Decimal("400.00"),
        ("pool:free", "hold:1"): Decimal("100.00"),
        ("pool:free", "available"): Decimal("700.00"),
        ("hold:1", "use:environment"): Decimal("350.00"),
        ("hold:1", "held"): Decimal("150.00"),
    }


def test_what_a_hold_releases_beyond_the_period_leaves_here_and_comes_there() -> None:
    found = _amounts(
        _move(DONORS, FREE, "0.00", before="10.00"),
        _move(FREE, LIGHTS, "0.00", before="10.00"),
        _move(LIGHTS, FREE, "4.00"),
    )

    assert found == {
        ("opening", "hold:1"): Decimal("10.00"),
        ("hold:1", "to pool:free"): Decimal("4.00"),
        ("from hold:1", "pool:free"): Decimal("4.00"),
        ("hold:1", "held"): Decimal("6.00"),
        ("pool:free", "available"): Decimal("4.00"),
    }


def test_money_between_pools_leaves_here_and_comes_there() -> None:
    found = _amounts(_move(DONORS, FREE, "10.00"), _move(FREE, CARE, "4.00"))

    assert found["pool:free", "to pool:restricted:1"] == found["from pool:free", "pool:restricted:1"] == 4


def test_money_paid_directly_passes_no_pool() -> None:
    assert _amounts(_move(ENTERPRISES, PLACE_USE, "4.00")) == {("source:enterprise", "use:environment"): 4}


def test_money_given_back_stands_on_the_other_side() -> None:
    moves = [
        _move(DONORS, FREE, "0.00", before="10.00"),
        _move(FREE, DONORS, "3.00"),
        _move(PLACE_USE, FREE, "2.00"),
    ]

    assert _amounts(*moves) == {
        ("opening", "pool:free"): Decimal("10.00"),
        ("pool:free", "back source:donor"): Decimal("3.00"),
        ("back use:environment", "pool:free"): Decimal("2.00"),
        ("pool:free", "available"): Decimal("9.00"),
    }
    totals, statement = totals_of(flow_of(moves)), statement_of(moves)
    assert (totals.received, totals.used) == (statement.received, statement.used) == (-3, -2)


postings = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(PLACES), st.integers(1, 10_000), st.booleans()), max_size=40
)
ALLOWED = {
    *(("SOURCE", "POOL"), ("POOL", "HOLD"), ("HOLD", "POOL"), ("POOL", "POOL"), ("POOL", "SINK"), ("HOLD", "SINK")),
    *(("POOL", "SOURCE"), ("SINK", "POOL"), ("SINK", "HOLD"), ("SOURCE", "SINK")),
}


@given(postings)
def test_picture_and_statement_say_the_same(wanted: list[tuple[Place, Place, int, bool]]) -> None:
    """Money moves as the ledger lets it, to and fro; no pool or hold falls below zero."""
    movements, purses = _posted(wanted)

    statement, flow = statement_of(movements), flow_of(movements)
    totals = totals_of(flow)

    left = sum((to_yuan(fen) for place, fen in purses.items() if place.kind in {"POOL", "HOLD"}), Decimal(0))
    assert statement.opening + statement.received - statement.used == statement.closing == left
    assert (totals.opening, totals.received, totals.used) == (statement.opening, statement.received, statement.used)
    assert (totals.available, totals.held) == (statement.free + statement.restricted, statement.held)
    for place in (FREE, CARE, LIGHTS, RAMP):
        came = sum((stream.amount for stream in flow if stream.end.key == place.code), Decimal(0))
        went = sum((stream.amount for stream in flow if stream.start.key == place.code), Decimal(0))
        assert came == went
    assert sum(stream.amount for stream in fewer(flow, 3)) == sum(stream.amount for stream in flow)
    for is_large in (False, True):
        _stands_well(flow, is_large=is_large)


def _posted(wanted: list[tuple[Place, Place, int, bool]]) -> tuple[list[Movement], dict[Place, int]]:
    purses: dict[Place, int] = defaultdict(int)
    sums: dict[tuple[Place, Place], list[int]] = defaultdict(lambda: [0, 0])
    for source, target, fen, is_before in sorted(wanted, key=lambda posting: not posting[3]):
        is_short = source.kind in {"POOL", "HOLD"} and purses[source] < fen
        if source == target or (source.kind, target.kind) not in ALLOWED or is_short:
            continue
        purses[source] -= fen
        purses[target] += fen
        sums[source, target][0 if is_before else 1] += fen
    return [Movement(*pair, to_yuan(before), to_yuan(within)) for pair, (before, within) in sums.items()], purses


def _stands_well(flow: list[Stream], *, is_large: bool) -> None:
    """Look that nothing leaves the picture and no label meets another bar or label of its column."""
    picture = draw(flow, is_large=is_large)
    if picture is None:
        assert flow == []
        return
    kind = LARGE if is_large else STANDARD
    lowest: dict[float, float] = defaultdict(float)
    for bar in picture.bars:
        assert 0 <= bar.x <= WIDTH - 10
        assert bar.y + bar.height <= picture.height + 1
        assert bar.names[0].y - kind.name >= lowest[bar.x] - 0.2
        lines = [name.y for name in bar.names] + [bar.figure.y, bar.y]
        assert lines == sorted(lines)
        lowest[bar.x] = bar.y + bar.height


def test_small_places_are_gathered() -> None:
    pool = Knot(1, "pool:free", "x")
    streams = [Stream(Knot(0, f"s{number}", "x"), pool, Decimal(number)) for number in range(1, 12)]

    shown = fewer(streams)

    assert len({stream.start for stream in shown}) == 6
    assert {stream.start.key: stream.amount for stream in shown}["others"] == sum(range(1, 7))


def test_free_money_and_what_is_left_are_never_gathered() -> None:
    pools = [Knot(1, f"pool:restricted:{number}", "x") for number in range(9)] + [Knot(1, "pool:free", "x")]
    streams = [Stream(OPENING, pool, Decimal(100)) for pool in pools] + [
        Stream(pool, AVAILABLE if pool.key == "pool:free" else HELD, Decimal(1)) for pool in pools
    ]

    shown = {knot.key for stream in fewer(streams, 4) for knot in (stream.start, stream.end)}

    assert {"opening", "pool:free", "available", "held", "others"} <= shown


def test_nothing_is_drawn_where_nothing_flowed() -> None:
    assert draw([]) is None


def test_without_holds_there_are_three_columns() -> None:
    picture = draw(flow_of([_move(DONORS, FREE, "200.00"), _move(FREE, PLACE_USE, "50.00")]))

    assert picture is not None
    assert {bar.x for bar in picture.bars} == {0, 175.0, WIDTH - 10}
    assert len(picture.ribbons) == 3


@pytest.mark.parametrize(
    ("text", "widest", "lines"),
    [
        ("社区企业", 6, ["社区企业"]),
        ("三八路社区楼道照明", 6, ["三八路社区楼", "道照明"]),
        ("自流井区三八路社区物业服务有限公司", 6, ["自流井区三八", "路社区物业…"]),
        ("held for approved uses", 6, ["held for", "approved…"]),
        ("捐赠人 donors", 6, ["捐赠人", "donors"]),
        ("", 6, [""]),
    ],
)
def test_a_label_stands_in_two_lines(text: str, widest: float, lines: list[str]) -> None:
    assert wrapped(text, widest, 2) == lines


@pytest.mark.parametrize("is_large", [False, True])
def test_the_months_stand_on_their_line(is_large: bool) -> None:
    months = [Month(month_after(2026, number, 0), Decimal(number * 10)) for number in range(1, 13)]

    chart = draw_months(months, is_large=is_large)

    assert [round(column.y + column.height, 1) for column in chart.columns] == [round(chart.base, 1)] * 12
    assert chart.most == 120
    assert [name for _x, _anchor, name in chart.ticks] == ["2026-01", "2026-12"]
