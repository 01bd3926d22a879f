"""Contracts with organizations: drafted, signed by three, delivered, accepted with the residents, paid in instalments.

Locks are taken in one order: contract, milestone, then as the spending room takes them (request, payment).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
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
from funds.spending.models import Payment
from governance import lifecycle
from governance.audit import operations as audit
from governance.calendar.days import DayKind, add_days
from governance.errors import NotAllowed
from governance.money import format_yuan
from governance.outbox import operations as outbox
from projects.contracts import checks, refusals, shares
from projects.contracts.breaching import follow_breach
from projects.contracts.checks import locked, running
from projects.contracts.judging.drawing import draw_sample
from projects.contracts.judging.models import SampledResident
from projects.contracts.lifecycle import ContractStatus, MilestoneStatus
from projects.contracts.models import AcceptanceOpinion, Contract, Milestone
from projects.contracts.policy import (
    FILING_DAYS,
    MOST_FILES,
    PUBLISHING_DAYS,
    ServiceField,
)
from projects.contracts.queries import acceptance_of, items_open
from projects.contracts.terms.models import AwardPayment, Ground, Settlement
from projects.contracts.terms.queries import rest_settled, under_way, unpaid_of, unused_of
from projects.purchasing.awarding import paying
from socialorgs.register.queries import require_good_standing

if TYPE_CHECKING:
    from governance.accounts.models import User

# --- Signing


def name_field(*, by: User, now: dt.datetime, contract: Contract, field: str) -> Contract:
    """Say in which field a project serves, so that people find it in the directory; its terms stay as they are.

    Raises:
        NotAllowed: `by` does not contract for the place.
        FieldUnknown: there is no such field.
    """
    if field not in ServiceField.values:
        raise refusals.FieldUnknown(field="field", known=", ".join(str(one.label) for one in ServiceField))
    with transaction.atomic():
        row = locked(contract)
        if not by.has_perm("projects.manage_contract", row):
            raise NotAllowed
        before, row.field = row.field, field
        row.save(update_fields=["field"])
        audit.record(
            by=by,
            verb="projects.contract.field_named",
            row=row,
            now=now,
            before={"field": before},
            after={"field": field},
        )
    return row


def offer_contract(*, by: User, now: dt.datetime, contract: Contract) -> Contract:
    """Offer the contract to the organization: its terms stand from then on.

    Raises:
        OrganizationHindered: the organization may take no part.
        ContractRequestNotApproved, ContractAboveHold: the money is not there any more.
        MilestonesMissing: a contract on an award says by when what is done.
        MoveForbidden, MoveClosed: as for every move.
    """
    lifecycle.require(contract, "offer", by=by)
    with transaction.atomic():
        row = locked(contract)
        if row.status == ContractStatus.DRAFT:
            require_good_standing(row.organization, timezone.localdate(now))
            checks.check_origin_still(row)
            checks.check_course(row)
        return lifecycle.move(row, "offer", by=by, now=now)


def agree_contract(*, by: User, now: dt.datetime, contract: Contract) -> Contract:
    """Sign for the organization, by a person who acts for it.

    Raises:
        OrganizationHindered: the organization may take no part.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    return _sign(by, now, contract, "agree")


def join_contract(*, by: User, now: dt.datetime, contract: Contract) -> Contract:
    """Sign for the community in which the service is carried out, the third party of the agreement.

    Raises:
        NotAllowed: `by` does not work for the community.
        SamePerson: whoever offered the contract or signed for the organization signs for no other party.
        ContractNotToJoin: the organization has not signed, or the community has.
    Basis: report S4 (agreement of three parties).
    """
    with transaction.atomic():
        row = locked(contract)
        if not by.has_perm("projects.join_contract", row):
            raise NotAllowed
        if row.status != ContractStatus.AGREED or row.joined_at is not None:
            raise refusals.ContractNotToJoin
        if by.pk in {row.offered_by_id, row.agreed_by_id}:
            raise lifecycle.SamePerson(move=_("Sign for the community"))
        row.joined_at, row.joined_by = now, by
        row.save(update_fields=["joined_at", "joined_by"])
        audit.record(
            by=by,
            verb="projects.contract.joined",
            row=row,
            now=now,
            basis="Report on Wuhou: agreement of three parties",
        )
        outbox.emit(by=by, topic="projects.contract.joined", row=row, now=now)
    return row


def sign_contract(*, by: User, now: dt.datetime, today: dt.date, contract: Contract) -> Contract:
    """Sign for the street, by a third person; the contract runs.

    Raises:
        OrganizationHindered: the organization may take no part.
        CommunityHasNotSigned: the community is a party of a contract on an award.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    Basis: report S4 (agreement of three parties).
    """
    by_law = _days_by_law(contract, today) if contract.purchase_id is not None else {}
    return _sign(by, now, contract, "sign", signed_on=today, **by_law)


