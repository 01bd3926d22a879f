"""How strict evaluators are: their marks beside the others', here and in all evaluations they took part in.

Only shown, to those who handle the evaluation: the plain mean stays the result, whoever is strict or lenient.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from communities.policy.queries import value
from projects.evaluation.explaining import party_label
from projects.evaluation.models import EvaluationAnswer, EvaluationResult, TemplateQuestion
from projects.evaluation.policy import LOWEST, SEVERITY_POINTS, STEP, cut_off

if TYPE_CHECKING:
    from projects.evaluation.models import EvaluationPlan

MOST_EVALUATORS = 30
MOST_ANSWERS = 600
"""So many answers of theirs are looked at, the newest first."""


@dataclass(frozen=True, slots=True)
class Severity:
    """One evaluator: points here, the mean of the others here, the difference here and on average."""

    evaluator: str
    party: str
    own: Decimal
    others: Decimal | None
    here: Decimal | None
    mean: Decimal | None
    evaluations: int
    verdict: str


def points_of(marks: Sequence[int], weights: Sequence[int]) -> Fraction:
    """Return what one answer gives in points of 100 (pure)."""
    total = sum(weight * (mark - LOWEST) * STEP for mark, weight in zip(marks, weights, strict=True))
    return Fraction(total, sum(weights))


def mean_of_others(own: Fraction, total: Fraction, answers: int) -> Fraction | None:
    """Return the mean of the other answers of an evaluation, nothing where there are none (pure)."""
    return (total - own) / (answers - 1) if answers > 1 else None


def written(difference: Fraction | None) -> Decimal | None:
    """Write points with two decimals, cut off towards nothing."""
    if difference is None:
        return None
    return cut_off(difference, places=2) if difference >= 0 else -cut_off(-difference, places=2)


def verdict_of(mean: Fraction | None, points: int) -> str:
    """Say whether somebody is strict or lenient, from so many points on."""
    if mean is None or abs(mean) < points:
        return _("in line with the others")
    return _("strict") if mean < 0 else _("lenient")


def severities(plan: EvaluationPlan, day: dt.date) -> list[Severity]:
    """Return the evaluators by name of an evaluation, in the order of their slips; four queries."""
    here = EvaluationAnswer.objects.filter(plan=plan, task__evaluator__isnull=False, exclusion=None)
    asked = list(here.select_related("task__evaluator").order_by("task__number")[:MOST_EVALUATORS])
    if not asked:
        return []
    people = {answer.task.evaluator_id for answer in asked}
    theirs = EvaluationAnswer.objects.filter(
        task__evaluator__in=people, plan__computed_at__isnull=False, exclusion=None
    ).select_related("task", "plan")
    answers = list(theirs.order_by("-pk")[:MOST_ANSWERS])
    totals = _totals({answer.plan_id for answer in answers})
    weights = _weights({answer.plan.template_id for answer in answers} | {plan.template_id})
    found: dict[int | None, list[Fraction]] = defaultdict(list)
    for answer in answers:
        own = _points(answer, weights[answer.plan.template_id])
        others = mean_of_others(own, *totals[answer.plan_id]) if answer.plan_id in totals else None
        if others is not None:
            found[answer.task.evaluator_id].append(own - others)
    limit, rows = value(SEVERITY_POINTS, plan.division, day), []
    for answer in asked:
        own = _points(answer, weights[plan.template_id])
        others = mean_of_others(own, *totals[plan.pk]) if plan.pk in totals else None
        rows.append(_row(answer, own, others, found[answer.task.evaluator_id], limit))
    return rows


def _row(
    answer: EvaluationAnswer, own: Fraction, others: Fraction | None, differences: Sequence[Fraction], limit: int
) -> Severity:
    mean = sum(differences, Fraction(0)) / len(differences) if differences else None
    person = answer.task.evaluator
    return Severity(
        evaluator=str(person) if person else "",
        party=party_label(answer.party),
        own=cut_off(own, places=2),
        others=written(others),
        here=written(own - others if others is not None else None),
        mean=written(mean),
        evaluations=len(differences),
        verdict=verdict_of(mean, limit),
    )


def _points(answer: EvaluationAnswer, weights: Sequence[int]) -> Fraction:
    return points_of([answer.marks[str(number)] for number in range(1, len(weights) + 1)], weights)


def _weights(templates: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    rows = TemplateQuestion.objects.filter(template__in=templates).order_by("template", "number")
    for template, weight in rows.values_list("template", "weight"):
        found[template].append(weight)
    return found


def _totals(plans: Iterable[int]) -> dict[int, tuple[Fraction, int]]:
    """Return the sum of points and the number of answers of each plan, from its newest calculation."""
    rows = EvaluationResult.objects.filter(plan__in=plans).order_by("plan", "-version").distinct("plan")
    return {plan: _total(details) for plan, details in rows.values_list("plan", "details")}


def _total(details: dict[str, Any]) -> tuple[Fraction, int]:
    parties = [found for found in details["parties"].values() if found["mean"] is not None]
    return sum((Fraction(found["mean"]) * found["answers"] for found in parties), Fraction(0)), details["answers"]
