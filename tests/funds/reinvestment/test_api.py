"""Policies, runs and orders over HTTP; the whole way of an order by API calls."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from funds.charity.models import CommunityFund
from funds.enterprises.models import CommunityEnterprise
from funds.reinvestment.models import DistributionPolicy, ReinvestmentOrder
from governance.calendar import clock
from tests.factories.communities import PolicyDocumentFactory
from tests.factories.funds_enterprises import EnterpriseFactory
from tests.factories.funds_reinvestment import BankLineFactory, StandingDecisionFactory, declare
from tests.funds.reinvestment.conftest import Plan
from tests.people import House, session_client, token_client

pytestmark = pytest.mark.django_db
BASE = "/api/v1"


@pytest.fixture
def now() -> dt.datetime:
    """The API reads the real clock, so that what is planned here must not lie in its future."""
    return clock.now()


@pytest.fixture
def order(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan, worked_example: dict[str, Decimal]
) -> ReinvestmentOrder:
    """The proposed order of the worked example."""
    return plan(company, **worked_example).orders.get()


def entry(company: CommunityEnterprise, fund: CommunityFund, **more: Any) -> dict[str, Any]:
    return {
        "enterprise": company.pk,
        "base": "DISTRIBUTABLE_PROFIT",
        "valid_from": "2026-01-01",
        "document": PolicyDocumentFactory().pk,
        "tiers": [{"lower": "0.00", "upper": "1000.00", "share": "0.5"}, {"lower": "1000.00", "share": "0.6"}],
        "destinations": [{"fund": fund.pk, "share": "1"}],
        **more,
    }


def test_a_policy_is_entered_approved_and_retired(
    company: CommunityEnterprise, fund: CommunityFund, house: House
) -> None:
    officer, reviewer = (session_client(house.people[name]) for name in ("street_officer", "street_reviewer"))

    made = officer.post(f"{BASE}/distribution-policies", entry(company, fund))
    key = made.json()["id"]
    refused = officer.post(f"{BASE}/distribution-policies/{key}/approve")
    approved = reviewer.post(f"{BASE}/distribution-policies/{key}/approve")
    retired = reviewer.post(
        f"{BASE}/distribution-policies/{key}/retire", {"valid_to": "2026-06-01", "reason": "换新办法"}
    )

    assert (made.status_code, made.json()["status"], made.json()["version"]) == (201, "DRAFT", 1)
    assert made.json()["tiers"][1] == {"lower": "1000.00", "upper": None, "share": "0.6000"}
    assert (refused.status_code, refused.json()["code"]) == (403, "move_forbidden")
    assert (approved.status_code, approved.json()["status"]) == (200, "ACTIVE")
    assert (retired.json()["status"], retired.json()["valid_to"]) == ("RETIRED", "2026-06-01")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"destinations": []}, "split_does_not_sum"),
        ({"tiers": [{"lower": "5.00", "share": "0.5"}]}, "tiers_unfit"),
        ({"enterprise": None}, "invalid"),
        ({"base": "FIXED_AMOUNT"}, "fixed_amount_missing"),
        ({"destinations": [{"fund": 0, "share": "1"}]}, "invalid"),
        ({"tiers": [{"lower": "0.00", "share": "1.5"}]}, "invalid"),
    ],
)
def test_a_wrong_policy_is_refused_with_its_reason(
    wrong: dict[str, Any], code: str, company: CommunityEnterprise, fund: CommunityFund, house: House
) -> None:
    answer = session_client(house.people["street_officer"]).post(
        f"{BASE}/distribution-policies", entry(company, fund, **wrong)
    )

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert DistributionPolicy.objects.count() == 0


def test_a_place_and_an_enterprise_exclude_each_other(
    company: CommunityEnterprise, fund: CommunityFund, house: House
) -> None:
    body = entry(company, fund, division=house.places["street"].pk)

    assert session_client(house.people["street_officer"]).post(f"{BASE}/distribution-policies", body).status_code == 400


def test_a_standing_decision_is_recorded(company: CommunityEnterprise, house: House) -> None:
    body = {
        "enterprise": company.pk,
        "document": PolicyDocumentFactory().pk,
        "decided_on": "2025-12-01",
        "valid_from": "2026-01-01",
        "amount_limit": "200000.00",
    }

    answer = session_client(house.people["community_staff"]).post(f"{BASE}/standing-decisions", body)

    assert (answer.status_code, answer.json()["amount_limit"]) == (201, "200000.00")
    assert session_client(None).get(f"{BASE}/standing-decisions").json()["results"][0]["id"] == answer.json()["id"]


def test_a_run_shows_every_step(order: ReinvestmentOrder, house: House) -> None:
    client = session_client(house.people["street_officer"])

    shown = client.get(f"{BASE}/reinvestment-runs/{order.run_id}").json()

    assert (shown["base_amount"], shown["reserve"], shown["reinvested"]) == ("252000.00", "28000.00", "151200.00")
    assert [step["kind"] for step in shown["steps"]][:3] == ["NET_PROFIT", "LOSSES", "RESERVE"]
    sentence = shown["steps"][2].pop("sentence")
    assert "280,000.00" in sentence
    assert shown["steps"][2] == {
        "number": 3,
        "kind": "RESERVE",
        "basis_amount": "280000.000000",
        "rate": "0.100000",
        "amount": "28000.000000",
        "fund": None,
        "fund_name": None,
    }
    assert session_client(None).get(f"{BASE}/reinvestment-runs/{order.run_id}").status_code == 404


def test_an_order_tells_how_its_amount_came_about(order: ReinvestmentOrder, house: House) -> None:
    client = session_client(house.people["street_officer"])

    told = client.get(f"{BASE}/reinvestment-orders/{order.pk}/derivation").json()

    assert [step["kind"] for step in told["steps"]][-2:] == ["RETAINED", "DESTINATION"]
    assert "151,200.00" in told["sentence"]


def test_an_order_goes_its_whole_way_by_the_api(
    order: ReinvestmentOrder, company: CommunityEnterprise, house: House
) -> None:
    """Every hand by its own session; the charity confirms a line that a colleague has imported."""
    clients = {name: session_client(person) for name, person in house.people.items() if name != "service_client"}
    today = clock.today().isoformat()
    address = f"{BASE}/reinvestment-orders/{order.pk}"
    decision = StandingDecisionFactory(enterprise=company)
    line = BankLineFactory(charity=house.charity, amount=order.amount, booked_on=today, memo=order.reference)

    steps = [
        ("enterprise_head", "confirm", {}, "CONFIRMED"),
        ("community_staff", "resolve", {"standing_decision": decision.pk}, "RESOLVED"),
        ("street_reviewer", "approve", {}, "APPROVED"),
        ("enterprise_accountant", "record_payment", {"paid_on": today, "payment_reference": "8801"}, "PAID"),
    ]
    for person, move, body, status in steps:
        answer = clients[person].post(f"{address}/{move}", body)
        assert (answer.status_code, answer.json().get("status")) == (200, status), answer.json()
    direct = clients["charity_officer"].post(f"{address}/receive", {"received_on": today})
    match = clients["charity_officer"].post(f"{BASE}/bank-matches", {"line": line.pk, "order": order.pk}).json()
    confirmed = clients["charity_officer"].post(f"{BASE}/bank-matches/{match['id']}/confirm")
    receipted = clients["charity_officer"].post(f"{address}/issue_receipt", {"receipt_number": "川财票1"})
    published = clients["street_reviewer"].post(f"{address}/publish")

    assert (direct.status_code, direct.json()["code"]) == (409, "move_hindered")
    assert confirmed.status_code == 200
    assert (receipted.json()["status"], published.json()["status"]) == ("RECEIPTED", "PUBLISHED")
    seen = session_client(None).get(address).json()
    assert (seen["amount"], seen["payment_reference"], seen["evidence"]) == ("151200.00", None, None)
    assert clients["enterprise_accountant"].get(address).json()["payment_reference"] == "8801"


def test_moves_say_what_comes_next(order: ReinvestmentOrder, house: House) -> None:
    address = f"{BASE}/reinvestment-orders/{order.pk}/moves"

    offers = session_client(house.people["street_reviewer"]).get(address).json()

    assert [(offer["name"], offer["open"]) for offer in offers] == [("confirm", False), ("cancel", True)]


def test_orders_are_hidden_until_the_money_has_arrived(order: ReinvestmentOrder, house: House) -> None:
    address = f"{BASE}/reinvestment-orders/{order.pk}"

    assert session_client(None).get(address).status_code == 404
    assert session_client(house.people["resident"]).post(f"{address}/confirm").status_code == 404
    assert session_client(house.people["other_street_officer"]).get(address).status_code == 404


def test_a_repeated_key_confirms_once(order: ReinvestmentOrder, house: House) -> None:
    client = session_client(house.people["enterprise_head"])
    address = f"{BASE}/reinvestment-orders/{order.pk}/confirm"

    first = client.post(address, {}, headers={"Idempotency-Key": "k1"})
    again = client.post(address, {}, headers={"Idempotency-Key": "k1"})
    other = client.post(address, {"reason": "x"}, headers={"Idempotency-Key": "k1"})

    assert (first.status_code, again.status_code, first.content) == (200, 200, again.content)
    assert other.status_code == 422


def test_a_partner_reads_with_its_scope(order: ReinvestmentOrder, house: House) -> None:
    partner = token_client(house.people["service_client"], "funds:read")

    assert partner.get(f"{BASE}/reinvestment-orders").status_code == 200
    assert partner.post(f"{BASE}/bank-lines", {"charity": house.charity.pk, "lines": []}).status_code == 403


@pytest.mark.parametrize("more", [1, 3])
@pytest.mark.parametrize(
    ("path", "most"),
    [("reinvestment-orders", 6), ("reinvestment-runs", 6), ("distribution-policies", 8), ("standing-decisions", 5)],
)
def test_lists_take_a_fixed_number_of_queries(
    *,
    path: str,
    most: int,
    more: int,
    company: CommunityEnterprise,
    policy: DistributionPolicy,
    fund: CommunityFund,
    house: House,
    plan: Plan,
    django_assert_max_num_queries: Any,
) -> None:
    for _number in range(more):
        other = EnterpriseFactory(division=company.division, operating=True)
        declare(other, net_profit=Decimal(1000))
        StandingDecisionFactory(enterprise=other)
    plan(company, net_profit=Decimal(1000))
    client = session_client(house.people["street_officer"])

    with django_assert_max_num_queries(most):
        assert client.get(f"{BASE}/{path}").status_code == 200
