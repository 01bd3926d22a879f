"""Reading a platform's file row by row: CSV in UTF-8 or GB18030, or XLSX; never the whole file at once."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import zipfile
from collections.abc import Generator
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

import openpyxl
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl.utils.exceptions import InvalidFileException

from funds.intake import policy
from governance.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BYTES = 30 * 1024 * 1024
MAX_UNPACKED = 600 * 1024 * 1024
MAX_ROWS = 200_000
HEADER_WITHIN = 20
PIECE = 1024 * 1024
ZIP_BEGINS, OLD_EXCEL_BEGINS, PDF_BEGINS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"


class FileUnusable(Invalid):
    """The file as a whole cannot be used."""

    code = "donation_file_unusable"
    message = gettext_lazy("%(reason)s")


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row as it was understood, or the reason why not."""

    number: int
    reference: str = ""
    donor_name: str = ""
    is_name_public: bool = False
    amount: Decimal | None = None
    paid_on: dt.date | None = None
    restricted_to: str = ""
    reason: str = ""


def kind_of(name: str, size: int, begins: bytes) -> str:
    """Return "csv" or "xlsx", by name and content together.

    Raises:
        FileUnusable: too large, empty, of another kind, or not what its name says.
    """
    if size > MAX_BYTES:
        reason = _("The file has %(size)s MB; at most %(limit)s MB are possible. Divide it.")
        raise FileUnusable(field="file", reason=reason % {"size": size // PIECE, "limit": MAX_BYTES // PIECE})
    if not size:
        raise FileUnusable(field="file", reason=_("The file is empty."))
    suffix = name.rpartition(".")[2].lower()
    if suffix == "xlsx" and begins.startswith(ZIP_BEGINS):
        return "xlsx"
    if suffix == "csv" and not begins.startswith((ZIP_BEGINS, OLD_EXCEL_BEGINS, PDF_BEGINS)):
        return "csv"
    if suffix in {"csv", "xlsx"}:
        raise FileUnusable(
            field="file", reason=_("This is no %(kind)s file, whatever its name says.") % {"kind": suffix.upper()}
        )
    raise FileUnusable(field="file", reason=_("Only CSV and XLSX files can be read."))


def read_rows(
    file: IO[bytes], kind: str, columns: dict[str, str], *, first: dt.date, last: dt.date
) -> Generator[ReadRow, None, None]:
    """Yield the rows below the headings, each understood or with its reason; a repeated order number is named.

    Raises:
        FileUnusable: no headings, damaged, too many rows.
    """
    places: dict[str, int] = {}
    seen: dict[str, int] = {}
    for number, cells in _workbook(file) if kind == "xlsx" else _table(file):
        if number > MAX_ROWS:
            raise FileUnusable(field="file", reason=_("The file has more than 200,000 rows. Divide it."))
        if not places:
            places = policy.places_of(cells, columns)
            if not places and number >= HEADER_WITHIN:
                break
            continue
        if any(policy.text_of(cell) for cell in cells):
            yield _understood(number, cells, places, seen, first=first, last=last)
    if not places:
        raise FileUnusable(field="file", reason=_no_headings(columns))


def _no_headings(columns: dict[str, str]) -> str:
    wanted = [columns[name] if columns.get(name) else policy.FIELDS[name][1][0] for name in policy.NEEDED]
    return _("No row with the headings %(wanted)s was found among the first %(rows)s.") % {
        "wanted": "、".join(wanted),
        "rows": HEADER_WITHIN,
    }


def _understood(
    number: int, cells: list[Any], places: dict[str, int], seen: dict[str, int], *, first: dt.date, last: dt.date
) -> ReadRow:
    def cell(column: str) -> Any:
        place = places.get(column, len(cells))
        return cells[place] if place < len(cells) else None

    reference = ""
    try:
        reference = policy.read_reference(cell("reference"))
        _refuse_repeated(reference, seen)
        name = policy.read_name(cell("donor_name"))
        found = ReadRow(
            number=number,
            reference=reference,
            donor_name=name,
            is_name_public=bool(name) and policy.read_consent(cell("is_name_public")),
            amount=policy.read_amount(cell("amount")),
            paid_on=policy.read_day(cell("paid_on"), first=first, last=last),
            restricted_to=policy.read_purpose(cell("restricted_to")),
        )
    except ValueError as error:
        return ReadRow(number=number, reference=reference, reason=str(error)[:300])
    seen[reference] = number
    return found


def _refuse_repeated(reference: str, seen: dict[str, int]) -> None:
    if reference in seen:
        raise ValueError(_("The order number stands in row %(row)s already.") % {"row": seen[reference]})


def _workbook(file: IO[bytes]) -> Generator[tuple[int, list[Any]], None, None]:
    try:
        with zipfile.ZipFile(file) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                raise FileUnusable(field="file", reason=_("The file is too large when unpacked. Divide it."))
        file.seek(0)
        # Formulas stay formulas: what a spreadsheet has computed elsewhere is not what the platform has written.
        book = openpyxl.load_workbook(file, read_only=True, data_only=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise FileUnusable(field="file", reason=_("The file is damaged.")) from error
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        yield from enumerate((list(row) for row in rows), start=1)
    finally:
        book.close()


def _table(file: IO[bytes]) -> Generator[tuple[int, list[Any]], None, None]:
    encoding = _encoding(file)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        delimiter = "\t" if "\t" in text.readline() else ","
        text.seek(0)
        yield from enumerate(csv.reader(text, delimiter=delimiter, strict=True), start=1)
    except csv.Error as error:
        raise FileUnusable(field="file", reason=_("The file is damaged: a quotation mark does not end.")) from error
    finally:
        text.detach()


def _encoding(file: IO[bytes]) -> str:
    """Return the encoding in which the whole file can be read: UTF-8, else GB18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        file.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for piece in iter(_pieces(file), b""):
                if b"\0" in piece:
                    raise FileUnusable(field="file", reason=_("This is no CSV file, whatever its name says."))
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        file.seek(0)
        return encoding
    raise FileUnusable(field="file", reason=_("The text is neither UTF-8 nor GB18030."))


def _pieces(file: IO[bytes]) -> Callable[[], bytes]:
    return lambda: file.read(PIECE)
