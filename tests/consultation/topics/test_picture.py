"""The picture of where people agree: deterministic, whatever the order; no small group; right on a real consultation."""

from __future__ import annotations

import csv
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation.topics.statements.picture import counted, fingerprint_of, picture_of
from consultation.topics.statements.policy import likeness, pairs_of

Positions = list[tuple[int, int, int]]


def two_camps(size: int, statements: int = 8) -> Positions:
    """Two camps that agree on the first statement and on nothing else."""
    return [
        (person, statement, 1 if statement == 0 or person < size else -1)
        for person in range(2 * size)
        for statement in range(statements)
    ]


def test_two_camps_are_two_groups() -> None:
    found = picture_of(two_camps(6))

    assert [group["people"] for group in found["groups"]] == [6, 6]
    assert [row["statement"] for row in found["uniting"]] == [0]
    assert {row["statement"] for row in found["dividing"]} == set(range(1, 8))
    assert found["statements"][0] == {"statement": 0, "counts": [12, 0, 0], "groups": [[6, 0, 0], [6, 0, 0]]}


def test_a_camp_of_four_is_no_group() -> None:
    found = picture_of(
        [*two_camps(6), *((100 + person, statement, 0) for person in range(4) for statement in range(8))]
    )

    assert min(group["people"] for group in found["groups"]) >= 5


@pytest.mark.parametrize(("people", "groups"), [(4, 0), (5, 1)])
def test_few_people(people: int, groups: int) -> None:
    found = picture_of((person, statement, 1) for person in range(people) for statement in range(8))

    assert (len(found["groups"]), len(found["statements"])) == (groups, 8 if groups else 0)


def test_people_who_looked_at_little_are_counted_and_not_grouped() -> None:
    found = picture_of([*two_camps(6), (100, 0, -1)])

    assert (found["people"], found["grouped"]) == (13, 12)
    assert found["statements"][0]["counts"] == [12, 1, 0]


def test_nobody() -> None:
    assert picture_of([])["groups"] == []


POSITIONS = st.dictionaries(st.tuples(st.integers(1, 14), st.integers(1, 9)), st.sampled_from([-1, 0, 1]), max_size=90)


@settings(max_examples=60, deadline=None)
@given(POSITIONS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(found: dict[tuple[int, int], int], chance: random.Random) -> None:
    rows = [(*key, sign) for key, sign in found.items()]
    turned = rows.copy()
    chance.shuffle(turned)

    assert picture_of(turned) == picture_of(rows)
    assert fingerprint_of(turned) == fingerprint_of(rows)


@settings(max_examples=60, deadline=None)
@given(POSITIONS)
def test_counts_are_people(found: dict[tuple[int, int], int]) -> None:
    picture = picture_of((*key, sign) for key, sign in found.items())

    for line in picture["statements"]:
        signs = [sign for (_person, statement), sign in found.items() if statement == line["statement"]]
        whole = counted(signs)
        assert line["counts"] == [whole.agree, whole.disagree, whole.passed]
        assert sum(sum(group) for group in line["groups"] if group) <= len(signs)
    assert all(group["people"] >= 5 for group in picture["groups"])
    assert sum(group["people"] for group in picture["groups"]) in {0, picture["grouped"]}


def sample(name: str) -> Path:
    """Return a file of the sample data, or skip and say so."""
    folder = os.environ.get("SAMPLE_DATA_DIR", "")
    path = Path(folder) / "polis" / "vtaiwan.uberx" / name
    if not folder or not path.exists():
        pytest.skip("SAMPLE_DATA_DIR with polis/vtaiwan.uberx is not given")
    return path


def rows_of(name: str) -> list[dict[str, Any]]:
    with sample(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_real_consultation() -> None:
    """The UberX consultation of vTaiwan: 1,921 people, 197 statements; two groups, as its own computation found."""
    latest: dict[tuple[int, int], int] = {}
    for row in rows_of("votes.csv"):
        latest[int(row["voter-id"]), int(row["comment-id"])] = int(row["vote"])
    positions = [(*key, sign) for key, sign in latest.items()]
    found = picture_of(positions)

    assert (found["people"], found["positions"]) == (1921, len(positions))
    assert len(found["groups"]) == 2
    official = Counter(row["group-id"] for row in rows_of("participants-votes.csv") if row["group-id"])
    sizes = sorted(group["people"] for group in found["groups"])
    for ours, theirs in zip(sizes, sorted(official.values()), strict=True):
        assert abs(ours - theirs) / theirs < 0.2
    random.Random(1).shuffle(positions)
    assert picture_of(positions) == found


def test_statements_that_say_nearly_the_same() -> None:
    texts = {int(row["comment-id"]): row["comment-body"] for row in rows_of("comments.csv")}
    one = "我覺得 UberX 自用車載客時，應該要投保汽車乘客責任險。"

    alike = sorted(texts, key=lambda key: -likeness(pairs_of(one), pairs_of(texts[key])))

    assert texts[alike[0]].strip() == one
    assert likeness(pairs_of("楼道灯要尽快修好"), pairs_of("楼道的灯要尽快修好")) > 0.7
