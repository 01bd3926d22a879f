"""Contracts with organizations: drafted, signed by three, delivered, accepted with the residents, paid in instalments.

Locks are taken in one order: contract, milestone, then as the spending room takes them (request, payment).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.notices.models import Attachment, Visibility
from communities.notices.operations import store_photo
from communities.notices.policy import StoredFile, read_file
from communities.people.models import Resident
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from communities.territory.models import Division
from funds.spending import operations as spending
from funds.spending.lifecycle import PaymentStatus, RequestStatus
from funds.spending.models import Payment, SpendingRequest
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import NotAllowed
from governance.money import format_yuan
from governance.outbox import operations as outbox
from projects.contracts import refusals
from projects.contracts.lifecycle import ContractStatus, MilestoneStatus
from projects.contracts.models import AcceptanceOpinion, Condition, Contract, Instalment, Milestone
from projects.contracts.policy import TERM_MONTHS, instalment_amounts, months_later
from projects.contracts.queries import acceptance_of, bound_of, is_due, is_released
from projects.evaluation.models import EvaluationPlan
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import require_good_standing

if TYPE_CHECKING:
    from governance.accounts.models import User

MOST_FILES = 10


def _locked(contract: Contract) -> Contract:
    """Return the contract, locked, with what the rules ask about."""
    rows = Contract.objects.select_for_update(of=("self",))
    return rows.select_related("division", "organization", "request__fund__division").get(pk=contract.pk)


def _running(contract: Contract) -> Contract:
    """Return the contract, locked, if it runs."""
    row = _locked(contract)
    if row.status != ContractStatus.RUNNING:
        raise refusals.ContractNotRunning(status=row.get_status_display())
    return row


# --- Drafting and signing


def draft_contract(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    organization: SocialOrganization,
    request: SpendingRequest,
    title: str,
    scope: str,
    amount: Decimal,
    starts_on: dt.date,
    ends_on: dt.date,
    instalments: Sequence[tuple[int, str]],
    milestones: Sequence[tuple[str, dt.date]] = (),
    evaluation: EvaluationPlan | None = None,
) -> Contract:
    """Draft a contract that is paid out of the hold of a request, in instalments as (percent, condition).

    Raises:
        NotAllowed: `by` does not contract for the place.
        OrganizationHindered: the organization may take no part.
        ContractRequestNotApproved, ContractElsewhere, ContractAboveHold, ContractAmountMissing: the money.
        TermUnfit, MilestonesUnfit, ConditionUnfit, InstalmentsUnfit, EvaluationUnfit, PersonalNumbersFound.
    Basis: report S4 (agreement of three parties).
    """
    if not by.has_perm("projects.manage_contract", division):
        raise NotAllowed
    today = timezone.localdate(now)
    require_good_standing(organization, today)
    refuse_personal_numbers(title=title, scope=scope)
    if amount <= 0:
        raise refusals.ContractAmountMissing(field="amount")
    amounts = instalment_amounts(amount, [percent for percent, _condition in instalments])
    _check_conditions([condition for _percent, condition in instalments], milestones)
    if evaluation is not None:
        _check_evaluation(evaluation, organization, division)
    with transaction.atomic():
        held = _held_request(request)
        _check_place(held, division)
        _check_term(held, division, starts_on, ends_on, today)
        _check_milestones(milestones, starts_on, ends_on)
        _check_hold(held, amount)
        row = Contract(
            number=f"HT-{held.number}-{held.contracts.count() + 1}",
            title=title.strip(),
            division=division,
            organization=organization,
            request=held,
            evaluation=evaluation,
            amount=amount,
            scope=scope.strip(),
            starts_on=starts_on,
            ends_on=ends_on,
            drafted_at=now,
            drafted_by=by,
        )
        row.full_clean()
        row.save(force_insert=True)
        parts = zip(instalments, amounts, strict=True)
        for number, ((percent, condition), part) in enumerate(parts, start=1):
            Instalment.objects.create(
                contract=row, number=number, percent=percent, amount=part, condition=Condition(condition)
            )
        for number, (name, due_on) in enumerate(milestones, start=1):
            Milestone.objects.create(contract=row, number=number, title=name.strip(), due_on=due_on)
        after = {"organization": organization.pk, "request": held.number, "amount": amount}
        audit.record(by=by, verb="projects.contract.drafted", row=row, now=now, after=after)
    return row


def _check_conditions(conditions: Sequence[str], milestones: Sequence[tuple[str, dt.date]]) -> None:
    if unknown := [condition for condition in conditions if condition not in Condition.values]:
        raise refusals.ConditionUnfit(
            field="instalments", reason=_("“%(what)s” is no condition.") % {"what": unknown[0]}
        )
    if Condition.MILESTONES in conditions and not milestones:
        raise refusals.ConditionUnfit(
            field="instalments", reason=_("An instalment waits for milestones, and the contract has none.")
        )


def _check_evaluation(evaluation: EvaluationPlan, organization: SocialOrganization, division: Division) -> None:
    taken = Contract.objects.filter(evaluation=evaluation).exists()
    if taken or evaluation.implementer_id != organization.pk or evaluation.division_id != division.pk:
        raise refusals.EvaluationUnfit(field="evaluation")


def _held_request(request: SpendingRequest) -> SpendingRequest:
    """Return the request, locked, if money is held for it."""
    rows = SpendingRequest.objects.select_for_update(of=("self",)).select_related("fund__division")
    held = rows.get(pk=request.pk)
    if held.status != RequestStatus.APPROVED:
        raise refusals.ContractRequestNotApproved(
            field="request", request=held.number, status=held.get_status_display()
        )
    return held


def _check_place(request: SpendingRequest, division: Division) -> None:
    if not division.path.startswith(request.fund.division.path):
        raise refusals.ContractElsewhere(field="request", request=request.number, place=division.name)


def _check_term(
    request: SpendingRequest, division: Division, starts_on: dt.date, ends_on: dt.date, today: dt.date
) -> None:
    if ends_on <= starts_on:
        raise refusals.TermUnfit(field="ends_on", reason=_("The contract must end after it begins."))
    if request.approved_at is not None and starts_on < timezone.localdate(request.approved_at):
        raise refusals.TermUnfit(field="starts_on", reason=_("A contract begins after its money was approved."))
    months = value(TERM_MONTHS, division, today)
    if ends_on > months_later(starts_on, months):
        reason = _("A contract lasts at most %(months)s months.") % {"months": months}
        raise refusals.TermUnfit(field="ends_on", reason=reason)


def _check_milestones(milestones: Sequence[tuple[str, dt.date]], starts_on: dt.date, ends_on: dt.date) -> None:
    for name, due_on in milestones:
        refuse_personal_numbers(milestones=name)
        if not name.strip():
            raise refusals.MilestonesUnfit(field="milestones", reason=_("Each milestone has a title."))
        if not starts_on <= due_on <= ends_on:
            reason = _("“%(title)s” must be due within the term of the contract.") % {"title": name}
            raise refusals.MilestonesUnfit(field="milestones", reason=reason)


def _check_hold(request: SpendingRequest, amount: Decimal, apart_from: Contract | None = None) -> None:
    """Refuse to promise more than is held; the request is locked, so two contracts take turns."""
    bound = bound_of(request, apart_from)
    if bound + amount > request.amount:
        shown = {"held": request.amount, "bound": bound, "amount": amount}
        raise refusals.ContractAboveHold(field="amount", **{name: format_yuan(shown[name]) for name in shown})


def attach_evaluation(*, by: User, now: dt.datetime, contract: Contract, evaluation: EvaluationPlan) -> Contract:
    """Name the evaluation in which the contract's service is judged, once.

    Raises:
        NotAllowed: `by` does not contract for the place.
        EvaluationUnfit: it judges something else, or the contract has another.
    """
    with transaction.atomic():
        row = _locked(contract)
        if not by.has_perm("projects.manage_contract", row):
            raise NotAllowed
        if row.evaluation_id is not None:
            raise refusals.EvaluationUnfit(field="evaluation")
        _check_evaluation(evaluation, row.organization, row.division)
        row.evaluation = evaluation
        row.save(update_fields=["evaluation"])
        audit.record(
            by=by,
            verb="projects.contract.evaluation_named",
            row=row,
            now=now,
            after={"evaluation": evaluation.pk},
        )
    return row


def offer_contract(*, by: User, now: dt.datetime, contract: Contract) -> Contract:
    """Offer the contract to the organization: its terms stand from then on.

    Raises:
        OrganizationHindered: the organization may take no part.
        ContractRequestNotApproved, ContractAboveHold: the money is not there any more.
        MoveForbidden, MoveClosed: as for every move.
    """
    lifecycle.require(contract, "offer", by=by)
    with transaction.atomic():
        row = _locked(contract)
        if row.status == ContractStatus.DRAFT:
            require_good_standing(row.organization, timezone.localdate(now))
            _check_hold(_held_request(row.request), row.amount, apart_from=row)
        return lifecycle.move(row, "offer", by=by, now=now)


def agree_contract(*, by: User, now: dt.datetime, contract: Contract) -> Contract:
    """Sign for the organization, by a person who acts for it.

    Raises:
        OrganizationHindered: the organization may take no part.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    return _sign(by, now, contract, "agree")


