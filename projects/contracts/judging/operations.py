"""How a delivery is judged: item by item, by residents whom the lot fell on, by visits, reviews and audits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.notices.models import Attachment, Visibility
from communities.notices.operations import store_photo
from communities.notices.policy import read_file
from communities.people.policy import refuse_personal_numbers
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import NotAllowed
from governance.outbox import operations as outbox
from projects.contracts import checks
from projects.contracts.judging import refusals
from projects.contracts.judging.lifecycle import ReviewStatus
from projects.contracts.judging.models import (
    Conclusion,
    ContractReview,
    Deliverable,
    ItemResult,
    ReviewKind,
    SampledResident,
)
from projects.contracts.lifecycle import ContractStatus
from projects.contracts.models import AcceptanceOpinion, Contract
from projects.contracts.policy import MOST_FILES
from projects.contracts.refusals import OpinionNotNow

if TYPE_CHECKING:
    from governance.accounts.models import User


def judge_item(
    *, by: User, now: dt.datetime, deliverable: Deliverable, actual: Decimal, result: str, remark: str = ""
) -> Deliverable:
    """Judge one promised item of a delivery: what was found, and whether it is in order.

    Raises:
        NotAllowed: `by` does not accept for the place.
        JudgedByImplementer: a person of the organization.
        ItemNotNow: nothing waits for acceptance.
        ItemUnfit: no figure, no result, or no reason for what is not in order.
        PersonalNumbersFound.
    """
    refuse_personal_numbers(remark=remark)
    with transaction.atomic():
        contract = checks.locked(deliverable.contract)
        if not by.has_perm("projects.accept_contract", contract):
            raise NotAllowed
        if by.has_perm("projects.act_for_implementer", contract):
            raise refusals.JudgedByImplementer
        if contract.status != ContractStatus.DELIVERED:
            raise refusals.ItemNotNow
        said = remark.strip()
        if actual < 0 or result not in ItemResult.values or (result != ItemResult.PASSED and not said):
            raise refusals.ItemUnfit(field="result")
        row = Deliverable.objects.select_for_update(of=("self",)).get(pk=deliverable.pk)
        row.actual, row.result, row.remark = actual, result, said
        row.judged_in, row.judged_at, row.judged_by = contract.delivery_number, now, by
        row.full_clean()
        row.save(update_fields=["actual", "result", "remark", "judged_in", "judged_at", "judged_by"])
        after = {"actual": actual, "result": result, "delivery": row.judged_in}
        audit.record(by=by, verb="projects.deliverable.judged", row=row, now=now, after=after, reason=said)
    return row


def take_opinion(
    *, by: User, now: dt.datetime, contract: Contract, number: int, is_satisfied: bool, comment: str = ""
) -> AcceptanceOpinion:
    """Take down the opinion of a resident whom the lot fell on, by their number on the roll: at the door, on paper.

    Raises:
        NotAllowed: `by` does not work for the community.
        JudgedByImplementer: a person of the organization.
        OpinionNotNow, OpinionOutsideSample, OpinionTaken, PersonalNumbersFound.
    """
    refuse_personal_numbers(comment=comment)
    with transaction.atomic():
        row = checks.locked(contract)
        if not by.has_perm("projects.take_opinion", row):
            raise NotAllowed
        if by.has_perm("projects.act_for_implementer", row):
            raise refusals.JudgedByImplementer
        if row.status != ContractStatus.DELIVERED:
            raise OpinionNotNow
        places = SampledResident.objects.filter(sample__contract=row, sample__delivery=row.delivery_number)
        place = places.filter(number=number).first()
        if place is None:
            raise refusals.OpinionOutsideSample(field="number")
        if AcceptanceOpinion.objects.filter(sampled=place).exists():
            raise refusals.OpinionTaken(field="number", number=number)
        opinion = AcceptanceOpinion(
            contract=row,
            sampled=place,
            taken_by=by,
            delivery=row.delivery_number,
            is_satisfied=is_satisfied,
            comment=comment.strip(),
            given_at=now,
        )
        opinion.full_clean(validate_unique=False, validate_constraints=False)
        opinion.save(force_insert=True)
        audit.record(by=by, verb="projects.acceptance_opinion.taken", row=opinion, now=now, after={"number": number})
        outbox.emit(by=by, topic="projects.acceptance_opinion.given", row=row, now=now)
    return opinion


def record_review(
    *,
    by: User,
    now: dt.datetime,
    contract: Contract,
    kind: str,
    held_on: dt.date,
    reviewer: str,
    findings: str,
    conclusion: str,
    mend_by: dt.date | None = None,
    was_announced: bool = True,
    evidence: Sequence[tuple[str, bytes]] = (),
) -> ContractReview:
    """Record a visit, a mid-term or final review or an audit, with what is to be mended by when.

    Raises:
        NotAllowed: `by` does not watch over contracts of the place.
        JudgedByImplementer: a person of the organization.
        ContractNotRunning: the contract is not signed, or over.
        ReviewUnfit, PersonalNumbersFound.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: a file may not be stored.
    Basis: report S2b (projects are watched over their whole course).
    """
    refuse_personal_numbers(findings=findings, reviewer=reviewer)
    if not by.has_perm("projects.review_contract", contract):
        raise NotAllowed
    if by.has_perm("projects.act_for_implementer", contract):
        raise refusals.JudgedByImplementer
    if kind not in ReviewKind.values or conclusion not in Conclusion.values or not findings.strip():
        raise refusals.ReviewUnfit(field="findings", reason=_("Write what was found."))
    if len(evidence) > MOST_FILES:
        raise refusals.ReviewUnfit(
            field="evidence", reason=_("At most %(limit)s files can be attached.") % {"limit": MOST_FILES}
        )
    needs = conclusion != Conclusion.PASSED
    if needs != (mend_by is not None) or (mend_by is not None and mend_by < held_on):
        raise refusals.ReviewUnfit(
            field="mend_by", reason=_("Name a day for what is to be mended; none where all is in order.")
        )
    files = [read_file(*file) for file in evidence]
    stored: list[Attachment] = []
    try:
        with transaction.atomic():
            row = checks.signed(contract)
            _check_held(row, held_on, timezone.localdate(now))
            review = ContractReview(
                contract=row,
                kind=kind,
                held_on=held_on,
                reviewer=reviewer.strip(),
                was_announced=was_announced,
                findings=findings.strip(),
                conclusion=conclusion,
                mend_by=mend_by,
                status=ReviewStatus.OPEN if needs else ReviewStatus.SETTLED,
                recorded_at=now,
                recorded_by=by,
            )
            review.full_clean()
            review.save()
            stored += [
                store_photo(by=by, now=now, division=row.division, photo=file, visibility=Visibility.PUBLIC)
                for file in files
            ]
            review.evidence.add(*stored)
            after = {"kind": kind, "conclusion": conclusion, "mend_by": mend_by}
            audit.record(by=by, verb="projects.review.recorded", row=review, now=now, after=after)
            outbox.emit(by=by, topic="projects.review.recorded", row=row, now=now, payload={"conclusion": conclusion})
    except BaseException:
        for file in stored:
            file.file.delete(save=False)
        raise
    return review


def _check_held(contract: Contract, held_on: dt.date, today: dt.date) -> None:
    if not (contract.signed_on or contract.starts_on) <= held_on <= today:
        raise refusals.ReviewUnfit(field="held_on", reason=_("It was held between the signature and today."))


def answer_review(*, by: User, now: dt.datetime, review: ContractReview, answer: str) -> ContractReview:
    """Report for the organization what was mended.

    Raises:
        AnswerMissing, PersonalNumbersFound.
        MoveForbidden, MoveClosed: as for every move.
    """
    lifecycle.require(review, "answer", by=by)
    refuse_personal_numbers(answer=answer)
    if not answer.strip():
        raise refusals.AnswerMissing(field="answer")
    return lifecycle.move(review, "answer", by=by, now=now, changes={"answer": answer.strip()})


def settle_review(*, by: User, now: dt.datetime, review: ContractReview) -> ContractReview:
    """Confirm that what was found is mended, by another person than reported it.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    return lifecycle.move(review, "settle", by=by, now=now)


def return_answer(*, by: User, now: dt.datetime, review: ContractReview, reason: str) -> ContractReview:
    """Send an answer back: it is not mended yet.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        PersonalNumbersFound.
    """
    refuse_personal_numbers(reason=reason)
    return lifecycle.move(review, "return_answer", by=by, now=now, reason=reason)
