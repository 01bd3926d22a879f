"""A purchasing system hands plans in and fetches awards and contracts: by its scopes, once for each key."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from communities.people.models import Role
from governance.accounts import operations as accounts
from governance.accounts.models import User
from projects.purchasing.models import Purchase
from tests.factories.communities import PostFactory
from tests.journeys.test_partner import refusal, signed_in
from tests.projects.purchasing.conftest import Walk
from tests.projects.purchasing.test_surfaces import body_of

pytestmark = pytest.mark.django_db
BASE = "/api/v1"
READ, BOTH = "projects:read", "projects:read projects:write"


@pytest.fixture
def now() -> dt.datetime:
    """The API asks the clock."""
    return timezone.now()


@pytest.fixture
def system(people: SimpleNamespace) -> User:
    """Who registers clients."""
    cache.clear()
    found: User = people.system
    return found


def test_a_purchasing_system_hands_in_plans_and_fetches_what_came_of_them(
    people: SimpleNamespace, plan: Any, walk: Walk, system: User, now: dt.datetime
) -> None:
    partner = accounts.create_api_client(by=system, name="政府采购一体化平台", scopes=BOTH.split(), now=now)
    PostFactory(user=partner[0].user, role=Role.STREET_OFFICER, division=people.places["street"])
    caller, reader = signed_in(partner, BOTH), signed_in(partner, READ)
    body, key = body_of(plan(title="系统报送的计划", amount=10000)), {"Idempotency-Key": "plan-2026-17"}

    made = caller.post(f"{BASE}/purchases", body, format="json", headers=key)
    again = caller.post(f"{BASE}/purchases", body, format="json", headers=key)
    other = caller.post(f"{BASE}/purchases", {**body, "amount": "9000.00"}, format="json", headers=key)
    unread = reader.post(f"{BASE}/purchases", body, format="json", headers={"Idempotency-Key": "plan-2026-18"})

    assert (made.status_code, again.status_code, made.json()["id"]) == (201, 201, again.json()["id"])
    assert Purchase.objects.filter(title="系统报送的计划").count() == 1
    assert other.status_code == 422
    assert refusal(unread)[0] == 403
    row = Purchase.objects.get(title="系统报送的计划")
    assert caller.post(f"{BASE}/purchases/{row.pk}/submit", {}, format="json").json()["status"] == "SUBMITTED"

    stage = walk("FINAL", amount=plan().amount)
    assert stage.award is not None
    awards = reader.get(f"{BASE}/purchase-awards").json()["results"]
    money = {"amount": "100.00", "paid_on": str(stage.now.date()), "document_number": "国库1", "purpose": "首期"}
    assert [one["number"] for one in awards] == [stage.award.number]
    assert reader.post(f"{BASE}/purchase-awards/{stage.award.pk}/pay", money, format="json").status_code == 403
    assert reader.get(f"{BASE}/contracts").json()["results"] == []
    assert refusal(signed_in((partner[0], partner[1]), READ).get(f"{BASE}/funds"))[0] == 403
