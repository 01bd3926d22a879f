"""How an answer is taken, whichever way it came. Used by the operations of this room only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from communities.people.policy import refuse_personal_numbers
from governance.accounts.models import User
from governance.accounts.queries import system_actor
from governance.audit import operations as audit
from projects.evaluation import refusals
from projects.evaluation.lifecycle import PlanStatus
from projects.evaluation.models import EvaluationAnswer, EvaluationTask
from projects.evaluation.queries import frozen

LONGEST_COMMENT = 1000


def check(task: EvaluationTask, now: dt.datetime, marks: Mapping[str, Any], comment: str) -> str:
    """Refuse an answer that cannot be taken now or says nothing usable; return its comment as it is kept.

    Raises:
        TokenUsed, CollectionNotOpen, CollectionOver, MarksUnfit, CommentTooLong, PersonalNumbersFound.
    """
    plan = task.plan
    if hasattr(task, "answer"):
        raise refusals.TokenUsed
    if plan.status in (PlanStatus.PLANNED, PlanStatus.CANCELLED):
        raise refusals.CollectionNotOpen
    if not plan.collects_on(timezone.localdate(now)):
        raise refusals.CollectionOver(day=plan.closes_on)
    frozen(plan.template).read_marks(marks)
    said = comment.strip()
    if len(said) > LONGEST_COMMENT:
        raise refusals.CommentTooLong(field="comment", limit=LONGEST_COMMENT)
    refuse_personal_numbers(comment=said)
    return said


def take(
    task: EvaluationTask,
    now: dt.datetime,
    source: str,
    marks: Mapping[str, Any],
    comment: str,
    *,
    by: User | None,
) -> EvaluationAnswer:
    """Write an answer down, once; the trail tells of the slip, never of the marks.

    Raises:
        TokenUsed, CollectionNotOpen, CollectionOver, MarksUnfit, CommentTooLong, PersonalNumbersFound.
    """
    plan, said = task.plan, check(task, now, marks, comment)
    try:
        with transaction.atomic():
            row = EvaluationAnswer.objects.create(
                plan=plan,
                task=task,
                party=task.party,
                method=task.method,
                marks=dict(marks),
                comment=said,
                source=source,
                answered_at=now,
                entered_by=by,
            )
            after = {"slip": task.number, "source": source}
            audit.record(by=by or system_actor(), verb="projects.evaluation.answered", row=plan, now=now, after=after)
    except IntegrityError as error:
        if "while_collecting" in str(error.__cause__) or "collects no answers" in str(error.__cause__):
            raise refusals.CollectionOver(day=plan.closes_on) from error
        raise refusals.TokenUsed from error
    return row
