"""Books, lettings, rents and shares on the pages, on the desk and over the API: one set of rules."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from funds.enterprises.letting import operations
from funds.enterprises.letting.models import CommunityAsset, Letting, RentCharge, RentReceipt
from funds.enterprises.models import CommunityEnterprise, ProfitDeclaration
from funds.enterprises.ownership.models import Shareholder
from funds.enterprises.records.models import BusinessRecord
from governance.accounts.models import User
from governance.accounts.queries import system_actor
from tests.factories.communities import PolicyDocumentFactory
from tests.factories.funds_enterprises import DeclarationFactory
from tests.factories.funds_letting import (
    AssetFactory,
    BusinessRecordFactory,
    LettingFactory,
    RentChargeFactory,
    RentReceiptFactory,
    ShareholderFactory,
)
from tests.people import desk_client, session_client

pytestmark = pytest.mark.django_db

BASE = "/api/v1"
PDF = b"%PDF-1.4\n%%EOF\n"
RECORD = {
    "kind": "COST",
    "line": "MARKET",
    "month": "2025年3月",
    "amount": "1,234.50",
    "description": "水电费",
    "party": "",
    "evidence_kind": "INVOICE",
    "evidence_number": "FP9",
    "relation": "",
    "recusal": "",
}
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


def signed_in(user: User) -> Client:
    """Return the browser of this person."""
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    """Return the page."""
    return str(answer.content.decode())


@pytest.fixture
def letting(people: SimpleNamespace) -> Letting:
    """A running letting of the house's enterprise, with two months charged and one paid."""
    row: Letting = LettingFactory(
        asset__enterprise=people.enterprise,
        asset__name="芭蕉冲堆场",
        lessee="川南建材商行",
        ends_on=dt.date(2040, 1, 1),
        running=True,
    )
    RentChargeFactory(letting=row)
    RentChargeFactory(
        letting=row,
        number=2,
        from_on=dt.date(2025, 2, 1),
        to_on=dt.date(2025, 3, 1),
        due_on=dt.date(2025, 2, 11),
    )
    RentReceiptFactory(letting=row, reference="YH0001")
    return row


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


def test_everybody_reads_assets_income_and_shares(
    people: SimpleNamespace, client: Client, letting: Letting, django_assert_num_queries: Any
) -> None:
    ShareholderFactory(enterprise=people.enterprise)
    DeclarationFactory(enterprise=people.enterprise, published=True)
    BusinessRecordFactory(enterprise=people.enterprise, amount=Decimal("300000.00"))

    with django_assert_num_queries(8):  # enterprise, places, years, shares, assets, lettings, records, rents
        shown = text(client.get(f"/enterprises/{people.enterprise.pk}/"))

    assert "芭蕉冲堆场" in shown
    assert letting.purpose in shown
    assert "300,000.00" in shown
    assert "80,000.00" in shown  # the rent of two months
    assert "520,000.00" in shown  # declared, not broken down
    assert "三八路社区居民委员会" in shown
    assert letting.lessee not in shown
    assert "40,000.00" not in shown
    assert "/books/" not in shown


@pytest.mark.parametrize("page", ["books", "lettings", "records/export", "lettings/export"])
@pytest.mark.parametrize(
    ("name", "status"),
    [
        (None, 302),
        ("stranger", 403),
        ("other_accountant", 403),
        ("accountant", 200),
        ("community_staff", 200),
        ("supervisor", 200),
        ("auditor", 200),
    ],
)
def test_contracts_and_books_are_for_those_who_handle_them(
    people: SimpleNamespace, letting: Letting, page: str, name: str | None, status: int
) -> None:
    client = Client() if name is None else signed_in(getattr(people, name))

    assert client.get(f"/enterprises/{people.enterprise.pk}/{page}/").status_code == status


def test_the_accountant_keeps_the_books(people: SimpleNamespace) -> None:
    client, home = signed_in(people.accountant), f"/enterprises/{people.enterprise.pk}"

    form = client.get(f"{home}/records/new/")
    wrong = client.post(f"{home}/records/new/", {**RECORD, "amount": "1e5"})
    made = client.post(f"{home}/records/new/", {**RECORD, "file": SimpleUploadedFile("发票.pdf", PDF)})
    twice = client.post(f"{home}/records/new/", RECORD)
    row = BusinessRecord.objects.get()
    books = text(client.get(f"{home}/books/?year=2025"))
    empty = text(client.get(f"{home}/books/?year=99999"))
    void = client.get(f"/records/{row.pk}/void/")
    done = client.post(f"/records/{row.pk}/void/", {"reason": "记错"})

    assert (form.status_code, wrong.status_code, made.status_code, twice.status_code) == (200, 400, 302, 400)
    assert "1e5" in text(wrong)
    assert "1234.50" in text(twice)
    assert (row.month, row.amount, row.evidence.count()) == (dt.date(2025, 3, 1), Decimal("1234.50"), 1)
    assert "1,234.50" in books
    assert "FP9" in books
    assert "FP9" not in empty
    assert (void.status_code, done.status_code) == (200, 302)
    row.refresh_from_db()
    assert row.void_reason == "记错"


