"""Goods, consent, refunds, changes of use, promises and certificates on all three surfaces."""

from __future__ import annotations

import datetime as dt
import io
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

from funds.donations import corrections, operations
from funds.donations.models import Donation, PurposeChange
from funds.donations.promises import MatchingPromise
from governance import printing
from tests.factories.funds_appeals import AppealFactory
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_donations import DonationFactory, DonationStationFactory, MatchingPromiseFactory
from tests.paper import needs_paper
from tests.people import desk_client, session_client, sign_in

pytestmark = pytest.mark.django_db

BASE = "/api/v1"
PDF = b"%PDF-1.4\n%%EOF\n"
GOODS = [
    {
        "name": "大米",
        "quantity": "20",
        "measure": "袋",
        "value": "1600.00",
        "valuation": "INVOICE",
        "note": "发票 No.123",
    }
]


def page(user: Any) -> Client:
    """Return the browser of a person."""
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def consent() -> SimpleUploadedFile:
    """Return a signed consent as it is uploaded."""
    return SimpleUploadedFile("同意书.pdf", PDF, content_type="application/pdf")


# --- API


def test_goods_go_their_way_over_http(people: SimpleNamespace) -> None:
    staff, officer = session_client(people.community_staff), session_client(people.charity_officer)
    body = {"fund": people.fund.pk, "donor_kind": "PERSON", "reference": "实物1", "goods": GOODS}

    none = staff.post(f"{BASE}/donations/goods", {**body, "goods": []}, format="json")
    made = staff.post(f"{BASE}/donations/goods", body, format="json")
    received = officer.post(f"{BASE}/donations/{made.json()['id']}/receive", {"received_on": "2026-03-02"})

    assert (none.status_code, made.status_code) == (400, 201)
    assert (received.json()["status"], received.json()["voucher"], received.json()["amount"]) == (
        "RECEIVED",
        "",
        "1600.00",
    )
    assert received.json()["goods"][0]["valuation"] == "INVOICE"


def test_a_resident_pledges_over_http(people: SimpleNamespace) -> None:
    body = {"fund": people.fund.pk, "amount": "20.00", "is_name_public": True}

    visitor = session_client(None).post(f"{BASE}/donations/pledge", body)
    made = session_client(people.stranger).post(f"{BASE}/donations/pledge", body)

    assert visitor.status_code in {401, 403}
    assert (made.status_code, made.json()["donor_name"], made.json()["status"]) == (201, "周远", "PLEDGED")
    assert made.json()["reference"].startswith("JZ")


def test_a_refund_goes_its_way_over_http(people: SimpleNamespace) -> None:
    row = DonationFactory(fund=people.fund, received=True)
    path = f"{BASE}/donations/{row.pk}"

    early = session_client(people.street_reviewer).post(f"{path}/refund")
    wrong = session_client(people.charity_officer).post(f"{path}/propose_refund", {"ground": "REGRET", "reason": "x"})
    said = session_client(people.charity_officer).post(f"{path}/propose_refund", {"ground": "ERROR", "reason": "重复"})
    forbidden = session_client(people.second_officer).post(f"{path}/refund")
    done = session_client(people.street_reviewer).post(f"{path}/refund")

    assert (early.status_code, early.json()["code"], wrong.status_code) == (409, "move_hindered", 400)
    assert (said.status_code, forbidden.status_code) == (200, 403)
    assert (done.json()["status"], done.json()["refund_ground"]) == ("REFUNDED", "ERROR")


