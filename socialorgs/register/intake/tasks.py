"""The jobs behind a large sheet of the register: reading it, and entering it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max, Min

from communities.territory.files.taking import tell_bad
from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.jobs.operations import Progress, handles
from socialorgs.register.intake import operations
from socialorgs.register.intake.lifecycle import SheetStatus
from socialorgs.register.intake.models import RegisterSheet
from socialorgs.register.intake.reading import AT_ONCE


@handles(operations.READ)
def run_reading(progress: Progress, parameters: dict[str, Any]) -> None:
    """Read the sheet; how far it has come shows after each thousand rows."""
    sheet = RegisterSheet.objects.filter(pk=parameters["sheet"]).first()
    if sheet is None:
        return

    def report(done: int, total: int) -> None:
        if done <= AT_ONCE:
            progress.start(total)
        elif total > progress.job.total:
            progress.expect(total)
        progress.step(done)

    found = operations.read_sheet(by=system_actor(), sheet=sheet, now=clock.now(), report=report)
    tell_bad(progress, found)
    progress.expect(progress.done)
    progress.step(progress.done, created=found.fresh, unchanged=found.same, bad=found.bad)


@handles(operations.ENTER)
def run_entering(progress: Progress, parameters: dict[str, Any]) -> None:
    """Enter the sheet, a thousand rows a transaction; a worker that takes it over goes on where the other stopped.

    A sheet that has been entered already is left as it is.
    """
    sheet = RegisterSheet.objects.select_related("uploaded_by", "confirmed_by", "division")
    row = sheet.filter(pk=parameters["sheet"], status=SheetStatus.CONFIRMED).first()
    if row is None:
        return
    if not progress.job.total:
        progress.start(row.fresh + row.changed)
    for numbers in _parts(row):
        with transaction.atomic():
            settled = operations.enter_some(by=system_actor(), now=clock.now(), sheet=row, numbers=numbers)
            progress.step(progress.done + settled, created=settled)
    operations.finish_sheet(by=system_actor(), now=clock.now(), sheet=row)


def _parts(sheet: RegisterSheet) -> list[range]:
    """Return the numbers of a sheet's rows in parts, so that no part asks for the rows of the parts before it; one query."""
    ends = sheet.rows.aggregate(first=Min("number"), last=Max("number"))
    if ends["first"] is None:
        return []
    return [range(start, start + AT_ONCE) for start in range(ends["first"], ends["last"] + 1, AT_ONCE)]