def sign_contract(*, by: User, now: dt.datetime, today: dt.date, contract: Contract) -> Contract:
    """Sign for the street, by a third person; the contract runs.

    Raises:
        OrganizationHindered: the organization may take no part.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    Basis: report S4 (agreement of three parties).
    """
    return _sign(by, now, contract, "sign", signed_on=today)


def _sign(by: User, now: dt.datetime, contract: Contract, name: str, **changes: Any) -> Contract:
    lifecycle.require(contract, name, by=by)
    with transaction.atomic():
        row = _locked(contract)
        if row.status in lifecycle.of(row).by_name[name].sources:
            require_good_standing(row.organization, timezone.localdate(now))
        return lifecycle.move(row, name, by=by, now=now, changes=changes)


# --- Delivery


def report_milestone(
    *,
    by: User,
    now: dt.datetime,
    milestone: Milestone,
    report: str,
    evidence: Sequence[tuple[str, bytes] | Attachment] = (),
) -> Milestone:
    """Report what was done, with files as evidence, which everybody may open; pictures lose their metadata.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        ContractNotRunning: the contract is not signed, or over.
        ReportMissing, PersonalNumbersFound, TooMuchEvidence, EvidenceNotYours.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: a file may not be stored.
    """
    lifecycle.require(milestone, "report", by=by)
    said = report.strip()
    if not said:
        raise refusals.ReportMissing(field="report")
    refuse_personal_numbers(report=said)
    if len(evidence) > MOST_FILES:
        raise refusals.TooMuchEvidence(field="evidence", limit=MOST_FILES)
    files = [_looked_at(file, by, milestone.contract.division_id) for file in evidence]
    stored: list[Attachment] = []
    try:
        with transaction.atomic():
            contract = _running(milestone.contract)
            row = lifecycle.move(milestone, "report", by=by, now=now, changes={"report": said})
            for file in files:
                if isinstance(file, StoredFile):
                    stored.append(
                        store_photo(
                            by=by, now=now, division=contract.division, photo=file, visibility=Visibility.PUBLIC
                        )
                    )
            row.evidence.add(*stored, *(file for file in files if isinstance(file, Attachment)))
    except BaseException:
        for file in stored:
            file.file.delete(save=False)
        raise
    return row


