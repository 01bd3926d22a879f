"""Assets, lettings and rent on the pages, on the desk and over the API: one set of rules."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from funds.enterprises.letting import operations
from funds.enterprises.letting.models import CommunityAsset, Letting, RentCharge, RentReceipt
from funds.enterprises.models import CommunityEnterprise
from governance.accounts.queries import system_actor
from tests.factories.communities import PolicyDocumentFactory
from tests.factories.funds_letting import (
    AssetFactory,
    LettingFactory,
    RentChargeFactory,
)
from tests.funds.enterprises.surfaces import BASE, PDF, signed_in, text
from tests.people import desk_client, session_client

pytestmark = pytest.mark.django_db

ASSET = {
    "name": "一号堆场",
    "kind": "YARD",
    "address": "芭蕉冲 1 号",
    "area": "90",
    "area_unit": "MU",
    "owner_kind": "COLLECTIVE",
    "owner_name": "集体",
    "right_to_let": "ENTRUSTED",
    "right_paper": "协议 1",
    "right_until": "",
}


def terms(asset: CommunityAsset | None = None, **changes: Any) -> dict[str, Any]:
    """Return the terms of a letting as a form takes them."""
    document = PolicyDocumentFactory(division=CommunityEnterprise.objects.order_by("pk")[0].division)
    given = {
        "lessee_kind": "UNIT",
        "lessee": "川南建材商行",
        "purpose": "建材堆放",
        "starts_on": "2025-01-01",
        "last_day": "2025-12-31",
        "monthly_rent": "40,000.00",
        "deposit": "",
        "days_to_pay": "10",
        "document": document.pk,
        "relation": "",
        "recusal": "",
        **changes,
    }
    return {**given, "asset": asset.pk} if asset else given


def test_an_asset_is_let_on_the_pages(people: SimpleNamespace) -> None:
    client, home = signed_in(people.accountant), f"/enterprises/{people.enterprise.pk}"

    form = client.get(f"{home}/assets/new/")
    made = client.post(f"{home}/assets/new/", ASSET)
    asset = CommunityAsset.objects.get()
    edited = client.post(f"/assets/{asset.pk}/edit/", {**ASSET, "area": "80"})
    entry = client.get(f"{home}/lettings/new/")
    wrong = client.post(f"{home}/lettings/new/", terms(asset, last_day="2024-12-30"))
    entered = client.post(f"{home}/lettings/new/", terms(asset))
    row = Letting.objects.get()
    change = client.get(f"/lettings/{row.pk}/edit/")
    changed = client.post(f"/lettings/{row.pk}/edit/", terms(monthly_rent="41000"))
    page = text(client.get(f"/lettings/{row.pk}/"))
    early = client.post(f"/lettings/{row.pk}/acts/record_rent/", {"received_on": "2025-01-05", "amount": "1"})
    alone = client.post(f"/lettings/{row.pk}/acts/confirm/")

    assert [answer.status_code for answer in (form, made, edited, entry, wrong, entered, change, changed)] == [
        200, 302, 302, 200, 400, 302, 200, 302,
    ]  # fmt: skip
    assert 'value="2025-12-31"' in text(change)
    row.refresh_from_db()
    asset.refresh_from_db()
    assert (asset.area, row.ends_on, row.monthly_rent) == (80, dt.date(2026, 1, 1), Decimal("41000.00"))
    assert "acts/withdraw/" in page
    assert (early.status_code, alone.status_code, row.status) == (400, 400, "DRAFT")


def test_a_letting_is_confirmed_paid_and_ended_on_its_page(people: SimpleNamespace) -> None:
    row = LettingFactory(asset__enterprise=people.enterprise)
    street, accountant = signed_in(people.street_officer), signed_in(people.accountant)
    acts = f"/lettings/{row.pk}/acts"
    slip = {
        "received_on": "2025-01-10",
        "amount": "40,000",
        "reference": "YH1",
        "file": SimpleUploadedFile("a.pdf", PDF),
    }

    confirmed = street.post(f"{acts}/confirm/")
    paid = accountant.post(f"{acts}/record_rent/", slip)
    twice = accountant.post(f"{acts}/record_rent/", {**slip, "file": ""})
    attached = accountant.post(f"{acts}/attach/", {"file": SimpleUploadedFile("合同.pdf", PDF)})
    page = text(accountant.get(f"/lettings/{row.pk}/"))
    receipt = RentReceipt.objects.get()
    void = accountant.get(f"/rent-receipts/{receipt.pk}/void/")
    voided = accountant.post(f"/rent-receipts/{receipt.pk}/void/", {"reason": "退票"})
    ended = street.post(f"{acts}/terminate/", {"last_day": "2025-06-30", "reason": "搬迁"})
    nothing = street.post(f"{acts}/dance/")
    plain = (street.post(f"/lettings/{row.pk}/").status_code, street.get(f"{acts}/confirm/").status_code)

    assert [answer.status_code for answer in (confirmed, paid, twice, attached, void, voided, ended, nothing)] == [
        302, 302, 400, 302, 200, 302, 302, 404,
    ]  # fmt: skip
    assert plain == (404, 302)
    assert "YH1" in text(twice)
    assert "440,000.00" in page
    assert "合同.pdf" in page
    row.refresh_from_db()
    assert (row.status, row.last_day) == ("TERMINATED", dt.date(2025, 6, 30))


def test_arrears_are_listed_oldest_first(people: SimpleNamespace, letting: Letting) -> None:
    older = LettingFactory(asset__enterprise=people.enterprise, asset__name="老店", running=True)
    RentChargeFactory(letting=older)

    page = text(signed_in(people.street_officer).get("/enterprises/arrears/"))
    own = text(signed_in(people.accountant).get(f"/enterprises/{people.enterprise.pk}/lettings/"))

    assert page.index("老店") < page.index("芭蕉冲堆场")
    assert "2025-02-11" in page
    assert "&gt; 180" in page
    assert "芭蕉冲堆场" in own
    assert signed_in(people.stranger).get("/enterprises/arrears/").status_code == 403
    assert "老店" not in text(signed_in(people.other_street_officer).get("/enterprises/arrears/"))


def test_the_clock_charges_what_the_pages_show(people: SimpleNamespace, now: dt.datetime) -> None:
    row = LettingFactory(asset=AssetFactory(enterprise=people.enterprise), running=True)

    operations.charge_rent(by=system_actor(), now=now, today=dt.date(2025, 12, 31))

    page = text(signed_in(people.accountant).get(f"/enterprises/{people.enterprise.pk}/books/?year=2025"))
    assert row.charges.count() == 12
    assert "480,000.00" in page


def test_staff_enter_assets_and_lettings_on_the_desk(people: SimpleNamespace) -> None:
    client = desk_client(people.community_staff)

    made = client.post("/desk/funds/communityasset/add/", {**ASSET, "enterprise": people.enterprise.pk})
    asset = CommunityAsset.objects.get()
    edit = client.get(f"/desk/funds/communityasset/{asset.pk}/deeds/edit/")
    edited = client.post(f"/desk/funds/communityasset/{asset.pk}/deeds/edit/", {**ASSET, "area": "80"})
    wrong = client.post("/desk/funds/letting/add/", terms(asset, last_day="2024-01-01"))
    entered = client.post("/desk/funds/letting/add/", terms(asset))
    row = Letting.objects.get()
    pages = [
        client.get(f"/desk/funds/letting/{row.pk}/{path}")
        for path in ("change/", "deeds/edit/", "deeds/attach/", "moves/withdraw/")
    ]
    changed = client.post(f"/desk/funds/letting/{row.pk}/deeds/edit/", terms(monthly_rent="1"))

    assert [answer.status_code for answer in (made, edit, edited, wrong, entered, changed)] == [
        302, 200, 302, 200, 302, 302,
    ]  # fmt: skip
    assert {answer.status_code for answer in pages} == {200}
    row.refresh_from_db()
    assert (row.monthly_rent, row.last_day) == (Decimal("1.00"), dt.date(2025, 12, 31))


def test_the_street_confirms_follows_up_and_waives_on_the_desk(people: SimpleNamespace, letting: Letting) -> None:
    draft = LettingFactory(asset__enterprise=people.enterprise)
    street, staff = desk_client(people.street_officer), desk_client(people.community_staff)
    charge = RentCharge.objects.order_by("number")[0]

    confirmed = street.post(f"/desk/funds/letting/{draft.pk}/moves/confirm/")
    listed = street.get("/desk/funds/letting/?in_arrears=1")
    waived = street.post(f"/desk/funds/rentcharge/{charge.pk}/deeds/waive/", {"amount": "10,000", "reason": "洪水"})
    paid = staff.post(
        f"/desk/funds/letting/{letting.pk}/deeds/record_rent/",
        {"received_on": "2025-02-10", "amount": "30000", "reference": "YH0002"},
    )
    receipt = RentReceipt.objects.get(reference="YH0002")
    voided = staff.post(f"/desk/funds/rentreceipt/{receipt.pk}/deeds/void/", {"reason": "退票"})
    end = street.get(f"/desk/funds/letting/{letting.pk}/moves/terminate/")
    ended = street.post(
        f"/desk/funds/letting/{letting.pk}/moves/terminate/", {"last_day": "2025-02-28", "reason": "搬迁"}
    )
    lists = [street.get(f"/desk/funds/{model}/") for model in ("communityasset", "rentcharge", "rentreceipt")]

    assert [answer.status_code for answer in (confirmed, listed, waived, paid, voided, end, ended)] == [
        302, 200, 302, 302, 302, 200, 302,
    ]  # fmt: skip
    assert {answer.status_code for answer in lists} == {200}
    assert "芭蕉冲堆场" in text(listed)
    for row in (draft, letting, charge, receipt):
        row.refresh_from_db()
    assert (draft.status, letting.status, charge.waived) == ("RUNNING", "TERMINATED", Decimal("10000.00"))
    assert receipt.void_reason == "退票"


def test_assets_and_lettings_over_http(people: SimpleNamespace) -> None:
    accountant, street = session_client(people.accountant), session_client(people.street_officer)
    asset = accountant.post(
        f"{BASE}/community-assets", {**ASSET, "enterprise": people.enterprise.pk, "right_until": None}
    )
    given = terms(ends_on="2026-01-01", deposit="0.00", monthly_rent="40000.00")
    given["asset"] = asset.json()["id"]
    del given["last_day"]

    made = accountant.post(f"{BASE}/lettings", given)
    taken = accountant.post(f"{BASE}/lettings", given)
    pk = made.json()["id"]
    early = accountant.post(f"{BASE}/lettings/{pk}/confirm")
    confirmed = street.post(f"{BASE}/lettings/{pk}/confirm")
    charges = accountant.get(f"{BASE}/rent-charges?letting={pk}").json()["results"]
    paid = accountant.post(
        f"{BASE}/rent-receipts",
        {"letting": pk, "received_on": "2025-01-10", "amount": "40000.00", "reference": "YH1"},
    )
    twice = accountant.post(
        f"{BASE}/rent-receipts",
        {"letting": pk, "received_on": "2025-01-10", "amount": "40000.00", "reference": "YH1"},
    )
    waived = street.post(f"{BASE}/rent-charges/{charges[0]['id']}/waive", {"amount": "40000.00", "reason": "洪水"})
    late = accountant.get(f"{BASE}/lettings?in_arrears=true").json()["results"]
    void = accountant.post(f"{BASE}/rent-receipts/{paid.json()['id']}/void", {"reason": "退票"})
    ended = street.post(f"{BASE}/lettings/{pk}/terminate", {"last_day": "2025-06-30", "reason": "搬迁"})

    assert [answer.status_code for answer in (asset, made, taken, early, confirmed, paid, twice, waived, void, ended)] == [
        201, 201, 409, 403, 200, 201, 409, 200, 200, 200,
    ]  # fmt: skip
    assert (taken.json()["code"], twice.json()["code"]) == ("asset_taken", "rent_slip_used")
    assert (len(charges), confirmed.json()["due"]) == (12, "480000.00")
    assert [row["arrears"] for row in late] == ["400000.00"]
    assert ended.json()["due"] == "240000.00"  # six months; of the waived December nothing is left