def test_a_change_of_use_goes_its_way_over_http(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.record_donation(
        by=people.community_staff, fund=people.fund, donor_kind="PERSON", donor_name="王小明", channel="BANK",
        amount=GOODS_VALUE, reference="1", restricted_to="助学", now=now,
    )  # fmt: skip
    operations.receive_donation(by=people.charity_officer, donation=row, received_on=now.date(), now=now)
    path = f"{BASE}/donations/{row.pk}/change_purpose"
    body = {"new_purpose": "助老", "consented_on": "2026-03-01"}

    bare = session_client(people.second_officer).post(path, body, format="multipart")
    made = session_client(people.second_officer).post(path, {**body, "consent": consent()}, format="multipart")
    change = f"{BASE}/purpose-changes/{made.json()['id']}"
    same = session_client(people.second_officer).post(f"{change}/confirm")
    done = session_client(people.charity_officer).post(f"{change}/confirm")

    assert (bare.status_code, made.status_code) == (400, 201)
    assert (same.status_code, same.json()["code"]) == (403, "same_person")
    assert (done.status_code, done.json()["journal"] is not None) == (200, True)
    assert session_client(None).get(f"{BASE}/purpose-changes").status_code in {401, 403}


GOODS_VALUE = 100


def test_promises_over_http(people: SimpleNamespace) -> None:
    staff, officer = session_client(people.community_staff), session_client(people.charity_officer)
    promise = {
        "fund": people.fund.pk,
        "matcher": "某企业",
        "ratio": "1.00",
        "cap": "1000.00",
        "starts_on": "2026-01-01",
        "ends_on": "2026-12-31",
    }

    entered = staff.post(f"{BASE}/matching-promises", promise)
    hidden = session_client(None).get(f"{BASE}/matching-promises/{entered.json()['id']}")
    funded = officer.post(f"{BASE}/matching-promises/{entered.json()['id']}/confirm_deposit", {"reference": "存1"})
    shown = session_client(None).get(f"{BASE}/matching-promises").json()["results"]

    assert (entered.status_code, hidden.status_code, funded.json()["status"]) == (201, 404, "FUNDED")
    assert "某企业" not in str(shown)


def test_consent_is_changed_over_http(people: SimpleNamespace) -> None:
    row = DonationFactory(fund=people.fund, published=True)
    path = f"{BASE}/donations/{row.pk}"

    assert session_client(None).post(f"{path}/consent", {}).status_code in {401, 403}
    done = session_client(people.community_staff).post(
        f"{path}/consent", {"is_name_public": True, "reason": "捐赠人书面同意"}
    )

    assert done.status_code == 200
    assert session_client(None).get(path).json()["donor_name"] == "王小明"


# --- Certificates


@needs_paper
def test_a_certificate_is_printed_and_checked_by_everybody(people: SimpleNamespace, now: dt.datetime) -> None:
    row = DonationFactory(fund=people.fund, published=True, donor_name="㐂𠮷先生")
    row = corrections.issue_certificate(by=people.charity_officer, donation=row, now=now)

    mine = page(people.charity_officer).get(f"/donations/{row.pk}/certificate.pdf")
    api = session_client(people.charity_officer).get(f"{BASE}/donations/{row.pk}/certificate")
    desk = desk_client(people.charity_officer).get(f"/desk/funds/donation/{row.pk}/certificate.pdf")
    text = "".join(PdfReader(io.BytesIO(mine.content)).pages[0].extract_text().split())
    check = page(None).get(f"/certificates/{row.certificate_code}/").content.decode()

    assert [answer.status_code for answer in (mine, api, desk)] == [200, 200, 200]
    assert mine["Content-Type"] == "application/pdf"
    assert "㐂𠮷先生" in text
    assert "1,000.00" in text
    assert people.fund.name in text
    assert f"/certificates/{row.certificate_code}/" in text
    assert "1,000.00" in check
    assert "㐂𠮷先生" not in check
    assert page(people.auditor).get(f"/donations/{row.pk}/certificate.pdf").status_code == 403
    assert page(None).get(f"/donations/{row.pk}/certificate.pdf").status_code == 302
    assert session_client(people.auditor).get(f"{BASE}/donations/{row.pk}/certificate").status_code == 403


def test_a_machine_that_cannot_print_says_so(
    people: SimpleNamespace, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = DonationFactory(fund=people.fund, received=True)
    corrections.issue_certificate(by=people.charity_officer, donation=row, now=now)
    monkeypatch.setattr(printing, "lacking", lambda: "no libpango")

    answer = session_client(people.charity_officer).get(f"{BASE}/donations/{row.pk}/certificate")

    assert (answer.status_code, answer.json()["code"]) == (503, "printing_unavailable")


@pytest.mark.usefixtures("english")
def test_a_certificate_is_looked_up_by_its_printed_code(people: SimpleNamespace, now: dt.datetime) -> None:
    row = DonationFactory(fund=people.fund, received=True)
    row = corrections.issue_certificate(by=people.charity_officer, donation=row, now=now)
    code = row.certificate_code
    grouped = "-".join(code[start : start + 5] for start in range(0, 20, 5)).lower()
    visitor = page(None)

    found = visitor.get("/certificates/", {"code": grouped})
    none = visitor.get("/certificates/", {"code": "AAAAA"})
    corrections.propose_refund(by=people.charity_officer, donation=row, ground="ERROR", reason="重复", now=now)
    corrections.refund_donation(by=people.street_reviewer, donation=row, now=now)
    over = visitor.get(f"/certificates/{code}/").content.decode()

    assert (found.status_code, found["Location"]) == (302, f"/certificates/{code}/")
    assert "No certificate bears this code" in none.content.decode()
    assert "no longer holds" in over
    assert visitor.get("/certificates/UNKNOWN/").status_code == 404


# --- Pages


@pytest.mark.usefixtures("english")
def test_the_wall_names_who_consents_and_shows_goods_apart(people: SimpleNamespace, now: dt.datetime) -> None:
    DonationFactory(fund=people.fund, published=True)
    DonationFactory(fund=people.fund, published=True, is_name_public=True, donor_name="李华")
    row = operations.record_goods(
        by=people.community_staff, fund=people.fund, donor_kind="UNIT", donor_name="某粮油公司", is_name_public=True,
        goods=[operations.Goods("大米", 20, "袋", 1600, "INVOICE", "发票")], reference="1", now=now,
    )  # fmt: skip
    row = operations.receive_donation(by=people.charity_officer, donation=row, received_on=now.date(), now=now)
    row = operations.issue_receipt(by=people.charity_officer, donation=row, waived_note="不索取", now=now)
    Donation.objects.filter(pk=row.pk).update(status="PUBLISHED")
    DonationStationFactory(charity=people.fund.charity, division=people.fund.division, name="檀木林接收站")
    MatchingPromiseFactory(fund=people.fund, funded=True, ends_on=dt.date(2099, 1, 1))

    shown = page(None).get(f"/funds/{people.fund.pk}/donations/").content.decode()

    assert "李华" in shown
    assert "王小明" not in shown
    assert "1 of 3" not in shown
    assert "大米 20 袋" in shown
    assert "2,000.00" in shown
    assert "1,600.00" in shown
    assert "100.0 %" in shown
    assert "檀木林接收站" in shown
    assert "Sign in to pledge a gift" in shown


@pytest.mark.parametrize("more", [1, 3])
def test_the_wall_takes_a_fixed_number_of_queries(
    people: SimpleNamespace, more: int, django_assert_num_queries: Any
) -> None:
    for number in range(more):
        DonationFactory(fund=people.fund, published=True, is_name_public=True, donor_name=f"李{number}")
    visitor = page(None)

    with django_assert_num_queries(9):
        assert visitor.get(f"/funds/{people.fund.pk}/donations/").status_code == 200


@pytest.mark.usefixtures("english")
def test_a_pledge_is_made_on_the_page_and_seen_by_its_donor(people: SimpleNamespace) -> None:
    path = f"/funds/{people.fund.pk}/donations/"
    client = page(people.stranger)

    wrong = client.post(f"{path}pledge/", {"amount": "1,000.005"})
    made = client.post(f"{path}pledge/", {"amount": "１０"})  # noqa: RUF001 - as people type it
    row = Donation.objects.get()
    shown = client.get(row.get_absolute_url()).content.decode()

    assert (wrong.status_code, made.status_code, made["Location"]) == (400, 302, row.get_absolute_url())
    assert row.reference in shown
    assert "never takes money" in shown
    assert "10.00" in client.get("/donations/mine/").content.decode()
    assert page(people.resident).get("/donations/mine/").status_code == 200
    assert page(None).get(row.get_absolute_url()).status_code == 404
    assert client.post(f"{path}record/", {}).status_code == 403


@pytest.mark.usefixtures("english")
def test_a_donation_goes_its_way_on_the_pages(people: SimpleNamespace) -> None:
    staff, officer = page(people.community_staff), page(people.charity_officer)
    body = {"donor_kind": "PERSON", "donor_name": "王小明", "channel": "CASH", "amount": "100", "reference": "9"}

    own = staff.post(f"/funds/{people.fund.pk}/donations/record/", {**body, "restricted_to": "资助王小明"})
    made = staff.post(f"/funds/{people.fund.pk}/donations/record/", {**body, "restricted_to": "助学"})
    path = Donation.objects.get().get_absolute_url()
    received = officer.post(f"{path}receive/", {"received_on": "2026-03-02"})
    receipted = officer.post(f"{path}issue_receipt/", {"waived_note": "捐赠人放弃"})
    certified = officer.post(f"{path}certify/")
    published = officer.post(f"{path}publish/")
    changed = officer.post(
        f"{path}change-purpose/", {"new_purpose": "助老", "consented_on": "2026-03-01", "consent": consent()}
    )
    named = staff.post(f"{path}consent/", {"is_name_public": "on", "reason": "电话同意"})

    assert own.status_code == 400
    assert "may not name themselves" in own.content.decode()
    answers = (made, received, receipted, certified, published, changed, named)
    assert [answer.status_code for answer in answers] == [302] * 7
    row = Donation.objects.get()
    assert (row.status, row.is_name_public, bool(row.certificate_code)) == ("PUBLISHED", True, True)
    assert PurposeChange.objects.get().new_purpose == "助老"
    shown = page(None).get(path).content.decode()
    assert "王小明" in shown
    assert "捐赠人放弃" not in shown


@pytest.mark.usefixtures("english")
def test_goods_are_recorded_on_the_page_line_by_line(people: SimpleNamespace) -> None:
    path = f"/funds/{people.fund.pk}/donations/goods/"
    body = {"donor_kind": "PERSON", "donor_name": "李华", "reference": "1"}
    staff = page(people.community_staff)

    wrong = staff.post(path, {**body, "goods": "大米,20,袋,一千,INVOICE,发票"})
    made = staff.post(
        path, {**body, "goods": "大米，20，袋，1600，invoice，发票 No.1, 复印件\n棉衣,2.5,件,50,MARKET,市价"}
    )

    assert (wrong.status_code, made.status_code) == (400, 302)
    assert "Line 1 cannot be read" in wrong.content.decode()
    assert [str(line) for line in Donation.objects.get().goods.order_by("number")] == ["大米 20 袋", "棉衣 2.5 件"]


@pytest.mark.usefixtures("english")
def test_what_is_raised_among_residents_is_offered_for_a_pledge(people: SimpleNamespace) -> None:
    assert 'name="appeal"' not in page(people.stranger).get(f"/funds/{people.fund.pk}/donations/").content.decode()
    row = AppealFactory(fund=people.fund, kind="RESIDENTS", filing_number="", platform_url="")

    assert row.title not in page(people.stranger).get(f"/funds/{people.fund.pk}/donations/").content.decode()


# --- Desk


def test_goods_consent_and_refund_on_the_desk(people: SimpleNamespace) -> None:
    staff, officer = desk_client(people.community_staff), desk_client(people.charity_officer)
    body = {"fund": people.fund.pk, "donor_kind": "PERSON", "donor_name": "李华", "reference": "1"}

    wrong = staff.post("/desk/funds/donation/goods/", {**body, "goods": "大米"})
    made = staff.post("/desk/funds/donation/goods/", {**body, "goods": "大米,20,袋,1600,INVOICE,发票"})
    row = Donation.objects.get()
    path = f"/desk/funds/donation/{row.pk}"
    received = officer.post(f"{path}/moves/receive/", {"received_on": "2026-03-02"})
    certified = officer.post(f"{path}/deeds/certify/")
    named = staff.post(f"{path}/deeds/consent/", {"is_name_public": "on", "reason": "同意"})
    said = officer.post(f"{path}/deeds/propose-refund/", {"ground": "ERROR", "reason": "登记错误"})
    done = desk_client(people.street_reviewer).post(f"{path}/moves/refund/")

    answers = (made, received, certified, named, said, done)
    assert (wrong.status_code, [answer.status_code for answer in answers]) == (400, [302] * 6)
    assert Donation.objects.get().status == "REFUNDED"
    assert "大米 20 袋" in officer.get(f"{path}/change/").content.decode()
    assert desk_client(people.auditor).get("/desk/funds/donation/goods/").status_code == 403


def test_changes_of_use_and_promises_on_the_desk(people: SimpleNamespace, now: dt.datetime) -> None:
    row = DonationFactory(fund=people.fund, received=True)
    officer, second = desk_client(people.charity_officer), desk_client(people.second_officer)

    entered = second.post(
        f"/desk/funds/donation/{row.pk}/deeds/change-purpose/",
        {"new_purpose": "助老", "consented_on": "2026-03-01", "consent": consent()},
    )
    change = PurposeChange.objects.get()
    confirmed = officer.post(f"/desk/funds/purposechange/{change.pk}/deeds/confirm/")
    promised = second.post(
        "/desk/funds/matchingpromise/add/",
        {
            "fund": people.fund.pk,
            "matcher": "某企业",
            "ratio": "1",
            "cap": "1,000",
            "starts_on": "2026-01-01",
            "ends_on": "2026-12-31",
        },
    )
    promise = MatchingPromise.objects.get()
    funded = officer.post(f"/desk/funds/matchingpromise/{promise.pk}/moves/confirm_deposit/", {"reference": "存1"})

    answers = (entered, confirmed, promised, funded)
    assert [answer.status_code for answer in answers] == [302] * 4
    promise.refresh_from_db()
    assert (promise.status, PurposeChange.objects.get().confirmed_by) == ("FUNDED", people.charity_officer)
    for name in ("purposechange", "matchingpromise"):
        assert officer.get(f"/desk/funds/{name}/").status_code == 200


def test_another_places_fund_is_not_offered(people: SimpleNamespace) -> None:
    CommunityFundFactory(active=True, name="别处的基金全称")

    assert "别处的基金" not in desk_client(people.community_staff).get("/desk/funds/donation/goods/").content.decode()
