"""Answers that came on paper, entered by two persons: what both read alike counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from governance.audit import operations as audit
from governance.errors import NotAllowed
from projects.evaluation import refusals
from projects.evaluation.answering import check, take
from projects.evaluation.checks import refuse_tied
from projects.evaluation.models import AnswerSource, EvaluationAnswer, EvaluationTask, PaperEntry

if TYPE_CHECKING:
    from governance.accounts.models import User
    from projects.evaluation.models import EvaluationPlan


class Entered(NamedTuple):
    """A sheet that was entered: by the first hand, and the answer that counts once the second has entered it as well."""

    entry: PaperEntry
    answer: EvaluationAnswer | None


def enter_paper_answer(
    *, by: User, now: dt.datetime, plan: EvaluationPlan, number: int, marks: Mapping[str, Any], comment: str = ""
) -> Entered:
    """Enter an answer that came on paper, by the number that stands on its slip; the same marks by a second person count.

    The first person's entry shows its marks to nobody and may be entered anew by the same person until it counts. Where
    the second reads other marks nothing changes: both look at the sheet again. The first hand's comment stands, unless
    only the second wrote one.

    Raises:
        NotAllowed: `by` may not enter answers here.
        EvaluatorTied: the person who was invited by name has become tied to whoever is judged.
        EntriesDiffer: the marks are not those of the first entry; says of which questions.
        SlipUnknown, TokenUsed, CollectionNotOpen, CollectionOver, MarksUnfit, CommentTooLong, PersonalNumbersFound.
    Basis: default of this platform: two persons for each answer on paper.
    """
    if not by.has_perm("projects.enter_evaluation_answers", plan):
        raise NotAllowed
    with transaction.atomic():
        task = _locked(plan, number)
        if task.evaluator is not None:
            refuse_tied(task.plan, task.evaluator, timezone.localdate(now))
        said = check(task, now, marks, comment)
        first = PaperEntry.objects.filter(task=task).first()
        if first is None or first.entered_by_id == by.pk:
            return Entered(_enter(first or PaperEntry(task=task), by, now, marks, said), None)
        if differing := [name for name in first.marks if first.marks[name] != marks[name]]:
            raise refusals.EntriesDiffer(field="number", questions=", ".join(sorted(differing, key=int)))
        return Entered(first, take(task, now, AnswerSource.PAPER, marks, first.comment or said, by=by))


def _locked(plan: EvaluationPlan, number: int) -> EvaluationTask:
    """Lock the invitation of a slip, so that two hands do not meet; read it with its plan and questions."""
    tasks = EvaluationTask.objects.select_for_update(of=("self",), no_key=True).select_related(
        "plan__division", "plan__template", "plan__implementer", "evaluator"
    )
    task = tasks.prefetch_related("plan__template__questions").filter(plan=plan, number=number).first()
    if task is None:
        raise refusals.SlipUnknown(field="number", number=number)
    return task


def _enter(entry: PaperEntry, by: User, now: dt.datetime, marks: Mapping[str, Any], comment: str) -> PaperEntry:
    entry.marks, entry.comment, entry.entered_at, entry.entered_by = dict(marks), comment, now, by
    entry.save()
    plan = entry.task.plan
    after = {"slip": entry.task.number}
    audit.record(by=by, verb="projects.evaluation.paper_entered", row=plan, now=now, after=after)
    return entry
