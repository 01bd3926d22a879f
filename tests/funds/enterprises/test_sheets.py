"""Books and lettings in Excel: what comes out goes in again; every wrong row is named and nothing is written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
import tablib
from django.core.exceptions import ValidationError
from openpyxl import Workbook

from communities.territory.spreadsheet import (
    LARGEST_SHEET,
    Formula,
    SheetTooLarge,
    SheetUnreadable,
    TextXLSX,
)
from funds.enterprises.letting.models import Letting
from funds.enterprises.letting.spreadsheet import COLUMNS as LETTING_COLUMNS
from funds.enterprises.letting.spreadsheet import LettingSheet
from funds.enterprises.records.models import BusinessRecord
from funds.enterprises.records.spreadsheet import COLUMNS, RecordSheet
from governance.audit.models import AuditEntry
from tests.factories.communities import PolicyDocumentFactory
from tests.factories.funds_letting import AssetFactory, BusinessRecordFactory, LettingFactory

pytestmark = pytest.mark.django_db

ROW: dict[str, Any] = {
    "enterprise": "",
    "kind": "REVENUE",
    "line": "MARKET",
    "month": "2025-03",
    "amount": "1,234.50",
    "description": "摊位费",
    "party": "光大街菜市场经营户",
    "evidence_kind": "INVOICE",
    "evidence_number": "FP1",
    "is_related": "",
    "relation": "",
    "recusal": "",
}
LETTING_ROW: dict[str, Any] = {
    "enterprise": "",
    "asset": "堆场",
    "lessee_kind": "UNIT",
    "lessee": "自贡市川南建材商行",
    "purpose": "建材堆放",
    "starts_on": "2025-01-01",
    "last_day": "2025/12/31",
    "monthly_rent": "40,000.00",
    "deposit": "",
    "days_to_pay": "",
    "document": "居民会议〔2024〕11号",
    "is_related": "",
    "relation": "",
    "recusal": "",
}


def wide(text: str) -> str:
    """Write digits in full width."""
    return text.translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789"})


def imported(resource: Any, columns: Any, by: Any, now: dt.datetime, rows: list[dict[str, Any]], **more: Any) -> Any:
    """Import the rows and return the library's result."""
    sheet = tablib.Dataset(headers=list(columns))
    for row in rows:
        sheet.append([row.get(key) for key in columns])
    return resource.import_data(sheet, user=by, now=now, rollback_on_validation_errors=True, **more)


def take_in(people: SimpleNamespace, now: dt.datetime, *rows: dict[str, Any], **more: Any) -> Any:
    """Import records as the accountant on their own page."""
    return imported(RecordSheet(), COLUMNS, people.accountant, now, list(rows), enterprise=people.enterprise, **more)


def texts(result: Any) -> list[str]:
    """Return what is said about the wrong rows."""
    return [" ".join(row.error.messages) for row in result.invalid_rows]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("1,234.50", "1234.50"),
        (wide("1000"), "1000.00"),
        ("¥1000", "1000.00"),
        (chr(0xFFE5) + "1000", "1000.00"),
        ("1000元", "1000.00"),
        (" 1000 ", "1000.00"),
        (1000, "1000.00"),
        (1000.5, "1000.50"),
    ],
)
def test_amounts_as_people_write_them_are_read(
    people: SimpleNamespace, now: dt.datetime, amount: Any, expected: str
) -> None:
    result = take_in(people, now, {**ROW, "amount": amount})

    assert not result.has_validation_errors()
    assert str(BusinessRecord.objects.get().amount) == expected


@pytest.mark.parametrize(
    "amount",
    ["1,000.005", "1e5", "-5", "=1+1", "1.000,50", "12,34", "一千", "", "0", 1000.005, -5, Formula("=1+1"), "NaN"],
)
def test_amounts_that_could_mean_anything_are_refused(people: SimpleNamespace, now: dt.datetime, amount: Any) -> None:
    result = take_in(people, now, ROW, {**ROW, "amount": amount, "evidence_number": "FP2"})

    (said,) = texts(result)
    assert "3" in said  # the row of the sheet
    assert str(amount).strip() in said or amount == "0"
    assert not BusinessRecord.objects.exists()


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"month": "2025-13"}, "2025-13"),
        ({"month": "三月"}, "三月"),
        ({"month": "2026-04"}, "2026-04"),
        ({"kind": "收"}, "收"),
        ({"line": "赌场"}, "赌场"),
        ({"description": ""}, "2"),
        ({"evidence_number": ""}, "2"),
        ({"evidence_number": 1.234567890123457e19}, "2"),
        ({"enterprise": "别的企业"}, "别的企业"),
        ({"party": "唐总"}, "唐总"),
        ({"description": Formula('=HYPERLINK("x")')}, "=HYPERLINK"),
        ({"is_related": "也许"}, "也许"),
    ],
)
def test_a_wrong_cell_is_named(people: SimpleNamespace, now: dt.datetime, changes: dict[str, Any], part: str) -> None:
    result = take_in(people, now, {**ROW, **changes})

    (said,) = texts(result)
    assert part in said
    assert not BusinessRecord.objects.exists()


