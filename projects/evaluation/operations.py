"""Evaluations: templates, plans, invitations, answers; results reviewed, publicised and pushed."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from communities.bodies.models import Body
from communities.notices import operations as notices
from communities.notices.lifecycle import NoticeStatus
from communities.notices.models import ObjectionOutcome
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from communities.territory.models import Division
from communities.venues.models import Venue
from governance import lifecycle
from governance.accounts.models import User
from governance.audit import operations as audit
from governance.errors import DomainError, NotAllowed
from governance.jobs import operations as jobs
from governance.jobs.models import Job
from governance.outbox import operations as outbox
from projects.evaluation import refusals
from projects.evaluation.answering import take
from projects.evaluation.checks import (
    check_dates,
    check_extension,
    check_subject,
    refuse_guarded,
    refuse_invited,
    refuse_tied,
)
from projects.evaluation.computing import payload_of, recompute
from projects.evaluation.history import EXTENDED, LEFT_OUT
from projects.evaluation.lifecycle import PlanStatus, TemplateStatus
from projects.evaluation.models import (
    AnswerExclusion,
    AnswerSource,
    Cause,
    EvaluationAnswer,
    EvaluationPlan,
    EvaluationResult,
    EvaluationTask,
    EvaluationTemplate,
    Party,
    PushMessage,
)
from projects.evaluation.policy import CUTS, MINIMUM_ANSWERS, WEIGHTS, by_grade
from projects.evaluation.publishing import draft_notice, latest, messages_of
from projects.evaluation.queries import has_judged, hash_of, task_of
from projects.evaluation.templating import read_methods, read_questions, write_questions
from socialorgs.register.models import SocialOrganization

logger = logging.getLogger(__name__)

COMPUTE = "evaluation.compute"
COMPUTE_PART = "evaluation.compute.part"
"""The kinds of job that make results."""

TOKEN_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # noqa: S105 - the alphabet of tokens: no sign looks like another
TOKEN_LENGTH = 16
MOST_SLIPS = 500
AT_ONCE = 200


def _require(by: User, permission: str, row: Any) -> None:
    if not by.has_perm(permission, row):
        raise NotAllowed


# --- Templates


def draft_template(
    *,
    by: User,
    now: dt.datetime,
    key: str,
    title: str,
    subject_kind: str,
    questions: Sequence[Sequence[Any]],
    methods: Mapping[str, Collection[str]] | None = None,
) -> EvaluationTemplate:
    """Draft the next version of a template: questions as (text, weight, counts as satisfaction[, duty, times a month]).

    `methods` names by party by which methods it must have judged. What is planned or collects answers stays on the
    version it was planned with.

    Raises:
        NotAllowed: `by` may not draft templates.
        QuestionsMissing, QuestionUnfit: no question, or one without text or weight.
        MethodsUnknown: no such party, or no such method.
        TemplateVersionTaken: lost race.
    """
    _require(by, "projects.draft_template", None)
    asked, required = read_questions(questions), read_methods(methods or {})
    last = EvaluationTemplate.objects.filter(key=key).aggregate(last=Max("version"))["last"] or 0
    row = EvaluationTemplate(
        key=key,
        version=last + 1,
        title=title,
        subject_kind=subject_kind,
        methods=required,
        drafted_at=now,
        drafted_by=by,
    )
    row.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            write_questions(row, asked)
            after = {"key": key, "version": row.version, "questions": len(asked), "methods": required}
            audit.record(by=by, verb="projects.template.drafted", row=row, now=now, after=after)
    except IntegrityError as error:
        raise refusals.TemplateVersionTaken(version=row.version) from error
    return row


def publish_template(*, by: User, now: dt.datetime, template: EvaluationTemplate) -> EvaluationTemplate:
    """Take a template into use, by another person than its drafter; its questions are fixed from then on.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    return lifecycle.move(template, "publish", by=by, now=now)


# --- Plans


