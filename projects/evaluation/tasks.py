"""The evaluation room's entry points for the clock, and its job."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.jobs.marks import mark
from governance.jobs.operations import Part, Progress, handles
from projects.evaluation import operations
from projects.evaluation.computing import CHUNK, closed_plans, compute_chunk
from projects.evaluation.reminding import remind_unread

PLANS_PER_PART = 10 * CHUNK


@shared_task(name="evaluation.tick")
def tick() -> int:
    """Close collections whose days are over and queue the calculation of what is closed."""
    actor, now = system_actor(), clock.now()
    closed = operations.close_due(by=actor, now=now, today=clock.today())
    operations.compute_due(by=actor, now=now)
    return closed


@shared_task(name="evaluation.settle")
def settle() -> int:
    """Make final what was publicised without an objection upheld, push what is final, send again what nobody has read."""
    actor, now = system_actor(), clock.now()
    operations.settle_publicised(by=actor, now=now, today=clock.today())
    remind_unread(by=actor, now=now)
    return operations.push_final(by=actor, now=now)


@handles(operations.COMPUTE)
def run_compute(progress: Progress, parameters: dict[str, Any]) -> None:
    """Find what is closed and hand it out in parts, which several workers do at once."""
    del parameters
    mark("evaluation.compute.begun")
    plans = closed_plans()
    mark("evaluation.compute.listed")
    parts = [plans[first : first + PLANS_PER_PART] for first in range(0, len(plans), PLANS_PER_PART)]
    progress.hand_out(operations.COMPUTE_PART, [Part({"plans": part}, total=len(part)) for part in parts])


@handles(operations.COMPUTE_PART)
def run_part(progress: Progress, parameters: dict[str, Any]) -> None:
    """Compute chunk by chunk, each with its progress in one transaction; a part taken over goes on where it stood."""
    actor, plans = system_actor(), parameters["plans"]
    for first in range(progress.done, len(plans), CHUNK):
        chunk = plans[first : first + CHUNK]
        done = first + len(chunk)

        def report(computed: int, without_grade: int, done: int = done) -> None:
            progress.step(done, computed=computed, without_grade=without_grade)

        compute_chunk(by=actor, plans=chunk, now=clock.now(), report=report)
