"""Charities and funds over HTTP."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from funds.charity.models import CommunityFund
from tests.factories.funds_charity import CommunityFundFactory
from tests.people import session_client

pytestmark = pytest.mark.django_db

BASE = "/api/v1"
SEATS = [
    {"name": "陈社", "seat": "COMMUNITY", "is_chair": True},
    {"name": "王小明", "seat": "RESIDENT"},
    {"name": "欧阳兰", "seat": "RESIDENT"},
    {"name": "许慈", "seat": "CHARITY"},
    {"name": "林街", "seat": "STREET"},
    {"name": "罗监", "seat": "SUPERVISOR"},
]


def test_funds_and_charities_are_public(people: SimpleNamespace) -> None:
    CommunityFundFactory(charity=people.fund.charity, division=people.fund.division)
    client = session_client(None)

    funds = client.get(f"{BASE}/funds").json()["results"]
    charities = client.get(f"{BASE}/charities?name=自流井").json()["results"]

    assert [row["id"] for row in funds] == [people.fund.pk]
    assert [row["name"] for row in charities] == ["自流井区慈善会"]


@pytest.mark.parametrize("more", [1, 3])
def test_lists_take_a_fixed_number_of_queries(
    people: SimpleNamespace, more: int, django_assert_num_queries: Any
) -> None:
    for _number in range(more):
        CommunityFundFactory(charity=people.fund.charity, division=people.fund.division, active=True)

    with django_assert_num_queries(1):
        assert len(session_client(None).get(f"{BASE}/funds").json()["results"]) == more + 1


@pytest.mark.parametrize(("query", "found"), [("status=ACTIVE", 1), ("status=CLOSED", 0), ("name=没有", 0)])
def test_funds_are_filtered(people: SimpleNamespace, query: str, found: int) -> None:
    assert len(session_client(None).get(f"{BASE}/funds?{query}").json()["results"]) == found


def test_a_fund_is_applied_for_agreed_and_opened(people: SimpleNamespace) -> None:
    body = {
        "charity": people.fund.charity_id,
        "division": people.fund.division_id,
        "purpose": "助学",
        "name": "三八路助学慈善基金",
    }

    made = session_client(people.community_staff).post(f"{BASE}/funds", body)
    path = f"{BASE}/funds/{made.json()['id']}"
    early = session_client(people.street_officer).post(f"{path}/activate")
    named = session_client(people.community_staff).post(
        f"{path}/committee", {"valid_from": "2026-03-04", "seats": SEATS}
    )
    signed = session_client(people.charity_officer).post(f"{path}/sign_agreement", {"agreement_number": "慈协1号"})
    opened = session_client(people.street_officer).post(f"{path}/activate")

    assert (made.status_code, made.json()["status"]) == (201, "APPLIED")
    assert (early.status_code, early.json()["code"]) == (409, "move_closed")
    assert (named.status_code, signed.json()["status"], opened.json()["status"]) == (200, "AGREED", "ACTIVE")


def test_wrong_applications_and_committees_are_refused(people: SimpleNamespace) -> None:
    body = {"charity": people.fund.charity_id, "division": people.fund.division_id, "purpose": "助学"}
    client = session_client(people.community_staff)

    unknown = client.post(f"{BASE}/funds", {**body, "charity": 0})
    taken = client.post(f"{BASE}/funds", {**body, "name": people.fund.name})
    stranger = session_client(people.stranger).post(f"{BASE}/funds", body)
    even = client.post(f"{BASE}/funds/{people.fund.pk}/committee", {"valid_from": "2026-03-04", "seats": SEATS[1:]})

    assert (unknown.status_code, taken.status_code, stranger.status_code) == (400, 409, 403)
    assert (even.status_code, even.json()["code"]) == (400, "committee_unfit")
    assert CommunityFund.objects.count() == 1