def test_all_wrong_rows_are_named_and_nothing_is_written(people: SimpleNamespace, now: dt.datetime) -> None:
    rows = [{**ROW, "evidence_number": f"FP{number}"} for number in range(40)]
    rows[4] = {**rows[4], "amount": "-1"}
    rows[9] = {**rows[9], "month": "x"}
    rows[14] = {**rows[14], "evidence_number": "FP0"}

    result = take_in(people, now, *rows)
    again = take_in(people, now, *(row for number, row in enumerate(rows) if number not in {4, 9, 14}))

    assert [row.number for row in result.invalid_rows] == [5, 10]
    assert AuditEntry.objects.filter(verb="funds.record.entered").count() == 37
    assert (again.totals["new"], BusinessRecord.objects.count()) == (37, 37)


def test_the_same_file_twice_changes_nothing(people: SimpleNamespace, now: dt.datetime) -> None:
    rows = [ROW, {**ROW, "evidence_number": "FP2", "is_related": "NO", "kind": "COST"}, {}]

    first = take_in(people, now, *rows)
    second = take_in(people, now, *rows)
    other = take_in(people, now, {**ROW, "amount": "2"})

    assert (first.totals["new"], first.totals["skip"]) == (2, 1)
    assert (second.totals["new"], second.totals["skip"], second.has_validation_errors()) == (0, 3, False)
    assert "1234.50" in texts(other)[0]
    assert BusinessRecord.objects.count() == 2


def test_a_preview_writes_nothing(people: SimpleNamespace, now: dt.datetime) -> None:
    result = take_in(people, now, ROW, dry_run=True)

    assert (result.totals["new"], BusinessRecord.objects.count()) == (1, 0)


def test_the_desk_names_the_enterprise(people: SimpleNamespace, now: dt.datetime) -> None:
    resource = RecordSheet()
    named = {**ROW, "enterprise": people.enterprise.name}

    result = imported(resource, COLUMNS, people.community_staff, now, [named])
    coded = imported(
        resource,
        COLUMNS,
        people.community_staff,
        now,
        [{**named, "enterprise": people.enterprise.credit_code, "evidence_number": "FP2"}],
    )
    other = imported(resource, COLUMNS, people.other_community_staff, now, [named])

    assert (result.totals["new"], coded.totals["new"]) == (1, 1)
    assert people.enterprise.name in texts(other)[0]


def test_a_sheet_without_a_needed_column_or_too_long_is_refused(people: SimpleNamespace, now: dt.datetime) -> None:
    by = people.accountant
    short = RecordSheet().import_data(tablib.Dataset(["x"], headers=["kind"]), user=by, now=now)
    nobody = imported(RecordSheet(), [key for key in COLUMNS if key != "enterprise"], by, now, [ROW])
    long = tablib.Dataset(headers=list(COLUMNS))
    for _number in range(5001):
        long.append([""] * len(COLUMNS))
    many = RecordSheet().import_data(long, user=by, now=now, enterprise=people.enterprise)

    for result in (short, nobody, many):
        assert len(result.base_errors) == 1
        assert not result.rows
    assert isinstance(many.base_errors[0].error, ValidationError)
    assert "5001" in str(many.base_errors[0].error)


def test_what_goes_out_comes_in_again(people: SimpleNamespace, now: dt.datetime) -> None:
    BusinessRecordFactory(enterprise=people.enterprise, description="=1+1", party="㐂𠮷商行", evidence_number="0012")
    BusinessRecordFactory(enterprise=people.enterprise, kind="COST", month=dt.date(2025, 12, 1))

    data = TextXLSX().export_data(RecordSheet().export(BusinessRecord.objects.for_list()))
    result = RecordSheet().import_data(
        TextXLSX().create_dataset(data), user=people.accountant, now=now, enterprise=people.enterprise
    )

    assert (result.totals["skip"], result.totals["new"], result.has_validation_errors()) == (2, 0, False)


