"""The yearly report as a file: CSV and XLSX with the same lines, PDF by its template."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from openpyxl import Workbook

from funds.returns.queries import Report
from governance.printing import render

if TYPE_CHECKING:
    import datetime as dt

BYTE_ORDER_MARK = "\ufeff"
FORMULA_SIGNS = tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r")

Cell = str | int | Decimal | None


def lines_of(report: Report) -> Iterable[list[Cell]]:
    """Return the report line by line: enterprises with their sum, funds, problems."""
    yield [_("Giving back %(year)s") % {"year": report.year}, str(report.scope)]
    yield []
    yield [
        *(_("Enterprise"), _("Place"), _("Period"), _("Net profit (yuan)"), _("Base (yuan)")),
        *(_("Ordered (yuan)"), _("Arrived (yuan)"), _("Kept (yuan)"), _("Owed by funds (yuan)")),
        *(_("Orders"), _("Problems solved")),
    ]
    for row in report.gave:
        yield [
            *(row.enterprise.name, row.enterprise.division.name, row.declaration.period_name, row.profit, row.base),
            *(row.ordered, row.arrived, row.retained, row.owed),
            *(" ".join(order.reference for order in row.orders), row.problems),
        ]
    yield [
        *(_("Together"), "", "", report.profit, report.base),
        *(report.ordered, report.arrived, report.retained, report.owed, "", report.problems),
    ]
    yield []
    yield [_("Fund"), _("Arrived (yuan)")]
    for fund in report.funds:
        yield [fund.name, fund.arrived]
    yield []
    yield [_("Problem solved"), _("Place"), _("What"), _("By"), _("Paid (yuan)")]
    for solved in report.solved:
        what = solved.summary if solved.is_public else _("not public")
        yield [solved.number, solved.place, what, solved.by, solved.paid]


def plain(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if isinstance(cell, str) and cell.lstrip().startswith(FORMULA_SIGNS):
        return f"'{cell}"
    return cell


def as_csv(report: Report) -> bytes:
    """Return the lines as CSV in UTF-8, which spreadsheets open by its mark."""
    written = io.StringIO()
    csv.writer(written).writerows([plain(cell) for cell in line] for line in lines_of(report))
    return (BYTE_ORDER_MARK + written.getvalue()).encode()


def as_xlsx(report: Report) -> bytes:
    """Return the lines as an Excel workbook of one sheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(str(report.year))
    for line in lines_of(report):
        sheet.append([plain(cell) for cell in line])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def as_pdf(report: Report, now: dt.datetime) -> bytes:
    """Return the printed report.

    Raises:
        PrintingUnavailable: the machine cannot print.
    """
    return render("funds/returns/paper.html", {"report": report, "now": now})