def _days_by_law(contract: Contract, today: dt.date) -> dict[str, dt.date]:
    """Return by when a contract on a purchase that is signed today is published and filed."""
    rules = {"publish_by": PUBLISHING_DAYS, "file_by": FILING_DAYS}
    place = contract.division
    return {name: add_days(today, value(rule, place, today), DayKind.WORKING).on for name, rule in rules.items()}


def _sign(by: User, now: dt.datetime, contract: Contract, name: str, **changes: Any) -> Contract:
    lifecycle.require(contract, name, by=by)
    with transaction.atomic():
        row = locked(contract)
        if row.status in lifecycle.of(row).by_name[name].sources:
            require_good_standing(row.organization, timezone.localdate(now))
            if name == "sign" and row.is_of_award and row.joined_at is None:
                raise refusals.CommunityHasNotSigned
        return lifecycle.move(row, name, by=by, now=now, changes=changes)


def record_filing(*, by: User, now: dt.datetime, contract: Contract, filed_on: dt.date, number: str) -> Contract:
    """Write down that the copy of a signed contract on a purchase was filed with the finance department, once.

    A filing that came late is written down as it was; it is shown as late.

    Raises:
        NotAllowed: `by` does not contract for the place.
        FilingUnfit: nothing is to be filed, it was filed, the number is missing, or the day cannot be.
    Basis: Government Procurement Law art. 47.
    """
    with transaction.atomic():
        row = locked(contract)
        if not by.has_perm("projects.manage_contract", row):
            raise NotAllowed
        if row.purchase_id is None or row.signed_on is None:
            raise refusals.FilingUnfit(reason=_("Only a signed contract on a purchase is filed."))
        if row.filed_on is not None:
            filed = {"day": row.filed_on, "number": row.filing_number}
            raise refusals.FilingUnfit(reason=_("It was filed on %(day)s under number %(number)s.") % filed)
        if not number.strip():
            raise refusals.FilingUnfit(field="number", reason=_("Enter the number of the filing."))
        if not row.signed_on <= filed_on <= timezone.localdate(now):
            reason = _("The copy is filed between the signature on %(day)s and today.") % {"day": row.signed_on}
            raise refusals.FilingUnfit(field="filed_on", reason=reason)
        row.filed_on, row.filing_number, row.filed_by = filed_on, number.strip(), by
        row.save(update_fields=["filed_on", "filing_number", "filed_by"])
        after = {"filed_on": filed_on, "number": row.filing_number}
        audit.record(by=by, verb="projects.contract.filed", row=row, now=now, after=after)
    return row


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
        TermNotBegun: its term has not begun.
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
            contract = running(milestone.contract)
            checks.check_begun(contract, timezone.localdate(now))
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
        running(milestone.contract)
        return lifecycle.move(milestone, name, by=by, now=now, reason=reason)


def report_delivery(*, by: User, now: dt.datetime, contract: Contract, report: str) -> Contract:
    """Report that the whole service is delivered; the residents give their opinions from then on.

    Under an award the system draws by lot at once whose opinions decide.

    Raises:
        ReportMissing, PersonalNumbersFound: the report.
        TermNotBegun: the term of the contract has not begun.
        MilestonesOpen: a milestone is not confirmed.
        MoveForbidden, MoveClosed: as for every move.
    """
    lifecycle.require(contract, "report_delivery", by=by)
    said = report.strip()
    if not said:
        raise refusals.ReportMissing(field="report")
    refuse_personal_numbers(report=said)
    with transaction.atomic():
        row = locked(contract)
        open_ones = row.milestones.exclude(status=MilestoneStatus.CONFIRMED).count()
        if row.status == ContractStatus.RUNNING:
            checks.check_begun(row, timezone.localdate(now))
            if open_ones:
                raise refusals.MilestonesOpen(count=open_ones)
        changes = {"delivery_report": said, "delivery_number": row.delivery_number + 1}
        moved = lifecycle.move(row, "report_delivery", by=by, now=now, changes=changes)
        if row.is_of_award:
            draw_sample(by=by, now=now, contract=moved)
        return moved


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
        row = locked(contract)
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
            sampled=SampledResident.objects.filter(
                sample__contract=row, sample__delivery=row.delivery_number, resident__user=by, opinion=None
            ).first(),
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
        ItemsOpen: an item was not judged, or is not in order.
        TooFewOpinions, ResidentsNotContent: the residents, those whom the lot fell on where one was drawn.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    lifecycle.require(contract, "accept", by=by)
    with transaction.atomic():
        row = locked(contract)
        if row.status == ContractStatus.DELIVERED:
            if count := items_open(row):
                raise refusals.ItemsOpen(count=count)
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


