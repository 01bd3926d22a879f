"""Common needs bundled from matters; a resource shared among households to the last unit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter
from consultation.topics.acting import end_of
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.needs import operations
from consultation.topics.needs.forms import AllotForm
from consultation.topics.needs.models import Allotment, CommonNeed
from consultation.topics.needs.operations import MatterBundled, NeedHasItsTopic, SharesDoNotFit, TooFewMatters
from consultation.topics.needs.policy import AllotmentBasis, Household, share_out
from consultation.topics.policy import DEEP_DAYS
from consultation.topics.refusals import MatterElsewhere, TopicNotYours
from governance.accounts.models import User
from tests.factories.communities import ENTERED_AT
from tests.factories.consultation_matters import SMALL, MatterFactory, TopicFactory
from tests.people import NAMED_PEOPLE, House
from tests.walls import violated

ORGANIZERS = {"community_staff", "street_officer", "street_reviewer"}


@pytest.fixture
def matters(house: House) -> list[Matter]:
    """Three matters of the community by two people; one is sorted to deliberation."""
    place, by = house.places["community"], house.people["resident"]
    return [
        MatterFactory(division=place, raised_by=by),
        MatterFactory(division=place, raised_by=by, sorted=SMALL),
        MatterFactory(division=place),
    ]


def bundle(house: House, matters: list[Matter], **changes: Any) -> CommonNeed:
    given: dict[str, Any] = {
        "by": house.people["community_staff"],
        "now": ENTERED_AT,
        "division": house.places["community"],
        "title": "助浴服务",
        "text": "失能老人需要上门助浴。",
        "matters": matters,
        **changes,
    }
    return operations.bundle_need(**given)


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_bundles(name: str, house: House, matters: list[Matter]) -> None:
    if name in ORGANIZERS:
        assert bundle(house, matters, by=house.people[name]).pk
        return
    with pytest.raises(TopicNotYours):
        bundle(house, matters, by=house.people[name])
    assert CommonNeed.objects.count() == 0


def test_people_are_counted_and_a_topic_is_made(house: House, matters: list[Matter], community_staff: User) -> None:
    need = bundle(house, matters)
    row: Any = CommonNeed.objects.visible_to(community_staff).for_list().get()
    assert (row.people, row.matter_count) == (2, 3)

    topic = operations.make_topic_of(by=community_staff, now=ENTERED_AT, need=need)

    assert (topic.title, list(topic.matters.all())) == ("助浴服务", [matters[1]])
    # What many need is announced within the days of deep topics: ENTERED_AT is Monday, the fifth working day the next.
    assert (topic.pace, topic.due_at) == ("DEEP", end_of(DEEP_DAYS, topic.division, ENTERED_AT))
    assert Matter.objects.get(pk=matters[0].pk).status == MatterStatus.RAISED
    with pytest.raises(NeedHasItsTopic):
        operations.make_topic_of(by=community_staff, now=ENTERED_AT, need=need)


def test_what_is_no_common_need(house: House, matters: list[Matter]) -> None:
    elsewhere = MatterFactory(division=house.places["neighbor"])
    for wrong, error in (([matters[0], matters[0]], TooFewMatters), ([matters[0], elsewhere], MatterElsewhere)):
        with pytest.raises(error):
            bundle(house, wrong)
    need = bundle(house, matters)
    with pytest.raises(MatterBundled):
        bundle(house, matters[:2])
    assert CommonNeed.objects.get() == need
    other = TopicFactory(division=need.division)
    CommonNeed.objects.filter(pk=need.pk).update(topic=other)
    assert "Cannot update rows" in violated("UPDATE consultation_commonneed SET topic_id = NULL WHERE id = %s", need.pk)


HOUSEHOLDS = st.lists(st.integers(1, 9), min_size=1, max_size=30)


@given(st.integers(1, 500), HOUSEHOLDS, st.sampled_from(AllotmentBasis.values))
def test_shares_sum_to_what_there_is(total: int, people: list[int], basis: str) -> None:
    homes = [Household(str(number), count) for number, count in enumerate(people)]
    shares = share_out(total, homes, basis)

    assert sum(shares) == total
    weights = people if basis == AllotmentBasis.PERSON else [1] * len(people)
    assert all(abs(share - total * weight / sum(weights)) < 1 for share, weight in zip(shares, weights, strict=True))


def test_plots_are_shared_once(house: House, community_staff: User, resident: User) -> None:
    topic = TopicFactory(division=house.places["community"], walked=TopicStatus.DELIBERATED)
    form = AllotForm(
        {
            "resource": "菜园地",
            "unit": "平方米",
            "total": 100,
            "basis": "PERSON",
            "households": "1-101，3\n1-102,1\n\n1-103, 2",
        }
    )
    assert form.is_valid(), form.errors
    given: dict[str, Any] = {"by": community_staff, "now": ENTERED_AT, "topic": topic, **form.given()}
    with pytest.raises(TopicNotYours):
        operations.allot(**{**given, "by": resident})

    made = operations.allot(**given)

    assert [(row.household, row.quantity) for row in made.shares.order_by("pk")] == [
        ("1-101", 50),
        ("1-102", 17),
        ("1-103", 33),
    ]
    for changes in ({}, {"resource": "车位", "total": 0}, {"resource": "车位", "households": [Household("1", 1)] * 2}):
        with pytest.raises(SharesDoNotFit):
            operations.allot(**{**given, **changes})
    assert Allotment.objects.count() == 1
    insert = (
        "INSERT INTO consultation_allotmentshare (allotment_id, household, people, quantity) VALUES (%s, '9', 1, 1)"
    )
    assert violated(insert, made.pk) == "allotmentshare_no_more_than_there_is"
    assert not AllotForm({**form.data, "households": "1-101"}).is_valid()
