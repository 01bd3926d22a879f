"""Rows of a place in Excel: out with every cell as text, in through operations with every wrong row named.

A room names its columns, how each is read, how a known row is found and which operations enter and edit. Headings are
understood in every language of the site. One wrong row and nothing is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast
from zipfile import BadZipFile, ZipFile

import tablib
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from import_export import resources
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import XLSX
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from governance.errors import DomainError, Invalid

if TYPE_CHECKING:
    from django.db.models import Choices
    from django_stubs_ext import StrOrPromise

    ImportExportPages = ImportExportMixin[Any]
    RowResource = resources.ModelResource[Any]
else:
    ImportExportPages = ImportExportMixin  # the stubs' parameter is not there at run time
    RowResource = resources.ModelResource

Row = TypeVar("Row", bound=Model)
WIDTH = 24

LARGEST_SHEET = 10 * 1024 * 1024
"""Bytes of a workbook."""
LARGEST_UNPACKED = 200 * 1024 * 1024
"""Bytes of a workbook when unpacked."""


class SheetTooLarge(Invalid):
    """A workbook is larger than a form takes."""

    code = "sheet_too_large"
    message = gettext_lazy(
        "The workbook has %(size)s MB; at most %(limit)s MB are read. Split it and import the parts."
    )


class SheetTooLong(Invalid):
    """A list is longer than one workbook holds: a part of it would pass for the whole."""

    code = "list_too_long"
    message = gettext_lazy(
        "The list has more than %(most)s rows, the most that one workbook holds. Narrow it by place, state or kind first."
    )


class FileTooLong(SheetTooLong):
    """The same of what cannot be narrowed: one round, one fair, one contract."""

    code = "file_too_long"
    message = gettext_lazy(
        "The list has more than %(most)s rows, the most that one file holds. All of them are in the list of the interface "
        "for programs (API), page by page."
    )


class SheetUnreadable(Invalid):
    """The file is no workbook."""

    code = "sheet_unreadable"
    message = gettext_lazy("This file cannot be read as an Excel workbook (.xlsx).")


class Formula(str):
    """A cell that holds a formula: its result is nobody's word."""

    __slots__ = ()


def cell_value(cell: Any) -> Any:
    """Return what a cell holds; a formula is told from a text that looks like one."""
    return Formula(cell.value) if cell.data_type == "f" else cell.value


UNREADABLE = (InvalidFileException, BadZipFile, KeyError, ValueError, TypeError, IndexError, SyntaxError)
"""What openpyxl says of a file that is no workbook, or a damaged one."""


