"""The books and the figures of a period on the pages, on the desk and over the API: one set of rules."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from funds.enterprises.letting.models import Letting
from funds.enterprises.models import ProfitDeclaration
from funds.enterprises.records.models import BusinessRecord
from tests.factories.funds_enterprises import DeclarationFactory
from tests.factories.funds_letting import (
    BusinessRecordFactory,
)
from tests.funds.enterprises.surfaces import BASE, PDF, signed_in, text
from tests.people import desk_client, session_client

pytestmark = pytest.mark.django_db

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
