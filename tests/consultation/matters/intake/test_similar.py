"""Which matters are shown as similar: what is compared, who sees what, and how well it does on a real deliberation."""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from communities.policy.lifecycle import ParameterStatus
from consultation.matters.intake.models import MatterIntake
from consultation.matters.intake.policy import SIMILAR_PERCENT, grams_of, pairs_of, says_something
from consultation.matters.intake.queries import similar_to
from consultation.matters.intake.recording import fill_missing_intakes
from consultation.matters.models import Matter, MatterChannel, Route, ThreeWay
from tests.consultation.matters.intake.conftest import LAMP, LAMP_AGAIN, NOISE
from tests.factories.communities import PolicyParameterFactory
from tests.factories.consultation_matters import MatterFactory
from tests.people import House


def words(said: dict[str, str]) -> str:
    return f"{said['title']}\n{said['text']}"


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("楼道灯坏了", {"楼道", "道灯", "灯坏", "坏了"}),
        ("楼 道，灯！", {"楼", "道", "灯"}),
        ("WiFi 坏", {"wifi", "坏"}),
        ("\uff37\uff29\uff26\uff29\uff11", {"wifi1"}),  # full width
        ("3号楼", {"3", "号楼"}),
        ("🐕‍🦺🔥!!", set()),
        ("𠮷野㐂", {"𠮷野", "野㐂"}),
        ("", set()),
    ],
)
def test_texts_are_compared_by_character_pairs(text: str, pairs: set[str]) -> None:
    assert pairs_of(text) == pairs


@given(st.text(max_size=200))
def test_any_text_can_be_compared(text: str) -> None:
    found = grams_of(text)

    assert found == sorted(set(found))
    assert all(-(2**31) <= gram < 2**31 for gram in found)
    assert says_something(text) or not found


def test_a_neighbors_public_matter_is_found(public_one: Any, raise_one: Any, house: House, today: dt.date) -> None:
    lamp, noise = public_one(), public_one(**NOISE)

    found = similar_to(words(LAMP_AGAIN), division=house.places["community"], today=today)

    assert [matter for matter, _closeness in found] == [lamp]
    assert 0.3 <= found[0][1] < 1
    assert noise not in dict(found)


def test_a_matter_is_like_itself(public_one: Any, house: House, today: dt.date) -> None:
    lamp = public_one()

    found = similar_to(words(LAMP), division=house.places["community"], today=today)

    assert found == [(lamp, 1.0)]
    assert similar_to(words(LAMP), division=house.places["community"], today=today, but=lamp) == []


def test_what_is_not_public_is_found_by_staff_only(raise_one: Any, sort_one: Any, house: House, today: dt.date) -> None:
    place = house.places["community"]
    raised = raise_one()
    private = sort_one(raise_one(), three_way=ThreeWay.PRIVATE, route=Route.ADVICE, summary="")

    assert similar_to(words(LAMP), division=place, today=today) == []
    found = similar_to(words(LAMP), division=place, today=today, is_public_only=False)
    assert [matter.pk for matter, _closeness in found] == [private.pk, raised.pk]


def test_other_places_and_long_ago_are_not_looked_at(public_one: Any, house: House, today: dt.date) -> None:
    public_one()

    assert similar_to(words(LAMP), division=house.places["neighbor"], today=today) == []
    assert len(similar_to(words(LAMP), division=house.places["district"], today=today)) == 1
    assert similar_to(words(LAMP), division=house.places["community"], today=today + dt.timedelta(days=366)) == []


def test_the_threshold_is_a_rule_of_the_place(public_one: Any, house: House, today: dt.date) -> None:
    public_one()
    rule = PolicyParameterFactory(key=SIMILAR_PERCENT.key, division=house.places["community"], value=90, unit="percent")
    rule.status, rule.approved_by = ParameterStatus.ACTIVE, house.people["district_admin"]
    rule.approved_at = rule.entered_at
    rule.save()

    assert similar_to(words(LAMP_AGAIN), division=house.places["community"], today=today) == []


@pytest.mark.parametrize("text", ["", "灯", "灯坏了", "!!!🔥", " \n "])
def test_a_text_that_says_too_little_finds_nothing(text: str, public_one: Any, house: House, today: dt.date) -> None:
    public_one()

    assert similar_to(text, division=house.places["community"], today=today) == []


def test_matters_from_before_are_filled_in(house: House, today: dt.date) -> None:
    matter = MatterFactory(division=house.places["community"], **LAMP)

    assert fill_missing_intakes(matters=Matter.objects.filter(intake=None)) == 1
    assert fill_missing_intakes(matters=Matter.objects.filter(intake=None)) == 0

    assert MatterIntake.objects.get().matter == matter
    found = similar_to(words(LAMP), division=house.places["community"], today=today, is_public_only=False)
    assert len(found) == int(abs((today - matter.raised_at.date()).days) <= 365)


def test_the_index_is_used_and_its_plan_is_bounded(raise_one: Any, house: House, today: dt.date) -> None:
    raise_one()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT matter_id FROM consultation_matterintake WHERE grams && %s::int[]", [grams_of("楼道灯坏了")]
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "matterintake_grams" in plan


# ---------------------------------------------------------------------------------------------------------- measured


FEWEST_FOUND = 0.97
"""Share of altered statements whose original is among the three closest and reaches the threshold."""
MOST_OTHERS = 0.6
"""Other statements that are shown beside a statement, on average; all of them speak of one subject."""


def altered(text: str) -> list[str]:
    """Return a statement as other people would write it down: half of it, turned around, with a frame, with gaps."""
    clauses = [clause for clause in re.split(r"[，。！？,.!?、；;\s]+", text) if clause]
    return [
        text[: len(text) // 2],
        text[len(text) // 2 :],
        "，".join(reversed(clauses)),
        f"你好，我是本社区居民，想反映一个情况：{text}请尽快处理，谢谢！",
        "".join(sign for place, sign in enumerate(text) if place % 5 != 4),
    ]


def test_it_finds_the_statements_of_a_real_deliberation_again(house: House, now: dt.datetime, today: dt.date) -> None:
    folder = os.environ.get("SAMPLE_DATA_DIR")
    if not folder:
        pytest.skip("SAMPLE_DATA_DIR is not set: the statements of data/polis are not part of the project")
    with (Path(folder) / "polis/vtaiwan.uberx/comments.csv").open(encoding="utf-8") as file:
        statements = list(dict.fromkeys(row["comment-body"] for row in csv.DictReader(file)))
    long_enough = [text for text in statements if len(text) >= 12]
    place = house.places["community"]
    kept = {
        text: MatterFactory(
            title="意见", text=text, division=place, raised_at=now, raised_by=None, raised_for="居民",
            recorded_by=house.people["community_staff"], channel=MatterChannel.DESK,
        )
        for text in long_enough
    }  # fmt: skip
    MatterIntake.objects.bulk_create(MatterIntake(matter=row, grams=grams_of(text)) for text, row in kept.items())

    def shown(text: str, count: int = 3, but: Matter | None = None) -> list[int]:
        found = similar_to(text, division=place, today=today, is_public_only=False, but=but, shown=count)
        return [matter.pk for matter, _closeness in found]

    tries = [(row.pk, variant) for text, row in kept.items() for variant in altered(text)]
    found = sum(key in shown(variant) for key, variant in tries) / len(tries)
    others = sum(len(shown(text, 50, row)) for text, row in kept.items()) / len(kept)

    assert len(kept) >= 180
    assert found >= FEWEST_FOUND, found
    assert others <= MOST_OTHERS, others
