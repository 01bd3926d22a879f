"""Records of interviews and meetings, beside the marks that were given there."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.notices.models import Attachment, Visibility
from communities.notices.operations import store_photo
from communities.notices.policy import read_file
from communities.people.policy import refuse_personal_numbers
from governance.audit import operations as audit
from governance.errors import NotAllowed
from projects.evaluation import refusals
from projects.evaluation.models import AnswerRecord, EvaluationAnswer, Method

if TYPE_CHECKING:
    from governance.accounts.models import User

ON_THE_SPOT = (Method.INTERVIEW, Method.MEETING)
"""Methods that leave a record."""
LONGEST_FINDINGS = 5000


def hand_in_record(
    *,
    by: User,
    now: dt.datetime,
    answer: EvaluationAnswer,
    held_on: dt.date,
    place: str,
    present: int,
    findings: str,
    sheet: tuple[str, bytes] | None = None,
) -> AnswerRecord:
    """Write down where, when and before whom an interview or a meeting was held and what was found, with the scan.

    The evaluator hands it in, or who enters answers from paper. It explains the marks and changes none.

    Raises:
        NotAllowed: neither the evaluator nor who enters answers.
        RecordUnfit: a questionnaire, a day outside the time that is judged, nothing said.
        RecordTwice: it was handed in.
        PersonalNumbersFound; FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken.
    Basis: report S0, on-site look and interview, discussion meeting.
    """
    plan = answer.plan
    if answer.task.evaluator_id != by.pk and not by.has_perm("projects.enter_evaluation_answers", plan):
        raise NotAllowed
    row = AnswerRecord(
        answer=answer,
        held_on=held_on,
        place=place.strip(),
        present=present,
        findings=findings.strip(),
        entered_at=now,
        entered_by=by,
    )
    refuse_personal_numbers(findings=row.findings, place=row.place)
    _check(row, timezone.localdate(now))
    file = read_file(*sheet) if sheet else None
    stored: Attachment | None = None
    try:
        with transaction.atomic():
            if file is not None:
                stored = store_photo(
                    by=by, now=now, division=plan.division, photo=file, visibility=Visibility.RESTRICTED
                )
            row.sheet = stored
            row.save(force_insert=True)
            after = {"slip": answer.task.number, "held_on": held_on.isoformat(), "present": present}
            audit.record(by=by, verb="projects.evaluation.record_handed_in", row=plan, now=now, after=after)
    except BaseException as error:
        if stored is not None:
            stored.file.delete(save=False)
        if isinstance(error, IntegrityError):
            raise refusals.RecordTwice from error
        raise
    return row


def _check(row: AnswerRecord, today: dt.date) -> None:
    plan = row.answer.plan
    if row.answer.method not in ON_THE_SPOT:
        raise refusals.RecordUnfit(field="findings", reason=_("A questionnaire has no record."))
    if not plan.period_from <= row.held_on <= min(plan.closes_on, today):
        raise refusals.RecordUnfit(
            field="held_on", reason=_("The day lies outside the period and the collection, or has not come.")
        )
    if not row.place or not row.findings or row.present < 1 or len(row.findings) > LONGEST_FINDINGS:
        raise refusals.RecordUnfit(
            field="findings", reason=_("Say where it was held, how many were present, and what was found.")
        )
