"""Reading bank files: encodings, column names, dates, amounts, and what is refused."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from funds.banking.statement_file import FileUnusable, StatementRow, read_day, read_statement

HEADER = "日期,金额,付款人,附言,流水号"
LINE = "2026-03-02,151200.00,三八路社区服务有限公司,反哺 FB2025-000123,202603020000000001"
ROW = StatementRow(
    row=2,
    booked_on=dt.date(2026, 3, 2),
    amount=Decimal("151200.00"),
    payer="三八路社区服务有限公司",
    memo="反哺 FB2025-000123",
    bank_reference="202603020000000001",
)


def workbook(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_the_encodings_of_banks(encoding: str) -> None:
    statement = read_statement("流水.csv", f"{HEADER}\r\n{LINE}\r\n".encode(encoding))

    assert (statement.rows, statement.bad) == ([ROW], [])


def test_a_workbook_is_read() -> None:
    data = workbook(
        HEADER.split(","),
        [dt.date(2026, 3, 2), 151200, "三八路社区服务有限公司", "反哺 FB2025-000123", "202603020000000001"],
    )

    assert read_statement("流水.XLSX", data).rows == [ROW]


def test_the_header_may_stand_lower_and_be_named_as_banks_do() -> None:
    text = (
        "账号,510302000000001\n\n交易日期,借方金额,贷方金额,对方户名,摘要,交易流水号\n"
        "20260302,,100,甲,,A1\n20260302,50,,乙,,A2\n"
    )
    statement = read_statement("x.csv", text.encode())

    assert [(row.row, row.amount, row.payer) for row in statement.rows] == [(4, Decimal("100.00"), "甲")]
    assert statement.debits == 1


@pytest.mark.parametrize(
    "text",
    ["2026-03-02", "2026/3/2", "20260302", "2026年3月2日", "\uff12\uff10\uff12\uff16-03-02", "2026-03-02 10:11:12"],
)
def test_dates_are_read_as_people_write_them(text: str) -> None:
    assert read_day(text) == dt.date(2026, 3, 2)


@pytest.mark.parametrize("text", ["", "昨天", "2026-13-01", "2026-02-30", "0206-03-02", "02/03/2026"])
def test_what_is_no_date_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_day(text)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("流水.xlsx", b"not a workbook"),
        ("流水.xlsx", b"PK\x03\x04 broken"),
        ("流水.csv", b"PK\x03\x04"),
        ("流水.csv", b"\xd0\xcf\x11\xe0 old excel"),
        ("流水.csv", b"%PDF-1.7"),
        ("流水.csv", b"a,b\0c"),
        ("流水.csv", b"\xff\xff\xff"),
        ("流水.csv", "没有,表头\n1,2\n".encode()),
        ("流水.csv", f'{HEADER}\n"never ends'.encode()),
        ("流水.csv", b""),
        ("流水.pdf", b"%PDF-1.7"),
        ("流水.csv", b"x" * (5 * 1024 * 1024 + 1)),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(FileUnusable):
        read_statement(name, data)


@pytest.mark.parametrize(
    "reference", ["6.21E+17", "6.21234567890123E+17", "6e17", "621234567890123000", "", "123456789012345000000"]
)
def test_a_rounded_or_missing_reference_is_refused(reference: str) -> None:
    statement = read_statement("x.csv", f"{HEADER}\n2026-03-02,1.00,甲,,{reference}\n".encode())

    assert (statement.rows, [bad.row for bad in statement.bad]) == ([], [2])


@pytest.mark.parametrize("reference", [621234567890123456, 6.21234567890123e17])
def test_a_long_number_in_a_workbook_is_refused(reference: float) -> None:
    data = workbook(HEADER.split(","), [dt.date(2026, 3, 2), 1, "甲", "", reference])

    assert [bad.row for bad in read_statement("x.xlsx", data).bad] == [2]


def test_a_short_number_in_a_workbook_is_a_reference() -> None:
    data = workbook(HEADER.split(","), [dt.date(2026, 3, 2), 1.5, "甲", None, 8801.0])

    [row] = read_statement("x.xlsx", data).rows
    assert (row.bank_reference, row.amount, row.memo) == ("8801", Decimal("1.50"), "")


@pytest.mark.parametrize("amount", ["-5", "1.234", "abc", "0", "1E+5", ""])
def test_an_impossible_amount_is_named(amount: str) -> None:
    statement = read_statement("x.csv", f"{HEADER}\n2026-03-02,{amount},甲,,A1\n".encode())

    assert [bad.row for bad in statement.bad] == [2]
    assert statement.bad[0].reason


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(FileUnusable):
        read_statement("x.csv", "\n".join([HEADER, *[LINE] * 10_000]).encode())
