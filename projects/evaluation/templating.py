"""Drafts of templates: their questions read, written, corrected; a new version begins as a copy of an earlier one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from communities.people.policy import refuse_personal_numbers
from governance.audit import operations as audit
from governance.errors import NotAllowed
from projects.evaluation import refusals
from projects.evaluation.lifecycle import TemplateStatus
from projects.evaluation.models import EvaluationTemplate, Method, Party, TemplateQuestion

if TYPE_CHECKING:
    from governance.accounts.models import User

MOST_QUESTIONS = 60
MOST_WEIGHT = 1000
MOST_TIMES = 1000
"""How heavy a question is at most, and how often a month its duty is done."""


class Asked(NamedTuple):
    """One question as it is entered; no weight is silently taken where none was."""

    text: str
    weight: int | None = None
    is_satisfaction: bool = False
    duty: str = ""
    per_month: int | None = None


def read_questions(given: Sequence[Sequence[Any]]) -> list[Asked]:
    """Return what is asked.

    Raises:
        QuestionsMissing: none, or too many.
        QuestionUnfit: one lacks its text or its weight, or counts without saying what; it is named.
    """
    asked = [Asked(*row) for row in given]
    asked = [row._replace(text=row.text.strip(), duty=row.duty.strip()) for row in asked]
    if not asked or len(asked) > MOST_QUESTIONS:
        raise refusals.QuestionsMissing(field="questions", most=MOST_QUESTIONS)
    for number, row in enumerate(asked, start=1):
        if reason := _lacking(row):
            raise refusals.QuestionUnfit(field="questions", question=f"{number}. {row.text}", reason=reason)
    return asked


def _lacking(row: Asked) -> str:
    if not row.text:
        return _("it has no text")
    if row.weight is None:
        return _("it has no weight; 1 is usual, 2 counts double")
    if not 1 <= row.weight <= MOST_WEIGHT:
        return _("its weight must be a whole number from 1 to %(most)s") % {"most": MOST_WEIGHT}
    if row.per_month is not None and not row.duty:
        return _("it says how often a month, but not which duty")
    if row.per_month is not None and not 1 <= row.per_month <= MOST_TIMES:
        return _("its times a month must be a whole number from 1 to %(most)s") % {"most": MOST_TIMES}
    return ""


def read_methods(given: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """Return by which methods each party must have judged, in the order of their names; who must by none is left out.

    Raises:
        MethodsUnknown: no such party, or no such method.
    """
    known = set(Party.values), set(Method.values)
    if not (set(given) <= known[0] and all(set(methods) <= known[1] for methods in given.values())):
        raise refusals.MethodsUnknown(field="methods")
    asked = {party: [method for method in Method.values if method in given.get(party, ())] for party in Party.values}
    return {party: methods for party, methods in asked.items() if methods}


def write_questions(template: EvaluationTemplate, asked: Sequence[Asked]) -> None:
    """Write the questions of a draft, in their order."""
    for number, row in enumerate(asked, start=1):
        question = TemplateQuestion(template=template, number=number, **row._asdict())
        question.full_clean(exclude={"template"}, validate_unique=False, validate_constraints=False)
        question.save(force_insert=True)


def correct_draft(
    *,
    by: User,
    now: dt.datetime,
    template: EvaluationTemplate,
    title: str,
    questions: Sequence[Sequence[Any]],
    methods: Mapping[str, Collection[str]] | None = None,
) -> EvaluationTemplate:
    """Correct a draft; who corrects it is its drafter from then on, so that another takes it into use.

    Without `methods` those that each party must have judged by stay.

    Raises:
        NotAllowed: `by` may not draft templates.
        TemplateFixed: it is in use or retired; a change is a new version.
        QuestionsMissing, QuestionUnfit, MethodsUnknown, PersonalNumbersFound.
    """
    if not by.has_perm("projects.draft_template", template):
        raise NotAllowed
    asked = read_questions(questions)
    required = None if methods is None else read_methods(methods)
    refuse_personal_numbers(title=title)
    with transaction.atomic():
        row = EvaluationTemplate.objects.select_for_update().get(pk=template.pk)
        if row.status != TemplateStatus.DRAFT:
            raise refusals.TemplateFixed(template=row)
        before = {"title": row.title, "questions": row.questions.count(), "methods": row.methods}
        row.title, row.drafted_by, row.drafted_at = title.strip(), by, now
        row.methods = row.methods if required is None else required
        row.full_clean(validate_unique=False, validate_constraints=False)
        row.save(update_fields=["title", "methods", "drafted_by", "drafted_at"])
        row.questions.all().delete()
        write_questions(row, asked)
        after = {"title": row.title, "questions": len(asked), "methods": row.methods}
        audit.record(by=by, verb="projects.template.corrected", row=row, now=now, before=before, after=after)
    return row


def required_in_words(template: EvaluationTemplate) -> str:
    """Name the parties with the methods that they must have judged by; nothing where none is required."""
    return "; ".join(
        f"{party.label}: {', '.join(str(method.label) for method in methods)}" for party, methods in template.required
    )


def as_lines(template: EvaluationTemplate) -> str:
    """Return the questions of a template as lines of the desk's form; one query."""
    lines = []
    for row in template.questions.order_by("number"):
        parts = [row.text, str(row.weight), "*" if row.is_satisfaction else "", row.duty, str(row.per_month or "")]
        while len(parts) > 1 and not parts[-1]:
            parts.pop()
        lines.append(" | ".join(parts))
    return "\n".join(lines)
