"""What the market hands out as workbooks: every cell as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import tablib

from communities.territory.spreadsheet import TextXLSX

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_ROWS = 5000
"""Rows of a workbook; more are narrowed by place first."""


def workbook(heads: Sequence[StrOrPromise], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a workbook of these rows; a row may end early."""
    data = tablib.Dataset(headers=[str(head) for head in heads])
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        data.append(cells + [""] * (len(heads) - len(cells)))
    return TextXLSX().export_data(data)
