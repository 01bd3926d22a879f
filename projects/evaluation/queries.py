"""Reads of evaluations: their frozen terms, their answers, ties of evaluators, what may be shown of a result."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, F, OuterRef, Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from communities.bodies.models import BodyMembership
from communities.policy.policy import SMALL_CELL
from communities.policy.queries import value
from governance.calendar.days import MONTHS, months_later
from projects.evaluation import policy
from projects.evaluation.models import (
    AnswerExclusion,
    AnswerRecord,
    EvaluationAnswer,
    EvaluationPlan,
    EvaluationResult,
    EvaluationTask,
    EvaluationTemplate,
    EvaluatorTie,
    Method,
    PaperEntry,
    Party,
)
from projects.evaluation.policy import SMALL_SAMPLE, TIE_YEARS, Answer, Question, Template
from projects.evaluation.refusals import SlipUnknown
from projects.evaluation.ties.models import TieQuerySet
from socialorgs.register.models import OrganizationAppointment, SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


AT_ONCE = 5000
"""So many answers are held in memory, however many one evaluation has."""
MOST_INVITATIONS = 100
MOST_RECORDS = 50
MOST_WAITING = 100


def plain_token(token: str) -> str:
    """Return a token as it was printed: case, blanks, hyphens and signs that look alike do not matter."""
    plain = "".join(token.split()).upper().replace("-", "")
    return plain.replace("O", "0").replace("I", "1").replace("L", "1")


def hash_of(token: str) -> str:
    """Return the hash under which a token is kept; how it was typed does not matter."""
    return hashlib.sha256(plain_token(token).encode()).hexdigest()


def task_of(token: str) -> EvaluationTask | None:
    """Return the invitation that a token belongs to, with its plan and questions; two queries."""
    tasks = EvaluationTask.objects.select_related("plan__division", "plan__template", "plan__implementer", "answer")
    return tasks.prefetch_related("plan__template__questions").filter(token_hash=hash_of(token)).first()


def invitations_of(user: User) -> list[EvaluationTask]:
    """Return the invitations of a person by name, those still to be answered first; one query."""
    rows = EvaluationTask.objects.filter(evaluator=user).select_related("plan__division", "answer__record")
    return list(rows.order_by(F("answer__pk").asc(nulls_first=True), "plan__closes_on", "-pk")[:MOST_INVITATIONS])


def withdrawn_of(user: User) -> set[int]:
    """Return the keys of a person's invitations that a tie has taken from them; one query."""
    in_force = EvaluationTask.objects.in_force().filter(evaluator=user).values("pk")
    return set(EvaluationTask.objects.filter(evaluator=user).exclude(pk__in=in_force).values_list("pk", flat=True))


def invitation_of(user: User | AnonymousUser, pk: int) -> EvaluationTask | None:
    """Return an invitation by name that is this person's own, with its plan and questions; two queries."""
    if not user.is_authenticated:
        return None
    tasks = EvaluationTask.objects.select_related(
        "plan__division", "plan__template", "plan__implementer", "answer__record"
    )
    return tasks.prefetch_related("plan__template__questions").filter(evaluator=user, pk=pk).first()


def has_judged(plan: EvaluationPlan, user: User | AnonymousUser) -> bool:
    """Tell whether a person has handed marks in as an evaluator by name; one query."""
    if not user.is_authenticated:
        return False
    return EvaluationTask.objects.filter(plan=plan, evaluator=user.pk, answer__isnull=False).exists()


@dataclass(frozen=True, slots=True)
class Asked:
    """One party by one method: how many were invited, how many have answered, and whether the template requires it."""

    party: str
    method: str
    invited: int
    answers: int
    is_required: bool

    @property
    def label(self) -> str:
        """The party and the method in words."""
        return f"{Party(self.party).label} · {Method(self.method).label}"

    @property
    def is_lacking(self) -> bool:
        """Whether it is required and nobody has been asked."""
        return self.is_required and not self.invited


