"""Reading a bank's statement file: CSV in UTF-8 or GB18030, or XLSX; every row that cannot be read is named."""

from __future__ import annotations

import datetime as dt
import io
import re
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.territory.files import tables
from communities.territory.files.layout import text_of
from communities.territory.files.tables import FileUnusable
from funds.banking.policy import account_digits, accounts_above, is_account
from funds.intake.policy import BANK, SAFE_DIGITS, read_amount
from funds.intake.policy import read_day as read_day_within
from governance.accounts.masking import mask_account
from governance.calendar.days import FIRST_YEAR, LAST_YEAR
from governance.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BadRow", "FileUnusable", "OtherAccount", "RowsUnreadable", "Statement", "StatementRow", "read_statement"]

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 10_000
NAMED_ROWS = 50
LONG_REFERENCE = 18
LONGEST_PAYER, LONGEST_MEMO, LONGEST_REFERENCE = 120, 200, 80
FIRST, LAST = dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR, 12, 31)
ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
NOTHING = re.compile(r"[-–—]{0,2}|0(\.0+)?")
CREDIT, DEBIT = (
    frozenset({"贷", "贷方", "收", "收入", "c", "cr", "credit"}),
    frozenset({"借", "借方", "支", "支出", "付", "d", "dr", "debit"}),
)
NO_DEBIT = gettext_lazy(
    "“%(text)s” is negative. Debits stand in a column of their own or are marked as such; name that column in the "
    "saved headings."
)


class OtherAccount(Invalid):
    """The file is of another account than the one whose headings were chosen, or does not say of which."""

    code = "statement_of_another_account"
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
    """What a file holds: its account, its credits, the number of debits left out, the rows that cannot be read."""

    account: str = ""
    rows: list[StatementRow] = field(default_factory=list)
    debits: int = 0
    bad: list[BadRow] = field(default_factory=list)


def read_statement(
    name: str, data: bytes, *, columns: Mapping[str, str] | None = None, accounts: Mapping[str, str] | None = None
) -> Statement:
    """Read a file by its content, which must agree with its name; rows that cannot be read are listed, not skipped.

    `columns` are saved headings; without them the usual ones are looked for. `accounts` are the numbers of which the
    file must be, each with the name of its headings; nothing: of any.

    Raises:
        FileUnusable: the file as a whole cannot be used; headings that are missing are named.
        OtherAccount: it is of another account, of several, or does not say of which.
    """
    kind = tables.kind_of(name, len(data), data[:8], most=MAX_BYTES)
    table = tables.open_table(io.BytesIO(data), kind, BANK.saved_as(columns or {}), most_rows=MAX_ROWS)
    statement = Statement()
    said = accounts_above(table.above)
    with closing(table.rows) as rows:
        for number, cells in rows:
            _read_row(statement, number, cells, table.places)
            if own := account_digits(text_of(_cell(cells, table.places, "account"))):
                said.add(own)
    statement.account = _account(said, accounts or {})
    return statement


def _account(said: set[str], accounts: Mapping[str, str]) -> str:
    """Return the account that the file is of, as it was saved."""
    if len(said) > 1:
        shown = "、".join(sorted(mask_account(number) for number in said))
        raise OtherAccount(
            field="file", reason=_("The file holds several accounts: %(accounts)s. Divide it.") % {"accounts": shown}
        )
    expected = "、".join(f"{mask_account(number)} ({name})" for number, name in accounts.items())
    if not said:
        if accounts:
            reason = _(
                "The file does not say of which account it is; expected is %(expected)s. Export it with the number."
            )
            raise OtherAccount(field="file", reason=reason % {"expected": expected})
        return ""
    [number] = said
    if not accounts:
        return number
    fitting = [known for known in accounts if is_account(number, known)]
    if not fitting:
        reason = _("The file is of the account %(found)s; expected is %(expected)s.")
        raise OtherAccount(field="file", reason=reason % {"found": mask_account(number), "expected": expected})
    return fitting[0]


def _cell(cells: list[Any], places: dict[str, int], column: str) -> Any:
    place = places.get(column, len(cells))
    return cells[place] if place < len(cells) else None


def _is_debit(cells: list[Any], places: dict[str, int]) -> bool:
    """Tell whether a row is a debit: marked as one, or with its amount in the column of debits."""
    side = text_of(_cell(cells, places, "side")).casefold()
    if side:
        if side not in CREDIT | DEBIT:
            raise ValueError(_("“%(text)s” says neither debit nor credit.") % {"text": side[:20]})
        return side in DEBIT
    amount, debit = (text_of(_cell(cells, places, column)) for column in ("amount", "debit"))
    return NOTHING.fullmatch(debit) is None and NOTHING.fullmatch(amount) is not None


def _read_row(statement: Statement, number: int, cells: list[Any], places: dict[str, int]) -> None:
    """Add a credit to the statement, count a debit, or name what is wrong."""
    try:
        if _is_debit(cells, places):
            statement.debits += 1
            return
        statement.rows.append(
            StatementRow(
                row=number,
                booked_on=read_day(_cell(cells, places, "booked_on")),
                amount=read_amount(_cell(cells, places, "amount"), negative=NO_DEBIT),
                payer=_short(text_of(_cell(cells, places, "payer")), LONGEST_PAYER, _("payer")),
                memo=_plain(text_of(_cell(cells, places, "memo")))[:LONGEST_MEMO],
                bank_reference=_reference(_cell(cells, places, "bank_reference")),
            )
        )
    except ValueError as error:
        statement.bad.append(BadRow(number, str(error)))


def _plain(text: str) -> str:
    """Return a text on one line; what cannot be printed becomes a space."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _short(text: str, longest: int, what: str) -> str:
    plain = _plain(text)
    if not plain:
        raise ValueError(_("The %(what)s is missing.") % {"what": what})
    if len(plain) > longest:
        raise ValueError(_("The %(what)s is longer than %(longest)s characters.") % {"what": what, "longest": longest})
    return plain


def read_day(cell: Any) -> dt.date:
    """Read a date cell or a date as people write it; ValueError with a sentence when it is none."""
    return read_day_within(cell, first=FIRST, last=LAST)


def _reference(cell: Any) -> str:
    """Return the bank's reference as text; a number that a spreadsheet has rounded is refused."""
    text = text_of(cell).strip("'`\t ")
    digits = text.removesuffix(".0")
    is_number = isinstance(cell, int | float) and len(digits.lstrip("-")) > SAFE_DIGITS
    is_cut = digits.isdecimal() and len(digits) >= LONG_REFERENCE and not digits[SAFE_DIGITS:].strip("0")
    if ROUNDED.fullmatch(text) or is_number or is_cut or text.startswith(("=", "＝")):
        reason = _(
            "“%(text)s” is a reference that a spreadsheet has rounded. Format the column as text and export again."
        )
        raise ValueError(reason % {"text": text[:40]})
    return _short(digits if isinstance(cell, int | float) else text, LONGEST_REFERENCE, _("bank reference"))