def plan_evaluation(
    *,
    by: User,
    now: dt.datetime,
    today: dt.date,
    title: str,
    subject_kind: str,
    subject_name: str,
    division: Division,
    template: EvaluationTemplate,
    period_from: dt.date,
    period_to: dt.date,
    opens_on: dt.date,
    closes_on: dt.date,
    implementer: SocialOrganization | None = None,
    body: Body | None = None,
    worker: User | None = None,
    venue: Venue | None = None,
) -> EvaluationPlan:
    """Plan an evaluation; the weights, the minimum and the cuts in force today are written down with it.

    Raises:
        NotAllowed: `by` may not plan evaluations in the place.
        TemplateNotInUse: the template is no published one for this kind of thing.
        ImplementerMissing, BodyMissing, WorkerMissing, VenueMissing, SubjectUnfit: what is judged is not named by its key.
        DatesImpossible: period or collection run backwards, or the collection would end in the past.
        PersonalNumbersFound.
    Basis: report S0, three parties.
    """
    _require(by, "projects.manage_evaluation", division)
    refuse_personal_numbers(title=title, subject_name=subject_name)
    if template.status != TemplateStatus.PUBLISHED or template.subject_kind != subject_kind:
        raise refusals.TemplateNotInUse(field="template", template=template)
    check_subject(subject_kind, implementer, body, worker, venue)
    check_dates((period_from, period_to), (opens_on, closes_on), today)
    party, residents, third = value(WEIGHTS, division, today)
    cuts = value(CUTS, division, today)
    row = EvaluationPlan(
        title=title,
        subject_kind=subject_kind,
        subject_name=subject_name,
        division=division,
        implementer=implementer,
        body=body,
        worker=worker,
        venue=venue,
        template=template,
        period_from=period_from,
        period_to=period_to,
        weight_party=party,
        weight_residents=residents,
        weight_third=third,
        minimum_answers=value(MINIMUM_ANSWERS, division, today),
        grade_cuts=by_grade(cuts),
        opens_on=opens_on,
        closes_on=closes_on,
        planned_at=now,
        planned_by=by,
    )
    with transaction.atomic():
        row.full_clean()
        row.save()
        after = {"title": title, "weights": row.weights, "minimum": row.minimum_answers, "cuts": row.grade_cuts}
        audit.record(by=by, verb="projects.evaluation.planned", row=row, now=now, after=after)
    return row


def open_evaluation(*, by: User, now: dt.datetime, plan: EvaluationPlan) -> EvaluationPlan:
    """Open the collection of answers; it ends by itself when its last day is over.

    Raises:
        OpensLater: the first day has not come.
        MoveForbidden, MoveClosed: as for every move.
    """
    lifecycle.require(plan, "open", by=by)
    if timezone.localdate(now) < plan.opens_on:
        raise refusals.OpensLater(day=plan.opens_on)
    return lifecycle.move(plan, "open", by=by, now=now)


def extend_collection(
    *, by: User, now: dt.datetime, today: dt.date, plan: EvaluationPlan, closes_on: dt.date, reason: str
) -> EvaluationPlan:
    """Prolong a collection that is open, before its last day is over: answers are few, a party has not judged yet.

    Nobody sees a mark before the collection is closed, so nobody prolongs it for the sake of a result. The reason is
    public with the result.

    Raises:
        NotAllowed: `by` may not manage the evaluation.
        CollectionNotOpen, CollectionOver: it collects no answers.
        DatesImpossible: the new last day is not later, or later than a year after the first.
        ReasonMissing, PersonalNumbersFound.
    """
    _require(by, "projects.manage_evaluation", plan)
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    refuse_personal_numbers(reason=reason)
    with transaction.atomic():
        row = EvaluationPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
        if row.status in (PlanStatus.PLANNED, PlanStatus.CANCELLED):
            raise refusals.CollectionNotOpen
        if not row.collects_on(today):
            raise refusals.CollectionOver(day=row.closes_on)
        check_extension(row, closes_on)
        before, row.closes_on = row.closes_on, closes_on
        row.save(update_fields=["closes_on"])
        audit.record(
            by=by,
            verb=EXTENDED,
            row=row,
            now=now,
            before={"closes_on": before.isoformat()},
            after={"closes_on": closes_on.isoformat()},
            reason=reason.strip(),
        )
    return row


# --- Invitations


