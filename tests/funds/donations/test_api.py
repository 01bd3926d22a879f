"""Donations over HTTP."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from communities.people.models import Role
from funds.donations.models import Donation
from funds.ledger.models import Journal
from tests.factories.communities import PostFactory
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_donations import DonationFactory
from tests.people import session_client, token_client

pytestmark = pytest.mark.django_db

BASE = "/api/v1"
PLEDGE: dict[str, Any] = {
    "donor_kind": "PERSON",
    "donor_name": "王小明",
    "channel": "BANK",
    "amount": "888.88",
    "reference": "20260304-0001",
}


@pytest.mark.parametrize("more", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries(
    people: SimpleNamespace, more: int, django_assert_num_queries: Any
) -> None:
    for _number in range(more):
        fund = CommunityFundFactory(charity=people.fund.charity, division=people.fund.division, active=True)
        DonationFactory(fund=fund, published=True)
    client = session_client(people.charity_officer)

    with django_assert_num_queries(2):  # rows, goods
        assert len(session_client(None).get(f"{BASE}/donations").json()["results"]) == more
    with django_assert_num_queries(6):  # session, user, posts, rows, goods, charity appointments
        assert len(client.get(f"{BASE}/donations").json()["results"]) == more


def test_a_donation_goes_its_way(people: SimpleNamespace) -> None:
    staff, charity = session_client(people.community_staff), session_client(people.charity_officer)

    made = staff.post(f"{BASE}/donations", {**PLEDGE, "fund": people.fund.pk})
    path = f"{BASE}/donations/{made.json()['id']}"
    received = charity.post(f"{path}/receive", {"received_on": "2026-03-02"})
    receipted = charity.post(f"{path}/issue_receipt", {"receipt_number": "川财0001"})
    published = charity.post(f"{path}/publish")

    assert (made.status_code, made.json()["voucher"]) == (201, "")
    assert (received.json()["status"], received.json()["voucher"]) == ("RECEIVED", "2026-00001")
    assert (receipted.json()["receipt_number"], published.json()["status"]) == ("川财0001", "PUBLISHED")
    assert Journal.objects.get().total == Decimal("888.88")


def test_the_public_does_not_learn_who_gave(people: SimpleNamespace) -> None:
    hidden = DonationFactory(fund=people.fund, published=True)
    named = DonationFactory(fund=people.fund, published=True, is_name_public=True, donor_name="李华")

    rows = {row["id"]: row for row in session_client(None).get(f"{BASE}/donations").json()["results"]}

    assert rows[named.pk]["donor_name"] == "李华"
    assert "王小明" not in str(rows)
    assert (rows[hidden.pk]["reference"], rows[hidden.pk]["receipt_number"]) == ("", "")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"amount": "0.00"}, 400, "amount_missing"),
        ({"amount": "1.005"}, 400, "invalid"),
        ({"channel": "BARTER"}, 400, "invalid"),
        ({"donor_name": "", "donor_kind": "UNIT"}, 400, "donor_name_missing"),
        ({"fund": 0}, 400, "invalid"),
        ({"reference": "known"}, 409, "donation_known"),
    ],
)
def test_wrong_donations_are_refused(people: SimpleNamespace, changes: dict[str, Any], status: int, code: str) -> None:
    DonationFactory(fund=people.fund, reference="known")

    answer = session_client(people.community_staff).post(
        f"{BASE}/donations", {**PLEDGE, "fund": people.fund.pk, **changes}
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Donation.objects.count() == 1


def test_a_partner_records_once_per_key(people: SimpleNamespace) -> None:
    PostFactory(user=people.service_client, role=Role.COMMUNITY_STAFF, division=people.fund.division)
    client = token_client(people.service_client, "funds:write", "funds:read")
    body = {**PLEDGE, "fund": people.fund.pk}

    first = client.post(f"{BASE}/donations", body, headers={"Idempotency-Key": "d-1"})
    again = client.post(f"{BASE}/donations", body, headers={"Idempotency-Key": "d-1"})
    other = client.post(f"{BASE}/donations", {**body, "amount": "1.00"}, headers={"Idempotency-Key": "d-1"})

    assert (first.status_code, again.content, other.status_code) == (201, first.content, 422)
    assert Donation.objects.count() == 1


def test_a_partner_without_the_scope_writes_nothing(people: SimpleNamespace) -> None:
    PostFactory(user=people.service_client, role=Role.COMMUNITY_STAFF, division=people.fund.division)

    answer = token_client(people.service_client, "funds:read").post(
        f"{BASE}/donations", {**PLEDGE, "fund": people.fund.pk}
    )

    assert answer.status_code == 403
    assert not Donation.objects.exists()


def test_refused_moves_say_why(people: SimpleNamespace) -> None:
    row = DonationFactory(fund=people.fund, recorded_by=people.charity_officer)
    path = f"{BASE}/donations/{row.pk}"

    same = session_client(people.charity_officer).post(f"{path}/receive", {"received_on": "2026-03-02"})
    other = session_client(people.other_officer).post(f"{path}/receive", {"received_on": "2026-03-02"})
    future = session_client(people.second_officer).post(f"{path}/receive", {"received_on": "2100-01-01"})
    early = session_client(people.second_officer).post(f"{path}/issue_receipt", {"receipt_number": "1"})
    mute = session_client(people.community_staff).post(f"{path}/withdraw")

    row.refresh_from_db()
    assert (same.status_code, same.json()["code"]) == (403, "same_person")
    assert other.status_code == 404
    assert (future.status_code, future.json()["code"]) == (400, "date_outside_book")
    assert (early.status_code, early.json()["code"]) == (409, "move_closed")
    assert (mute.status_code, mute.json()["code"]) == (400, "reason_missing")
    assert row.status == "PLEDGED"