def _looked_at(file: tuple[str, bytes] | Attachment, by: User, division: int) -> StoredFile | Attachment:
    if not isinstance(file, Attachment):
        return read_file(*file)
    if file.uploaded_by_id != by.pk or file.division_id != division:
        raise refusals.EvidenceNotYours(field="evidence", name=file.name)
    return file


def confirm_milestone(*, by: User, now: dt.datetime, milestone: Milestone) -> Milestone:
    """Confirm a reported milestone, by another person than the reporter.

    Raises:
        ContractNotRunning: the contract is over.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    return _judge_milestone(by, now, milestone, "confirm")


def return_milestone(*, by: User, now: dt.datetime, milestone: Milestone, reason: str) -> Milestone:
    """Return a reported milestone with the reason; it is reported anew.

    Raises:
        ContractNotRunning: the contract is over.
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return _judge_milestone(by, now, milestone, "send_back", reason)


def _judge_milestone(by: User, now: dt.datetime, milestone: Milestone, name: str, reason: str = "") -> Milestone:
    lifecycle.require(milestone, name, by=by)
    with transaction.atomic():
        _running(milestone.contract)
        return lifecycle.move(milestone, name, by=by, now=now, reason=reason)


def report_delivery(*, by: User, now: dt.datetime, contract: Contract, report: str) -> Contract:
    """Report that the whole service is delivered; the residents give their opinions from then on.

    Raises:
        ReportMissing, PersonalNumbersFound: the report.
        MilestonesOpen: a milestone is not confirmed.
        MoveForbidden, MoveClosed: as for every move.
    """
    lifecycle.require(contract, "report_delivery", by=by)
    said = report.strip()
    if not said:
        raise refusals.ReportMissing(field="report")
    refuse_personal_numbers(report=said)
    with transaction.atomic():
        row = _locked(contract)
        open_ones = row.milestones.exclude(status=MilestoneStatus.CONFIRMED).count()
        if row.status == ContractStatus.RUNNING and open_ones:
            raise refusals.MilestonesOpen(count=open_ones)
        changes = {"delivery_report": said, "delivery_number": row.delivery_number + 1}
        return lifecycle.move(row, "report_delivery", by=by, now=now, changes=changes)


