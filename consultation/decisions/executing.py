"""A decision carried out: by whom and until when, in tasks of several parties, until its result is reported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.notices import operations as notices
from communities.notices.models import Visibility
from communities.notices.policy import read_file
from communities.people.policy import refuse_personal_numbers
from consultation.decisions import accepting
from consultation.decisions.lifecycle import DecisionStatus
from consultation.decisions.models import Decision
from consultation.decisions.operations import TextMissing
from consultation.decisions.policy import LONGEST_REASON, LONGEST_RESULT, MOST_EVIDENCE
from consultation.matters.policy import fitting
from consultation.meetings import refusals
from consultation.meetings.policy import LONGEST_PARTY, PartyKind
from consultation.meetings.tasking import operations as tasking
from governance import lifecycle
from governance.accounts.queries import require
from governance.errors import Invalid, NotNow

if TYPE_CHECKING:
    from communities.notices.models import Attachment
    from consultation.meetings.joint import CaseParty
    from consultation.meetings.record import MeetingTask
    from governance.accounts.models import User
    from socialorgs.register.models import SocialOrganization

MANAGE = "consultation.manage_decision"


class DueInThePast(Invalid):
    """What is to be done is due in the future."""

    code = "due_in_the_past"
    message = _("The day by which it is to be done lies in the past.")


class EvidenceNotPublic(Invalid):
    """What came of a decision is shown to everybody."""

    code = "evidence_not_public"
    message = _("The file “%(name)s” is not open to everybody and cannot be shown as evidence.")


class EvidenceElsewhere(Invalid):
    """What came of a decision was photographed where it was carried out."""

    code = "evidence_elsewhere"
    message = _("The file “%(name)s” belongs to another place.")


class TooMuchEvidence(Invalid):
    """So many files are enough."""

    code = "too_many_files"
    message = _("At most %(most)s files are possible.")


class NotCarriedOut(NotNow):
    """Tasks and parties belong to a decision that is being carried out."""

    code = "not_carried_out"
    message = _("The decision is not being carried out at present.")


def begin_execution(
    *,
    by: User,
    now: dt.datetime,
    decision: Decision,
    responsible: str,
    due_on: dt.date,
    kind: str = PartyKind.COMMITTEE,
) -> Decision:
    """Say who carries the decision out, and by when; other parties may join, and each gets its tasks.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or the decision is not final.
        TextMissing, WordsTooLong, PersonalNumbersFound, DueInThePast, PartyUnfit.
    """
    lifecycle.require(decision, "begin_execution", by=by)
    named = _read("responsible", responsible, LONGEST_PARTY)
    if due_on < timezone.localdate(now):
        raise DueInThePast(field="due_on")
    with transaction.atomic():
        changes = {"responsible": named, "due_on": due_on}
        row = lifecycle.move(decision, "begin_execution", by=by, now=now, changes=changes)
        row.case = tasking.open_case(by=by, now=now, topic=row.topic, leading=named, kind=kind)
        row.save(update_fields=["case"])
    return row


def _executing(by: User, now: dt.datetime, decision: Decision) -> Decision:
    """Lock a decision that is being carried out, for somebody who handles it; it has a case afterwards."""
    rows = Decision.objects.select_for_update(of=("self",)).select_related("division", "topic__division", "case")
    row = rows.get(pk=decision.pk)
    require(by, MANAGE, row)
    if row.status != DecisionStatus.EXECUTING:
        raise NotCarriedOut
    if row.case is None:  # begun before there were cases
        row.case = tasking.open_case(by=by, now=now, topic=row.topic, leading=row.responsible, kind=PartyKind.COMMITTEE)
        row.save(update_fields=["case"])
    return row


def add_party(
    *,
    by: User,
    now: dt.datetime,
    decision: Decision,
    kind: str,
    name: str = "",
    organization: SocialOrganization | None = None,
) -> CaseParty:
    """Let one more party work on what was decided.

    Raises:
        NotAllowed, NotCarriedOut; and as for `consultation.meetings.tasking.operations.add_party`.
    """
    with transaction.atomic():
        row = _executing(by, now, decision)
        if row.case is None:  # pragma: no cover - made above
            raise NotCarriedOut
        return tasking.add_party(by=by, now=now, case=row.case, kind=kind, name=name, organization=organization)


def end_party(*, by: User, now: dt.datetime, decision: Decision, party: CaseParty) -> CaseParty:
    """Let a party leave that has nothing left to do.

    Raises:
        NotAllowed, NotCarriedOut; and as for `consultation.meetings.tasking.operations.end_party`.
    """
    with transaction.atomic():
        row = _executing(by, now, decision)
        if party.case_id != row.case_id:
            raise refusals.PartyUnfit(field="party")
        return tasking.end_party(by=by, now=now, party=party)


def give_task(
    *,
    by: User,
    now: dt.datetime,
    decision: Decision,
    text: str,
    owner: User,
    due_on: dt.date,
    party: CaseParty | None = None,
    uploads: Sequence[tuple[str, bytes]] = (),
) -> MeetingTask:
    """Give somebody a task in which what was decided is carried out; it shows on their worklist.

    Raises:
        NotAllowed, NotCarriedOut; and as for `consultation.meetings.tasking.operations.give_case_task`.
    """
    with transaction.atomic():
        row = _executing(by, now, decision)
        if row.case is None:  # pragma: no cover - made above
            raise NotCarriedOut
        given: dict[str, Any] = {"text": text, "owner": owner, "due_on": due_on, "party": party, "uploads": uploads}
        return tasking.give_case_task(by=by, now=now, case=row.case, **given)


def report_result(
    *,
    by: User,
    now: dt.datetime,
    decision: Decision,
    text: str,
    evidence: Sequence[Attachment] = (),
    uploads: Sequence[tuple[str, bytes]] = (),
) -> Decision:
    """Report to everybody what came of the decision, with pictures or papers as evidence.

    `uploads` are files by name, stored with the report and open to everybody; pictures lose their metadata.

    The result is shown to the residents by a notice; they say what they think of it, or object.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or it is not being carried out.
        TasksOpen: tasks are still to be done.
        TextMissing, WordsTooLong, PersonalNumbersFound, EvidenceNotPublic, EvidenceElsewhere, TooMuchEvidence.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: a file may not be stored.
    """
    lifecycle.require(decision, "report_result", by=by)
    said = _read("text", text, LONGEST_RESULT)
    if len(evidence) + len(uploads) > MOST_EVIDENCE:
        raise TooMuchEvidence(field="evidence", most=MOST_EVIDENCE)
    for file in evidence:
        if file.visibility != Visibility.PUBLIC:
            raise EvidenceNotPublic(field="evidence", name=file.name)
        if not file.division.path.startswith(decision.division.path):
            raise EvidenceElsewhere(field="evidence", name=file.name)
    files = [read_file(name, content) for name, content in uploads]
    stored: list[Attachment] = []
    try:
        with transaction.atomic():
            row = _report(decision, said, by, now)
            stored += (
                notices.store_photo(by=by, now=now, division=row.division, photo=file, visibility=Visibility.PUBLIC)
                for file in files
            )
            row.evidence.set([*evidence, *stored])
    except BaseException:
        for attachment in stored:
            attachment.file.delete(save=False)
        raise
    return row


def _read(field: str, text: str, most: int) -> str:
    """Return a text that everybody may read."""
    if not text.strip():
        raise TextMissing(field=field)
    said = fitting(field, text, most)
    refuse_personal_numbers(**{field: said})
    return said


def _report(decision: Decision, said: str, by: User, now: dt.datetime) -> Decision:
    """Move the decision and show its result to the residents."""
    row = Decision.objects.select_for_update(of=("self",)).for_detail().get(pk=decision.pk)
    changes: dict[str, Any] = {"result_text": said}
    if row.status in lifecycle.of(row).by_name["report_result"].sources:
        if row.case is not None:
            tasking.end_case(by=by, now=now, case=row.case)
        changes["result_notice"] = accepting.show_result(row, said, by=by, now=now)
    return lifecycle.move(row, "report_result", by=by, now=now, changes=changes)


def return_result(*, by: User, now: dt.datetime, decision: Decision, reason: str) -> Decision:
    """Return the result to those who carry the decision out.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing.
        WordsTooLong, PersonalNumbersFound: those who carry it out cannot be told the reason like this.
    """
    lifecycle.require(decision, "return_result", by=by)
    said = fitting("reason", reason, LONGEST_REASON, is_required=False)
    refuse_personal_numbers(reason=said)
    return accepting.give_back(decision, "return_result", by=by, now=now, reason=said)


def close_decision(*, by: User, now: dt.datetime, decision: Decision) -> Decision:
    """Close a decision whose result the residents have accepted.

    Raises:
        MoveForbidden, MoveClosed.
    """
    return lifecycle.move(decision, "close", by=by, now=now)
