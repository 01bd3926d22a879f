"""Taking in a large sheet of the register: upload, reading, confirmation by another, entering, discarding."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from communities.territory.files import tables, taking
from communities.territory.files.taking import Kind
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division
from communities.territory.spreadsheet import LARGEST_SHEET, TextXLSX
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, DomainError, Invalid, NotNow
from governance.outbox import operations as outbox
from socialorgs.register.intake.lifecycle import SheetStatus
from socialorgs.register.intake.listings import ListingsReader, enter_listing
from socialorgs.register.intake.models import RegisterSheet, RegisterSheetRow, SheetKind, Verdict
from socialorgs.register.intake.reading import Reader, changes, known_of
from socialorgs.register.models import SocialOrganization
from socialorgs.register.operations import edit_organization
from socialorgs.register.refusals import RegisterPlaceClosed

if TYPE_CHECKING:
    from django.core.files import File

    from governance.accounts.models import User

READ = "register.read_sheet"
ENTER = "register.enter_sheet"
ENDING = ".xlsx"
ENTERED = "socialorgs.organization.entered"
COPY = """
COPY socialorgs_registersheetrow (sheet_id, number, verdict, name, reason, "values", division_id, organization_id)
FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL (name, reason))
"""
SETTLE = """
UPDATE socialorgs_registersheetrow AS settled SET verdict = %s, organization_id = made.organization, values = '{}'
FROM unnest(%s::bigint[], %s::bigint[]) AS made (id, organization) WHERE settled.id = made.id
"""


class SheetKnown(Conflict):
    """The same workbook was taken in for this place before."""

    code = "register_sheet_known"
    message = gettext_lazy("This workbook was taken in on %(day)s already (%(name)s, “%(status)s”).")


class SheetNotAWorkbook(Invalid):
    """The file is no workbook by its name."""

    code = "register_sheet_not_a_workbook"
    message = gettext_lazy("“%(name)s” is no Excel workbook (.xlsx).")


class SheetRowsUnusable(NotNow):
    """A sheet with unusable rows is confirmed only if they are left out on purpose."""

    code = "register_sheet_rows_unusable"
    message = gettext_lazy("%(count)s rows cannot be used. Correct the workbook, or say that they are left out.")


class SheetHoldsNothing(NotNow):
    """A sheet that would change nothing is not confirmed."""

    code = "register_sheet_holds_nothing"
    message = gettext_lazy("The sheet would change nothing.")


def upload_sheet(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    file: File[bytes],
    name: str,
    kind: str = SheetKind.ORGANIZATIONS,
) -> RegisterSheet:
    """Keep a file with the register of a place, or with its credit lists, and queue the job that reads it.

    Nothing is entered yet. The register comes as a workbook, the credit lists as a workbook or CSV.

    Raises:
        NotAllowed: not staff of the place.
        RegisterPlaceClosed: the place is closed.
        SheetNotAWorkbook, SheetTooLarge, SheetUnreadable, FileUnusable: seen from its name, its size and its packing.
        SheetKnown: the same workbook was taken in for the place.
    """
    require(by, "socialorgs.take_register_in", division)
    if division.status != DivisionStatus.ACTIVE:
        raise RegisterPlaceClosed(field="division", place=division.name)
    file.seek(0)
    content = file.read()
    if kind == SheetKind.LISTINGS:
        tables.kind_of(name, len(content), content[:8], most=LARGEST_SHEET)
    elif PurePath(name).suffix.lower() != ENDING:
        raise SheetNotAWorkbook(field="file", name=PurePath(name).name)
    else:
        TextXLSX.check_size(content)
    row = RegisterSheet(division=division, name=name, kind=kind)
    return taking.keep(SHEETS, row, file, by=by, now=now, scope={"division": division})


def read_sheet(
    *, by: User, sheet: RegisterSheet, now: dt.datetime, report: Callable[[int, int], None] | None = None
) -> RegisterSheet:
    """Read an uploaded workbook into rows and judge each; begun again, it starts from the first row.

    The job's work: `report` hears after each thousand rows how many of how many are read. A workbook that cannot be read is given
    up with the reason.
    """

    def fill(row: RegisterSheet) -> None:
        with default_storage.open(row.path) as file:
            content = file.read()
        today = timezone.localdate(now)
        is_of_lists = row.kind == SheetKind.LISTINGS
        _fill(ListingsReader(row, today) if is_of_lists else Reader(row, row.uploaded_by, now, today), content, report)

    fresh = RegisterSheet.objects.select_related("division", "uploaded_by").get(pk=sheet.pk)
    return taking.read(SHEETS, fresh, by=by, now=now, fill=fill, judge=_counts)


def _fill(reader: Reader | ListingsReader, content: bytes, report: Callable[[int, int], None] | None) -> None:
    _empty(reader.sheet)
    done = 0
    for rows in reader.rows(content):
        _copy(rows)
        done += len(rows)
        if report is not None:
            report(done, reader.total)


def _copy(rows: list[RegisterSheetRow]) -> None:
    """Bring rows into the table where they wait, by one COPY."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        values = json.dumps(row.values, cls=DjangoJSONEncoder, ensure_ascii=False)
        keys = (row.division_id, row.organization_id)
        writer.writerow((row.sheet_id, row.number, str(row.verdict), row.name, row.reason, values, *keys))
    text.seek(0)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.copy_expert(COPY, text)


def _empty(sheet: RegisterSheet) -> None:
    sheet.rows.all().delete()


SHEETS = Kind(
    RegisterSheet,
    noun="socialorgs.register_sheet",
    folder="imports/register",
    parameter="sheet",
    reading=READ,
    writing=ENTER,
    known=SheetKnown,
    unusable=SheetRowsUnusable,
    nothing=SheetHoldsNothing,
    empty=_empty,
)