def workbook(*rows: list[Any]) -> bytes:
    """Return a workbook with these rows."""
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_formula_is_told_from_a_text() -> None:
    data = TextXLSX().create_dataset(workbook(["a", "b"], ["=1+1", 1.5], ["x"]))

    assert isinstance(data[0][0], Formula)
    assert (data[0][0], data[0][1], data[1]) == ("=1+1", 1.5, ("x", None))
    text = TextXLSX().create_dataset(TextXLSX().export_data(tablib.Dataset(["=1+1"], headers=["a"])))
    assert not isinstance(text[0][0], Formula)


def test_what_is_no_workbook_or_too_large_is_refused() -> None:
    for data in (b"", b"%PDF-1.4", workbook(["a"])[:300]):
        with pytest.raises(SheetUnreadable):
            TextXLSX().create_dataset(data)
    with pytest.raises(SheetTooLarge, match="10"):
        TextXLSX().create_dataset(workbook(["a"]) + b"\0" * LARGEST_SHEET)


@pytest.fixture
def yard(people: SimpleNamespace) -> None:
    """The asset and the decision that the rows of lettings name."""
    AssetFactory(enterprise=people.enterprise, name="堆场")
    PolicyDocumentFactory(
        document_number="居民会议〔2024〕11号", division=people.enterprise.division, effective_on=dt.date(2024, 12, 1)
    )


def let(people: SimpleNamespace, now: dt.datetime, *rows: dict[str, Any]) -> Any:
    """Import lettings as the accountant on their own page."""
    return imported(LettingSheet(), LETTING_COLUMNS, people.accountant, now, list(rows), enterprise=people.enterprise)


@pytest.mark.usefixtures("yard")
def test_lettings_are_entered_changed_and_left_alone(people: SimpleNamespace, now: dt.datetime) -> None:
    first = let(people, now, LETTING_ROW)
    row = Letting.objects.get()
    same = let(people, now, LETTING_ROW)
    changed = let(people, now, {**LETTING_ROW, "monthly_rent": "41000", "days_to_pay": "5"})

    assert (row.ends_on, row.monthly_rent, row.status) == (dt.date(2026, 1, 1), Decimal("40000.00"), "DRAFT")
    assert [result.totals[key] for result, key in ((first, "new"), (same, "skip"), (changed, "update"))] == [1, 1, 1]
    row.refresh_from_db()
    assert (row.monthly_rent, row.days_to_pay) == (Decimal("41000.00"), 5)


@pytest.mark.usefixtures("yard")
@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"asset": "没有"}, "没有"),
        ({"document": "没有"}, "没有"),
        ({"monthly_rent": "-1"}, "-1"),
        ({"monthly_rent": "1e5"}, "1e5"),
        ({"last_day": "2024-12-30"}, "2"),
        ({"starts_on": "去年"}, "去年"),
        ({"days_to_pay": "十"}, "十"),
        ({"lessee": ""}, "2"),
        ({"is_related": "YES"}, "2"),
        ({"starts_on": "2024-11-30"}, "2024"),
    ],
)
def test_a_wrong_letting_is_named(
    people: SimpleNamespace, now: dt.datetime, changes: dict[str, Any], part: str
) -> None:
    result = let(people, now, {**LETTING_ROW, **changes})

    (said,) = texts(result)
    assert part in said
    assert not Letting.objects.exists()


@pytest.mark.usefixtures("yard")
def test_two_rows_for_one_asset_are_refused(people: SimpleNamespace, now: dt.datetime) -> None:
    result = let(people, now, LETTING_ROW, {**LETTING_ROW, "starts_on": "2025-06-01", "last_day": "2026-05-31"})

    (said,) = texts(result)
    assert "3" in said
    assert "2025-12-31" in said
    assert not Letting.objects.exists()


def test_lettings_go_out_and_come_in_again(people: SimpleNamespace, now: dt.datetime) -> None:
    document = PolicyDocumentFactory(division=people.enterprise.division, document_number="居会〔2024〕2号")
    LettingFactory(asset__enterprise=people.enterprise, document=document)

    data = TextXLSX().export_data(LettingSheet().export(Letting.objects.for_list()))
    result = LettingSheet().import_data(
        TextXLSX().create_dataset(data), user=people.accountant, now=now, enterprise=people.enterprise
    )

    assert (result.totals["skip"], texts(result)) == (1, [])
