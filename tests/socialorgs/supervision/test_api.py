"""Cases of illegal organizations and alerts over the API: in from the offices that handle them, out as far as each may read."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from socialorgs.supervision.illegal.api import INSIDE
from socialorgs.supervision.illegal.models import IllegalCase
from tests.people import token_client
from tests.socialorgs.supervision.test_sheets import alerted

pytestmark = pytest.mark.django_db
CASES = "/api/v1/illegal-organizations"


def test_a_case_comes_in_is_decided_by_another_and_goes_out_without_what_was_looked_into(
    people: SimpleNamespace, today: dt.date
) -> None:
    police, district = token_client(people.street_reviewer), token_client(people.district_officer)
    given = {"division": people.street.pk, "name": "某某养生协会", "place": "三八路12号", "account": "未登记，收会费。"}
    assert token_client(people.community_staff).post(CASES, given).status_code == 403
    assert Client().post(CASES, given, content_type="application/json").status_code == 401
    first = police.post(CASES, given, headers={"Idempotency-Key": "ga-1"})
    again = police.post(CASES, given, headers={"Idempotency-Key": "ga-1"})
    assert (first.status_code, first.data["account"], again.json()["id"]) == (201, given["account"], first.data["id"])
    assert IllegalCase.objects.count() == 1
    url = f"{CASES}/{first.data['id']}"
    assert Client().get(url).status_code == 404
    assert police.get(CASES, {"status": "OPENED"}).json()["results"][0]["name"] == "某某养生协会"
    assert Client().get(CASES).json()["results"] == []

    assert police.post(f"{url}/take_up").data["status"] == "INVESTIGATING"
    assert police.post(f"{url}/propose", {"measure": "BAN"}).status_code == 400
    assert police.post(f"{url}/propose", {"measure": "BAN", "findings": "查无登记。"}).data["status"] == "PROPOSED"
    decision = {"decision_number": "自民取缔〔2026〕1号", "decided_on": "2099-01-01"}
    assert police.post(f"{url}/decide", decision).status_code == 403
    assert district.post(f"{url}/decide", decision).status_code == 400
    opened = IllegalCase.objects.get().opened_at.date()
    decided = district.post(f"{url}/decide", {**decision, "decided_on": str(opened)})
    assert (decided.status_code, decided.data["findings"]) == (200, "查无登记。")

    [told] = Client().get(CASES).json()["results"]
    assert (told["name"], told["measure"], told["decision_number"]) == ("某某养生协会", "BAN", "自民取缔〔2026〕1号")
    assert {name: told[name] for name in INSIDE} == dict.fromkeys(INSIDE)
    elsewhere = token_client(people.other_street_officer).get(url).json()
    assert elsewhere["account"] is None
    assert police.post(f"{url}/close", {"outcome": "已停止活动。"}).data["outcome"] == "已停止活动。"
    assert Client().get(url).json()["outcome"] is None


def test_an_unfounded_case_is_set_aside_with_a_reason(people: SimpleNamespace) -> None:
    given = {"division": people.street.pk, "name": "某某读书会", "account": "有人反映。"}
    street, district = token_client(people.street_reviewer), token_client(people.district_officer)
    url = f"{CASES}/{street.post(CASES, given).data['id']}"

    assert district.post(f"{url}/dismiss", {"reason": " "}).status_code == 400
    assert district.post(f"{url}/dismiss", {"reason": "已备案。"}).data["status"] == "DISMISSED"
    assert street.post(f"{url}/take_up").status_code == 409
    assert Client().get(CASES).json()["results"] == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_cases_takes_a_fixed_number_of_queries(
    people: SimpleNamespace, now: dt.datetime, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        IllegalCase.objects.create(
            division=people.street, name=f"某会{number}", account="x", opened_by=people.street_officer, opened_at=now
        )
    client = token_client(people.street_reviewer)

    with django_assert_max_num_queries(3):
        assert len(client.get(CASES).json()["results"]) == count


def test_alerts_are_read_in_their_place_and_looked_at_once(
    people: SimpleNamespace, now: dt.datetime, body: Any
) -> None:
    alert = alerted(people, now, body)
    officer, url = token_client(people.street_officer), f"/api/v1/standing-alerts/{alert.pk}"
    assert token_client(people.other_street_officer).get("/api/v1/standing-alerts").json()["results"] == []
    assert token_client(people.manager).get("/api/v1/standing-alerts").status_code == 403
    assert Client().get("/api/v1/standing-alerts").status_code == 401
    assert len(officer.get("/api/v1/standing-alerts", {"noted": "false", "cause": "LISTED"}).json()["results"]) == 1

    assert token_client(people.community_staff).post(f"{url}/note", {"measures": "已约谈。"}).status_code == 403
    assert officer.post(f"{url}/note", {"measures": " "}).status_code == 400
    assert officer.post(f"{url}/note", {"measures": "已约谈，暂停付款。"}).data["measures"] == "已约谈，暂停付款。"
    assert officer.post(f"{url}/note", {"measures": "再次。"}).status_code == 409
    assert officer.get("/api/v1/standing-alerts", {"noted": "false"}).json()["results"] == []
