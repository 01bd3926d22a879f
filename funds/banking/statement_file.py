"""Reading a bank's statement file: CSV in UTF-8 or GB18030, or XLSX; every row that cannot be read is named."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl.utils.exceptions import InvalidFileException

from governance.calendar.days import FIRST_YEAR, LAST_YEAR
from governance.errors import Invalid
from governance.money import NotAnAmount, parse_yuan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 10_000
HEADER_WITHIN = 20
NAMED_ROWS = 50
SAFE_DIGITS = 15
"""A spreadsheet keeps this many digits of a number; what comes after them it has made zero."""
LONG_REFERENCE = 18

COLUMNS = {
    "booked_on": ("日期", "交易日期", "记账日期", "入账日期", "date"),
    "amount": ("金额", "贷方金额", "收入金额", "贷方发生额", "收入", "amount"),
    "debit": ("借方金额", "支出金额", "借方发生额", "支出"),
    "payer": ("付款人", "对方户名", "对方名称", "付款人名称", "付款方", "payer"),
    "memo": ("附言", "摘要", "备注", "用途", "memo"),
    "bank_reference": ("流水号", "交易流水号", "银行流水号", "交易序号", "reference"),
}
"""The names under which banks head the columns; case and spaces do not count."""

NEEDED = ("booked_on", "amount", "payer", "bank_reference")
ZIP_BEGINS, OLD_EXCEL_BEGINS, PDF_BEGINS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"
ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")


class FileUnreadable(Invalid):
    """The file is not what its name says, too large, or has no header that we understand."""

    code = "file_unreadable"
    message = gettext_lazy("%(reason)s")


class RowsUnreadable(Invalid):
    """Some rows cannot be read; nothing was written."""

    code = "rows_unreadable"
    message = gettext_lazy("Nothing was imported: %(count)s rows cannot be read. %(named)s")

    def __init__(self, rows: list[BadRow]) -> None:
        self.rows = rows
        named = " ".join(
            _("Row %(row)s: %(reason)s") % {"row": bad.row, "reason": bad.reason} for bad in rows[:NAMED_ROWS]
        )
        super().__init__(field="file", count=len(rows), named=named)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read, by its number in the file, with the reason for people."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One credit as the file holds it."""

    row: int
    booked_on: dt.date
    amount: Decimal
    payer: str
    memo: str
    bank_reference: str


@dataclass(slots=True)
class Statement:
    """What a file holds: its credits, the number of debits left out, the rows that cannot be read."""

    rows: list[StatementRow] = field(default_factory=list)
    debits: int = 0
    bad: list[BadRow] = field(default_factory=list)


def read_statement(name: str, data: bytes) -> Statement:
    """Read a file by its content, which must agree with its name; rows that cannot be read are listed, not skipped.

    Raises:
        FileUnreadable: the file as a whole cannot be used.
    """
    if len(data) > MAX_BYTES:
        raise FileUnreadable(field="file", reason=_("The file is larger than 5 MB."))
    suffix = name.rpartition(".")[2].lower()
    if suffix == "xlsx":
        return _read(_workbook_rows(data))
    if suffix == "csv":
        return _read(_csv_rows(data))
    raise FileUnreadable(field="file", reason=_("Only CSV and XLSX files can be read."))


def _workbook_rows(data: bytes) -> Iterator[tuple[int, list[Any]]]:
    if not data.startswith(ZIP_BEGINS):
        raise FileUnreadable(field="file", reason=_("This is no XLSX file, whatever its name says."))
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise FileUnreadable(field="file", reason=_("This is no XLSX file, whatever its name says.")) from error
    try:
        sheet = book.worksheets[0]
        yield from enumerate((list(row) for row in sheet.iter_rows(values_only=True)), start=1)
    finally:
        book.close()


def _csv_rows(data: bytes) -> Iterator[tuple[int, list[Any]]]:
    if data.startswith((ZIP_BEGINS, OLD_EXCEL_BEGINS, PDF_BEGINS)) or b"\0" in data:
        raise FileUnreadable(field="file", reason=_("This is no CSV file, whatever its name says."))
    text = _decode(data)
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    try:
        yield from enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), start=1)
    except csv.Error as error:
        raise FileUnreadable(field="file", reason=_("The file is damaged: a quotation mark does not end.")) from error


