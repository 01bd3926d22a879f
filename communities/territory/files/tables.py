"""Tables that people hand in, whatever they hold: CSV in UTF-8 or GB18030, or XLSX; read row by row, never whole."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import openpyxl
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl.utils.exceptions import InvalidFileException

from communities.territory.files.layout import Layout, text_of
from governance.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_UNPACKED = 600 * 1024 * 1024
HEADER_WITHIN = 20
PIECE = 1024 * 1024
ZIP_BEGINS, OLD_EXCEL_BEGINS, PDF_BEGINS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"
UTF16_BEGINS = (b"\xff\xfe", b"\xfe\xff")
Numbered = Generator[tuple[int, list[Any]], None, None]


class FileUnusable(Invalid):
    """The file as a whole cannot be used."""

    code = "file_unusable"
    message = gettext_lazy("%(reason)s")


def _unusable(reason: str) -> FileUnusable:
    return FileUnusable(field="file", reason=reason)


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds: what stands above the headings, where our columns stand, and the rows below, numbered."""

    above: list[list[Any]]
    headings: list[str]
    places: dict[str, int]
    rows: Numbered = field(repr=False)


def kind_of(name: str, size: int, begins: bytes, *, most: int) -> str:
    """Return "csv" or "xlsx", by name and content together; `most` is the size in bytes that is read at all.

    Raises:
        FileUnusable: too large, empty, of another kind, or not what its name says.
    """
    if size > most:
        reason = _("The file has %(size)s MB; at most %(limit)s MB are possible. Divide it.")
        raise _unusable(reason % {"size": -(-size // PIECE), "limit": most // PIECE})
    if not size:
        raise _unusable(_("The file is empty."))
    suffix = name.rpartition(".")[2].lower()
    if suffix == "xlsx" and begins.startswith(ZIP_BEGINS):
        return "xlsx"
    if suffix == "csv" and begins.startswith(UTF16_BEGINS):
        raise _unusable(_("The text is UTF-16. Save it as “CSV UTF-8” and choose it again."))
    if suffix == "csv" and not begins.startswith((ZIP_BEGINS, OLD_EXCEL_BEGINS, PDF_BEGINS)):
        return "csv"
    if suffix in {"csv", "xlsx"}:
        raise _unusable(_("This is no %(kind)s file, whatever its name says.") % {"kind": suffix.upper()})
    raise _unusable(_("Only CSV and XLSX files can be read."))


def open_table(file: IO[bytes], kind: str, layout: Layout, *, most_rows: int) -> Table:
    """Find the headings among the first rows and return what stands above them and, lazily, the rows below.

    Raises:
        FileUnusable: no headings, with those that are missing; damaged; while the rows are read, also too many of them.
    """
    if kind == "xlsx":
        return _table_in(_workbook(file), layout, most_rows)
    return _text_table(file, layout, most_rows)


def _text_table(file: IO[bytes], layout: Layout, most_rows: int) -> Table:
    """Tell UTF-8 from GB18030 and return the table.

    What is marked as UTF-8 is nothing else. A short text in GB18030 may be valid UTF-8 by chance: the headings decide.
    A broken sign does not make UTF-8 into GB18030, in which almost any bytes can be read, as other signs: what is mostly
    UTF-8 is taken for GB18030 only where Chinese headings say so.
    """
    file.seek(0)
    is_marked = file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8
    broken, whole = _counted(file)
    refusal: FileUnusable | None = None
    if not broken:
        try:
            return _table_in(_lines(file, "utf-8-sig"), layout, most_rows)
        except FileUnusable as found:
            refusal = found
    if (broken or whole) and not is_marked and _is_readable(file, "gb18030"):
        try:
            table = _table_in(_lines(file, "gb18030"), layout, most_rows)
            if whole <= broken or any(not table.headings[place].isascii() for place in table.places.values()):
                return table
            table.rows.close()
        except FileUnusable as found:
            refusal = refusal or found
    if broken and (is_marked or whole > broken):
        raise _unusable(_("The text is damaged: %(count)s signs cannot be read as UTF-8.") % {"count": broken})
    raise refusal or _unusable(_("The text is neither UTF-8 nor GB18030."))


def _table_in(numbered: Numbered, layout: Layout, most_rows: int) -> Table:
    above: list[list[Any]] = []
    best: dict[str, int] = {}
    headings: list[str] = []
    for _number, cells in islice(numbered, HEADER_WITHIN):
        places = layout.places(cells)
        if all(name in places for name in layout.needed):
            return Table(above, [text_of(cell) for cell in cells], places, _below(numbered, most_rows))
        if len(places) > len(best):
            best, headings = places, [text for cell in cells if (text := text_of(cell))]
        above.append(cells)
    numbered.close()
    raise _unusable(_no_headings(layout, best, headings))


def _no_headings(layout: Layout, best: dict[str, int], headings: list[str]) -> str:
    missing = "、".join(layout.wanted(name) for name in layout.needed if name not in best)
    if best:
        said = _(
            "The file has no column %(missing)s; its headings are %(headings)s. Is it of another bank or platform?"
        )
        return said % {"missing": missing, "headings": "、".join(headings)[:150]}
    said = _("No row with the headings %(wanted)s was found among the first %(rows)s.")
    return said % {"wanted": missing, "rows": HEADER_WITHIN}


def _below(numbered: Numbered, most_rows: int) -> Numbered:
    with closing(numbered):
        for number, cells in numbered:
            if number > most_rows:
                raise _unusable(_("The file has more than %(most)s rows. Divide it.") % {"most": f"{most_rows:,}"})
            if any(text_of(cell) for cell in cells):
                yield number, cells


def _workbook(file: IO[bytes]) -> Numbered:
    try:
        with zipfile.ZipFile(file) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                raise _unusable(_("The file is too large when unpacked. Divide it."))
        file.seek(0)
        # Formulas stay formulas: what a spreadsheet has computed elsewhere is not what the sender has written.
        book = openpyxl.load_workbook(file, read_only=True, data_only=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise _unusable(_("The file is damaged.")) from error
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        yield from enumerate((list(row) for row in rows), start=1)
    finally:
        book.close()


def _lines(file: IO[bytes], encoding: str) -> Numbered:
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        delimiter = "\t" if "\t" in text.readline() else ","
        text.seek(0)
        yield from enumerate(csv.reader(text, delimiter=delimiter, strict=True), start=1)
    except csv.Error as error:
        raise _unusable(_("The file is damaged: a quotation mark does not end.")) from error
    finally:
        text.detach()


def _counted(file: IO[bytes]) -> tuple[int, int]:
    """Return how many signs beyond ASCII are broken and whole when the file is read as UTF-8."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    broken = beyond = 0
    for piece in iter(_pieces(file), b""):
        if b"\0" in piece:
            raise _unusable(_("This is no CSV file, whatever its name says."))
        found = decoder.decode(piece)
        broken += found.count("\ufffd")
        beyond += sum(not sign.isascii() for sign in found) if not found.isascii() else 0
    tail = decoder.decode(b"", final=True)
    return broken + len(tail), beyond - broken


def _is_readable(file: IO[bytes], encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in iter(_pieces(file), b""):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _pieces(file: IO[bytes]) -> Callable[[], bytes]:
    return lambda: file.read(PIECE)