@pytest.mark.parametrize("more", [1, 3])
def test_the_books_take_a_fixed_number_of_queries(
    people: SimpleNamespace, more: int, django_assert_num_queries: Any
) -> None:
    for _number in range(more):
        BusinessRecordFactory(enterprise=people.enterprise)
    client = signed_in(people.accountant)

    # session, user, enterprise, posts, appointments, records' sums, rents' sums, places, records, their files
    with django_assert_num_queries(11):
        assert client.get(f"/enterprises/{people.enterprise.pk}/books/?year=2025").status_code == 200


def test_a_period_is_proposed_and_taken_over(people: SimpleNamespace) -> None:
    BusinessRecordFactory(enterprise=people.enterprise, amount=Decimal("900000.00"))
    client, home = signed_in(people.accountant), f"/enterprises/{people.enterprise.pk}"

    form = client.get(f"{home}/declarations/propose/")
    none = client.post(f"{home}/declarations/propose/", {"period": "YEAR:2024-01-01"})
    made = client.post(f"{home}/declarations/propose/", {"period": "YEAR:2025-01-01"})
    row = ProfitDeclaration.objects.get()
    BusinessRecordFactory(enterprise=people.enterprise, kind="COST", amount=Decimal("100000.00"))
    beside = text(client.get(f"/declarations/{row.pk}/records/"))
    taken = client.post(f"/declarations/{row.pk}/records/")

    assert (form.status_code, none.status_code, made.headers["Location"]) == (200, 400, f"/declarations/{row.pk}/")
    assert "-100,000.00" in beside
    assert taken.status_code == 302
    row.refresh_from_db()
    assert (row.cost, row.net_profit) == (Decimal("100000.00"), Decimal("800000.00"))
    assert signed_in(people.stranger).get(f"/declarations/{row.pk}/records/").status_code == 404


def test_statements_are_attached_on_the_page(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise)
    client = signed_in(people.accountant)

    none = client.post(f"/declarations/{row.pk}/papers/", {"paper": "balance_sheet"})
    done = client.post(
        f"/declarations/{row.pk}/papers/",
        {"paper": "balance_sheet", "file": SimpleUploadedFile("资产负债表.pdf", PDF)},
    )
    page = text(client.get(f"/declarations/{row.pk}/"))

    assert (none.status_code, done.status_code) == (302, 302)
    assert "资产负债表.pdf" in page
    assert 'value="audit_report"' not in page


def test_an_audit_names_its_occasion_on_the_page(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, checked=True)

    signed_in(people.auditor).post(
        f"/declarations/{row.pk}/move/",
        {"move": "audit", "audit_opinion": "无保留意见", "audit_occasion": "TERM_END"},
    )

    row.refresh_from_db()
    assert (row.status, row.audit_occasion) == ("AUDITED", "TERM_END")


def workbook(*rows: list[Any]) -> SimpleUploadedFile:
    """Return an uploaded workbook with these rows."""
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = BytesIO()
    book.save(out)
    return SimpleUploadedFile("记录.xlsx", out.getvalue())


def test_a_sheet_is_looked_over_then_imported(people: SimpleNamespace) -> None:
    client, home = signed_in(people.accountant), f"/enterprises/{people.enterprise.pk}/records/import/"
    headers = [key for key in RECORD if key not in {"party", "relation", "recusal"}]
    good = [RECORD[key] for key in headers]
    day = [
        dt.date(2025, 3, 1) if key == "month" else "FP8" if key == "evidence_number" else RECORD[key] for key in headers
    ]
    bad = ["-5" if key == "amount" else RECORD[key] for key in headers]

    looked = client.post(home, {"file": workbook(headers, good, day)})
    before = BusinessRecord.objects.count()
    word = looked.context["word"]
    wrong = client.post(home, {"file": workbook(headers, good, bad)})
    none = client.post(home, {"file": SimpleUploadedFile("x.xlsx", b"%PDF-1.4")})
    forged = client.post(home, {"word": word + "x"})
    other = signed_in(people.community_staff).post(home, {"word": word})
    done = client.post(home, {"word": word})
    again = client.post(home, {"word": word})

    assert (looked.status_code, before) == (200, 0)
    assert wrong.context["word"] == ""
    assert "-5" in text(wrong)
    assert none.context["form"].errors["file"]
    assert [answer.status_code for answer in (forged, other, done, again)] == [302, 302, 302, 302]
    assert BusinessRecord.objects.count() == 2


