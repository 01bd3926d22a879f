"""The registrar's file of credit lists: each row is a decision about a body of the register, or that it is over."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.people.policy import refuse_personal_numbers
from communities.territory.files import tables, taking
from communities.territory.files.layout import Layout, text_of
from communities.territory.spreadsheet import LARGEST_SHEET, cell_day, spoken
from governance.errors import DomainError
from socialorgs.register import operations as register
from socialorgs.register.intake.models import RegisterSheet, RegisterSheetRow, Verdict
from socialorgs.register.models import CreditList, CreditListing, SocialOrganization
from socialorgs.register.policy import read_credit_code
from socialorgs.register.refusals import EndUnfit, ListingEnded, ListingUnfit

if TYPE_CHECKING:
    from governance.accounts.models import User

MAX_ROWS = 100_000
AT_ONCE = 1000
"""Rows judged between two signs of life."""
LONGEST_NAME = 200
LONGEST_NUMBER = 80
HAN = re.compile("[\u4e00-\u9fff]")
"""Filing numbers are written with characters, credit codes never."""
LAYOUT = Layout(
    {
        "identifier": (
            gettext_lazy("credit code or filing number"),
            (
                *("统一社会信用代码", "统一社会信用代码或备案号", "信用代码", "社会信用代码", "备案号"),
                *("credit code", "credit code or filing number"),
            ),
        ),
        "name": (gettext_lazy("organization"), ("社会组织名称", "单位名称", "名称", "name", "organization")),
        "credit_list": (gettext_lazy("list"), ("名单", "名录", "列入名单", "名单类别", "list")),
        "decision_number": (
            gettext_lazy("decision number"),
            ("决定文号", "决定书文号", "列入决定文号", "文号", "decision number"),
        ),
        "reason": (gettext_lazy("reason"), ("列入事由", "列入原因", "事由", "原因", "reason")),
        "listed_on": (gettext_lazy("listed on"), ("列入日期", "列入时间", "listed on")),
        "removed_on": (gettext_lazy("removed on"), ("移出日期", "移除日期", "移出时间", "removed on")),
    },
    ("identifier", "credit_list", "decision_number", "reason", "listed_on"),
)
OTHER_WORDS = {
    "活动异常名录": CreditList.ABNORMAL,
    "活动异常名单": CreditList.ABNORMAL,
    "异常名录": CreditList.ABNORMAL,
    "严重违法失信名单": CreditList.SERIOUS_BREACH,
    "严重违法失信社会组织名单": CreditList.SERIOUS_BREACH,
}
"""What registrars call the lists, beside the words of this platform."""


class ListingsReader:
    """What judging one file of credit lists needs beside its rows."""

    def __init__(self, sheet: RegisterSheet, today: dt.date) -> None:
        self.sheet, self.today = sheet, today
        self.words = {**spoken(CreditList), **OTHER_WORDS}
        self.taken: dict[tuple[str, str, str], int] = {}
        self.total = 0

    def rows(self, content: bytes) -> Iterator[list[RegisterSheetRow]]:
        """Judge the file in batches; bodies and listings that are known are asked for once a batch.

        Raises:
            FileUnusable: it cannot be read at all, or lacks a column.
        """
        kind = tables.kind_of(self.sheet.name, len(content), content[:8], most=LARGEST_SHEET)
        table = tables.open_table(io.BytesIO(content), kind, LAYOUT, most_rows=MAX_ROWS)
        batch: list[RegisterSheetRow] = []
        with closing(table.rows) as numbered:
            for number, cells in numbered:
                found = {key: cells[place] if place < len(cells) else None for key, place in table.places.items()}
                batch.append(self._read(number, found))
                if len(batch) == AT_ONCE:
                    yield self._compared(batch)
                    batch = []
        yield self._compared(batch)

    def _compared(self, batch: list[RegisterSheetRow]) -> list[RegisterSheetRow]:
        self.total += len(batch)
        good = [row for row in batch if row.verdict == Verdict.FRESH]
        bodies = bodies_of(good)
        listings = {
            (listing.organization_id, listing.credit_list, listing.decision_number): listing
            for listing in CreditListing.objects.filter(organization__in=bodies.values())
        }
        for row in good:
            try:
                self._compare(row, bodies, listings)
            except DomainError as refusal:
                refuse(row, str(refusal))
            except ValidationError as refusal:
                refuse(row, taking.said(refusal))
        return batch

    def _read(self, number: int, cells: dict[str, Any]) -> RegisterSheetRow:
        """Read the cells of one row; a code that lost digits is told from one that is mistyped."""
        row = RegisterSheetRow(sheet=self.sheet, number=number, verdict=Verdict.FRESH)
        row.name = text_of(cells.get("name"))[:LONGEST_NAME]
        try:
            row.values = self._understood(cells)
            self._refuse_second(row)
        except DomainError as refusal:
            refuse(row, str(refusal))
        except ValidationError as refusal:
            refuse(row, taking.said(refusal))
        return row

    def _refuse_second(self, row: RegisterSheetRow) -> None:
        key = (row.values["identifier"], row.values["credit_list"], row.values["decision_number"])
        if (first := self.taken.setdefault(key, row.number)) != row.number:
            text = _("Decision %(decision)s about “%(code)s” already stands in row %(row)s.")
            raise ValidationError(text % {"decision": key[2], "code": key[0], "row": first})

    def _understood(self, cells: dict[str, Any]) -> dict[str, str]:
        for key in LAYOUT.needed:
            if not text_of(cells.get(key)):
                raise ValidationError(_("“%(name)s” is empty.") % {"name": LAYOUT.fields[key][0]})
        word = text_of(cells["credit_list"])
        if word not in self.words:
            text = _("“%(text)s” is none of the possible values of “%(name)s”.")
            raise ValidationError(text % {"text": word, "name": LAYOUT.fields["credit_list"][0]})
        identifier = text_of(cells["identifier"])
        is_filed = HAN.search(identifier) is not None
        removed = cells.get("removed_on")
        reason = text_of(cells["reason"])
        refuse_personal_numbers(reason=reason)
        return {
            "identifier": identifier if is_filed else read_credit_code(identifier),
            "credit_list": str(self.words[word]),
            "decision_number": text_of(cells["decision_number"])[:LONGEST_NUMBER],
            "reason": reason,
            "listed_on": cell_day(cells["listed_on"]).isoformat(),
            "removed_on": cell_day(removed).isoformat() if text_of(removed) else "",
        }

    def _compare(
        self,
        row: RegisterSheetRow,
        bodies: dict[str, SocialOrganization],
        listings: dict[tuple[int, str, str], CreditListing],
    ) -> None:
        """Tell what the row would do: a new listing, the end of a known one, or nothing."""
        body = bodies.get(row.values["identifier"])
        if body is None or not body.division.path.startswith(self.sheet.division.path):
            text = _("No organization of %(place)s stands in the register under “%(code)s”.")
            raise ValidationError(text % {"place": self.sheet.division.name, "code": row.values["identifier"]})
        row.organization, row.division, row.name = body, body.division, body.name
        known = listings.get((body.pk, row.values["credit_list"], row.values["decision_number"]))
        listed, removed = days_of(row)
        if not body.founded_on <= listed <= self.today:
            raise ListingUnfit(first=body.founded_on, last=self.today)
        if removed is not None and not listed <= removed <= self.today:
            raise EndUnfit(first=listed)
        if known is None:
            return
        if removed is None or removed == known.removed_on:
            row.verdict = Verdict.SAME
        elif known.removed_on is not None:
            raise ListingEnded(day=known.removed_on)
        else:
            row.verdict = Verdict.CHANGED


def refuse(row: RegisterSheetRow, text: str) -> None:
    """Mark a row as unusable for a reason, and forget its values."""
    row.verdict, row.values = Verdict.BAD, {}
    row.reason = _("Row %(row)s: %(text)s") % {"row": row.number, "text": text}


def bodies_of(rows: list[RegisterSheetRow]) -> dict[str, SocialOrganization]:
    """Return the bodies of the register that rows are about, by code or filing number; two queries."""
    found: dict[str, SocialOrganization] = {}
    keys = [row.values["identifier"] for row in rows]
    for column in ("credit_code", "filing_number"):
        for entry in SocialOrganization.objects.filter(**{f"{column}__in": keys}).select_related("division"):
            found[getattr(entry, column)] = entry
    return found


def days_of(row: RegisterSheetRow) -> tuple[dt.date, dt.date | None]:
    """Return from when to when a row says that its body is listed."""
    removed = row.values["removed_on"]
    return dt.date.fromisoformat(row.values["listed_on"]), dt.date.fromisoformat(removed) if removed else None


def enter_listing(row: RegisterSheetRow, *, by: User, now: dt.datetime) -> None:
    """Enter what one row says by the register's own operations; what somebody else did meanwhile is named."""
    body = row.organization
    if body is None:
        return
    values = {key: row.values[key] for key in ("credit_list", "decision_number", "reason")}
    listed, removed = days_of(row)
    try:
        with transaction.atomic():
            if row.verdict == Verdict.FRESH:
                listing = register.record_listing(by=by, now=now, organization=body, listed_on=listed, **values)
            else:
                key = {"credit_list": values["credit_list"], "decision_number": values["decision_number"]}
                listing = body.listings.get(**key)
            if removed is not None:
                reason = _("The registrar's file says so.")
                register.end_listing(by=by, now=now, listing=listing, removed_on=removed, reason=reason)
    except (DomainError, ValidationError) as refusal:
        refuse(row, taking.said(refusal))
    else:
        row.verdict = Verdict.ENTERED if row.verdict == Verdict.FRESH else Verdict.EDITED


def said_of(row: RegisterSheetRow) -> str:
    """Return what a good row says, for whoever looks it over."""
    if not row.values:
        return ""
    listed, removed = days_of(row)
    days = f"{listed} – {removed or ''}".strip()
    return "; ".join([str(CreditList(row.values["credit_list"]).label), row.values["decision_number"], days])