def release_instalment(*, by: User, now: dt.datetime, contract: Contract, number: int) -> Payment | AwardPayment:
    """Ask for the payment of an instalment whose condition holds, once; others approve and pay it. Returns the first payment.

    Out of the hold of its request, or out of public money where the contract stands on an award. Where several sources pay
    a grant, each is asked for its part (`shares.parts_of`); after a part was cancelled, for that part again.

    Raises:
        NotAllowed: `by` does not contract for the place, or may not ask the fund.
        InstalmentUnknown, InstalmentNotDue, InstalmentReleased.
        InstalmentHeldByGrade: it is the last, and the evaluation is not final or was failed.
        SamePerson: it is paid although the evaluation was failed, as `by` decided.
        OrganizationHindered: the organization may take no part.
        PaymentAboveHold and what else `funds.spending.operations.plan_payment` refuses.
    """
    with transaction.atomic():
        row = locked(contract)
        if not by.has_perm("projects.manage_contract", row):
            raise NotAllowed
        instalment = row.instalments.select_for_update(of=("self",)).filter(number=number).first()
        if instalment is None:
            raise refusals.InstalmentUnknown(field="number", number=number)
        checks.check_due(instalment, row, by)
        require_good_standing(row.organization, timezone.localdate(now))
        made = shares.pay(by, now, row, instalment)
        after = {"number": number, "amount": sum(one.amount for one in made), "payment": made[0].pk}
        audit.record(by=by, verb="projects.contract.instalment_released", row=row, now=now, after=after)
        outbox.emit(
            by=by,
            topic="projects.contract.instalment_released",
            row=row,
            now=now,
            payload={"amount": str(after["amount"])},
        )
    return made[0]


def close_contract(*, by: User, now: dt.datetime, contract: Contract) -> Contract:
    """Close an accepted contract whose instalments are all paid.

    Raises:
        PaymentsOpen: an instalment is not paid, apart from the rest of which the street decided that it is not paid.
        SamePerson: `by` decided that.
        UnusedMoney, RefundOpen: what is owed back has not come back.
        MoveForbidden, MoveClosed: as for every move.
    """
    lifecycle.require(contract, "close", by=by)
    with transaction.atomic():
        row = locked(contract)
        settlement = rest_settled(row)
        if row.status == ContractStatus.ACCEPTED:
            if count := len(unpaid_of(row, apart_from_the_rest=settlement is not None)):
                raise refusals.PaymentsOpen(count=count)
            if settlement is not None and settlement.is_owed:
                raise refusals.RefundOpen(owed=format_yuan(settlement.refund))
            if left := unused_of(row):
                raise refusals.UnusedMoney(left=format_yuan(left))
            if settlement is not None and settlement.proposed_by_id == by.pk:
                raise lifecycle.SamePerson(move=_("Close the contract"))
        moved = lifecycle.move(row, "close", by=by, now=now)
        if settlement is not None and moved.purchase is not None:
            paying.free_rest(by=by, now=now, award=moved.purchase)
        return moved


def terminate_contract(*, by: User, now: dt.datetime, contract: Contract, reason: str) -> Contract:
    """End a contract before its time, with the reason; payments that are under way are cancelled or paid first.

    One that runs is ended by the settlement that another person proposed (`terms.operations.propose_settlement`).
    After a breach a ban from taking part is proposed, for as long as the rule says; another person imposes it. On a grant it
    is the ban of the rules of grants, and the award falls.

    Raises:
        PaymentsOpen: a payment is under way.
        SettlementMissing, SamePerson: nobody has reckoned what was done, or it was `by`.
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        PersonalNumbersFound.
    """
    lifecycle.require(contract, "terminate", by=by)
    refuse_personal_numbers(reason=reason)
    with transaction.atomic():
        row = locked(contract)
        if count := under_way(row):
            raise refusals.PaymentsOpen(count=count)
        settlement = Settlement.objects.select_for_update(of=("self",)).filter(contract=row).first()
        if row.status == ContractStatus.RUNNING:
            if not reason.strip():
                raise lifecycle.ReasonMissing(field="reason")
            if settlement is None:
                raise refusals.SettlementMissing
            if settlement.proposed_by_id == by.pk:
                raise lifecycle.SamePerson(move=_("Terminate"))
        ended = lifecycle.move(row, "terminate", by=by, now=now, reason=reason)
        if settlement is not None and settlement.ground == Ground.BREACH:
            follow_breach(by=by, now=now, contract=row, reason=reason)
        return ended