def test_the_books_go_out_as_a_workbook(people: SimpleNamespace, letting: Letting) -> None:
    BusinessRecordFactory(enterprise=people.enterprise, description="=1+1")
    client = signed_in(people.accountant)

    records = client.get(f"/enterprises/{people.enterprise.pk}/records/export/")
    lettings = client.get(f"/enterprises/{people.enterprise.pk}/lettings/export/")

    rows = list(load_workbook(BytesIO(records.content)).worksheets[0].iter_rows(values_only=True))
    assert (len(rows), "=1+1" in rows[1]) == (2, True)
    assert letting.lessee in list(load_workbook(BytesIO(lettings.content)).worksheets[0].values)[1]


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


# ------------------------------------------------------------------------------------------------------------ the desk


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


def test_staff_keep_books_on_the_desk(people: SimpleNamespace) -> None:
    client, home = desk_client(people.community_staff), "/desk/funds/businessrecord/"

    made = client.post(
        f"{home}add/", {**RECORD, "enterprise": people.enterprise.pk, "file": SimpleUploadedFile("发票.pdf", PDF)}
    )
    row = BusinessRecord.objects.get()
    shown = client.get(f"{home}{row.pk}/change/")
    attached = client.post(f"{home}{row.pk}/deeds/attach/", {"file": SimpleUploadedFile("回单.pdf", PDF)})
    voided = client.post(f"{home}{row.pk}/deeds/void/", {"reason": "记错"})
    headers = ["enterprise", *RECORD]
    sheet = workbook(headers, [people.enterprise.name, *RECORD.values()])
    preview = client.post(f"{home}import/", {"import_file": sheet, "format": "0", "resource": ""})
    confirm = preview.context["confirm_form"]
    done = client.post(f"{home}process_import/", {name: confirm[name].value() or "" for name in confirm.fields})

    assert [answer.status_code for answer in (made, shown, attached, voided, preview, done)] == [
        302, 200, 302, 302, 200, 302,
    ]  # fmt: skip
    assert (row.evidence.count(), BusinessRecord.objects.standing().count()) == (2, 1)
    assert desk_client(people.auditor).get(f"{home}add/").status_code == 403


@pytest.mark.parametrize("path", ["letting", "businessrecord", "rentcharge", "rentreceipt", "communityasset"])
@pytest.mark.parametrize("more", [1, 3])
def test_lists_of_the_desk_take_a_bounded_number_of_queries(
    people: SimpleNamespace, path: str, more: int, django_assert_max_num_queries: Any
) -> None:
    for _number in range(more):
        charge = RentChargeFactory(letting__asset__enterprise=people.enterprise)
        RentReceiptFactory(letting=charge.letting)
        BusinessRecordFactory(enterprise=people.enterprise)
    client = desk_client(people.street_officer)

    with django_assert_max_num_queries(10):
        assert client.get(f"/desk/funds/{path}/").status_code == 200


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


def test_figures_are_taken_over_and_papers_attached_on_the_desk(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, checked=True)
    client = desk_client(people.auditor)

    shown = client.get(f"/desk/funds/profitdeclaration/{row.pk}/change/")
    attached = client.post(
        f"/desk/funds/profitdeclaration/{row.pk}/deeds/attach_report/", {"file": SimpleUploadedFile("报告.pdf", PDF)}
    )
    audited = client.post(
        f"/desk/funds/profitdeclaration/{row.pk}/moves/audit/",
        {"audit_opinion": "无保留意见", "audit_occasion": "TERM_END"},
    )

    row.refresh_from_db()
    assert [answer.status_code for answer in (shown, attached, audited)] == [200, 302, 302]
    assert row.audit_report is not None
    assert (row.status, row.audit_occasion) == ("AUDITED", "TERM_END")


# ------------------------------------------------------------------------------------------------------------- the API


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