# --- Acceptance


def give_acceptance_opinion(
    *, by: User, now: dt.datetime, contract: Contract, is_satisfied: bool, comment: str = ""
) -> AcceptanceOpinion:
    """Say whether one is content with a delivery, once, as a confirmed resident of the place.

    A delivery that was returned and mended asks everybody anew.

    Raises:
        OpinionNotYours: no confirmed adult resident, or a person of the organization.
        OpinionNotNow, OpinionRepeated.
        PersonalNumbersFound.
    """
    refuse_personal_numbers(comment=comment)
    with transaction.atomic():
        row = _locked(contract)
        lives_here = Resident.objects.on_rolls(timezone.localdate(now)).filter(
            user=by, division__path__startswith=row.division.path
        )
        if by.has_perm("projects.act_for_implementer", row) or not lives_here.exists():
            raise refusals.OpinionNotYours(place=row.division.name)
        if row.status != ContractStatus.DELIVERED:
            raise refusals.OpinionNotNow
        if row.opinions.filter(resident=by, delivery=row.delivery_number).exists():
            raise refusals.OpinionRepeated
        opinion = AcceptanceOpinion(
            contract=row,
            resident=by,
            delivery=row.delivery_number,
            is_satisfied=is_satisfied,
            comment=comment.strip(),
            given_at=now,
        )
        opinion.full_clean(validate_unique=False, validate_constraints=False)
        opinion.save(force_insert=True)
        audit.record(by=by, verb="projects.acceptance_opinion.given", row=opinion, now=now)
        outbox.emit(by=by, topic="projects.acceptance_opinion.given", row=row, now=now)
    return opinion


