"""Donations on the desk."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from funds.donations.models import Donation
from funds.ledger.models import Journal
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_donations import DonationFactory
from tests.people import desk_client

pytestmark = pytest.mark.django_db

DONATIONS = "/desk/funds/donation/"


def test_a_donation_goes_its_way(people: SimpleNamespace) -> None:
    body = {
        "fund": people.fund.pk,
        "donor_kind": "PERSON",
        "donor_name": "王小明",
        "channel": "BANK",
        "amount": "1,000.50",
        "reference": "0001",
        "restricted_to": "",
    }

    staff = desk_client(people.community_staff)
    wrong = staff.post(f"{DONATIONS}add/", {**body, "amount": "一千"})
    made = staff.post(f"{DONATIONS}add/", body)
    row = Donation.objects.get()
    charity = desk_client(people.charity_officer)
    future = charity.post(f"{DONATIONS}{row.pk}/moves/receive/", {"received_on": "2100-01-01"})
    received = charity.post(f"{DONATIONS}{row.pk}/moves/receive/", {"received_on": "2026-03-02"})
    unclear = charity.post(f"{DONATIONS}{row.pk}/moves/issue_receipt/", {})
    receipted = charity.post(f"{DONATIONS}{row.pk}/moves/issue_receipt/", {"receipt_number": "川财1"})

    row.refresh_from_db()
    assert (wrong.status_code, made.status_code, future.status_code, received.status_code) == (200, 302, 200, 302)
    assert (unclear.status_code, receipted.status_code) == (200, 302)
    assert (row.status, str(row.amount), Journal.objects.count()) == ("RECEIPTED", "1000.50", 1)


def test_a_donor_is_shown_to_those_who_may_know(people: SimpleNamespace) -> None:
    row = DonationFactory(fund=people.fund, donor_name="李秘密")
    path = f"{DONATIONS}{row.pk}/change/"

    officer = desk_client(people.charity_officer)

    assert "李秘密" in officer.get(path).content.decode()
    assert "李秘密" not in officer.get(DONATIONS).content.decode()
    assert "李秘密" not in desk_client(people.auditor).get(path).content.decode()


def test_only_funds_of_ones_own_take_donations_here(people: SimpleNamespace) -> None:
    CommunityFundFactory(active=True, short_name="别处的基金", name="别处的基金全称")
    CommunityFundFactory(
        charity=people.fund.charity, division=people.fund.division, closing=True, name="关闭中的基金全称"
    )

    page = desk_client(people.community_staff).get(f"{DONATIONS}add/").content.decode()

    assert people.fund.name in page
    assert "别处的基金" not in page
    assert "关闭中的基金" not in page


def test_readers_record_nothing(people: SimpleNamespace) -> None:
    assert desk_client(people.auditor).get(f"{DONATIONS}add/").status_code == 403
