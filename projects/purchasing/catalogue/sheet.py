"""The items of a list as an Excel sheet, in and out, and as lines that are typed."""

from __future__ import annotations

from typing import Any

import tablib
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext_lazy

from communities.territory.spreadsheet import Formula, TextXLSX, cell_text
from projects.purchasing.catalogue.models import PurchaseList
from projects.purchasing.catalogue.operations import ItemEntry
from projects.purchasing.catalogue.refusals import PurchaseItemUnfit

COLUMNS = {
    "code": gettext_lazy("code"),
    "category": gettext_lazy("class"),
    "group": gettext_lazy("group"),
    "name": pgettext_lazy("purchase", "item"),
    "from_department": pgettext_lazy("purchase", "handed over by"),
    "description": gettext_lazy("description"),
}
NEEDED = ("code", "category", "name")


def read_sheet(content: bytes) -> list[ItemEntry]:
    """Read the items of the first sheet of a workbook; headings are understood in every language of the site.

    Raises:
        SheetTooLarge, SheetUnreadable: nothing of it was read.
        PurchaseItemUnfit: a column is missing, or a cell holds a formula.
    """
    data = TextXLSX().create_dataset(content)
    known = _headings()
    keys = [known.get(cell_text(heading), "") for heading in data.headers or []]
    if missing := [str(COLUMNS[key]) for key in NEEDED if key not in keys]:
        reason = _("The sheet has no column: %(names)s.") % {"names": "、".join(missing)}
        raise PurchaseItemUnfit(field="file", reason=reason)
    found = []
    for number, row in enumerate(data, start=2):
        cells = {key: _cell(value, number) for key, value in zip(keys, row, strict=True) if key}
        if any(cells.values()):
            found.append(ItemEntry(**cells))
    return found


def _headings() -> dict[str, str]:
    found: dict[str, str] = {key: key for key in COLUMNS}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {str(heading): key for key, heading in COLUMNS.items()}
    return found


def _cell(value: Any, number: int) -> str:
    if isinstance(value, Formula):
        reason = _("Row %(row)s holds the formula %(text)s. Write its value.") % {"row": number, "text": value}
        raise PurchaseItemUnfit(field="file", reason=reason)
    return cell_text(value)


def read_lines(text: str) -> list[ItemEntry]:
    """Read items as they are typed, one a line, its parts divided by | in the order of the columns."""
    found = []
    for line in text.splitlines():
        if line.strip():
            parts = [part.strip() for part in line.replace("｜", "|").split("|")]
            found.append(ItemEntry(**dict(zip(COLUMNS, [*parts, *[""] * len(COLUMNS)], strict=False))))
    return found


def write_sheet(row: PurchaseList) -> bytes:
    """Write the items of a list as a workbook whose cells are text."""
    data = tablib.Dataset(headers=[str(heading) for heading in COLUMNS.values()])
    for item in row.items.all():
        data.append([getattr(item, key) for key in COLUMNS])
    return TextXLSX().export_data(data)
