"""Grid workers: their duties in force, who they are in a place, what they brought in, how they were judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from communities.people.models import Post, Role
from consultation.matters.models import Matter
from governance.calendar.days import MONTHS
from projects.evaluation.lifecycle import TemplateStatus
from projects.evaluation.models import EvaluationPlan, EvaluationTemplate, SubjectKind, TemplateQuestion

if TYPE_CHECKING:
    from communities.territory.models import Division
    from governance.accounts.models import User
    from projects.evaluation.models import PlanQuerySet

MOST_WORKERS = 300


@dataclass(frozen=True, slots=True)
class Work:
    """What the platform knows of one person's work in a period, beside what the duties ask for."""

    recorded: int
    months: int


def duties_in_force() -> EvaluationTemplate | None:
    """Return the newest list of duties of grid workers that is in use, with its questions; two queries."""
    rows = EvaluationTemplate.objects.filter(subject_kind=SubjectKind.GRID_WORK, status=TemplateStatus.PUBLISHED)
    return rows.prefetch_related("questions").order_by("-published_at", "-pk").first()


def workers_in(place: Division, day: dt.date) -> list[Post]:
    """Return the posts of grid workers in a place and those below it on a day, by place; one query."""
    rows = Post.objects.held_on(day).filter(role=Role.GRID_WORKER, division__path__startswith=place.path)
    return list(rows.select_related("user", "division").order_by("division__path", "pk")[:MOST_WORKERS])


def judged_in(place: Division) -> PlanQuerySet:
    """Return the evaluations of grid workers in a place and those below it."""
    return EvaluationPlan.objects.filter(
        subject_kind=SubjectKind.GRID_WORK, division__path__startswith=place.path
    ).for_detail()


def months_of(first: dt.date, last: dt.date) -> int:
    """Return how many months a period touches (pure)."""
    return (last.year - first.year) * MONTHS + last.month - first.month + 1


def work_of(plan: EvaluationPlan) -> Work | None:
    """Return what a person brought in during the period that is judged: matters recorded in the field; one query."""
    if plan.worker_id is None:
        return None
    rows = Matter.objects.filter(Q(recorded_by=plan.worker_id) | Q(raised_by=plan.worker_id))
    found = rows.filter(raised_at__date__range=(plan.period_from, plan.period_to)).aggregate(count=Count("pk"))
    return Work(recorded=found["count"], months=months_of(plan.period_from, plan.period_to))


def asked_of(questions: Sequence[TemplateQuestion], months: int) -> list[tuple[TemplateQuestion, int | None]]:
    """Return the duties with how often they were to be done in so many months (pure)."""
    return [
        (question, question.per_month * months if question.per_month else None)
        for question in questions
        if question.duty
    ]


def own_evaluations(user: User) -> PlanQuerySet:
    """Return the evaluations of a person's own work, newest first."""
    return EvaluationPlan.objects.filter(worker=user).for_detail().order_by("-pk")