def asked_by_now(plan: EvaluationPlan) -> list[Asked]:
    """Return who is asked how in an evaluation, and what its template requires besides; one query.

    Who has become tied since and did not answer is asked no more.
    """
    required = {
        (str(party), str(method))
        for party, methods in plan.template.required
        for method in methods
        if plan.weights[party]
    }
    rows = (
        EvaluationTask.objects.in_force()
        .filter(plan=plan)
        .order_by()
        .values_list("party", "method")
        .annotate(Count("pk"), Count("answer"))
    )
    found = {(party, method): (invited, answers) for party, method, invited, answers in rows}
    pairs = [(str(party), str(method)) for party in Party for method in Method]
    return [
        Asked(party, method, *found.get((party, method), (0, 0)), (party, method) in required)
        for party, method in pairs
        if (party, method) in found or (party, method) in required
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """How many answers a collection has, how many it needs for a grade, and how many sheets wait for a second person."""

    answers: int
    minimum: int
    waiting: int

    @property
    def lacking(self) -> int:
        """How many answers are lacking for a grade."""
        return max(self.minimum - self.answers, 0)


def standing_of(plan: EvaluationPlan) -> Standing:
    """Return how near a collection is to a grade; two queries."""
    return Standing(plan.answers.count(), plan.minimum_answers, PaperEntry.objects.waiting(plan).count())


def collection_of(plan: EvaluationPlan) -> dict[str, Any]:
    """Return how far a collection is, as programs read it; four queries."""
    standing = standing_of(plan)
    numbers = PaperEntry.objects.waiting(plan).values_list("task__number", flat=True)
    return {
        "answers": standing.answers,
        "minimum": standing.minimum,
        "lacking": standing.lacking,
        "parties": asked_by_now(plan),
        "waiting": list(numbers[:MOST_WAITING]),
    }


def again(plan: EvaluationPlan) -> dict[str, Any]:
    """Return what the form of a new evaluation is filled in with where an earlier one is repeated; no query."""
    names = ("title", "subject_kind", "subject_name", "division", "implementer", "body", "venue", "template")
    given = {name: getattr(plan, f"{name}_id", None) or getattr(plan, name) for name in names}
    days = {"period_from": plan.period_from, "period_to": plan.period_to}
    return {**given, **days, "worker": plan.worker.username if plan.worker else ""}


def answer_of(plan: EvaluationPlan, number: int) -> EvaluationAnswer:
    """Return what was answered by the slip of a number; one query.

    Raises:
        SlipUnknown: there is no such slip, or it was not answered.
    """
    rows = EvaluationAnswer.objects.select_related("plan__division", "task")
    found = rows.filter(plan=plan, task__number=number).first()
    if found is None:
        raise SlipUnknown(field="number", number=number)
    return found


def receipt_of(plan: int, number: int, answer: EvaluationAnswer) -> str:
    """Return the SHA-256 of what was taken by a slip: the canonical bytes of evaluation, number, marks and comment (pure)."""
    taken = {"evaluation": plan, "number": number, "marks": answer.marks, "comment": answer.comment}
    return hashlib.sha256(policy.canonical(taken)).hexdigest()


def frozen(template: EvaluationTemplate) -> Template:
    """Return a template as the calculation sees it; one query unless its questions were read along."""
    questions = (
        Question(row.number, row.text, row.weight, row.is_satisfaction)
        for row in sorted(template.questions.all(), key=lambda row: row.number)
    )
    required = tuple((str(party), str(method)) for party, methods in template.required for method in methods)
    return Template(template.key, template.version, tuple(questions), required)


def answers_of(plans: Sequence[int], templates: Mapping[int, Template]) -> Iterator[tuple[int, Answer]]:
    """Yield plan and answer for every answer of the plans that has not been left out, in any order; one query.

    `templates` by plan. Alike marks are read once.
    """
    known: dict[tuple[str, int, str], tuple[int, ...]] = {}
    left_out = AnswerExclusion.objects.filter(answer=OuterRef("pk"))
    rows = EvaluationAnswer.objects.filter(~Exists(left_out), plan__in=plans).order_by()
    found = rows.annotate(text=Cast("marks", TextField())).values_list("plan_id", "party", "method", "text")
    for plan, party, method, text in found.iterator(AT_ONCE):
        template = templates[plan]
        key = (template.key, template.version, text)
        marks = known.get(key)
        if marks is None:
            marks = known[key] = template.read_marks(json.loads(text))
        yield plan, Answer(party, method, marks)


def invited_to(plans: Iterable[int]) -> dict[int, dict[str, int]]:
    """Return how many were invited, by plan and party; one query."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    rows = EvaluationTask.objects.filter(plan__in=plans).order_by().values_list("plan", "party")
    for plan, party, count in rows.annotate(count=Count("pk")):
        found[plan][party] = count
    return found


def ties_count_after(organization: SocialOrganization, since: dt.date, day: dt.date) -> dt.date:
    """Return the day after which a tie must have ended, if it has, to keep its person from judging a time.

    `since`: the first day that is judged. One query at most.
    """
    return months_later(since, -MONTHS * value(TIE_YEARS, organization.division, day))


def ties_to_the_judged(plan: EvaluationPlan, day: dt.date) -> TieQuerySet:
    """Return the recorded ties that keep their persons from judging in an evaluation; one query before they are read."""
    if plan.implementer is None:
        return EvaluatorTie.objects.none()
    first = ties_count_after(plan.implementer, plan.period_from, day)
    return EvaluatorTie.objects.lasting_after(first).filter(organization=plan.implementer)


def ties_of(user: User, organization: SocialOrganization, since: dt.date, day: dt.date) -> list[str]:
    """Return in words what tied a person to an organization since a day, the years before it included that count.

    Three queries.
    """
    first = ties_count_after(organization, since, day)
    running = Q(valid_to=None) | Q(valid_to__gt=first)
    found = []
    if OrganizationAppointment.objects.filter(running, organization=organization, user=user).exists():
        found.append(_("acts or acted for it"))
    ties = EvaluatorTie.objects.lasting_after(first).filter(organization=organization, user=user).order_by("pk")
    return found + [str(tie.get_kind_display()) for tie in ties]


def records_of(plan: EvaluationPlan) -> list[AnswerRecord]:
    """Return the records of interviews and meetings of an evaluation, by the number of the slip; one query."""
    rows = AnswerRecord.objects.filter(answer__plan=plan).select_related("answer__task__evaluator", "sheet")
    return list(rows.order_by("answer__task__number")[:MOST_RECORDS])


def seats_in(body: int, user: User, since: dt.date) -> bool:
    """Tell whether a person sits in a body, or sat there since a day; one query."""
    running = Q(valid_to=None) | Q(valid_to__gt=since)
    return BodyMembership.objects.filter(running, body=body, user=user).exists()


def shown_results(plan: EvaluationPlan, user: User | AnonymousUser) -> list[EvaluationResult]:
    """Return the versions of a result that a person may see, newest first; the one gate of page and API.

    Staff of the place see all; everybody else those that were publicised, which never come after the last publicity.
    """
    results = sorted(plan.results.all(), key=lambda row: row.version, reverse=True)
    if user.has_perm("projects.view_evaluation_file", plan):
        return results
    if plan.publicised_at is None:
        return []
    return [row for row in results if row.computed_at <= plan.publicised_at]


def is_small_sample(plan: EvaluationPlan, result: EvaluationResult, day: dt.date) -> bool:
    """Tell whether the satisfaction of a result rests on so few answers that it is marked; one query."""
    return policy.is_small(result.valid_for_satisfaction, value(SMALL_SAMPLE, plan.division, day))


def outcome_of(plan: EvaluationPlan, user: User | AnonymousUser) -> EvaluationResult | None:
    """Return the newest version that a person may see, or nothing; where an object is shown with how it was judged."""
    return next(iter(shown_results(plan, user)), None)


def shown_details(plan: EvaluationPlan, result: EvaluationResult, user: User | AnonymousUser, day: dt.date) -> Any:
    """Return the calculation as a person may see it: the marks of few residents are left out for the public.

    Basis: Personal Information Protection Law art. 25.
    """
    details: dict[str, Any] = result.details
    residents = details["parties"][Party.RESIDENTS]
    few = 0 < residents["answers"] < value(SMALL_CELL, plan.division, day)
    if not few or user.has_perm("projects.view_evaluation_file", plan):
        return details
    hidden = {**residents, "marks": None, "satisfied": None, "valid": None, "mean": None, "methods": None}
    return {**details, "parties": {**details["parties"], str(Party.RESIDENTS): hidden}}


def verify(result: EvaluationResult) -> bool:
    """Tell whether the stored calculation still has the digest that was published."""
    return hashlib.sha256(policy.canonical(result.details)).hexdigest() == result.digest
