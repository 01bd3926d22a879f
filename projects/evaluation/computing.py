"""From closed collections to results, chunk by chunk: one transaction each, with its results, entries and events.

The figures come from `projects.evaluation.policy` alone. The unique version of a result and the status of the plan are
the key of the effect: computing twice, late or in parallel changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max

from governance import lifecycle
from governance.audit import operations as audit
from governance.jobs.marks import mark
from projects.evaluation.lifecycle import PlanStatus
from projects.evaluation.models import Cause, EvaluationPlan, EvaluationResult, Grade
from projects.evaluation.policy import Answer, Tally, conclude
from projects.evaluation.queries import answers_of, frozen, invited_to

if TYPE_CHECKING:
    from governance.accounts.models import User

CHUNK = 100
"""Plans that are computed in one transaction; a killed worker loses at most so many."""

Report = Callable[[int, int], None]


def closed_plans() -> list[int]:
    """Return the plans that wait for their result, oldest first; one query."""
    rows = EvaluationPlan.objects.filter(status=PlanStatus.CLOSED).order_by("closed_at", "pk")
    return list(rows.values_list("pk", flat=True))


def compute_chunk(*, by: User, plans: Sequence[int], now: dt.datetime, report: Report | None = None) -> int:
    """Compute the results of those of the plans that are closed, and return how many; ten queries for any number.

    `report` is told how many were computed and how many of them have no grade, before the commit, so that a job's
    progress and its effect are one.
    """
    mark("evaluation.compute.chunk")
    with transaction.atomic():
        rows = locked(plans)
        mark("evaluation.compute.locked")
        results = results_of(rows, now=now, cause=Cause.CLOSING)
        mark("evaluation.compute.counted")
        EvaluationResult.objects.bulk_create(results)
        mark("evaluation.compute.inserted")
        lifecycle.move_all(rows, "compute", by=by, now=now, payloads=[payload_of(result) for result in results])
        mark("evaluation.compute.moved")
        if report:
            report(len(results), sum(result.grade == Grade.INSUFFICIENT for result in results))
        mark("evaluation.compute.reported")
    mark("evaluation.compute.committed")
    return len(results)


def locked(plans: Sequence[int]) -> list[EvaluationPlan]:
    """Lock those of the plans that are closed, in key order."""
    rows = EvaluationPlan.objects.select_for_update(of=("self",)).filter(pk__in=plans, status=PlanStatus.CLOSED)
    return list(rows.select_related("template").prefetch_related("template__questions").order_by("pk"))


def results_of(rows: Sequence[EvaluationPlan], *, now: dt.datetime, cause: str) -> list[EvaluationResult]:
    """Return the next version of the result of each plan, not yet written; three queries."""
    keys = [row.pk for row in rows]
    templates = {row.template_id: row.template for row in rows}
    read = {key: frozen(template) for key, template in templates.items()}
    counts: dict[int, Counter[Answer]] = defaultdict(Counter)
    for plan, answer in answers_of(keys, {row.pk: read[row.template_id] for row in rows}):
        counts[plan][answer] += 1
    invited = invited_to(keys)
    found = EvaluationResult.objects.filter(plan__in=keys).order_by().values_list("plan").annotate(Max("version"))
    versions: dict[int, int] = dict(found)
    results = []
    for row in rows:
        asked = invited.get(row.pk, {})
        made = conclude(
            read[row.template_id],
            row.weights,
            Tally(counts[row.pk]),
            row.minimum_answers,
            row.grade_cuts,
            invited=asked,
        )
        result = EvaluationResult(
            plan=row,
            version=versions.get(row.pk, 0) + 1,
            cause=cause,
            score=made.score,
            grade=made.grade,
            answers=made.answers,
            invited=sum(asked.values()),
            satisfied=made.satisfied,
            valid_for_satisfaction=made.valid_for_satisfaction,
            details=made.details,
            digest=made.digest,
            computed_at=now,
        )
        results.append(result)
    return results


def recompute(*, by: User, plan: EvaluationPlan, now: dt.datetime, cause: str) -> EvaluationResult:
    """Write a new version of the result of a plan that the caller has locked; earlier versions stay as they are."""
    [result] = results_of([plan], now=now, cause=cause)
    result.save(force_insert=True)
    audit.record(
        by=by, verb="projects.evaluation.recomputed", row=plan, now=now, after={**payload_of(result), "cause": cause}
    )
    return result


def payload_of(result: EvaluationResult) -> dict[str, Any]:
    """Return what an event tells of a result: figures only."""
    return {
        "score": None if result.score is None else str(result.score),
        "grade": str(result.grade),
        "version": result.version,
        "digest": result.digest,
    }
