"""Taking in a large sheet of the register: upload, reading, confirmation by another, entering, discarding."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division
from communities.territory.spreadsheet import TextXLSX
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, DomainError, Invalid, NotNow
from governance.jobs.operations import enqueue
from governance.outbox import operations as outbox
from socialorgs.register.intake.lifecycle import SheetStatus
from socialorgs.register.intake.models import OVER, RegisterSheet, RegisterSheetRow, Verdict
from socialorgs.register.intake.reading import Reader, changes, known_of
from socialorgs.register.models import SocialOrganization
from socialorgs.register.operations import edit_organization
from socialorgs.register.refusals import RegisterPlaceClosed

if TYPE_CHECKING:
    from django.core.files import File

    from governance.accounts.models import User

READ = "register.read_sheet"
ENTER = "register.enter_sheet"
FOLDER = "imports/register"
AT_ONCE = 500
"""Organizations entered in one transaction."""
ENDING = ".xlsx"
ENTERED = "socialorgs.organization.entered"


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


def upload_sheet(*, by: User, now: dt.datetime, division: Division, file: File[bytes], name: str) -> RegisterSheet:
    """Keep a workbook with the register of a place and queue the job that reads it; nothing is entered yet.

    Raises:
        NotAllowed: not staff of the place.
        RegisterPlaceClosed: the place is closed.
        SheetNotAWorkbook, SheetTooLarge, SheetUnreadable: seen from its name, its size and its packing.
        SheetKnown: the same workbook was taken in for the place.
    """
    require(by, "socialorgs.take_register_in", division)
    if division.status != DivisionStatus.ACTIVE:
        raise RegisterPlaceClosed(field="division", place=division.name)
    if PurePath(name).suffix.lower() != ENDING:
        raise SheetNotAWorkbook(field="file", name=PurePath(name).name)
    file.seek(0)
    content = file.read()
    TextXLSX.check_size(content)
    digest = hashlib.sha256(content).hexdigest()
    _refuse_known(division, digest)
    file.seek(0)
    path = default_storage.save(f"{FOLDER}/{uuid.uuid4().hex}{ENDING}", file)
    row = RegisterSheet(
        division=division,
        name=PurePath(name).name[:200],
        path=path,
        size=len(content),
        sha256=digest,
        uploaded_by=by,
        uploaded_at=now,
    )
    try:
        with transaction.atomic():
            row.save()
            after = {"division": division.pk, "sha256": digest, "size": row.size}
            audit.record(by=by, verb="socialorgs.register_sheet.uploaded", row=row, now=now, after=after)
            enqueue(by=by, kind=READ, key=f"{READ}:{row.pk}", now=now, parameters={"sheet": row.pk})
    except IntegrityError:
        default_storage.delete(path)
        _refuse_known(division, digest)
        raise
    return row


def _refuse_known(division: Division, digest: str) -> None:
    known = RegisterSheet.objects.filter(division=division, sha256=digest).exclude(status__in=OVER).first()
    if known is not None:
        day = timezone.localdate(known.uploaded_at)
        raise SheetKnown(field="file", day=day, name=known.name, status=known.get_status_display())


def read_sheet(
    *, by: User, sheet: RegisterSheet, now: dt.datetime, report: Callable[[int, int], None] | None = None
) -> RegisterSheet:
    """Read an uploaded workbook into rows and judge each; begun again, it starts from the first row.

    The job's work: `report` hears after each thousand rows how many of how many are read. A workbook that cannot be read is given
    up with the reason.
    """
    fresh = RegisterSheet.objects.select_related("division", "uploaded_by").get(pk=sheet.pk)
    if fresh.status != SheetStatus.UPLOADED:
        return fresh
    try:
        with default_storage.open(fresh.path) as file:
            content = file.read()
        _fill(Reader(fresh, fresh.uploaded_by, now, timezone.localdate(now)), content, report)
    except FileNotFoundError:
        return _give_up(fresh, by, now, _("The file is no longer kept. Upload it again."))
    except (DomainError, ValidationError) as refusal:
        texts = refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
        return _give_up(fresh, by, now, " ".join(texts))
    moved = lifecycle.move(fresh, "finish_reading", by=by, now=now, changes=_counts(fresh))
    default_storage.delete(fresh.path)
    return moved


def _fill(reader: Reader, content: bytes, report: Callable[[int, int], None] | None) -> None:
    reader.sheet.rows.all().delete()
    done = 0
    for rows in reader.rows(content):
        RegisterSheetRow.objects.bulk_create(rows)
        done += len(rows)
        if report is not None:
            report(done, reader.total)


def _give_up(sheet: RegisterSheet, by: User, now: dt.datetime, problem: str) -> RegisterSheet:
    sheet.rows.all().delete()
    default_storage.delete(sheet.path)
    return lifecycle.move(sheet, "give_up", by=by, now=now, changes={"problem": problem[:300]})


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
    lifecycle.require(sheet, "confirm", by=by)
    with transaction.atomic():
        fresh = RegisterSheet.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
        if fresh.status == SheetStatus.READ and fresh.bad and not leave_out_bad:
            raise SheetRowsUnusable(field="leave_out_bad", count=fresh.bad)
        if fresh.status == SheetStatus.READ and not fresh.fresh + fresh.changed:
            raise SheetHoldsNothing
        moved = lifecycle.move(fresh, "confirm", by=by, now=now)
        enqueue(by=by, kind=ENTER, key=f"{ENTER}:{moved.pk}", now=now, parameters={"sheet": moved.pk})
        return moved


def discard_sheet(*, by: User, now: dt.datetime, sheet: RegisterSheet, reason: str) -> RegisterSheet:
    """Discard a sheet that is not to be entered; its rows go with it.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    with transaction.atomic():
        moved = lifecycle.move(sheet, "discard", by=by, now=now, reason=reason)
        moved.rows.all().delete()
    default_storage.delete(moved.path)
    return moved


