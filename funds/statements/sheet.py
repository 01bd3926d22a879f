"""A statement as a table of plain rows, from which the spreadsheet files and the sheet of paper are written alike."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from funds.statements.download import BYTE_ORDER_MARK, csv_lines

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from funds.ledger.models import Journal
    from funds.statements.area import AreaStatement
    from funds.statements.policy import Span, Statement
    from funds.statements.queries import Head

AMOUNTS = "#,##0.00"
WIDTHS = (18, 46, 18)
LONGEST_TITLE = 31


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what kind of figure, of what, how much."""

    kind: str
    name: StrOrPromise
    amount: Decimal
    is_sum: bool = False


@dataclass(frozen=True)
class Sheet:
    """A statement with what must stand above it."""

    name: StrOrPromise
    span: Span
    lines: Sequence[Line]
    facts: Sequence[tuple[str, str]] = field(default=())

    @property
    def title(self) -> str:
        """What it is a statement of."""
        return _("Statement of %(fund)s, %(period)s") % {"fund": self.name, "period": self.span.name}

    @property
    def days(self) -> str:
        """First and last day, and as of when it is told."""
        days = f"{self.span.start.isoformat()} – {self.span.last.isoformat()}"
        if self.span.known_on is None:
            return days
        known = _("as known on %(day)s") % {"day": self.span.known_on.isoformat()}
        return f"{days} ({known})"

    def cells(self) -> list[list[object]]:
        """Return all rows as cells."""
        return [
            [str(self.name), self.span.name, self.days],
            *(_row(label, text, "") for label, text in self.facts),
            *(_row(line.kind, str(line.name), line.amount) for line in self.lines),
        ]


def _row(*cells: object) -> list[object]:
    return list(cells)


def sheet_of(
    name: StrOrPromise, span: Span, found: Statement, head: Head, corrections: Sequence[Journal] = ()
) -> Sheet:
    """Return the sheet of a fund's statement."""
    lines = [
        Line(_("Opening balance"), "", found.opening, is_sum=True),
        *(Line(_("Income"), entry.place.label, entry.amount) for entry in found.income),
        Line(_("All income"), "", found.received, is_sum=True),
        *(Line(_("Use"), entry.place.label, entry.amount) for entry in found.uses),
        Line(_("All uses"), "", found.used, is_sum=True),
        *(Line(_("Closing balance"), stock.place.label, stock.closing) for stock in found.stocks),
        Line(_("Closing balance"), "", found.closing, is_sum=True),
        *(
            Line(_("Correction"), f"{journal} → {journal.reverses} {journal.memo}", journal.total)
            for journal in corrections
        ),
    ]
    facts = [(_("Computed at journal"), str(head.sequence)), (_("Head of the chain"), head.hash)]
    return Sheet(name, span, lines, facts)


def sheet_of_area(name: str, span: Span, found: AreaStatement) -> Sheet:
    """Return the sheet of a place's statement: the sums first, then what lies in each fund."""
    lines = [
        Line(_("Opening balance"), "", found.opening, is_sum=True),
        *(Line(_("Income"), entry.place.label, entry.amount) for entry in found.income),
        Line(_("All income"), "", found.received, is_sum=True),
        *(Line(_("Use"), entry.place.label, entry.amount) for entry in found.uses),
        Line(_("All uses"), "", found.used, is_sum=True),
        *(Line(_("Closing balance"), line.fund.short_name, line.statement.closing) for line in found.lines),
        Line(_("Closing balance"), "", found.closing, is_sum=True),
    ]
    if found.moved:
        lines.append(Line(_("Of it between these funds"), "", found.moved))
    return Sheet(name, span, lines)


def as_csv(sheet: Sheet) -> str:
    """Write the sheet as CSV that spreadsheets open in UTF-8 and never run as formulas."""
    return BYTE_ORDER_MARK + csv_lines(sheet.cells())


def as_xlsx(sheet: Sheet) -> bytes:
    """Write the sheet as a workbook, sums in bold."""
    first = 2 + len(sheet.facts)
    bold = {number for number, line in enumerate(sheet.lines, start=first) if line.is_sum}
    return workbook_of(sheet.span.name, sheet.cells(), widths=WIDTHS, bold=bold, frozen=first)


def workbook_of(
    title: str, rows: Sequence[Sequence[object]], *, widths: Sequence[int], bold: Collection[int], frozen: int
) -> bytes:
    """Write rows as a workbook: amounts and counts as numbers, everything else as text that is never a formula."""
    book = Workbook()
    page: Any = book.worksheets[0]
    page.title = "".join(sign for sign in title if sign not in r"[]:*?/\\")[:LONGEST_TITLE]
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = page.cell(row=number, column=column)
            if isinstance(value, Decimal):
                cell.value, cell.number_format = value, AMOUNTS
            elif isinstance(value, int):
                cell.value = value
            else:
                cell.value, cell.number_format = ILLEGAL_CHARACTERS_RE.sub("", str(value)), "@"
                cell.data_type = "s"
            if number in bold:
                cell.font = Font(bold=True)
    for column, width in enumerate(widths, start=1):
        page.column_dimensions[get_column_letter(column)].width = width
    page.freeze_panes = f"A{frozen}"
    out = BytesIO()
    book.save(out)
    return out.getvalue()
