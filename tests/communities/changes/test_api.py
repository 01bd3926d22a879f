"""Changes of divisions over the API, from the draft to the hand-over."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from rest_framework.test import APIClient

from communities.changes.models import DivisionChange
from communities.territory.models import Division
from governance.accounts.models import User
from tests.factories.communities_territory import DOCUMENT, draft_merger, make_community
from tests.people import House, session_client, token_client

URL = "/api/v1/division-changes"


def body(street: Division, district: Division, *old: Division) -> dict[str, Any]:
    return {
        "kind": "MERGE",
        "district": district.pk,
        "reason": "优化设置",
        "effective_on": "2026-03-01",
        "successors": [
            {
                "key": "a",
                "name": "合并社区居民委员会",
                "level": "COMMUNITY",
                "parent": street.pk,
                "code_system": "NBS",
                "code_edition": 2026,
                "code": "510302002099",
            }
        ],
        "lines": [{"predecessor": division.pk, "successor": "a"} for division in old],
    }


@pytest.fixture
def change(house: House, now: dt.datetime) -> DivisionChange:
    places = house.places
    return draft_merger(
        by=house.people["district_officer"],
        now=now,
        street=places["street"],
        merged=[places["community"], places["neighbor"]],
    )


def test_a_change_goes_all_the_way(
    district: Division,
    street: Division,
    community: Division,
    neighbor: Division,
    district_officer: User,
    district_admin: User,
) -> None:
    drafter, approver = session_client(district_officer), session_client(district_admin)

    made = drafter.post(URL, body(street, district, community, neighbor))
    row = f"{URL}/{made.json()['id']}"
    answers = [
        drafter.post(f"{row}/consult").status_code,
        approver.post(f"{row}/approve", DOCUMENT).status_code,
        approver.post(f"{row}/bring_into_force").status_code,
    ]
    early = approver.post(f"{row}/close")
    for kind in approver.get(f"{row}/left-behind").json():
        answers.append(approver.post(f"{row}/hand-over", {"kind": kind["key"]}).status_code)
    closed = approver.post(f"{row}/close")

    assert made.status_code == 201
    assert answers == [200] * len(answers)
    assert (early.status_code, early.json()["code"]) == (409, "move_hindered")
    assert (closed.status_code, closed.json()["status"]) == (200, "CLOSED")
    lineage = closed.json()["lineage"]
    assert {line["predecessor"] for line in lineage} == {community.pk, neighbor.pk}
    assert lineage[0]["share"] == "1.00000000"
    assert lineage[0]["successor_code"] == "510302002099"


def test_lineage_is_public(change: DivisionChange, community: Division) -> None:
    answer = APIClient().get(f"/api/v1/division-lineages/{community.pk}").json()

    assert answer["successors"] == [
        {"division": community.pk, "name": "三八路社区居民委员会", "status": "ACTIVE", "share": "1"}
    ]
    assert answer["lines"] == []
    assert APIClient().get("/api/v1/division-lineages/999999999").status_code == 404


@pytest.mark.parametrize(
    ("person", "status"),
    [
        (None, 404),
        ("resident", 404),
        ("charity_officer", 404),
        ("street_officer", 404),
        ("district_officer", 200),
        ("district_admin", 200),
        ("auditor", 200),
    ],
)
def test_a_draft_is_seen_where_posts_reach(
    person: str | None, status: int, change: DivisionChange, house: House
) -> None:
    client = session_client(house.people[person] if person else None)

    assert client.get(f"{URL}/{change.pk}").status_code == status
    assert len(client.get(URL).json()["results"]) == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    ("person", "created", "approved"),
    [
        (None, 401, 401),
        ("resident", 403, 404),
        ("community_staff", 403, 404),
        ("street_reviewer", 403, 404),
        ("auditor", 403, 403),
        ("district_officer", 201, 403),
        ("district_admin", 201, 409),
        ("service_client", 403, 404),
    ],
)
def test_who_may_draft_and_approve(
    person: str | None, created: int, approved: int, change: DivisionChange, house: House
) -> None:
    places = house.places
    client = session_client(house.people[person] if person else None)
    fresh = make_community(places["street"], "另一社区居民委员会")
    before = DivisionChange.objects.count()

    drafted = client.post(URL, body(places["street"], places["district"], fresh))
    answer = client.post(f"{URL}/{change.pk}/approve", DOCUMENT)

    change.refresh_from_db()
    assert (drafted.status_code, answer.status_code) == (created, approved)
    assert DivisionChange.objects.count() == before + (created == 201)
    assert change.status == "DRAFT"


def test_nobody_drafts_for_a_district_out_of_reach(
    city: Division, street: Division, community: Division, district_admin: User
) -> None:
    answer = session_client(district_admin).post(URL, body(street, city, community))

    assert answer.status_code == 403
    assert DivisionChange.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lines": []}, "line_wrong"),
        ({"kind": "MIRACLE"}, "invalid"),
        ({"successors": []}, "invalid"),
        ({"effective_on": "soon"}, "invalid"),
    ],
)
def test_wrong_drafts_are_problems(
    changes: dict[str, Any],
    code: str,
    district: Division,
    street: Division,
    community: Division,
    district_admin: User,
) -> None:
    answer = session_client(district_admin).post(URL, {**body(street, district, community), **changes})

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_moves_are_listed(change: DivisionChange, district_officer: User) -> None:
    offers = session_client(district_officer).get(f"{URL}/{change.pk}/moves").json()

    assert [(offer["name"], offer["open"]) for offer in offers] == [("consult", True), ("withdraw", True)]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_as_many_queries_for_three_as_for_one(
    count: int, house: House, now: dt.datetime, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        fresh = make_community(house.places["street"], f"第{number}号社区居民委员会")
        draft_merger(
            by=house.people["district_officer"],
            now=now,
            street=house.places["street"],
            merged=[fresh],
            name=f"新{number}",
        )
    client = token_client(house.people["service_client"])
    client.force_authenticate(house.people["auditor"])

    with django_assert_num_queries(4):
        answer = client.get(URL)

    assert len(answer.json()["results"]) == count