def invite(
    *,
    by: User,
    now: dt.datetime,
    plan: EvaluationPlan,
    party: str,
    method: str,
    evaluators: Sequence[User] = (),
    count: int = 0,
) -> list[tuple[EvaluationTask, str]]:
    """Invite persons by name, or a number of residents without; return each invitation with its token.

    The tokens are returned this once and kept nowhere: only their hashes are. Whoever is tied to the implementer is
    refused, and then nobody is invited.

    Raises:
        NotAllowed: `by` may not invite.
        InvitationsUnclear: neither or both of persons and number, or too many.
        PartyWithoutName: slips without a name for another party than the residents.
        NotInvitingNow: the collection is over.
        EvaluatorTied, InvitedTwice: one of the persons may not be invited.
    Basis: report S0, three independent parties.
    """
    _require(by, "projects.manage_evaluation", plan)
    if bool(evaluators) is bool(count) or not 0 <= count <= MOST_SLIPS or len(evaluators) > MOST_SLIPS:
        raise refusals.InvitationsUnclear(field="count", most=MOST_SLIPS)
    if count and party != Party.RESIDENTS:
        raise refusals.PartyWithoutName(field="party")
    with transaction.atomic():
        row = EvaluationPlan.objects.select_for_update(of=("self",)).select_related("implementer").get(pk=plan.pk)
        if row.status not in (PlanStatus.PLANNED, PlanStatus.COLLECTING):
            raise refusals.NotInvitingNow(status=row.get_status_display())
        for person in evaluators:
            refuse_tied(row, person, timezone.localdate(now))
        refuse_invited(row, method, evaluators)
        first = (row.tasks.aggregate(last=Max("number"))["last"] or 0) + 1
        persons: list[User | None] = list(evaluators) or [None] * count
        tokens = [new_token(by=by) for _person in persons]
        tasks = [
            EvaluationTask(
                plan=row,
                party=Party(party),
                method=method,
                evaluator=person,
                number=number,
                token_hash=hash_of(token),
                invited_at=now,
                invited_by=by,
            )
            for number, (person, token) in enumerate(zip(persons, tokens, strict=True), start=first)
        ]
        try:
            with transaction.atomic():
                EvaluationTask.objects.bulk_create(tasks)
        except IntegrityError as error:
            refuse_guarded(row, method, evaluators, timezone.localdate(now), error)
        after = {"party": party, "method": method, "count": len(tasks), "first": first}
        audit.record(by=by, verb="projects.evaluation.invited", row=row, now=now, after=after)
    return list(zip(tasks, tokens, strict=True))


def new_token(*, by: User) -> str:
    """Return a random token of 80 bits in signs that nobody confuses."""
    del by
    return "".join(secrets.choice(TOKEN_SIGNS) for _sign in range(TOKEN_LENGTH))


# --- Answers


def answer(
    *, now: dt.datetime, token: str, marks: Mapping[str, Any], comment: str = "", by: User | None = None
) -> EvaluationAnswer:
    """Take the answer that belongs to a token, once.

    Without a name nobody learns whose it is; the trail says that the slip was used. An invitation by name is answered
    by that person, signed in, who must not have become tied to the implementer meanwhile.

    Raises:
        TokenUnknown, TokenUsed: the slip answers nothing, or not any more.
        CollectionNotOpen, CollectionOver: not in these days.
        NotTheEvaluator, EvaluatorTied: not by this person.
        MarksUnfit, CommentTooLong, PersonalNumbersFound: the answer itself cannot be taken.
    """
    task = task_of(token)
    if task is None:
        raise refusals.TokenUnknown(field="token")
    if task.evaluator_id is not None and (by is None or by.pk != task.evaluator_id):
        raise refusals.NotTheEvaluator
    if by is not None:
        refuse_tied(task.plan, by, timezone.localdate(now))
    return take(task, now, AnswerSource.WEB, marks, comment, by=by if task.evaluator_id else None)


def answer_as_invited(
    *, by: User, now: dt.datetime, task: EvaluationTask, marks: Mapping[str, Any], comment: str = ""
) -> EvaluationAnswer:
    """Take the answer of somebody who was invited by name and has signed in: the token is not asked for.

    Raises:
        NotTheEvaluator: the invitation is for somebody else, or for nobody by name.
        EvaluatorTied: `by` has become tied to whoever is judged.
        TokenUsed, CollectionNotOpen, CollectionOver, MarksUnfit, CommentTooLong, PersonalNumbersFound.
    """
    if task.evaluator_id is None or task.evaluator_id != by.pk:
        raise refusals.NotTheEvaluator
    refuse_tied(task.plan, by, timezone.localdate(now))
    return take(task, now, AnswerSource.WEB, marks, comment, by=by)


