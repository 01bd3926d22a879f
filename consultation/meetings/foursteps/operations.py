"""Leading a proposal through its six steps, and answering what people ask on the way."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.notices import operations as notices
from communities.notices.lifecycle import NoticeStatus
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from consultation.meetings.foursteps.lifecycle import FourStepStatus
from consultation.meetings.foursteps.models import FourStep, FourStepCase, FourStepQuestion
from consultation.meetings.foursteps.policy import (
    FIRST,
    FIRST_NOTICE,
    FOUR_STEP_ANSWER,
    FOUR_STEP_NOTICE,
    FOUR_STEP_RUN,
    LAST,
    StepNumber,
    StepOutcome,
)
from consultation.meetings.parts import said
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import NotAllowed, NotNow

if TYPE_CHECKING:
    from communities.notices.models import PublicNotice
    from communities.territory.models import Division
    from consultation.meetings.models import Meeting
    from consultation.topics.models import Topic
    from governance.accounts.models import User

MANAGE = "consultation.manage_meeting"


class StepNotReady(NotNow):
    """A step begins when the one before it is closed in favor (Basis: four deliberations and two disclosures)."""

    code = "step_not_ready"
    message = _("The step “%(step)s” is not closed in favor yet.")


class AllStepsClosed(NotNow):
    """There are six steps."""

    code = "all_steps_closed"
    message = _("All six steps are closed, or the proposal was given up.")


class NoStepRuns(NotNow):
    """Only a step that has begun is closed."""

    code = "no_step_runs"
    message = _("No step of this proposal has begun and is still open.")


class DisclosureRuns(NotNow):
    """A disclosure runs its days."""

    code = "disclosure_runs"
    message = _("The notice runs until the end of %(ends_on)s, or an objection to it was upheld.")


class QuestionAnswered(NotNow):
    """A question is answered once."""

    code = "question_answered"
    message = _("This question has been answered.")


def open_case(
    *, by: User, now: dt.datetime, division: Division, title: str, text: str, topic: Topic | None = None
) -> FourStepCase:
    """Open a case: the party branch has a proposal, and its first step begins today.

    Raises:
        NotAllowed, TextMissing, PersonalNumbersFound.
    """
    if not by.has_perm(MANAGE, division):
        raise NotAllowed
    today = timezone.localdate(now)
    row = FourStepCase(
        title=said(title, "title", 120),
        text=said(text, "text", 10_000),
        topic=topic,
        division=division,
        run_due_on=today + dt.timedelta(days=value(FOUR_STEP_RUN, division, today)),
        opened_at=now,
        opened_by=by,
    )
    row.full_clean()
    with transaction.atomic():
        row.save()
        FourStep.objects.create(case=row, round=1, number=FIRST, started_on=today, recorded_by=by)
        audit.record(
            by=by, verb="consultation.four_step_case.opened", row=row, now=now, after={"due_on": row.run_due_on}
        )
    return row


def _locked(by: User, case: FourStepCase) -> FourStepCase:
    row = FourStepCase.objects.select_for_update(of=("self",)).select_related("division").get(pk=case.pk)
    if not by.has_perm(MANAGE, row):
        raise NotAllowed
    if row.status != FourStepStatus.RUNNING:
        raise AllStepsClosed
    return row


def begin_step(*, by: User, now: dt.datetime, case: FourStepCase) -> FourStep:
    """Begin the next step today; a disclosure posts its notice, a refused proposal begins anew with the first.

    Raises:
        NotAllowed, AllStepsClosed, StepNotReady.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        row = _locked(by, case)
        last = row.steps.order_by("round", "number").last()
        if last is not None and last.closed_on is None:
            raise StepNotReady(step=last.get_number_display())
        is_anew = last is None or last.outcome == StepOutcome.REFUSED
        number = FIRST if is_anew or last is None else last.number + 1
        if number > LAST:
            raise AllStepsClosed
        run = (last.round if last else 0) + 1 if is_anew else last.round if last else 1
        step = FourStep(case=row, round=run, number=number, started_on=today, recorded_by=by)
        if number >= FIRST_NOTICE:
            step.notice = _disclose(row, step, by, now)
        step.save()
        if is_anew:
            row.run_due_on = today + dt.timedelta(days=value(FOUR_STEP_RUN, row.division, today))
            row.save(update_fields=["run_due_on"])
        after = {"run": run, "step": number}
        audit.record(by=by, verb="consultation.four_step_case.step_begun", row=row, now=now, after=after)
    return step


