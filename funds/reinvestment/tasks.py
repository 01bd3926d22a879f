"""Scheduled and heavy work of the reinvestment room."""

from __future__ import annotations

import datetime as dt
from typing import Any

from celery import shared_task
from django.utils.translation import gettext as _

from funds.reinvestment import operations, owing
from funds.reinvestment.planner import Planned, pending_cells, plan_cell
from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.jobs.marks import mark
from governance.jobs.operations import Part, Progress, handles

CELLS_PER_PART = 4
"""Few, so that the last parts of several workers end at about the same time."""


@shared_task(name="reinvestment.plan")
def plan() -> int:
    """Queue what is to be planned."""
    return len(operations.request_planning(by=system_actor(), now=clock.now(), today=clock.today()))


@shared_task(name="reinvestment.overdue")
def overdue() -> int:
    """Remind enterprises of what falls due, and mark what is overdue."""
    actor, now, today = system_actor(), clock.now(), clock.today()
    operations.remind(by=actor, now=now, today=today)
    return operations.mark_overdue(by=actor, now=now, today=today)


@shared_task(name="reinvestment.set_aside")
def set_aside() -> int:
    """Set aside for the debts of funds what has come in since."""
    return owing.set_aside_for_debts(by=system_actor(), now=clock.now(), today=clock.today())


@handles(operations.PLAN)
def run_plan(progress: Progress, parameters: dict[str, Any]) -> None:
    """Find what is pending and hand it out in parts, which several workers do at once."""
    mark("reinvestment.plan.begun")
    since = parameters.get("since")
    cells = [cell for cell, _count in pending_cells(dt.datetime.fromisoformat(since) if since else None)]
    mark("reinvestment.plan.listed")
    parts = [cells[first : first + CELLS_PER_PART] for first in range(0, len(cells), CELLS_PER_PART)]
    progress.hand_out(operations.PLAN_PART, [Part({"cells": part}, total=len(part)) for part in parts])


@handles(operations.PLAN_PART)
def run_part(progress: Progress, parameters: dict[str, Any]) -> None:
    """Plan cell by cell, each with its progress in one transaction; a part taken over goes on where it stood."""
    actor = system_actor()
    for cell in parameters["cells"][progress.done :]:
        plan_cell(by=actor, cell=cell, now=clock.now(), report=lambda found: _report(progress, found))


def _report(progress: Progress, found: Planned) -> None:
    """Tell what a cell has brought, and name the rows for which no policy was in force."""
    for declaration, enterprise, day in found.without_policy:
        reason = _("No distribution policy was in force on %(day)s.") % {"day": day}
        progress.fail_row(enterprise, reason, label="funds.ProfitDeclaration", key=declaration)
    progress.step(
        progress.done + 1,
        planned=found.planned,
        ordered=found.ordered,
        nothing=found.nothing + found.undistributable,
        warned=found.warned,
        without_policy=len(found.without_policy),
    )