def _decode(data: bytes) -> str:
    """Read text as UTF-8, else as GB18030, the encoding of most Chinese banks' files."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileUnreadable(field="file", reason=_("The text is neither UTF-8 nor GB18030."))


def _read(numbered: Iterable[tuple[int, list[Any]]]) -> Statement:
    statement = Statement()
    places: dict[str, int] = {}
    for number, cells in numbered:
        if number > MAX_ROWS:
            raise FileUnreadable(field="file", reason=_("The file has more than 10,000 rows. Divide it."))
        if not places:
            places = _header(cells)
            if not places and number >= HEADER_WITHIN:
                break
            continue
        if any(_text(cell) for cell in cells):
            _read_row(statement, number, cells, places)
    if not places:
        reason = _("No header row with the columns 日期, 金额, 付款人, 附言 and 流水号 was found.")
        raise FileUnreadable(field="file", reason=reason)
    return statement


def _header(cells: list[Any]) -> dict[str, int]:
    """Return the places of the columns, or nothing when this row heads no statement."""
    names = ["".join(_text(cell).lower().split()) for cell in cells]
    places = {
        column: next(index for index, name in enumerate(names) if name in known)
        for column, known in COLUMNS.items()
        if any(name in known for name in names)
    }
    return places if all(column in places for column in NEEDED) else {}


def _read_row(statement: Statement, number: int, cells: list[Any], places: dict[str, int]) -> None:
    """Add a credit to the statement, count a debit, or name what is wrong."""

    def cell(column: str) -> Any:
        place = places.get(column, len(cells))
        return cells[place] if place < len(cells) else None

    if not _text(cell("amount")) and _text(cell("debit")):
        statement.debits += 1
        return
    try:
        statement.rows.append(
            StatementRow(
                row=number,
                booked_on=read_day(cell("booked_on")),
                amount=_amount(cell("amount")),
                payer=_short(_text(cell("payer")), 120, _("payer")),
                memo=_text(cell("memo"))[:200],
                bank_reference=_reference(cell("bank_reference")),
            )
        )
    except (ValueError, NotAnAmount) as error:
        statement.bad.append(BadRow(number, str(error)))


def _text(cell: Any) -> str:
    return "" if cell is None else unicodedata.normalize("NFC", str(cell)).strip()


def _short(text: str, longest: int, what: str) -> str:
    if not text:
        raise ValueError(_("The %(what)s is missing.") % {"what": what})
    return text[:longest]


def read_day(cell: Any) -> dt.date:
    """Read a date cell or a date as people write it; ValueError with a sentence when it is none."""
    if isinstance(cell, dt.datetime):
        found = cell.date()
    elif isinstance(cell, dt.date):
        found = cell
    else:
        match = DAY.match(unicodedata.normalize("NFKC", _text(cell)))
        try:
            found = dt.date(*map(int, match.groups())) if match else dt.date.min
        except ValueError:
            found = dt.date.min
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(_("“%(text)s” is not a date.") % {"text": _text(cell)})
    return found


def _amount(cell: Any) -> Decimal:
    amount = parse_yuan(_text(repr(cell) if isinstance(cell, float) else cell).removesuffix(".0"))
    if not amount:
        raise ValueError(_("The amount is zero."))
    return amount


def _reference(cell: Any) -> str:
    """Return the bank's reference as text; a number that a spreadsheet has rounded is refused."""
    text = _text(cell)
    digits = text.removesuffix(".0")
    is_number = isinstance(cell, int | float) and len(digits.lstrip("-")) > SAFE_DIGITS
    is_cut = digits.isdecimal() and len(digits) >= LONG_REFERENCE and not digits[SAFE_DIGITS:].strip("0")
    if ROUNDED.fullmatch(text) or is_number or is_cut:
        reason = _(
            "“%(text)s” is a reference that a spreadsheet has rounded. Format the column as text and export again."
        )
        raise ValueError(reason % {"text": text})
    return _short(digits if isinstance(cell, int | float) else text, 80, _("bank reference"))