def _bound(size: int, limit: int) -> None:
    if size > limit:
        raise SheetTooLarge(field="file", size=f"{size / 1024 / 1024:.1f}", limit=limit // 1024 // 1024)


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows of a sheet, the headings first, each as wide as they are; `declared` is how many the file says follow."""

    declared: int
    rows: Iterator[list[Any]]


def _rows_of(sheet: Any) -> Iterator[list[Any]]:
    width = 0
    try:
        for cells in sheet.rows:
            row = [cell_value(cell) for cell in cells]
            if not width:  # a first row without a cell has no headings; what it lacks is said where they are read
                row = row or [None]
                width = len(row)
            yield [*row[:width], *[None] * (width - len(row))]
    except UNREADABLE as error:
        raise SheetUnreadable(field="file") from error


class TextXLSX(XLSX):
    """A workbook whose cells are text, so that Excel rounds no code and computes no formula."""

    def create_dataset(self, in_stream: Any, **kwargs: Any) -> Any:
        """Read the first sheet; formulas are kept as such, and refused where a row is read.

        Raises:
            SheetTooLarge, SheetUnreadable: nothing of it was read.
        """
        del kwargs
        rows = self.open_rows(in_stream).rows
        headings = next(rows, None)
        if headings is None:
            raise SheetUnreadable(field="file")
        dataset = tablib.Dataset(headers=headings)
        for row in rows:
            dataset.append(row)
        return dataset

    @classmethod
    def open_rows(cls, data: bytes) -> Lines:
        """Open the first sheet to be read row by row, however long it is.

        What the workbook says of its own size is not believed: some programs write it wrong, and rows would be lost.

        Raises:
            SheetTooLarge, SheetUnreadable: at once, or while the rows are read.
        """
        cls.check_size(data)
        try:
            sheet: Any = load_workbook(BytesIO(data), read_only=True).worksheets[0]
            declared = sheet.max_row or 0
            sheet.reset_dimensions()
        except UNREADABLE as error:
            raise SheetUnreadable(field="file") from error
        return Lines(max(declared - 1, 0), _rows_of(sheet))

    @staticmethod
    def check_size(data: bytes) -> None:
        """Refuse what is too large, packed or unpacked, before anything of it is read."""
        _bound(len(data), LARGEST_SHEET)
        try:
            with ZipFile(BytesIO(data)) as packed:
                _bound(sum(part.file_size for part in packed.infolist()), LARGEST_UNPACKED)
        except BadZipFile as error:
            raise SheetUnreadable(field="file") from error

    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        """Write every cell as text, whatever it begins with; row by row, so that a long list needs no more room."""
        del kwargs
        book = Workbook(write_only=True)
        sheet: Any = book.create_sheet()
        for column in range(1, len(dataset.headers) + 1):
            sheet.column_dimensions[get_column_letter(column)].width = WIDTH
        for row in [dataset.headers, *dataset]:
            sheet.append([_text_cell(sheet, value) for value in row])
        out = BytesIO()
        book.save(out)
        return out.getvalue()


def wholly(rows: QuerySet[Row], most: int, refusal: type[SheetTooLong] = SheetTooLong) -> list[Row]:
    """Return rows of which one workbook holds all; one query.

    Raises:
        SheetTooLong: there are more; said as `refusal` says it.
    """
    found = list(rows[: most + 1])
    if len(found) > most:
        raise refusal(most=most)
    return found


def _text_cell(sheet: Any, value: Any) -> Any:
    cell: Any = WriteOnlyCell(sheet, value="" if value is None else str(value))
    cell.data_type, cell.number_format = "s", "@"
    return cell


def cell_text(value: Any) -> str:
    """Return a cell as text; a number as its digits."""
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else str(value)
    return "" if value is None else str(value).strip()


def cell_day(value: Any) -> dt.date:
    """Return a cell as a day."""
    if isinstance(value, dt.datetime):
        return value.date()
    try:
        return dt.date.fromisoformat(cell_text(value).replace("/", "-"))
    except ValueError as error:
        raise ValidationError(_("“%(text)s” is not a date. Write it as 2020-05-01.") % {"text": value}) from error


def spoken(choices: type[Choices]) -> dict[str, str]:
    """Return what a choice may read, in every language, with its stored value."""
    found = {str(choice.value): str(choice.value) for choice in choices}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {str(choice.label): str(choice.value) for choice in choices}
    return found


class OutResource(RowResource):
    """Rows that are written out, under the headings of `columns`."""

    columns: ClassVar[Mapping[str, StrOrPromise]] = {}

    def get_export_headers(self, selected_fields: Any = None) -> list[str]:
        """Return the headings in the reader's language."""
        return [str(self.columns[key]) for key in super().get_export_headers(selected_fields=selected_fields)]


class PlacedResource(OutResource):
    """One row of a place a line. `import_data` needs `user`, who must hold the right, and `now`."""

    required: ClassVar[tuple[str, ...]] = ()
    choices: ClassVar[Mapping[str, type[Choices]]] = {}
    place_columns: ClassVar[tuple[str, str]] = ("street", "community")

    def get_diff_headers(self) -> list[str]:
        """Return the headings of the preview in the reader's language."""
        return [str(self.columns[key]) for key in super().get_diff_headers()]

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Read the headings, the words and the places once; without a needed column nothing is read at all."""
        self.by, self.now = kwargs["user"], kwargs["now"]
        known = self._headings()
        dataset.headers = [known.get(cell_text(heading), cell_text(heading)) for heading in dataset.headers]
        if twice := [str(self.columns[key]) for key in self.columns if dataset.headers.count(key) > 1]:
            dataset.wipe()
            raise ValidationError(_("The sheet has more than one column: %(names)s.") % {"names": "、".join(twice)})
        if missing := [str(self.columns[key]) for key in self.required if key not in dataset.headers]:
            dataset.wipe()
            raise ValidationError(_("The sheet has no column: %(names)s.") % {"names": "、".join(missing)})
        self.words = {key: spoken(choices) for key, choices in self.choices.items()}
        self.places = self._places()

    def _headings(self) -> dict[str, str]:
        """Return what a heading may read, with the key of its column."""
        found = {key: key for key in self.columns}
        for language, _name in settings.LANGUAGES:
            with override(language):
                found |= {str(heading): key for key, heading in self.columns.items()}
        return found

    def _places(self) -> dict[tuple[str, str], list[Division]]:
        """Return the streets and communities within the user's reach by their names; a street without a community."""
        found: dict[tuple[str, str], list[Division]] = {}
        streets = self._streets()
        for street in streets:
            for name in {street.name, street.short_name}:
                found.setdefault((name, ""), []).append(street)
        rows = Division.objects.filter(status=DivisionStatus.ACTIVE, tier=Tier.COMMUNITY, is_stub=False)
        for place in rows.filter(parent__in=streets).select_related("parent"):
            for street_name in {place.parent.name, place.parent.short_name} if place.parent else set():
                for name in {place.name, place.short_name}:
                    found.setdefault((street_name, name), []).append(place)
        return found

    def _streets(self) -> Any:
        """Return the streets at or below the user's posts, or above them."""
        found = Division.objects.none()
        for post in self.by.posts.select_related("division"):
            found = found | Division.objects.filter(path__startswith=post.division.path)
            found = found | Division.objects.filter(pk__in=post.division.ancestor_ids)
        return found.filter(tier=Tier.STREET)

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """Read the cells of one row; what cannot be read is named with the row."""
        self.line = kwargs["row_number"] + 1
        self.is_blank = not any(cell_text(value) for value in row.values())
        if self.is_blank:
            return
        errors: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        for key in self.columns:
            try:
                self.values[key] = self._cell(key, row.get(key))
            except DomainError as refusal:
                errors[key] = self.named(str(refusal))
            except ValidationError as refusal:
                errors[key] = self.named(" ".join(refusal.messages))
        if errors:
            raise ValidationError(errors)
        self.division = self._place()

    def _cell(self, key: str, value: Any) -> Any:
        if isinstance(value, Formula):
            text = _("“%(name)s” holds the formula %(text)s. Write its value.")
            raise ValidationError(text % {"name": self.columns[key], "text": value})
        text = cell_text(value)
        if not text and key in self.required:
            raise ValidationError(_("“%(name)s” is empty.") % {"name": self.columns[key]})
        if key in self.choices:
            return self._choice(key, text)
        return self.read(key, text, value)

    def _choice(self, key: str, text: str) -> str:
        """Return the stored value of a word; nothing for an empty cell."""
        if text and text not in self.words[key]:
            raise ValidationError(
                _("“%(text)s” is none of the possible values of “%(name)s”.")
                % {"text": text, "name": self.columns[key]}
            )
        return self.words[key].get(text, "")

    def read(self, key: str, text: str, value: Any) -> Any:
        """Return what a cell means; `value` is the cell as the sheet holds it."""
        del key, value
        return text

    def named(self, text: str) -> str:
        """Return what is wrong with the number of the row before it."""
        return _("Row %(row)s: %(text)s") % {"row": self.line, "text": text}

    def _place(self) -> Division:
        street, community = (self.values[key] for key in self.place_columns)
        found = self.places.get((street, community), [])
        if len(found) != 1:
            text = _("There is no community “%(community)s” in “%(street)s” within your reach.")
            raise ValidationError(
                {self.place_columns[1]: self.named(text % {"community": community, "street": street})}
            )
        return found[0]

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """Leave the row as it is: the operation sets what it accepts."""

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        """Pass over blank rows."""
        return self.is_blank

    def get_instance(self, instance_loader: Any, row: Any) -> Any:
        """Find the row that the line is about."""
        del instance_loader, row
        return None if self.is_blank else self.known()

    def known(self) -> Any:
        """Return the row that the values name, or None for a new one."""
        raise NotImplementedError

    def enter(self, wanted: dict[str, Any]) -> Any:
        """Enter a new row by its operation."""
        raise NotImplementedError

    def edit(self, instance: Any, wanted: dict[str, Any]) -> Any:
        """Edit a known row by its operation."""
        raise NotImplementedError

    def do_instance_save(self, instance: Any, is_create: bool) -> None:  # type: ignore[override]  # noqa: FBT001 - the library's
        """Enter or edit by the operation; a refusal is named with the row."""
        wanted = {key: value for key, value in self.values.items() if key not in self.place_columns}
        try:
            if is_create:
                made = self.enter(wanted)
            else:
                self._stay(instance)
                made = self.edit(instance, wanted)
        except DomainError as refusal:
            raise ValidationError({refusal.field or "name": self.named(str(refusal))}) from refusal
        except ValidationError as refusal:
            raise ValidationError({"name": self.named(" ".join(refusal.messages))}) from refusal
        self.settle(instance, made)

    def settle(self, instance: Any, made: Any) -> None:
        """Let the library's row be the one that the operation has written."""
        instance.__dict__.update(made.__dict__)
        instance.division = self.division

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """Leave the sequences of the database alone, where the library would reset them."""

    def _stay(self, instance: Any) -> None:
        """Refuse to move a row to another place: that is no correction of master data."""
        if instance.division_id != self.division.pk:
            raise ValidationError(_("The row belongs to %(place)s.") % {"place": instance.division.name})


class SheetPages(ImportExportPages):
    """The desk's pages of Excel in and out, which name the columns as the sheets head them."""

    def import_action(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Name the columns that are read."""
        return self._named(super().import_action(request, *args, **kwargs))

    def export_action(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Name the columns that are written."""
        return self._named(super().export_action(request, *args, **kwargs))

    def _named(self, answer: Any) -> Any:
        if isinstance(answer, TemplateResponse) and answer.context_data is not None:
            sheets = cast("tuple[type[OutResource], ...]", self.resource_classes)
            headings = [str(heading) for sheet in sheets for heading in sheet.columns.values()]
            answer.context_data["fields_list"] = [("", headings)]
        return answer
