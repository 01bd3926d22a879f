"""Which evaluation judges a contract's service, and paying the rest although it was failed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from communities.people.policy import refuse_personal_numbers
from governance.audit import operations as audit
from governance.errors import NotAllowed
from governance.lifecycle import ReasonMissing
from governance.outbox import operations as outbox
from projects.contracts import checks, refusals
from projects.contracts.grades import may_decide
from projects.evaluation.models import EvaluationPlan

if TYPE_CHECKING:
    from governance.accounts.models import User
    from projects.contracts.models import Contract

NAMED = "projects.contract.evaluation_named"
DESPITE_GRADE = "projects.contract.paid_despite_grade"


def attach_evaluation(*, by: User, now: dt.datetime, contract: Contract, evaluation: EvaluationPlan) -> Contract:
    """Name the evaluation in which the contract's service is judged; the next one where the named one judges nothing.

    The trail keeps which one was named before.

    Raises:
        NotAllowed: `by` does not contract for the place.
        EvaluationUnfit: it judges something else or nothing, or the contract has another that was not cancelled and has
            not ended without a grade.
    """
    with transaction.atomic():
        row = checks.locked(contract)
        if not by.has_perm("projects.manage_contract", row):
            raise NotAllowed
        checks.check_no_other(row)
        checks.check_evaluation(evaluation, row.organization, row.division)
        former, row.evaluation = row.evaluation_id, evaluation
        row.save(update_fields=["evaluation"])
        audit.record(
            by=by,
            verb=NAMED,
            row=row,
            now=now,
            before={"evaluation": former},
            after={"evaluation": evaluation.pk},
        )
    return row


def pay_despite_grade(*, by: User, now: dt.datetime, contract: Contract, reason: str) -> Contract:
    """Decide that the last instalment is paid although the evaluation was failed, with a reason that everybody reads.

    Who signs for the street decides; somebody else releases the instalment.

    Raises:
        NotAllowed: `by` does not sign for the street.
        ReasonMissing, PersonalNumbersFound: the reason.
        NothingHeldByGrade: no evaluation of the contract was failed, or it was decided already.
    Basis: Ministry of Finance order 102 on government purchase of services.
    """
    said = reason.strip()
    with transaction.atomic():
        row = checks.locked(contract)
        if not by.has_perm("projects.sign_contract", row):
            raise NotAllowed
        if not said:
            raise ReasonMissing(field="reason")
        refuse_personal_numbers(reason=said)
        if not may_decide(row):
            raise refusals.NothingHeldByGrade
        row.despite_grade, row.despite_at, row.despite_by = said, now, by
        row.save(update_fields=["despite_grade", "despite_at", "despite_by"])
        after = {"evaluation": row.evaluation_id}
        audit.record(by=by, verb=DESPITE_GRADE, row=row, now=now, after=after, reason=said)
        outbox.emit(by=by, topic=DESPITE_GRADE, row=row, now=now, payload={"reason": said})
    return row
