"""Charities and funds on the desk."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from funds.charity.models import CharityAppointment, CommunityFund, HostCharity
from tests.people import desk_client

pytestmark = pytest.mark.django_db

FUNDS = "/desk/funds/communityfund/"
SEATS = """COMMUNITY，陈社，community_staff，chair
居民,王小明,resident
RESIDENT,欧阳兰
CHARITY,许慈

STREET,林街,street_officer
SUPERVISOR,罗监"""


def test_a_charity_and_its_officer_are_entered(people: SimpleNamespace) -> None:
    client = desk_client(people.district_admin)
    body = {
        "name": "自流井区慈善总会",
        "credit_code": "515103025000000153",
        "division": people.district_pk,
        "contact": "",
    }

    wrong = client.post("/desk/funds/hostcharity/add/", {**body, "credit_code": "515103025000000000"})
    made = client.post("/desk/funds/hostcharity/add/", body)
    charity = HostCharity.objects.get(credit_code="515103025000000153")
    appointed = client.post(
        "/desk/funds/charityappointment/add/",
        {"charity": charity.pk, "user": "stranger", "valid_from": "2026-03-01"},
    )

    assert (wrong.status_code, made.status_code, appointed.status_code) == (200, 302, 302)
    assert "515103025000000000" in wrong.content.decode()
    assert CharityAppointment.objects.filter(charity=charity, user=people.stranger).exists()


def test_a_fund_goes_its_way(people: SimpleNamespace) -> None:
    body = {
        "charity": people.fund.charity_id,
        "division": people.fund.division_id,
        "name": "三八路助学慈善基金",
        "short_name": "",
        "purpose": "助学",
        "kind": "SPEND_DOWN",
    }
    staff = desk_client(people.community_staff)

    taken = staff.post(f"{FUNDS}add/", {**body, "name": people.fund.name})
    made = staff.post(f"{FUNDS}add/", body)
    row = CommunityFund.objects.get(name="三八路助学慈善基金")
    unread = staff.post(f"{FUNDS}{row.pk}/deeds/committee/", {"valid_from": "2026-03-04", "seats": "KING,陈社"})
    even = staff.post(f"{FUNDS}{row.pk}/deeds/committee/", {"valid_from": "2026-03-04", "seats": "RESIDENT,陈社"})
    named = staff.post(f"{FUNDS}{row.pk}/deeds/committee/", {"valid_from": "2026-03-04", "seats": SEATS})
    signed = desk_client(people.charity_officer).post(
        f"{FUNDS}{row.pk}/moves/sign_agreement/", {"agreement_number": "慈协1号"}
    )
    opened = desk_client(people.street_officer).post(f"{FUNDS}{row.pk}/moves/activate/")

    row.refresh_from_db()
    assert (taken.status_code, made.status_code, unread.status_code, even.status_code) == (200, 302, 200, 200)
    assert (named.status_code, signed.status_code, opened.status_code) == (302, 302, 302)
    assert (row.status, row.agreement_number) == ("ACTIVE", "慈协1号")
    assert row.committee is not None
    assert row.committee.memberships.get(is_chair=True).user == people.community_staff


def test_readers_change_nothing(people: SimpleNamespace) -> None:
    client = desk_client(people.auditor)

    assert client.get(FUNDS).status_code == 200
    assert client.get(f"{FUNDS}{people.fund.pk}/change/").status_code == 200
    assert client.get(f"{FUNDS}add/").status_code == 403
    assert client.post(f"{FUNDS}{people.fund.pk}/deeds/committee/", {"seats": SEATS}).status_code == 403