def accept_contract(*, by: User, now: dt.datetime, contract: Contract) -> Contract:
    """Accept the delivery when enough residents have spoken and enough of them are content.

    Raises:
        TooFewOpinions, ResidentsNotContent: the residents.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    lifecycle.require(contract, "accept", by=by)
    with transaction.atomic():
        row = _locked(contract)
        if row.status == ContractStatus.DELIVERED:
            found = acceptance_of(row, timezone.localdate(now))
            if not found.is_enough:
                raise refusals.TooFewOpinions(given=found.given, needed=found.needed)
            if not found.is_content:
                raise refusals.ResidentsNotContent(
                    given=found.given, content=found.content, needed=f"{found.needed_percent:f}"
                )
        return lifecycle.move(row, "accept", by=by, now=now)


def return_delivery(*, by: User, now: dt.datetime, contract: Contract, reason: str) -> Contract:
    """Return a delivery for mending, with the reason.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        PersonalNumbersFound.
    """
    refuse_personal_numbers(reason=reason)
    return lifecycle.move(contract, "return_delivery", by=by, now=now, reason=reason)


# --- Money and the end


def release_instalment(*, by: User, now: dt.datetime, contract: Contract, number: int) -> Payment:
    """Plan the payment of an instalment whose condition holds, once; three people then request, approve and pay it.

    Raises:
        NotAllowed: `by` does not contract for the place, or may not ask the fund.
        InstalmentUnknown, InstalmentNotDue, InstalmentReleased.
        OrganizationHindered: the organization may take no part.
        PaymentAboveHold and what else `funds.spending.operations.plan_payment` refuses.
    """
    with transaction.atomic():
        row = _locked(contract)
        if not by.has_perm("projects.manage_contract", row):
            raise NotAllowed
        instalment = row.instalments.select_for_update(of=("self",)).filter(number=number).first()
        if instalment is None:
            raise refusals.InstalmentUnknown(field="number", number=number)
        if is_released(instalment):
            raise refusals.InstalmentReleased(number=number)
        if not is_due(instalment, row):
            raise refusals.InstalmentNotDue(number=number, condition=instalment.get_condition_display())
        require_good_standing(row.organization, timezone.localdate(now))
        request = SpendingRequest.objects.select_for_update(of=("self",)).get(pk=row.request_id)
        taken = list(request.payments.values_list("number", flat=True))
        payment = spending.plan_payment(
            by=by,
            now=now,
            request=request,
            number=max(taken, default=0) + 1,
            amount=instalment.amount,
            payee=row.organization.name,
            organization=row.organization,
            note=f"{row.number} {number}",
        )
        instalment.payment = payment
        instalment.save(update_fields=["payment"])
        after = {"number": number, "amount": instalment.amount, "payment": payment.pk}
        audit.record(by=by, verb="projects.contract.instalment_released", row=row, now=now, after=after)
        outbox.emit(
            by=by,
            topic="projects.contract.instalment_released",
            row=row,
            now=now,
            payload={"amount": str(instalment.amount)},
        )
    return payment


def close_contract(*, by: User, now: dt.datetime, contract: Contract) -> Contract:
    """Close an accepted contract whose instalments are all paid.

    Raises:
        PaymentsOpen: an instalment is not paid.
        MoveForbidden, MoveClosed: as for every move.
    """
    lifecycle.require(contract, "close", by=by)
    with transaction.atomic():
        row = _locked(contract)
        unpaid = row.instalments.exclude(payment__status=PaymentStatus.PAID).count()
        if row.status == ContractStatus.ACCEPTED and unpaid:
            raise refusals.PaymentsOpen(count=unpaid)
        return lifecycle.move(row, "close", by=by, now=now)


def terminate_contract(*, by: User, now: dt.datetime, contract: Contract, reason: str) -> Contract:
    """End a contract before its time, with the reason; payments that are under way are cancelled or paid first.

    Raises:
        PaymentsOpen: a payment is under way.
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        PersonalNumbersFound.
    """
    lifecycle.require(contract, "terminate", by=by)
    refuse_personal_numbers(reason=reason)
    with transaction.atomic():
        row = _locked(contract)
        under_way = Payment.objects.under_way().filter(instalment__contract=row).count()
        if under_way:
            raise refusals.PaymentsOpen(count=under_way)
        return lifecycle.move(row, "terminate", by=by, now=now, reason=reason)
