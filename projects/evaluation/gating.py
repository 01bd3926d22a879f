"""What a grade stands in the way of: the next grant and the next purchase of a body, and the last instalment of a contract.

Asked beside the gate of the register (`socialorgs.register.queries.hindrances`), which lies below and knows no evaluation.
Basis: Ministry of Finance order 102 on government purchase of services (the result decides payment and renewal).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.policy.queries import value
from communities.territory.models import Division
from governance.calendar.days import months_later
from projects.evaluation.lifecycle import PlanStatus
from projects.evaluation.models import EvaluationPlan, EvaluationResult, Grade, SubjectKind
from projects.evaluation.policy import GATE_MONTHS
from projects.evaluation.refusals import OrganizationFailed
from socialorgs.register.models import SocialOrganization

SETTLED = (PlanStatus.FINAL, PlanStatus.PUSHED)
"""The result stands: the days of its publicity are over."""
OF_A_BODY = (SubjectKind.PROJECT, SubjectKind.ORGANIZATION)
"""What is judged of an organization as such; a worker, a committee and a venue are judged for themselves."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The failed evaluation that is a body's latest in a place, and the first day on which it may take part again."""

    plan: EvaluationPlan
    final_on: dt.date
    free_on: dt.date

    @property
    def said(self) -> str:
        """What happened, until when it counts and what ends it sooner, as a reason in a sentence."""
        text = _(
            "its latest evaluation, “%(title)s”, ended on %(day)s with “%(grade)s”; it takes part again from %(free)s, or "
            "as soon as a later evaluation of its work here is passed"
        )
        words = {"title": self.plan.title, "day": self.final_on, "free": self.free_on}
        return text % {**words, "grade": Grade.FAIL.label}

    @property
    def refusal(self) -> OrganizationFailed:
        """What the body is told that wants to take part; for plans that were read with their implementer."""
        name = self.plan.implementer.name if self.plan.implementer is not None else self.plan.subject_name
        return OrganizationFailed(field="organization", organization=name, reasons=self.said)


def graded() -> QuerySet[Any]:
    """Return the evaluations of bodies whose result stands and has a grade, each with that `grade`."""
    newest = EvaluationResult.objects.filter(plan=OuterRef("pk")).order_by("-version")
    rows: QuerySet[Any] = EvaluationPlan.objects.filter(
        status__in=SETTLED, subject_kind__in=OF_A_BODY, final_at__isnull=False
    )
    with_grade: QuerySet[Any] = rows.annotate(grade=Subquery(newest.values("grade")[:1]))
    return with_grade.exclude(grade=Grade.INSUFFICIENT)


def failures_of(organizations: Collection[int], place: Division, day: dt.date) -> dict[int, Failure]:
    """Return by organization the failed evaluation that keeps it from the next grant and purchase of a place.

    The latest one of each counts that was made for the place, for one below it or for one above; one without a grade says
    nothing. One query, and a second for the rule where one was failed.
    """
    rows = graded().select_related("implementer").filter(implementer__in=organizations)
    latest = (
        rows.alias(here=Value(place.path))
        .filter(Q(division__path__startswith=place.path) | Q(here__startswith=F("division__path")))
        .order_by("implementer_id", "-final_at", "-pk")
        .distinct("implementer_id")
    )
    failed = [row for row in latest if row.grade == Grade.FAIL]
    months = value(GATE_MONTHS, place, day) if failed else 0
    found: dict[int, Failure] = {}
    for row in failed:
        final_on = timezone.localdate(row.final_at)
        found[row.implementer_id] = Failure(row, final_on, months_later(final_on, months))
    return {key: failure for key, failure in found.items() if day < failure.free_on}


def failure_of(organization: SocialOrganization, place: Division, day: dt.date) -> Failure | None:
    """Return the failed evaluation that keeps a body from the next grant and purchase of a place; at most two queries."""
    return failures_of([organization.pk], place, day).get(organization.pk)


def failed_hindrances(organization: SocialOrganization, place: Division, day: dt.date) -> list[str]:
    """Return in words what its evaluations keep a body from in a place; empty when nothing; at most two queries."""
    found = failure_of(organization, place, day)
    return [found.said] if found is not None else []


def require_not_failed(organization: SocialOrganization, place: Division, day: dt.date) -> None:
    """Refuse a body whose latest evaluation in the place was failed not long ago; at most two queries.

    Raises:
        OrganizationFailed: with the evaluation, until when it counts and what ends it sooner.
    """
    if found := failure_of(organization, place, day):
        raise found.refusal


def gate_of(plan: EvaluationPlan, day: dt.date) -> Failure | None:
    """Return what the result of an evaluation keeps its body from in its own place, while it does; at most two queries."""
    if plan.status not in SETTLED or plan.subject_kind not in OF_A_BODY or plan.implementer is None:
        return None
    found = failure_of(plan.implementer, plan.division, day)
    return found if found is not None and found.plan.pk == plan.pk else None


def grade_standing(plan: EvaluationPlan) -> str:
    """Return the grade with which an evaluation ended; empty while none stands; at most one query."""
    if plan.status not in SETTLED:
        return ""
    grade = plan.results.order_by("-version").values_list("grade", flat=True).first()
    return str(grade or "")


def is_without_grade(plan: EvaluationPlan) -> bool:
    """Tell whether an evaluation has ended and judges nothing: cancelled, or final without a grade; at most one query."""
    return plan.status == PlanStatus.CANCELLED or grade_standing(plan) == Grade.INSUFFICIENT
