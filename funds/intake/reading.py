"""Reading a platform's file row by row: what each row says, or why it cannot be used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from django.utils.translation import gettext as _

from communities.territory.files import tables
from communities.territory.files.tables import FileUnusable
from funds.intake import policy

__all__ = ["MAX_ROWS", "FileUnusable", "ReadRow", "kind_of", "read_rows"]

MAX_BYTES = 30 * 1024 * 1024
MAX_ROWS = 200_000


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
        FileUnusable: as for `communities.territory.files.tables.kind_of`.
    """
    return tables.kind_of(name, size, begins, most=MAX_BYTES)


def read_rows(
    file: IO[bytes], kind: str, columns: dict[str, str], *, first: dt.date, last: dt.date
) -> Generator[ReadRow, None, None]:
    """Yield the rows below the headings, each understood or with its reason; a repeated order number is named.

    Raises:
        FileUnusable: no headings, damaged, too many rows.
    """
    table = tables.open_table(file, kind, policy.DONATIONS.saved_as(columns), most_rows=MAX_ROWS)
    seen: dict[str, int] = {}
    with closing(table.rows) as rows:
        for number, cells in rows:
            yield _understood(number, cells, table.places, seen, first=first, last=last)


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
