"""Shareholders on the desk and over the API: one set of rules."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest

from funds.enterprises.ownership.models import Shareholder
from tests.funds.enterprises.surfaces import BASE, text
from tests.people import desk_client, session_client

pytestmark = pytest.mark.django_db


def test_shareholders_are_entered_on_the_desk(people: SimpleNamespace) -> None:
    client = desk_client(people.community_staff)
    home = f"/desk/funds/communityenterprise/{people.enterprise.pk}"
    body = {"valid_from": "2025-01-01", "holdings": "COMMITTEE，三八路社区居民委员会，100%，300,000.00\n"}

    page = client.get(f"{home}/deeds/shareholders/")
    wrong = client.post(f"{home}/deeds/shareholders/", {**body, "holdings": "COMMITTEE, 甲, 一半"})
    short = client.post(f"{home}/deeds/shareholders/", {**body, "holdings": "COMMITTEE, 甲, 0.9"})
    done = client.post(f"{home}/deeds/shareholders/", body)
    shown = client.get(f"{home}/change/")

    assert [answer.status_code for answer in (page, wrong, short, done, shown)] == [200, 200, 200, 302, 200]
    part = Shareholder.objects.get()
    assert (part.share, part.contributed) == (1, Decimal("300000.00"))
    assert "三八路社区居民委员会 100 %" in text(shown)


def test_shareholders_over_http(people: SimpleNamespace) -> None:
    staff = session_client(people.community_staff)
    body = {
        "valid_from": "2025-01-01",
        "holdings": [{"kind": "COMMITTEE", "name": "居委会", "share": "0.9"}],
    }
    path = f"{BASE}/enterprises/{people.enterprise.pk}/set_shareholders"

    short = staff.post(path, body, format="json")
    done = staff.post(path, {**body, "holdings": [{**body["holdings"][0], "share": "1"}]}, format="json")
    other = session_client(people.accountant).post(path, body, format="json")

    assert (short.status_code, short.json()["code"]) == (400, "ownership_not_whole")
    assert (done.status_code, [part["name"] for part in done.json()]) == (200, ["居委会"])
    assert other.status_code == 403