def _counts(sheet: RegisterSheet) -> dict[str, int]:
    """Return how many rows would do what; one query."""
    found = Counter(sheet.rows.values_list("verdict", flat=True))
    return {
        "fresh": found[Verdict.FRESH] + found[Verdict.ENTERED],
        "changed": found[Verdict.CHANGED] + found[Verdict.EDITED],
        "same": found[Verdict.SAME],
        "bad": found[Verdict.BAD],
    }


def confirm_sheet(*, by: User, now: dt.datetime, sheet: RegisterSheet, leave_out_bad: bool = False) -> RegisterSheet:
    """Confirm that a sheet agrees with the registrar's record, so that a job enters it.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move; another person than the one who uploaded.
        SheetRowsUnusable, SheetHoldsNothing.
    """

    def does(row: RegisterSheet) -> int:
        return row.fresh + row.changed

    return taking.confirm(SHEETS, sheet, by=by, now=now, does=does, leave_out_bad=leave_out_bad)


def discard_sheet(*, by: User, now: dt.datetime, sheet: RegisterSheet, reason: str) -> RegisterSheet:
    """Discard a sheet that is not to be entered; its rows go with it.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return taking.discard(SHEETS, sheet, by=by, now=now, reason=reason)


def enter_some(*, by: User, now: dt.datetime, sheet: RegisterSheet, numbers: range) -> int:
    """Enter the rows of these numbers of a confirmed sheet in the caller's transaction; return how many are settled.

    The job's work, done once however often it is tried: a row is settled when it is neither `FRESH` nor `CHANGED` any more.
    A code that somebody else has entered meanwhile makes its row unusable, with the reason.
    """
    confirmer = sheet.confirmed_by
    if sheet.status != SheetStatus.CONFIRMED or confirmer is None:
        return 0
    rows = list(
        sheet.rows.select_for_update(of=("self",))
        .filter(number__gte=numbers.start, number__lt=numbers.stop, verdict__in=[Verdict.FRESH, Verdict.CHANGED])
        .select_related("division", "organization__division")
        .order_by("number")
    )
    if not rows:
        return 0
    if sheet.kind == SheetKind.LISTINGS:
        for row in rows:
            enter_listing(row, by=confirmer, now=now)
        return _settled(rows)
    known = known_of(rows)
    fresh, edited = [], []
    for row in rows:
        entry = known.get(str(row.values["credit_code"] or row.values["filing_number"]))
        if entry is None:
            fresh.append(row)
        else:
            _edit(row, entry, confirmer, now)
            edited.append(row)
    _enter(sheet, fresh, now)
    _settle(fresh)
    return len(fresh) + _settled(edited)


def _settled(rows: list[RegisterSheetRow]) -> int:
    """Write down what came of rows, and forget what they said; return how many they are."""
    for row in rows:
        row.values = {}
    RegisterSheetRow.objects.bulk_update(rows, ["verdict", "reason", "organization", "values"])
    return len(rows)


def _settle(rows: list[RegisterSheetRow]) -> None:
    """Mark rows as entered and forget their values; one statement, where a bulk update names each row in each column."""
    pairs = ([row.pk for row in rows], [row.organization_id for row in rows])
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [Verdict.ENTERED, *pairs])


def _edit(row: RegisterSheetRow, entry: SocialOrganization, by: User, now: dt.datetime) -> None:
    """Bring a known entry to what the row says; what does not fit any more is named."""
    found = _typed(row.values)
    try:
        if row.organization_id is None and changes(entry, found):
            raise SheetMeanwhile(text=entry.credit_code or entry.filing_number)
        edit_organization(by=by, now=now, organization=entry, contact=entry.contact, **found)
    except (DomainError, ValidationError) as refusal:
        row.verdict, row.reason = Verdict.BAD, taking.said(refusal)
    else:
        row.verdict = Verdict.SAME if row.organization_id is None else Verdict.EDITED
        row.organization = entry


class SheetMeanwhile(Conflict):
    """Somebody else has entered the organization since the sheet was read."""

    code = "register_sheet_meanwhile"
    message = gettext_lazy("“%(text)s” has been entered by somebody else since the sheet was read.")


def _enter(sheet: RegisterSheet, rows: list[RegisterSheetRow], now: dt.datetime) -> None:
    """Enter new organizations by a few statements: entered by the one person, checked by the other."""
    uploader, confirmer = sheet.uploaded_by, sheet.confirmed_by
    if not rows or confirmer is None:
        return
    made = SocialOrganization.objects.bulk_create(
        SocialOrganization(division=row.division, entered_by=uploader, entered_at=now, **_typed(row.values))
        for row in rows
    )
    after = {"sheet": sheet.pk}
    audit.record_all(by=uploader, verb=ENTERED, rows=made, now=now, befores=[{}] * len(made), after=after)
    outbox.emit_all(by=uploader, topic=ENTERED, rows=made, now=now, payloads=[{}] * len(made))
    lifecycle.move_all(made, "verify", by=confirmer, now=now)
    for row, entry in zip(rows, made, strict=True):
        row.organization = entry


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a row as they were before they were kept as text."""
    capital = values["capital"]
    return {
        **values,
        "founded_on": dt.date.fromisoformat(str(values["founded_on"])),
        "capital": None if capital is None else Decimal(str(capital)),
    }


def finish_sheet(*, by: User, now: dt.datetime, sheet: RegisterSheet) -> RegisterSheet:
    """Close a sheet all of whose rows are settled, and forget its good rows: they hold more than is needed.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
    """
    with transaction.atomic():
        moved = lifecycle.move(sheet, "finish", by=by, now=now, changes=_counts(sheet))
        moved.rows.exclude(verdict=Verdict.BAD).delete()
        return moved
