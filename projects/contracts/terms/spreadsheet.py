"""The money of a contract as a workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tablib
from django.utils.translation import gettext as _

from communities.territory.spreadsheet import FileTooLong, TextXLSX, wholly
from projects.contracts.terms.queries import lines_of

if TYPE_CHECKING:
    from projects.contracts.models import Contract

MOST_ROWS = 5000


def money_sheet(contract: Contract, *, with_invoices: bool) -> bytes:
    """Return budget against spending by line, then each invoice where the reader may see them; all cells are text.

    Raises:
        FileTooLong: there are more invoices than one workbook holds.
    """
    heads = [_("Budget line"), _("Kind of cost"), _("Planned"), _("Spent"), _("Left"), _("Paid to"), _("Invoice")]
    data = tablib.Dataset(headers=heads)
    for state in lines_of(contract):
        spent = state.confirmed + state.entered
        kind = state.line.get_category_display()
        data.append([str(state.line), kind, f"{state.planned:.2f}", f"{spent:.2f}", f"{state.left:.2f}", "", ""])
    if with_invoices:
        rows = contract.expenditures.exclude(status="REJECTED").select_related("line")
        for row in wholly(rows.order_by("line__number", "spent_on", "pk"), MOST_ROWS, FileTooLong):
            data.append(
                [str(row.line), row.what, str(row.spent_on), f"{row.amount:.2f}", "", row.payee, row.invoice_number]
            )
    return TextXLSX().export_data(data)
