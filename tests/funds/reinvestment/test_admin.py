"""Policies, runs and orders on the desk."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from funds.charity.models import CommunityFund
from funds.enterprises.models import CommunityEnterprise
from funds.reinvestment.models import DistributionPolicy, ReinvestmentOrder, StandingDecision
from governance.calendar import clock
from tests.factories.communities import PolicyDocumentFactory
from tests.funds.reinvestment.conftest import Plan
from tests.funds.reinvestment.test_operations import walk
from tests.people import House, desk_client

pytestmark = pytest.mark.django_db
POLICIES = "/desk/funds/distributionpolicy/"
ORDERS = "/desk/funds/reinvestmentorder/"


@pytest.fixture
def now() -> dt.datetime:
    """The desk reads the real clock."""
    return clock.now()


def policy_body(company: CommunityEnterprise, fund: CommunityFund, share: str) -> dict[str, Any]:
    return {
        "enterprise": company.pk,
        "division": "",
        "base": "DISTRIBUTABLE_PROFIT",
        "minimum_amount": "",
        "rounding_places": "2",
        "route": "DONATION",
        "valid_from": "2026-01-01",
        "document": PolicyDocumentFactory().pk,
        "tiers-TOTAL_FORMS": "2",
        "tiers-INITIAL_FORMS": "0",
        "tiers-0-lower": "0",
        "tiers-0-upper": "1,000",
        "tiers-0-share": "0.5",
        "tiers-1-lower": "1000",
        "tiers-1-upper": "",
        "tiers-1-share": "0.6",
        "destinations-TOTAL_FORMS": "1",
        "destinations-INITIAL_FORMS": "0",
        "destinations-0-fund": fund.pk,
        "destinations-0-share": share,
    }


def test_a_policy_is_entered_with_its_parts(company: CommunityEnterprise, fund: CommunityFund, house: House) -> None:
    client = desk_client(house.people["street_officer"])

    form = client.get(f"{POLICIES}add/")
    done = client.post(f"{POLICIES}add/", policy_body(company, fund, "1"))

    assert form.status_code == 200
    assert done.status_code == 302, done.content.decode()[:3000]
    policy = DistributionPolicy.objects.get()
    assert [(tier.lower, tier.upper, tier.share) for tier in policy.tiers.all()] == [
        (Decimal(0), Decimal(1000), Decimal("0.5")),
        (Decimal(1000), None, Decimal("0.6")),
    ]
    assert client.get(f"{POLICIES}{policy.pk}/change/").status_code == 200


def test_a_refused_policy_keeps_what_was_typed(company: CommunityEnterprise, fund: CommunityFund, house: House) -> None:
    client = desk_client(house.people["street_officer"])

    again = client.post(f"{POLICIES}add/", policy_body(company, fund, "0.9"))

    assert again.status_code == 200
    assert 'value="1,000"' in again.content.decode()
    assert DistributionPolicy.objects.count() == 0


def test_a_policy_is_approved_and_retired_by_the_reviewer(
    company: CommunityEnterprise, fund: CommunityFund, house: House
) -> None:
    desk_client(house.people["street_officer"]).post(f"{POLICIES}add/", policy_body(company, fund, "1"))
    policy, reviewer = DistributionPolicy.objects.get(), desk_client(house.people["street_reviewer"])

    reviewer.post(f"{POLICIES}{policy.pk}/moves/approve/")
    approved = DistributionPolicy.objects.get().status
    reviewer.post(f"{POLICIES}{policy.pk}/moves/retire/", {"valid_to": "2026-06-01", "reason": "换新"})

    assert (approved, DistributionPolicy.objects.get().status) == ("ACTIVE", "RETIRED")


def test_a_standing_decision_is_recorded(company: CommunityEnterprise, house: House) -> None:
    client = desk_client(house.people["community_staff"])
    body = {
        "enterprise": company.pk,
        "document": PolicyDocumentFactory().pk,
        "decided_on": "2025-12-01",
        "valid_from": "2026-01-01",
        "amount_limit": "200,000.00",
    }

    assert client.post("/desk/funds/standingdecision/add/", body).status_code == 302
    assert StandingDecision.objects.get().amount_limit == Decimal(200000)


def test_a_run_shows_its_derivation(
    company: CommunityEnterprise,
    policy: DistributionPolicy,
    plan: Plan,
    worked_example: dict[str, Decimal],
    house: House,
) -> None:
    run = plan(company, **worked_example)

    page = desk_client(house.people["street_officer"]).get(f"/desk/funds/reinvestmentrun/{run.pk}/change/")

    assert page.status_code == 200
    assert "151,200.00" in page.content.decode()


def test_an_order_is_led_on_at_the_desk(
    *,
    company: CommunityEnterprise,
    policy: DistributionPolicy,
    plan: Plan,
    worked_example: dict[str, Decimal],
    house: House,
    now: dt.datetime,
) -> None:
    order = plan(company, **worked_example).orders.get()
    walk(order, house, now, "CONFIRMED")
    staff, reviewer = desk_client(house.people["community_staff"]), desk_client(house.people["street_reviewer"])
    address = f"{ORDERS}{order.pk}"

    form = staff.get(f"{address}/moves/resolve/")
    missing = staff.post(f"{address}/moves/resolve/", {"decision_reference": "第1号"})
    staff.post(f"{address}/moves/resolve/", {"decision_reference": "第1号", "decided_on": clock.today().isoformat()})
    reviewer.post(f"{address}/moves/approve/")

    assert (form.status_code, missing.status_code) == (200, 200)
    shown = ReinvestmentOrder.objects.get(pk=order.pk)
    assert (shown.status, shown.decision_reference) == ("APPROVED", "第1号")
    assert shown.due_on is not None
    assert reviewer.get(ORDERS).status_code == 200
    assert reviewer.get(f"{address}/change/").status_code == 200


def test_cancelling_asks_for_a_reason(
    *,
    company: CommunityEnterprise,
    policy: DistributionPolicy,
    plan: Plan,
    house: House,
) -> None:
    order = plan(company, net_profit=Decimal(1000)).orders.get()
    client = desk_client(house.people["street_reviewer"])

    client.post(f"{ORDERS}{order.pk}/moves/cancel/", {"reason": ""})
    before = ReinvestmentOrder.objects.get().status
    client.post(f"{ORDERS}{order.pk}/moves/cancel/", {"reason": "重复"})

    assert (before, ReinvestmentOrder.objects.get().status) == ("PROPOSED", "CANCELLED")