# --- The clock and the job


def close_due(*, by: User, now: dt.datetime, today: dt.date) -> int:
    """Close every collection whose last day is over, and return how many; harmless when repeated."""
    closed = 0
    while True:
        with transaction.atomic():
            rows = EvaluationPlan.objects.closing_on(today).order_by("pk")
            found = list(rows.select_for_update(skip_locked=True)[:AT_ONCE])
            lifecycle.move_all(found, "close", by=by, now=now)
        closed += len(found)
        if len(found) < AT_ONCE:
            return closed


def compute_due(*, by: User, now: dt.datetime) -> Job | None:
    """Queue the job that computes what is closed; asked every minute, harmless when asked twice.

    The key of the job names what waits, so that two clocks queue it once; what a failed job has left waiting is taken
    up again with the next collection that closes, or when the job is started again by hand.
    """
    due = EvaluationPlan.objects.filter(status=PlanStatus.CLOSED).order_by("-closed_at", "-pk")
    newest = due.values_list("pk", "closed_at").first()
    if newest is None:
        return None
    pk, closed_at = newest
    key = f"{COMPUTE}:{due.count()}-{pk}-{closed_at.isoformat() if closed_at else ''}"
    return jobs.enqueue(by=by, kind=COMPUTE, now=now, key=key)


# --- Review, publicity, push


def review_result(*, by: User, now: dt.datetime, plan: EvaluationPlan, note: str = "") -> EvaluationPlan:
    """Confirm a computed result, by another person than the planner, and by nobody who judged.

    The note stands in the trail with who and when: a result that is reviewed again keeps the notes before.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        JudgeReviews: `by` has judged in this evaluation.
        PersonalNumbersFound.
    """
    lifecycle.require(plan, "review", by=by)
    if has_judged(plan, by):
        raise refusals.JudgeReviews
    refuse_personal_numbers(note=note)
    said = note.strip()
    return lifecycle.move(plan, "review", by=by, now=now, reason=said, changes={"review_note": said})


def send_result_back(*, by: User, now: dt.datetime, plan: EvaluationPlan, reason: str) -> EvaluationPlan:
    """Send a confirmed result that is not yet posted back to its review, with the reason; the note before stays readable.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        PersonalNumbersFound.
    """
    lifecycle.require(plan, "send_back", by=by)
    refuse_personal_numbers(reason=reason)
    return lifecycle.move(plan, "send_back", by=by, now=now, reason=reason.strip())


def exclude_answer(*, by: User, now: dt.datetime, answer: EvaluationAnswer, reason: str) -> EvaluationResult:
    """Leave an answer out while the result is under review (a tie found, a slip given away) and compute a new version.

    The answer itself and the version before stay as they are.

    Raises:
        NotAllowed: `by` may not review.
        JudgeReviews: `by` has judged in this evaluation.
        ReasonMissing: why is not said.
        NotUnderReview, AlreadyLeftOut: not now.
    """
    _require(by, "projects.review_evaluation", answer.plan)
    if has_judged(answer.plan, by):
        raise refusals.JudgeReviews
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    refuse_personal_numbers(reason=reason)
    with transaction.atomic():
        plan = EvaluationPlan.objects.select_for_update(of=("self",)).select_related("template").get(pk=answer.plan_id)
        if plan.status != PlanStatus.COMPUTED:
            raise refusals.NotUnderReview
        if AnswerExclusion.objects.filter(answer=answer).exists():
            raise refusals.AlreadyLeftOut
        row = AnswerExclusion.objects.create(answer=answer, reason=reason.strip(), excluded_at=now, excluded_by=by)
        audit.record(
            by=by,
            verb=LEFT_OUT,
            row=plan,
            now=now,
            after={"slip": answer.task.number},
            reason=row.reason,
        )
        return recompute(by=by, plan=plan, now=now, cause=Cause.EXCLUSION)


