"""Enterprises and declarations over HTTP."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.test import APIClient

from funds.enterprises.models import EnterpriseAppointment, EnterpriseRole, ProfitDeclaration
from tests.factories.communities import LONG_AGO
from tests.factories.funds_enterprises import DeclarationFactory, EnterpriseFactory
from tests.people import session_client, token_client

pytestmark = pytest.mark.django_db

BASE = "/api/v1"
ENTRY: dict[str, Any] = {
    "period_kind": "YEAR",
    "starts_on": "2025-01-01",
    "ends_on": "2026-01-01",
    "revenue": "900000.00",
    "rent": "0.00",
    "cost": "580000.00",
    "tax": "20000.00",
    "net_profit": "300000.00",
    "losses_carried": "20000.00",
    "registered_capital": "500000.00",
    "reserve_before": "240000.00",
}


@pytest.fixture
def accountant(people: SimpleNamespace) -> APIClient:
    """The accountant's session."""
    return session_client(people.accountant)


def test_enterprises_are_listed_for_everybody(people: SimpleNamespace) -> None:
    EnterpriseFactory()

    answer = session_client(None).get(f"{BASE}/enterprises")

    assert answer.status_code == 200
    names = [row["name"] for row in answer.json()["results"]]
    assert "三八路社区服务有限公司" in names
    assert len(names) == 2  # the one of the house and that of the other accountant; the planned one is not shown


@pytest.mark.parametrize("more", [1, 3])
def test_lists_take_a_fixed_number_of_queries(
    people: SimpleNamespace, more: int, django_assert_num_queries: Any
) -> None:
    for _number in range(more):
        DeclarationFactory(
            enterprise=EnterpriseFactory(division=people.enterprise.division, operating=True), published=True
        )

    with django_assert_num_queries(1):
        assert len(session_client(None).get(f"{BASE}/enterprises").json()["results"]) == more + 2
    with django_assert_num_queries(1):
        assert len(session_client(None).get(f"{BASE}/declarations").json()["results"]) == more
    client = session_client(people.street_officer)
    with django_assert_num_queries(4):  # session, user, posts, rows
        assert len(client.get(f"{BASE}/declarations").json()["results"]) == more


@pytest.mark.parametrize(
    ("query", "found"),
    [("year=2025", 1), ("year=2024", 0), ("status=PUBLISHED", 1), ("period_kind=QUARTER", 0), ("division=0", 0)],
)
def test_declarations_are_filtered(people: SimpleNamespace, query: str, found: int) -> None:
    DeclarationFactory(enterprise=people.enterprise, published=True)

    answer = session_client(None).get(f"{BASE}/declarations?{query}")

    assert len(answer.json()["results"]) == found


def test_a_division_holds_what_lies_below_it(people: SimpleNamespace) -> None:
    DeclarationFactory(enterprise=people.enterprise, published=True)

    for division, found in ((people.enterprise.division.parent, 1), (EnterpriseFactory().division, 0)):
        answer = session_client(None).get(f"{BASE}/declarations?division={division.pk}")
        assert len(answer.json()["results"]) == found


def test_the_public_reads_the_main_figures_only(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, published=True)

    shown = session_client(None).get(f"{BASE}/declarations/{row.pk}").json()

    assert (shown["revenue"], shown["net_profit"], shown["audit_opinion"]) == ("900000.00", "300000.00", "无保留意见")
    assert {shown[name] for name in ("rent", "cost", "tax", "losses_carried", "reserve_before", "note")} == {None}


def test_those_who_handle_it_read_everything(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, published=True)

    for who in (people.accountant, people.street_officer, people.auditor):
        assert session_client(who).get(f"{BASE}/declarations/{row.pk}").json()["cost"] == "580000.00"


def test_drafts_do_not_exist_for_others(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise)

    for who in (None, people.other_accountant, people.stranger, people.other_community_staff):
        assert session_client(who).get(f"{BASE}/declarations/{row.pk}").status_code == 404