def enter_some(*, by: User, now: dt.datetime, sheet: RegisterSheet) -> int:
    """Enter the next organizations of a confirmed sheet in the caller's transaction; return how many rows are settled.

    The job's work, done once however often it is tried: a row is settled when it is neither `FRESH` nor `CHANGED` any more.
    A code that somebody else has entered meanwhile makes its row unusable, with the reason.
    """
    confirmer = sheet.confirmed_by
    if sheet.status != SheetStatus.CONFIRMED or confirmer is None:
        return 0
    rows = list(
        sheet.rows.select_for_update(of=("self",))
        .filter(verdict__in=[Verdict.FRESH, Verdict.CHANGED])
        .select_related("division", "organization")
        .order_by("number")[:AT_ONCE]
    )
    known = known_of(rows)
    fresh = []
    for row in rows:
        entry = known.get(str(row.values["credit_code"] or row.values["filing_number"]))
        if entry is None:
            fresh.append(row)
        else:
            _edit(row, entry, confirmer, now)
    _enter(sheet, fresh, now)
    for row in rows:
        row.values = {}
    RegisterSheetRow.objects.bulk_update(rows, ["verdict", "reason", "organization", "values"])
    return len(rows)


def _edit(row: RegisterSheetRow, entry: SocialOrganization, by: User, now: dt.datetime) -> None:
    """Bring a known entry to what the row says; what does not fit any more is named."""
    found = _typed(row.values)
    try:
        if row.organization_id is None and changes(entry, found):
            raise SheetMeanwhile(text=entry.credit_code or entry.filing_number)
        edit_organization(by=by, now=now, organization=entry, contact=entry.contact, **found)
    except (DomainError, ValidationError) as refusal:
        texts = refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
        row.verdict, row.reason = Verdict.BAD, " ".join(texts)
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
        row.organization, row.verdict = entry, Verdict.ENTERED


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
