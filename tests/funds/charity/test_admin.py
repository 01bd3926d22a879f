"""Charities, funds and donations on the desk."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from funds.charity.models import CharityAppointment, CommunityFund, Donation, HostCharity
from funds.ledger.models import Journal
from tests.factories.funds_charity import CommunityFundFactory, DonationFactory
from tests.people import desk_client

pytestmark = pytest.mark.django_db

FUNDS = "/desk/funds/communityfund/"
DONATIONS = "/desk/funds/donation/"
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


def test_readers_change_nothing(people: SimpleNamespace) -> None:
    client = desk_client(people.auditor)

    assert client.get(FUNDS).status_code == 200
    assert client.get(f"{FUNDS}{people.fund.pk}/change/").status_code == 200
    assert client.get(f"{FUNDS}add/").status_code == 403
    assert client.get(f"{DONATIONS}add/").status_code == 403
    assert client.post(f"{FUNDS}{people.fund.pk}/deeds/committee/", {"seats": SEATS}).status_code == 403
