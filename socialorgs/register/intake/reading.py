"""Reading a large sheet of the register: each row is judged by the rules of a single entry, places and codes by sets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from tablib import Dataset

from communities.policy.queries import value
from communities.territory.lifecycle import DivisionStatus
from communities.territory.spreadsheet import TextXLSX
from governance.errors import DomainError, Invalid
from socialorgs.register.entering import take_over
from socialorgs.register.intake.models import RegisterSheet, RegisterSheetRow, Verdict
from socialorgs.register.lifecycle import ENDED
from socialorgs.register.models import SocialOrganization
from socialorgs.register.policy import FILED_LEAST_MEMBERS
from socialorgs.register.refusals import OrganizationEnded, RegisterPlaceClosed
from socialorgs.register.spreadsheet import OrganizationResource

if TYPE_CHECKING:
    from communities.territory.models import Division
    from governance.accounts.models import User

MAX_ROWS = 100_000
AT_ONCE = 1000
"""Rows judged between two signs of life."""
IDENTIFIERS = ("credit_code", "filing_number")
LONGEST_NAME = 200


class SheetTooLong(Invalid):
    """A sheet has more rows than one job takes."""

    code = "sheet_too_long"
    message = gettext_lazy("The file has more than %(most)s rows. Divide it.")


class Reader:
    """What judging one sheet needs beside its rows: who reads, what is known already, what the places ask."""

    def __init__(self, sheet: RegisterSheet, by: User, now: dt.datetime, today: dt.date) -> None:
        self.sheet, self.by, self.now, self.today = sheet, by, now, today
        self.resource = OrganizationResource()
        self.total = 0
        self.taken: dict[str, int] = {}
        self._least: dict[int, int] = {}
        self._allowed: dict[int, bool] = {}

    def rows(self, content: bytes) -> Iterator[list[RegisterSheetRow]]:
        """Judge the workbook in batches as it is read; codes that are known are asked for once a batch.

        Only a batch and the codes that were met are kept, however long the sheet is. Blank rows count for nothing.

        Raises:
            SheetUnreadable, SheetTooLarge, SheetTooLong: it cannot be read at all.
            ValidationError: it lacks a column.
        """
        opened = TextXLSX.open_rows(content)
        heads = Dataset(headers=next(opened.rows, None))
        self.resource.before_import(heads, user=self.by, now=self.now)
        headings = list(heads.headers or [])
        self.total = min(opened.declared, MAX_ROWS)
        done, numbered = 0, enumerate(opened.rows, start=1)
        while batch := list(islice(numbered, AT_ONCE)):
            found = [self._read(number, dict(zip(headings, cells, strict=True))) for number, cells in batch]
            read = [row for row in found if row is not None]
            done += len(read)
            self.total = max(self.total, done)
            if done > MAX_ROWS:
                raise SheetTooLong(field="file", most=f"{MAX_ROWS:,}")
            self._compare(read)
            yield read

    def _read(self, number: int, cells: dict[str, Any]) -> RegisterSheetRow | None:
        """Read the cells of one row as the single import does; a blank one is passed over."""
        row = RegisterSheetRow(sheet=self.sheet, number=number + 1, verdict=Verdict.FRESH)
        row.name = str(cells.get("name") or "")[:LONGEST_NAME]
        try:
            self.resource.before_import_row(cells, row_number=number)
        except ValidationError as refusal:
            refuse(row, refusal.messages)
            return row
        if self.resource.is_blank:
            return None
        row.division = self.resource.division
        try:
            self._take(row)
        except DomainError as refusal:
            refuse(row, [self.resource.named(str(refusal))])
        except ValidationError as refusal:
            refuse(row, [self.resource.named(text) for text in refusal.messages])
        return row

    def _take(self, row: RegisterSheetRow) -> None:
        """Judge what was read as an entry of its own."""
        place = self.resource.division
        wanted = {key: text for key, text in self.resource.values.items() if key not in self.resource.place_columns}
        self._check_place(place)
        entry = SocialOrganization(division=place)
        take_over(entry, wanted, self.today, least=self._members(place))
        given = {key: getattr(entry, key) for key in wanted}
        entry.clean_fields(exclude=["division", "entered_by", "verified_by", "entered_at"])
        key = str(given["credit_code"] or given["filing_number"])
        if (first := self.taken.setdefault(key, row.number)) != row.number:
            raise ValidationError(_("“%(code)s” already stands in row %(row)s.") % {"code": key, "row": first})
        row.values = given

    def _check_place(self, place: Division) -> None:
        if place.status != DivisionStatus.ACTIVE or not place.path.startswith(self.sheet.division.path):
            raise RegisterPlaceClosed(field="community", place=place.name)
        if place.pk not in self._allowed:
            self._allowed[place.pk] = self.by.has_perm("socialorgs.enter_organization", place)
        if not self._allowed[place.pk]:
            text = _("There is no community “%(community)s” in “%(street)s” within your reach.")
            street, community = (self.resource.values[key] for key in self.resource.place_columns)
            raise ValidationError(text % {"community": community, "street": street})

    def _members(self, place: Division) -> int:
        if place.pk not in self._least:
            self._least[place.pk] = value(FILED_LEAST_MEMBERS, place, self.today)
        return self._least[place.pk]

    def _compare(self, rows: list[RegisterSheetRow]) -> None:
        """Tell for each row whether its organization is known, and what would change; two queries."""
        good = [row for row in rows if row.verdict == Verdict.FRESH]
        known = known_of(good)
        for row in good:
            entry = known.get(str(row.values["credit_code"] or row.values["filing_number"]))
            if entry is None:
                continue
            row.organization = entry
            if entry.status in ENDED:
                refusal = OrganizationEnded(organization=entry.name, status=entry.get_status_display())
                refuse(row, [self._named(row, str(refusal))])
            elif entry.division_id != row.division_id:
                text = _("The row belongs to %(place)s.") % {"place": entry.division.name}
                refuse(row, [self._named(row, text)])
            else:
                row.verdict = Verdict.CHANGED if changes(entry, row.values) else Verdict.SAME

    def _named(self, row: RegisterSheetRow, text: str) -> str:
        self.resource.line = row.number
        return self.resource.named(text)


def refuse(row: RegisterSheetRow, texts: Iterable[str]) -> None:
    """Mark a row as unusable for these reasons, and forget its values."""
    row.verdict, row.reason, row.values = Verdict.BAD, " ".join(texts), {}


def known_of(rows: list[RegisterSheetRow]) -> dict[str, SocialOrganization]:
    """Return the organizations of the register that rows are about, by their code or filing number; two queries."""
    found: dict[str, SocialOrganization] = {}
    for column in IDENTIFIERS:
        keys = [row.values[column] for row in rows if row.values.get(column)]
        entries = SocialOrganization.objects.filter(**{f"{column}__in": keys}).select_related("division")
        found |= {getattr(entry, column): entry for entry in entries}
    return found


def changes(entry: SocialOrganization, values: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return what a row would change of an entry: before and after by column."""
    plain = DjangoJSONEncoder()

    def text(value: Any) -> str:
        return "" if value is None else str(value if isinstance(value, str | int) else plain.default(value))

    pairs = {key: (text(getattr(entry, key)), text(value)) for key, value in values.items()}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