def test_what_is_public_over_http(people: SimpleNamespace, letting: Letting) -> None:
    ShareholderFactory(enterprise=people.enterprise)
    visitor, stranger = session_client(None), session_client(people.stranger)

    asset = visitor.get(f"{BASE}/community-assets").json()["results"][0]
    parts = visitor.get(f"{BASE}/enterprises/{people.enterprise.pk}/shareholders").json()

    assert (asset["name"], asset["is_let"], "right_paper" in asset) == ("芭蕉冲堆场", True, False)
    assert [part["share"] for part in parts] == ["1.000000"]
    for path in ("lettings", "rent-charges", "rent-receipts", "business-records"):
        assert visitor.get(f"{BASE}/{path}").status_code in {401, 403}
        assert stranger.get(f"{BASE}/{path}").status_code == 403
    assert session_client(people.other_accountant).get(f"{BASE}/lettings").json()["results"] == []
    assert stranger.get(f"{BASE}/lettings/{letting.pk}").status_code in {403, 404}


def test_books_over_http(people: SimpleNamespace) -> None:
    accountant = session_client(people.accountant)
    body = {**RECORD, "month": "2025-03-01", "amount": "1234.50", "enterprise": people.enterprise.pk}

    made = accountant.post(f"{BASE}/business-records", body)
    twice = accountant.post(f"{BASE}/business-records", body)
    negative = accountant.post(f"{BASE}/business-records", {**body, "amount": "-1.00", "evidence_number": "2"})
    income = accountant.get(f"{BASE}/enterprises/{people.enterprise.pk}/income?year=2025").json()
    proposed = accountant.post(
        f"{BASE}/declarations/propose",
        {"enterprise": people.enterprise.pk, "period_kind": "YEAR", "starts_on": "2025-01-01"},
    )
    declaration = proposed.json()["id"]
    ProfitDeclaration.objects.filter(pk=declaration).update(tax=5, net_profit=Decimal("-1239.50"))
    compared = accountant.get(f"{BASE}/declarations/{declaration}/comparison").json()
    taken = accountant.post(f"{BASE}/declarations/{declaration}/take_over")
    void = accountant.post(f"{BASE}/business-records/{made.json()['id']}/void", {"reason": "记错"})

    assert [answer.status_code for answer in (made, twice, negative, proposed, taken, void)] == [
        201, 409, 400, 201, 200, 200,
    ]  # fmt: skip
    assert income == [{"month": "2025-03-01", "kind": "COST", "line": "MARKET", "amount": "1234.50"}]
    assert {line["name"]: line["difference"] for line in compared}["tax"] == "5.00"
    assert (taken.json()["cost"], taken.json()["net_profit"]) == ("1234.50", "-1234.50")
    assert session_client(people.stranger).get(f"{BASE}/enterprises/{people.enterprise.pk}/income").status_code == 403


def test_shareholders_over_http(people: SimpleNamespace) -> None:
    staff = session_client(people.community_staff)
    body = {
        "valid_from": "2025-01-01",
        "holdings": [{"kind": "COMMITTEE", "name": "居委会", "share": "0.9"}],
    }
    path = f"{BASE}/enterprises/{people.enterprise.pk}/set_shareholders"

    short = staff.post(path, body, format="json")
    done = staff.post(path, {**body, "holdings": [{**body["holdings"][0], "share": "1"}]}, format="json")  # type: ignore[dict-item]
    other = session_client(people.accountant).post(path, body, format="json")

    assert (short.status_code, short.json()["code"]) == (400, "ownership_not_whole")
    assert (done.status_code, [part["name"] for part in done.json()]) == (200, ["居委会"])
    assert other.status_code == 403


@pytest.mark.parametrize("more", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [("community-assets", 2), ("lettings", 6), ("rent-charges", 5), ("rent-receipts", 5), ("business-records", 6)],
)
def test_lists_of_the_api_take_a_fixed_number_of_queries(
    people: SimpleNamespace, path: str, queries: int, more: int, django_assert_num_queries: Any
) -> None:
    for _number in range(more):
        charge = RentChargeFactory(letting__asset__enterprise=people.enterprise)
        RentReceiptFactory(letting=charge.letting)
        BusinessRecordFactory(enterprise=people.enterprise)
    client = session_client(None) if path == "community-assets" else session_client(people.accountant)

    with django_assert_num_queries(queries):
        assert len(client.get(f"{BASE}/{path}").json()["results"]) == more


def test_the_clock_charges_what_the_pages_show(people: SimpleNamespace, now: dt.datetime) -> None:
    row = LettingFactory(asset=AssetFactory(enterprise=people.enterprise), running=True)

    operations.charge_rent(by=system_actor(), now=now, today=dt.date(2025, 12, 31))

    page = text(signed_in(people.accountant).get(f"/enterprises/{people.enterprise.pk}/books/?year=2025"))
    assert row.charges.count() == 12
    assert "480,000.00" in page
