"""What the grade of a contract's evaluation means for its last instalment.

Basis: Ministry of Finance order 102 on government purchase of services (the result decides payment and renewal).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import OuterRef, Q, Subquery
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext as _

from projects.contracts.terms.queries import rest_settled
from projects.evaluation.gating import SETTLED, grade_standing, is_without_grade
from projects.evaluation.lifecycle import PlanStatus
from projects.evaluation.models import EvaluationResult, Grade

if TYPE_CHECKING:
    from projects.contracts.models import Contract


NEWEST = EvaluationResult.objects.filter(plan=OuterRef("evaluation")).order_by("-version").values("grade")[:1]
FAILED = Q(Exact(Subquery(NEWEST), Grade.FAIL), evaluation__status__in=SETTLED)
"""Contracts whose evaluation stands with the lowest grade."""


def is_failed(contract: Contract) -> bool:
    """Tell whether the contract's evaluation stands with the lowest grade; a query unless `evaluation_grade` was read."""
    plan = contract.evaluation
    if plan is None or plan.status not in SETTLED:
        return False
    grade = contract.evaluation_grade if hasattr(contract, "evaluation_grade") else grade_standing(plan)
    return bool(grade == Grade.FAIL)


def held_by_grade(contract: Contract) -> str:
    """Say why the last instalment waits for the evaluation, or for the street after it was failed; empty when it does not.

    An evaluation that was cancelled, or ended without a grade, holds nothing; the next one can be named in its place. At
    most one query for a contract that was read with its evaluation.
    """
    plan = contract.evaluation
    if plan is None or contract.despite_at is not None or plan.status == PlanStatus.CANCELLED:
        return ""
    if plan.status not in SETTLED:
        text = _("The last instalment waits for the result of the evaluation “%(title)s”, which is “%(status)s”.")
        return text % {"title": plan.title, "status": plan.get_status_display()}
    if not is_failed(contract):
        return ""
    if (settled := rest_settled(contract)) is not None:
        text = _(
            "The evaluation “%(title)s” was failed. On %(day)s the street decided that the rest is not paid: %(reason)s"
        )
        day = timezone.localdate(settled.proposed_at)
        return text % {"title": plan.title, "day": day, "reason": settled.done}
    text = _(
        "The evaluation “%(title)s” was failed. The last instalment is paid only if who signs for the street decides so, "
        "with a reason that everybody can read."
    )
    return text % {"title": plan.title}


def may_decide(contract: Contract, *, again: bool = False) -> bool:
    """Tell whether who signs for the street may decide on the rest: the evaluation was failed, and nothing was decided.

    `again` where what was decided may be decided anew; up to three queries.
    """
    is_open = contract.despite_at is None and (again or rest_settled(contract) is None)
    return is_open and is_failed(contract)


def may_name_next(contract: Contract) -> bool:
    """Tell whether an evaluation can be named: none was, or the one that was judges nothing; at most one query."""
    return contract.evaluation is None or is_without_grade(contract.evaluation)
