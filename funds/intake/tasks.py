"""The jobs behind a file of donations: reading it, and posting it."""

from __future__ import annotations

from typing import Any

from communities.territory.files.taking import tell_bad
from funds.intake import operations
from funds.intake.models import DonationIntake
from funds.intake.reading import MAX_ROWS
from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.jobs.marks import mark
from governance.jobs.operations import Progress, handles


@handles(operations.READ)
def run_reading(progress: Progress, parameters: dict[str, Any]) -> None:
    """Read the file; how far it has come shows after each five thousand rows."""
    intake = DonationIntake.objects.filter(pk=parameters["intake"]).first()
    if intake is None:
        return
    progress.start(MAX_ROWS)
    mark("donations.reading")
    found = operations.read_file(by=system_actor(), intake=intake, now=clock.now(), report=progress.step)
    tell_bad(progress, found)
    rows = found.fresh + found.known + found.bad
    progress.step(min(rows, MAX_ROWS), fresh=found.fresh, known=found.known, bad=found.bad)


@handles(operations.POST)
def run_posting(progress: Progress, parameters: dict[str, Any]) -> None:
    """Post the file, whole or not at all."""
    intake = DonationIntake.objects.filter(pk=parameters["intake"]).first()
    if intake is None:
        return
    progress.start(1)
    found = operations.post_file(by=system_actor(), intake=intake, now=clock.now())
    if found.problem:
        progress.fail_row(found.name, found.problem)
    progress.step(1, posted=found.fresh)