def publicise_result(*, by: User, now: dt.datetime, today: dt.date, plan: EvaluationPlan) -> EvaluationPlan:
    """Publicise the reviewed result as a public notice (晒账); it is final when the notice closes without an objection.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        NoticeNotYours: `by` may not put up notices in the place.
    Basis: report S0, open account.
    """
    lifecycle.require(plan, "publicise", by=by)
    with transaction.atomic():
        row = EvaluationPlan.objects.select_for_update(of=("self",)).select_related("division").get(pk=plan.pk)
        if row.status == PlanStatus.REVIEWED:
            draft = draft_notice(row, by, now, today)
            changes = {"notice": notices.post_notice(by=by, now=now, notice=draft)}
        else:
            changes = {}
        return lifecycle.move(row, "publicise", by=by, now=now, changes=changes, payload=payload_of(latest(row)))


def settle_publicised(*, by: User, now: dt.datetime, today: dt.date) -> int:
    """Make results final whose notice has closed clear, and send those with an upheld objection back to review.

    What goes back gets a new version. Each in its own transaction; harmless when repeated. Returns how many.
    """
    del today
    closed = (NoticeStatus.CLOSED_CLEAR, NoticeStatus.CLOSED_OBJECTION, NoticeStatus.ARCHIVED)
    due = EvaluationPlan.objects.filter(status=PlanStatus.PUBLICISED, notice__status__in=closed).order_by("pk")
    settled = 0
    for key in list(due.values_list("pk", flat=True)):
        try:
            settled += _settle(key, by, now)
        except DomainError as refusal:
            logger.warning("evaluation not settled", extra={"plan": key, "reason": type(refusal).__name__})
    return settled


def _settle(key: int, by: User, now: dt.datetime) -> int:
    with transaction.atomic():
        rows = EvaluationPlan.objects.select_for_update(of=("self",)).select_related("notice", "template")
        row = rows.get(pk=key)
        if row.status != PlanStatus.PUBLICISED or row.notice is None:
            return 0
        if row.notice.objections.filter(outcome=ObjectionOutcome.UPHELD).exists():
            recompute(by=by, plan=row, now=now, cause=Cause.OBJECTION)
            lifecycle.move(row, "review_again", by=by, now=now)
        else:
            lifecycle.move(row, "make_final", by=by, now=now, payload=payload_of(latest(row)))
        return 1


def push_final(*, by: User, now: dt.datetime) -> int:
    """Push final results to who was judged, the street and the registrar, each once, and return how many results.

    Partner systems hear of it by the event `projects.evaluation.pushed`, which carries the figures.
    Basis: report S0, push of assessment results.
    """
    pushed = 0
    due = EvaluationPlan.objects.filter(status=PlanStatus.FINAL).order_by("pk").values_list("pk", flat=True)
    for key in list(due):
        with transaction.atomic():
            rows = EvaluationPlan.objects.select_for_update(of=("self",))
            row = rows.select_related("division", "implementer", "body").get(pk=key)
            if row.status != PlanStatus.FINAL:
                continue
            result = latest(row)
            PushMessage.objects.bulk_create(messages_of(row, result, now), ignore_conflicts=True)
            more = {"division": row.division_id, "organization": row.implementer_id}
            lifecycle.move(row, "push", by=by, now=now, payload={**payload_of(result), **more})
            pushed += 1
    return pushed


def read_message(*, by: User, now: dt.datetime, message: PushMessage) -> PushMessage:
    """Confirm the receipt of a pushed result, once.

    Raises:
        NotAllowed: it is for somebody else.
        MessageRead: it was confirmed before.
    """
    with transaction.atomic():
        row = PushMessage.objects.select_for_update(of=("self",)).select_related("division").get(pk=message.pk)
        _require(by, "projects.read_message", row)
        if row.read_at is not None:
            raise refusals.MessageRead
        row.read_at, row.read_by = now, by
        row.save(update_fields=["read_at", "read_by"])
        audit.record(by=by, verb="projects.message.read", row=row, now=now)
        outbox.emit(by=by, topic="projects.message.read", row=row, now=now, payload={"recipient": row.recipient})
    return row
