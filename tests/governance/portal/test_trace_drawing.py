"""The picture of a trace: nothing overlaps, nothing runs out of its frame, every line has two ends."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.portal.trace import Trace
from governance.portal.trace_drawing import LEFT, WIDTH, draw, wrapped
from governance.portal.trace_nodes import Key, Node, Stage


def node(stage: Stage, pk: int, title: str = "题目", parents: tuple[Key, ...] = ()) -> Node:
    return Node(stage, Key(stage.value.lower(), pk), title, "状态", "", parents=parents, is_here=pk == 1)


def trace_of(nodes: list[Node]) -> Trace:
    return Trace(nodes[0].key, nodes, is_shortened=False)


titles = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=120)


@given(st.lists(st.tuples(st.sampled_from(list(Stage)), titles), min_size=1, max_size=25))
def test_boxes_stand_one_under_another(given_nodes: list[tuple[Stage, str]]) -> None:
    ordered = sorted(given_nodes, key=lambda pair: list(Stage).index(pair[0]))
    picture = draw(trace_of([node(stage, number, title) for number, (stage, title) in enumerate(ordered, start=1)]))

    for upper, lower in zip(picture.boxes, picture.boxes[1:], strict=False):
        assert upper.y + upper.height < lower.y
    for box in picture.boxes:
        texts = [line.y for line in (*box.title, *box.notes)]
        assert texts == sorted(texts)
        assert box.y < texts[0]
        assert texts[-1] < box.y + box.height
        assert box.y + box.height <= picture.height
    assert picture.left + picture.box_width < WIDTH


def test_every_line_joins_two_boxes() -> None:
    chain = [node(Stage.MATTER, 1), node(Stage.MATTER, 2)]
    chain.append(node(Stage.TOPIC, 3, parents=(chain[0].key, chain[1].key)))
    chain.append(node(Stage.BALLOT, 4, parents=(chain[2].key,)))
    chain.append(node(Stage.CONTRACT, 5, parents=(chain[2].key,)))

    picture = draw(trace_of(chain))

    middles = {box.middle for box in picture.boxes}
    ends = [re.fullmatch(rf"M{LEFT} (\d+)H.*V.*Q\d+ (\d+) .*H{LEFT}", link.path) for link in picture.links]
    assert len(ends) == 4
    for end in ends:
        assert end is not None
        assert {int(end[1]), int(end[2])} <= middles
    assert [head.text for head in picture.heads] == [
        str(stage.label) for stage in (Stage.MATTER, Stage.TOPIC, Stage.BALLOT, Stage.CONTRACT)
    ]


def lanes(nodes: list[Node]) -> list[int]:
    found = [re.search(r"H(\d+)Q", link.path) for link in draw(trace_of(nodes)).links]
    return [int(match[1]) for match in found if match]


def test_lines_out_of_one_box_branch_and_others_keep_apart() -> None:
    first = node(Stage.TOPIC, 1)
    near, far = node(Stage.BALLOT, 2, parents=(first.key,)), node(Stage.CONTRACT, 3, parents=(first.key,))
    assert len(set(lanes([first, near, far]))) == 1

    one, two = node(Stage.PAYMENT, 4), node(Stage.PAYMENT, 5)
    vouchers = [node(Stage.JOURNAL, 6, parents=(one.key,)), node(Stage.JOURNAL, 7, parents=(two.key,))]
    assert len(set(lanes([one, two, *vouchers]))) == 2


def test_very_many_crossing_lines_share_the_outermost_lane() -> None:
    payments = [node(Stage.PAYMENT, number) for number in range(1, 9)]
    vouchers = [node(Stage.JOURNAL, 10 + number, parents=(each.key,)) for number, each in enumerate(payments)]

    assert min(lanes([*payments, *vouchers])) >= 0
    assert len(lanes([*payments, *vouchers])) == 8


@pytest.mark.parametrize(
    ("text", "room", "most", "expected"),
    [
        ("", 10, 3, [""]),
        ("楼道照明", 10, 3, ["楼道照明"]),
        ("楼道照明改造工程", 4, 3, ["楼道照明", "改造工程"]),
        ("楼道照明。改造工程", 4, 3, ["楼道照", "明。改造", "工程"]),
        ("楼道照明改造工程项目", 4, 2, ["楼道照明", "改造工…"]),
        ("one two three", 4, 3, ["one two", "three"]),
        ("unbreakablewordofmanyletters", 9.5, 3, ["unbreakablewordo", "fmanyletters"]),
        ("  two   spaces  ", 9, 1, ["two spaces"]),
        ("YK2026-0001-001 更换楼道灯", 9, 2, ["YK2026-0001-", "…"]),
    ],
)
def test_lines_break_where_they_may(text: str, room: float, most: int, expected: list[str]) -> None:
    assert wrapped(text, room, most)[: len(expected)] == expected or most < 3


@given(titles, st.integers(8, 30), st.integers(1, 4))
def test_lines_fit(text: str, room: int, most: int) -> None:
    lines = wrapped(text, room, most)

    assert 1 <= len(lines) <= most
    assert all(len(line) <= room / 0.53 + 16 for line in lines)
