"""Enterprises in Excel: what comes out goes in again; a wrong row is named and nothing is written."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
import tablib
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from funds.enterprises.models import CommunityEnterprise
from funds.enterprises.spreadsheet import COLUMNS, EnterpriseResource, TextXLSX
from governance.audit.models import AuditEntry
from tests.factories.funds_enterprises import EnterpriseFactory, credit_code
from tests.people import desk_client

pytestmark = pytest.mark.django_db

LIST = "/desk/funds/communityenterprise/"
ROW: dict[str, Any] = {
    "street": "东兴寺街道",
    "community": "三八路社区",
    "name": "三八路便民服务有限公司",
    "legal_form": "WHOLLY_OWNED_COMPANY",
    "credit_code": "515103025000000153",
    "business_lines": "物业",
    "registered_capital": "500,000.00",
    "founded_on": "2020-05-01",
    "charter_clause": "",
}


def imported(people: SimpleNamespace, now: dt.datetime, *rows: dict[str, Any], dry_run: bool = False) -> Any:
    """Import the rows as community staff and return the library's result."""
    sheet = tablib.Dataset(headers=list(COLUMNS))
    for row in rows:
        sheet.append([row.get(key) for key in COLUMNS])
    return EnterpriseResource().import_data(
        sheet, dry_run=dry_run, user=people.community_staff, now=now, rollback_on_validation_errors=True
    )


def texts(result: Any) -> list[str]:
    """Return what is said about the wrong rows."""
    return [" ".join(row.error.messages) for row in result.invalid_rows]


def test_a_row_is_entered_by_the_operation(people: SimpleNamespace, now: dt.datetime) -> None:
    result = imported(people, now, ROW)

    row = CommunityEnterprise.objects.get(credit_code="515103025000000153")
    assert not result.has_errors()
    assert not result.has_validation_errors()
    assert (row.division, str(row.registered_capital), row.founded_on) == (
        people.enterprise.division,
        "500000.00",
        dt.date(2020, 5, 1),
    )
    assert AuditEntry.objects.get(verb="funds.enterprise.entered").actor == people.community_staff


def test_a_known_row_is_edited_and_a_blank_one_passed_over(people: SimpleNamespace, now: dt.datetime) -> None:
    known = {
        **ROW,
        "name": "新名",
        "credit_code": people.enterprise.credit_code,
        "founded_on": dt.datetime(2021, 5, 1, tzinfo=dt.UTC),
    }

    result = imported(people, now, known, {})

    people.enterprise.refresh_from_db()
    assert (people.enterprise.name, result.totals["update"], result.totals["skip"]) == ("新名", 1, 1)


def test_a_preview_writes_nothing(people: SimpleNamespace, now: dt.datetime) -> None:
    known = CommunityEnterprise.objects.count()

    result = imported(people, now, ROW, dry_run=True)

    assert (result.totals["new"], CommunityEnterprise.objects.count()) == (1, known)


def test_three_bad_rows_of_many_are_named_and_nothing_is_written(people: SimpleNamespace, now: dt.datetime) -> None:
    rows = [{**ROW, "name": f"企业{number}", "credit_code": credit_code(5000 + number)} for number in range(60)]
    rows[9] = {**rows[9], "credit_code": 515103025000000000}
    rows[19] = {**rows[19], "community": "没有的社区"}
    rows[29] = {**rows[29], "founded_on": "去年"}
    known = CommunityEnterprise.objects.count()

    result = imported(people, now, *rows)

    assert [row.number for row in result.invalid_rows] == [10, 20, 30]
    assert CommunityEnterprise.objects.count() == known
    assert not AuditEntry.objects.filter(verb="funds.enterprise.entered").exists()


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"credit_code": 515103025000000000}, "515103025000000000"),
        ({"credit_code": 5.15103025e17}, "515103025000000000"),
        ({"credit_code": "5.15103E+17"}, "5.15103E+17"),
        ({"credit_code": "91510302MA6000061H"}, "91510302MA6000061H"),
        ({"credit_code": ""}, "2"),
        ({"name": ""}, "2"),
        ({"legal_form": "合伙"}, "合伙"),
        ({"registered_capital": "五十万"}, "五十万"),
        ({"registered_capital": 0}, "2"),
        ({"founded_on": "2020-13-01"}, "2020-13-01"),
        ({"street": "郭家坳街街道", "community": "芭蕉冲社区"}, "芭蕉冲社区"),
    ],
)
def test_a_wrong_cell_is_named(people: SimpleNamespace, now: dt.datetime, changes: dict[str, Any], part: str) -> None:
    result = imported(people, now, {**ROW, **changes})

    (said,) = texts(result)
    assert part in said
    assert "2" in said  # the row of the sheet
    assert not CommunityEnterprise.objects.filter(name=ROW["name"]).exists()


