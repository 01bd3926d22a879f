"""Divisions over the API: filters, permissions, versions, number of queries."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from communities.territory.models import Division, Tier
from governance.accounts.models import User
from tests.factories.communities import DivisionCodeFactory, DivisionFactory
from tests.people import House, session_client, token_client

URL = "/api/v1/divisions"
EDIT = {"households": 1200, "population_as_of": "2025-12-31"}


def names(answer: Any) -> list[str]:
    return sorted(row["name"] for row in answer.json()["results"])


def test_everybody_reads_divisions(community: Division) -> None:
    answer = APIClient().get(f"{URL}/{community.pk}")

    body = answer.json()
    assert answer.status_code == 200
    assert (body["name"], body["level"], body["tier"]) == ("三八路社区居民委员会", "COMMUNITY", 5)
    assert body["codes"] == [{"system": "NBS", "edition": 2023, "code": "510302002008", "name": ""}]
    assert body["ancestors"] == community.ancestor_ids
    assert answer["ETag"] == f'"{community.version}"'
    assert "path" not in body


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("level=STREET", ["东兴寺街道", "郭家坳街街道"]),
        ("level=STREET&level=CITY", ["东兴寺街道", "自贡市", "郭家坳街街道"]),
        ("tier=3", ["自流井区"]),
        ("q=三八", ["三八路社区居民委员会"]),
        ("q=51030200400", ["郭家坳街街道"]),
        ("code=510302002008", ["三八路社区居民委员会"]),
        ("code=510302002008&system=NBS&edition=2023", ["三八路社区居民委员会"]),
        ("code=510302002008&system=MCA", []),
        ("system=MCA&edition=2026", ["盐店街社区居民委员会"]),
        ("valid_on=2019-12-31", []),
        ("valid_on=2026-03-01&level=CITY", ["自贡市"]),
        ("within=999999999", []),
        ("parent=999999999", []),
    ],
)
def test_the_list_is_narrowed(query: str, found: list[str], house: House) -> None:
    DivisionCodeFactory(division=house.places["neighbor"], system="MCA", edition=2026, code="510302002009")

    assert names(APIClient().get(f"{URL}?{query}")) == found


def test_within_gives_a_subtree(street: Division) -> None:
    answer = APIClient().get(f"{URL}?within={street.pk}")

    assert names(answer) == ["三八路社区居民委员会", "东兴寺街道", "盐店街社区居民委员会"]
    assert names(APIClient().get(f"{URL}?parent={street.pk}")) == ["三八路社区居民委员会", "盐店街社区居民委员会"]


@pytest.mark.parametrize("query", ["level=REGION", "tier=9", "within=x", "valid_on=yesterday", "edition=x"])
def test_wrong_filters_are_refused(query: str, house: House) -> None:
    assert APIClient().get(f"{URL}?{query}").status_code == 400


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_two_queries(count: int, db: None, django_assert_num_queries: Any) -> None:
    for _ in range(count):
        DivisionCodeFactory(division=DivisionFactory(parent=DivisionFactory(tier=Tier.STREET, level="STREET")))

    with django_assert_num_queries(2):
        answer = APIClient().get(f"{URL}?level=COMMUNITY")

    assert len(answer.json()["results"]) == count


def test_pages_follow_a_cursor(house: House) -> None:
    first = APIClient().get(f"{URL}?page_size=5").json()
    second = APIClient().get(first["next"]).json()

    assert (len(first["results"]), len(second["results"])) == (5, 3)
    assert second["next"] is None


@pytest.mark.parametrize(
    ("person", "status"),
    [
        (None, 401),
        ("resident", 403),
        ("community_staff", 403),
        ("street_officer", 403),
        ("district_officer", 403),
        ("auditor", 403),
        ("service_client", 403),
        ("district_admin", 200),
    ],
)
def test_only_the_lead_department_edits(person: str | None, status: int, house: House) -> None:
    place = house.places["community"]
    client = session_client(house.people[person] if person else None)

    answer = client.patch(f"{URL}/{place.pk}", EDIT, headers={"If-Match": f'"{place.version}"'})

    place.refresh_from_db()
    assert answer.status_code == status
    assert (place.households == 1200) is (status == 200)


def test_an_edit_answers_with_the_new_version(community: Division, district_admin: User) -> None:
    client = session_client(district_admin)

    answer = client.patch(f"{URL}/{community.pk}", EDIT, headers={"If-Match": f'"{community.version}"'})

    community.refresh_from_db()
    assert answer["ETag"] == f'"{community.version}"'
    assert answer.json()["households"] == 1200


def test_a_stale_edit_is_refused(community: Division, district_admin: User) -> None:
    client, seen = session_client(district_admin), f'"{community.version}"'
    client.patch(f"{URL}/{community.pk}", EDIT, headers={"If-Match": seen})

    stale = client.patch(f"{URL}/{community.pk}", {"short_name": "三八路"}, headers={"If-Match": seen})
    without = client.patch(f"{URL}/{community.pk}", {"short_name": "三八路"})
    star = client.patch(f"{URL}/{community.pk}", {"short_name": "三八路"}, headers={"If-Match": "*"})

    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert (without.status_code, without.json()["code"]) == (428, "if_match_required")
    assert star.status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "别名"}, "field_not_editable"),
        ({"households": 5}, "figures_need_a_day"),
        ({"households": -1, "population_as_of": "2025-12-31"}, "invalid"),
        ({"population_as_of": "yesterday"}, "invalid"),
    ],
)
def test_wrong_edits_are_problems(body: dict[str, Any], code: str, community: Division, district_admin: User) -> None:
    answer = session_client(district_admin).patch(f"{URL}/{community.pk}", body, headers={"If-Match": "*"})

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_an_unchanged_division_is_not_sent_twice(community: Division) -> None:
    answer = APIClient().get(f"{URL}/{community.pk}", headers={"If-None-Match": f'"{community.version}"'})

    assert (answer.status_code, answer.content) == (304, b"")


def test_a_partner_needs_the_scope(community: Division, service_client: User) -> None:
    assert token_client(service_client, "communities:read").get(URL).status_code == 200


def test_a_partner_without_the_scope_is_refused(community: Division, service_client: User) -> None:
    assert token_client(service_client, "funds:read").get(URL).status_code == 403