def test_a_declaration_is_entered(people: SimpleNamespace, accountant: APIClient) -> None:
    answer = accountant.post(f"{BASE}/declarations", {**ENTRY, "enterprise": people.enterprise.pk})

    row = ProfitDeclaration.objects.get()
    assert answer.status_code == 201
    assert (answer.json()["id"], answer.json()["status"], answer.json()["period"]) == (row.pk, "DRAFT", "2025")
    assert answer.headers["ETag"] == f'"{row.version}"'


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"net_profit": "300000.01"}, 400, "profit_does_not_add_up"),
        ({"revenue": "-1.00"}, 400, "invalid"),
        ({"revenue": "1.001"}, 400, "invalid"),
        ({"revenue": "much"}, 400, "invalid"),
        ({"starts_on": "2025-02-30"}, 400, "invalid"),
        ({"starts_on": "2190-01-01", "ends_on": "2191-01-01"}, 409, "declared_period_not_over"),
        ({"ends_on": "2025-12-31"}, 400, "period_unknown"),
        ({"registered_capital": "0.00"}, 400, "registered_capital_missing"),
        ({"enterprise": 0}, 400, "invalid"),
    ],
)
def test_wrong_entries_are_refused(
    people: SimpleNamespace, accountant: APIClient, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = accountant.post(f"{BASE}/declarations", {**ENTRY, "enterprise": people.enterprise.pk, **changes})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not ProfitDeclaration.objects.exists()


@pytest.mark.parametrize("who", ["community_staff", "other_accountant", "stranger", "auditor"])
def test_others_enter_nothing(people: SimpleNamespace, who: str) -> None:
    answer = session_client(getattr(people, who)).post(
        f"{BASE}/declarations", {**ENTRY, "enterprise": people.enterprise.pk}
    )

    assert answer.status_code == 403
    assert not ProfitDeclaration.objects.exists()


def test_a_partner_declares_once_per_key(people: SimpleNamespace) -> None:
    EnterpriseAppointment.objects.create(
        enterprise=people.enterprise, user=people.service_client, role=EnterpriseRole.ACCOUNTANT, valid_from=LONG_AGO
    )
    client = token_client(people.service_client, "funds:write")
    body = {**ENTRY, "enterprise": people.enterprise.pk}

    first = client.post(f"{BASE}/declarations", body, headers={"Idempotency-Key": "2025"})
    again = client.post(f"{BASE}/declarations", body, headers={"Idempotency-Key": "2025"})
    other = client.post(f"{BASE}/declarations", {**body, "note": "x"}, headers={"Idempotency-Key": "2025"})

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.content == again.content
    assert ProfitDeclaration.objects.count() == 1


def test_a_partner_without_the_scope_writes_nothing(people: SimpleNamespace) -> None:
    EnterpriseAppointment.objects.create(
        enterprise=people.enterprise, user=people.service_client, role=EnterpriseRole.ACCOUNTANT, valid_from=LONG_AGO
    )

    answer = token_client(people.service_client, "funds:read").post(
        f"{BASE}/declarations", {**ENTRY, "enterprise": people.enterprise.pk}
    )

    assert answer.status_code == 403
    assert not ProfitDeclaration.objects.exists()


def test_a_draft_is_edited_from_the_version_read(people: SimpleNamespace, accountant: APIClient) -> None:
    row = DeclarationFactory(enterprise=people.enterprise)
    etag = accountant.get(f"{BASE}/declarations/{row.pk}").headers["ETag"]

    edited = accountant.patch(f"{BASE}/declarations/{row.pk}", {"note": "first"}, headers={"If-Match": etag})
    stale = accountant.patch(f"{BASE}/declarations/{row.pk}", {"note": "second"}, headers={"If-Match": etag})
    missing = accountant.patch(f"{BASE}/declarations/{row.pk}", {"note": "third"})

    row.refresh_from_db()
    assert (edited.status_code, stale.status_code, missing.status_code) == (200, 412, 428)
    assert (stale.json()["code"], missing.json()["code"]) == ("stale", "version_missing")
    assert edited.headers["ETag"] == f'"{row.version}"'
    assert row.note == "first"


def test_what_is_submitted_is_not_edited(people: SimpleNamespace, accountant: APIClient) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, submitted=True)

    answer = accountant.patch(f"{BASE}/declarations/{row.pk}", {"note": "x"}, headers={"If-Match": f'"{row.version}"'})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_draft")


def test_a_declaration_goes_its_way(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise)
    path = f"{BASE}/declarations/{row.pk}"

    for who, move, body in (
        (people.accountant, "submit", {}),
        (people.supervisor, "return_from_review", {"reason": "缺附件"}),
        (people.accountant, "submit", {}),
        (people.supervisor, "review", {}),
        (people.street_officer, "check", {}),
        (people.auditor, "audit", {"audit_opinion": "无保留意见"}),
        (people.street_officer, "publish", {}),
        (people.street_officer, "lock", {}),
    ):
        answer = session_client(who).post(f"{path}/{move}", body)
        assert answer.status_code == 200, answer.content
    corrected = session_client(people.accountant).post(f"{path}/correct", {"reason": "漏记"})

    row.refresh_from_db()
    assert (row.status, row.audit_opinion) == ("LOCKED", "无保留意见")
    assert (corrected.status_code, corrected.json()["revision"], corrected.json()["status"]) == (201, 2, "DRAFT")


def test_moves_say_why_they_are_closed(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, submitted=True)

    offers = session_client(people.accountant).get(f"{BASE}/declarations/{row.pk}/moves").json()
    wrong = session_client(people.accountant).post(f"{BASE}/declarations/{row.pk}/review")
    early = session_client(people.auditor).post(f"{BASE}/declarations/{row.pk}/audit", {"audit_opinion": "x"})
    mute = session_client(people.supervisor).post(f"{BASE}/declarations/{row.pk}/return_from_review")

    assert {offer["name"]: offer["open"] for offer in offers} == {"review": False, "return_from_review": False}
    assert (wrong.status_code, wrong.json()["code"]) == (403, "move_forbidden")
    assert (early.status_code, early.json()["code"]) == (409, "move_closed")
    assert (mute.status_code, mute.json()["code"]) == (400, "reason_missing")


def test_a_visitor_moves_nothing(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, published=True)

    answer = session_client(None).post(f"{BASE}/declarations/{row.pk}/lock")

    row.refresh_from_db()
    assert answer.status_code in {401, 403}
    assert row.status == "PUBLISHED"


def test_an_enterprise_is_suspended(people: SimpleNamespace) -> None:
    answer = session_client(people.community_staff).post(
        f"{BASE}/enterprises/{people.enterprise.pk}/suspend", {"reason": "停业整顿"}
    )

    assert (answer.status_code, answer.json()["status"]) == (200, "SUSPENDED")