def _disclose(row: FourStepCase, step: FourStep, by: User, now: dt.datetime) -> PublicNotice:
    """Post the notice of a disclosure in the language of the district."""
    decided = row.steps.filter(number=StepNumber.DECIDED, outcome=StepOutcome.AGREED).order_by("round").last()
    with override(settings.LANGUAGE_CODE):
        title = f"{StepNumber(step.number).label}: {row.title}"
        body = gettext("%(text)s\n\nWhat the representatives decided: %(note)s") % {
            "text": row.text,
            "note": decided.note if decided else "",
        }
    drafted = notices.draft_notice(
        by=by,
        now=now,
        title=title[:200],
        body=body,
        division=row.division,
        minimum_days=max(value(FOUR_STEP_NOTICE, row.division, timezone.localdate(now)), 1),
        contact=row.division.name,
    )
    return notices.post_notice(by=by, now=now, notice=drafted)


def close_step(
    *,
    by: User,
    now: dt.datetime,
    case: FourStepCase,
    outcome: str,
    note: str,
    meeting: Meeting | None = None,
) -> FourStep:
    """Close the step that runs; refused, the proposal goes back to its beginning; the sixth completes the case.

    Raises:
        NotAllowed, AllStepsClosed, NoStepRuns, TextMissing, PersonalNumbersFound.
        DisclosureRuns: the notice of a disclosure has not run its days.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        row = _locked(by, case)
        step = row.steps.select_related("notice").filter(closed_on=None).first()
        if step is None:
            raise NoStepRuns
        if outcome not in StepOutcome.values:
            raise NoStepRuns(field="outcome")
        notice = step.notice
        is_clear = notice is None or notice.status in {NoticeStatus.CLOSED_CLEAR, NoticeStatus.ARCHIVED}
        if outcome == StepOutcome.AGREED and not is_clear:
            raise DisclosureRuns(ends_on=notice.ends_on if notice else today)
        step.closed_on, step.outcome, step.meeting = today, outcome, meeting
        step.note = said(note, "note", 10_000)
        step.recorded_by = by
        step.save(update_fields=["closed_on", "outcome", "meeting", "note", "recorded_by"])
        after = {"run": step.round, "step": step.number, "outcome": outcome}
        audit.record(by=by, verb="consultation.four_step_case.step_closed", row=row, now=now, after=after)
        if step.number == LAST and outcome == StepOutcome.AGREED:
            lifecycle.move(row, "complete", by=by, now=now)
    return step


def ask_question(*, by: User, now: dt.datetime, case: FourStepCase, text: str) -> FourStepQuestion:
    """Ask something about a case; it is answered within its days, for everybody to read.

    Raises:
        NotAllowed: no person.
        AllStepsClosed, TextMissing, PersonalNumbersFound.
    """
    if not by.has_perm("consultation.attend_meeting"):
        raise NotAllowed
    if case.status != FourStepStatus.RUNNING:
        raise AllStepsClosed
    today = timezone.localdate(now)
    row = FourStepQuestion(
        case=case,
        text=said(text, "text", 500),
        asked_at=now,
        asked_by=by,
        due_on=today + dt.timedelta(days=value(FOUR_STEP_ANSWER, case.division, today)),
    )
    with transaction.atomic():
        row.save()
        audit.record(by=by, verb="consultation.four_step_question.asked", row=row, now=now)
    return row


def answer_question(*, by: User, now: dt.datetime, question: FourStepQuestion, answer: str) -> FourStepQuestion:
    """Answer a question once.

    Raises:
        NotAllowed, QuestionAnswered, TextMissing, PersonalNumbersFound.
    """
    refuse_personal_numbers(answer=answer)
    with transaction.atomic():
        rows = FourStepQuestion.objects.select_for_update(of=("self",)).select_related("case__division")
        row = rows.get(pk=question.pk)
        if not by.has_perm(MANAGE, row):
            raise NotAllowed
        if row.answered_at is not None:
            raise QuestionAnswered
        row.answer, row.answered_at, row.answered_by = said(answer, "answer", 10_000), now, by
        row.save(update_fields=["answer", "answered_at", "answered_by"])
        after = {"late": timezone.localdate(now) > row.due_on}
        audit.record(by=by, verb="consultation.four_step_question.answered", row=row, now=now, after=after)
    return row