def test_a_code_that_arrives_as_a_right_number_is_taken(people: SimpleNamespace, now: dt.datetime) -> None:
    imported(people, now, {**ROW, "credit_code": 515103025000000153})

    assert CommunityEnterprise.objects.filter(credit_code="515103025000000153").exists()


def test_an_enterprise_does_not_move_by_a_sheet(people: SimpleNamespace, now: dt.datetime) -> None:
    row = {**ROW, "community": "盐店街社区", "credit_code": people.enterprise.credit_code}
    result = EnterpriseResource().import_data(
        tablib.Dataset([row.get(key) for key in COLUMNS], headers=list(COLUMNS)),
        user=people.street_officer,
        now=now,
        rollback_on_validation_errors=True,
    )

    (said,) = texts(result)
    assert "三八路社区居民委员会" in said


def test_a_sheet_without_a_needed_column_is_refused(people: SimpleNamespace, now: dt.datetime) -> None:
    result = EnterpriseResource().import_data(
        tablib.Dataset(["x"], headers=["name"]), user=people.community_staff, now=now
    )

    assert len(result.base_errors) == 1
    assert not result.rows


def test_what_goes_out_is_text_and_comes_in_again(people: SimpleNamespace, now: dt.datetime) -> None:
    EnterpriseFactory(
        division=people.enterprise.division, name="=1+1", credit_code="515103025000000153", business_lines="-2+3"
    )
    resource = EnterpriseResource()

    data = TextXLSX().export_data(resource.export(CommunityEnterprise.objects.order_by("pk")))

    sheet = load_workbook(BytesIO(data)).worksheets[0]
    rows = list(sheet.iter_rows())
    assert {cell.data_type for row in rows for cell in row if cell.value} <= {"s", "inlineStr"}
    assert {cell.number_format for row in rows for cell in row} == {"@"}
    assert [cell.value for cell in rows[-1]][2:5:2] == ["=1+1", "515103025000000153"]
    again = TextXLSX().create_dataset(data)
    own = [row for row in again if row[1] == "三八路社区"]
    result = resource.import_data(tablib.Dataset(*own, headers=again.headers), user=people.community_staff, now=now)
    assert (result.totals["update"], result.has_validation_errors()) == (2, False)
    assert not AuditEntry.objects.filter(verb="funds.enterprise.edited").exists()


def workbook(*rows: dict[str, Any]) -> SimpleUploadedFile:
    """Return an uploaded workbook with these rows."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append([row.get(key) for key in COLUMNS])
    out = BytesIO()
    book.save(out)
    return SimpleUploadedFile("enterprises.xlsx", out.getvalue())


def test_the_desk_previews_then_imports(people: SimpleNamespace) -> None:
    client = desk_client(people.community_staff)

    preview = client.post(f"{LIST}import/", {"import_file": workbook(ROW), "format": "0", "resource": ""})
    before = CommunityEnterprise.objects.filter(name=ROW["name"]).count()
    confirm = preview.context["confirm_form"]
    done = client.post(f"{LIST}process_import/", {name: confirm[name].value() or "" for name in confirm.fields})

    assert (preview.status_code, before, done.status_code) == (200, 0, 302)
    assert "credit_code" not in preview.content.decode()
    assert CommunityEnterprise.objects.filter(name=ROW["name"]).count() == 1


def test_the_desk_offers_no_confirmation_for_a_wrong_sheet(people: SimpleNamespace) -> None:
    client = desk_client(people.community_staff)

    wrong = client.post(
        f"{LIST}import/",
        {"import_file": workbook({**ROW, "credit_code": 515103025000000000}), "format": "0", "resource": ""},
    )
    other = client.post(
        f"{LIST}import/",
        {"import_file": SimpleUploadedFile("x.xlsx", b"%PDF-1.4"), "format": "0", "resource": ""},
    )

    assert "confirm_form" not in wrong.context
    assert "515103025000000000" in wrong.content.decode()
    assert other.status_code == 200
    assert other.context["form"].errors["import_file"]


@pytest.mark.parametrize("page", ["import", "export"])
def test_the_desk_names_the_columns_in_the_readers_words(people: SimpleNamespace, page: str) -> None:
    shown = desk_client(people.community_staff).get(f"{LIST}{page}/").content.decode()

    assert ", ".join(str(heading) for heading in list(COLUMNS.values())[:4]) in shown
    assert "credit_code" not in shown


def test_the_desk_exports(people: SimpleNamespace) -> None:
    client = desk_client(people.auditor)

    page = client.get(f"{LIST}export/")
    names = [field.name for field in page.context["form"]]
    answer = client.post(
        f"{LIST}export/", {"format": "0", "resource": "", **{name: "on" for name in names if name.startswith("enter")}}
    )

    assert answer.headers["Content-Type"].startswith("application/vnd.openxmlformats")
    assert load_workbook(BytesIO(answer.content)).worksheets[0].max_row >= 2
