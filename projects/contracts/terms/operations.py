"""The money of a running contract: what was spent of it, supplements, payments out of public money, early ends.

Locks are taken in one order: contract, then the row that hangs on it.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.notices.models import Visibility
from communities.notices.operations import store_photo
from communities.notices.policy import read_file
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from governance import lifecycle
from governance.audit import operations as audit
from governance.calendar.days import months_later
from governance.errors import NotAllowed
from governance.money import ZERO, format_yuan, round_half_up
from governance.outbox import operations as outbox
from projects.contracts import checks
from projects.contracts.grades import may_decide
from projects.contracts.lifecycle import ContractStatus
from projects.contracts.models import Condition, Contract, Instalment
from projects.contracts.policy import FULL, LINE_SHIFT_SHARE, plain
from projects.contracts.refusals import NothingHeldByGrade, PaymentsOpen
from projects.contracts.terms import refusals
from projects.contracts.terms.lifecycle import ExpenditureStatus, SupplementStatus
from projects.contracts.terms.models import (
    EARLY,
    AwardPayment,
    ContractLine,
    Expenditure,
    Ground,
    Settlement,
    Supplement,
)
from projects.contracts.terms.queries import (
    confirmed_of,
    lines_of,
    paid_of,
    rest_settled,
    spent_of,
    total_of,
    under_way,
    unpaid_of,
    unused_of,
)
from projects.purchasing.awarding.policy import LONGEST_NUMBER
from projects.purchasing.queries import most_added
from socialorgs.register.queries import require_good_standing

if TYPE_CHECKING:
    from governance.accounts.models import User


# --- Money spent


def enter_expenditure(
    *,
    by: User,
    now: dt.datetime,
    contract: Contract,
    line: ContractLine,
    spent_on: dt.date,
    amount: Decimal,
    payee: str,
    what: str,
    invoice_number: str,
    invoice: tuple[str, bytes],
) -> Expenditure:
    """Enter money that was spent of a line, with its invoice, for the organization; somebody else confirms it.

    Raises:
        NotAllowed: `by` does not act for the organization.
        ContractNotRunning: the contract is not signed, or over.
        LineElsewhere, SpentDayUnfit, LineOverspent, ContractOverspent, InvoiceKnown, PersonalNumbersFound.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: the invoice may not be stored.
    """
    refuse_personal_numbers(what=what, payee=payee)
    if not by.has_perm("projects.act_for_implementer", contract):
        raise NotAllowed
    stored = read_file(*invoice)
    evidence = None
    try:
        with transaction.atomic():
            row = checks.signed(contract)
            _check_spending(row, line, spent_on, amount, timezone.localdate(now))
            _check_invoice(row, payee.strip(), invoice_number.strip())
            evidence = store_photo(by=by, now=now, division=row.division, photo=stored, visibility=Visibility.INTERNAL)
            spent = Expenditure(
                contract=row,
                line=line,
                spent_on=spent_on,
                amount=amount,
                payee=payee.strip(),
                what=what.strip(),
                invoice_number=invoice_number.strip(),
                evidence=evidence,
                entered_at=now,
                entered_by=by,
            )
            spent.full_clean()
            spent.save()
            after = {"line": line.number, "amount": amount, "invoice": spent.invoice_number}
            audit.record(by=by, verb="projects.expenditure.entered", row=spent, now=now, after=after)
            outbox.emit(by=by, topic="projects.expenditure.entered", row=row, now=now)
    except BaseException:
        if evidence is not None:
            evidence.file.delete(save=False)
        raise
    return spent


def _check_invoice(contract: Contract, payee: str, number: str) -> None:
    if contract.expenditures.exclude(status="REJECTED").filter(payee=payee, invoice_number=number).exists():
        raise refusals.InvoiceKnown(field="invoice_number", number=number)


def _check_spending(contract: Contract, line: ContractLine, spent_on: dt.date, amount: Decimal, today: dt.date) -> None:
    if line.contract_id != contract.pk:
        raise refusals.LineElsewhere(field="line")
    if not contract.starts_on <= spent_on <= min(contract.last_day, today):
        raise refusals.SpentDayUnfit(field="spent_on", begins=contract.starts_on, ends=contract.last_day, today=today)
    [state] = [found for found in lines_of(contract) if found.line.pk == line.pk]
    part = value(LINE_SHIFT_SHARE, contract.division, today)
    spent = state.confirmed + state.entered + amount
    if spent > round_half_up(state.planned * (1 + part)):
        raise refusals.LineOverspent(
            field="amount",
            line=line.title,
            planned=format_yuan(state.planned),
            percent=plain(part * FULL),
            spent=format_yuan(spent),
        )
    whole, total = spent_of(contract) + amount, total_of(contract)
    if whole > total:
        raise refusals.ContractOverspent(field="amount", spent=format_yuan(whole), total=format_yuan(total))


def confirm_expenditure(*, by: User, now: dt.datetime, expenditure: Expenditure) -> Expenditure:
    """Confirm that the money was spent as its invoice says, by another person than entered it.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    return lifecycle.move(expenditure, "confirm", by=by, now=now)


def reject_expenditure(*, by: User, now: dt.datetime, expenditure: Expenditure, reason: str) -> Expenditure:
    """Reject money that was not spent for the contract, with the reason; it does not count any more.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        PersonalNumbersFound.
    """
    refuse_personal_numbers(reason=reason)
    return lifecycle.move(expenditure, "reject", by=by, now=now, reason=reason)


# --- Supplements


def propose_supplement(
    *,
    by: User,
    now: dt.datetime,
    contract: Contract,
    reason: str,
    amount: Decimal = ZERO,
    shifted: Decimal = ZERO,
    line: ContractLine | None = None,
    taken_from: ContractLine | None = None,
    prolonged_to: dt.date | None = None,
) -> Supplement:
    """Propose a change of a running contract: more money, money moved between lines, a longer term.

    Raises:
        NotAllowed: `by` does not contract for the place.
        ContractNotRunning.
        SupplementUnfit: it changes nothing, or what is not of this contract, or makes the term too long.
        SupplementTooLarge: all supplements together are above a tenth.
        OrganizationHindered: the organization may take no part.
        PersonalNumbersFound.
    Basis: Government Procurement Law art. 49.
    """
    refuse_personal_numbers(reason=reason)
    with transaction.atomic():
        row = checks.running(contract)
        if not by.has_perm("projects.manage_contract", row):
            raise NotAllowed
        today = timezone.localdate(now)
        require_good_standing(row.organization, today)
        supplement = Supplement(
            contract=row,
            number=row.supplements.count() + 1,
            amount=amount,
            shifted=shifted,
            line=line,
            taken_from=taken_from,
            prolonged_to=prolonged_to,
            reason=reason.strip(),
            proposed_at=now,
            proposed_by=by,
        )
        _check_change(row, supplement)
        _check_tenth(row, amount, today)
        _check_prolonging(row, prolonged_to, today)
        supplement.full_clean()
        supplement.save()
        after = {"amount": amount, "shifted": shifted, "prolonged_to": prolonged_to}
        audit.record(by=by, verb="projects.supplement.proposed", row=supplement, now=now, after=after, reason=reason)
        outbox.emit(by=by, topic="projects.supplement.proposed", row=row, now=now)
    return supplement


def _check_change(contract: Contract, wanted: Supplement) -> None:
    amount, shifted, line, taken_from = wanted.amount, wanted.shifted, wanted.line, wanted.taken_from
    if amount < 0 or shifted < 0 or not (amount or shifted or wanted.prolonged_to):
        raise refusals.SupplementUnfit(field="amount", reason=_("A supplement changes something."))
    for name, found in (("line", line), ("taken_from", taken_from)):
        if found is not None and found.contract_id != contract.pk:
            raise refusals.SupplementUnfit(field=name, reason=_("This line belongs to another contract."))
    if amount and line is None and contract.lines.exists():
        raise refusals.SupplementUnfit(field="line", reason=_("Name the line that gets the money."))
    if shifted and (line is None or taken_from is None or line.pk == taken_from.pk):
        raise refusals.SupplementUnfit(field="shifted", reason=_("Money is moved from one line to another."))
    if shifted and taken_from is not None:
        [state] = [found for found in lines_of(contract) if found.line.pk == taken_from.pk]
        if shifted > state.left:
            reason = _("%(left)s yuan are left on “%(line)s”.")
            raise refusals.SupplementUnfit(
                field="shifted", reason=reason % {"left": format_yuan(state.left), "line": taken_from.title}
            )


def _check_tenth(contract: Contract, amount: Decimal, today: dt.date) -> None:
    most = most_added(contract.amount, contract.division, today)
    live = contract.supplements.exclude(status=SupplementStatus.DECLINED)
    taken = Decimal(live.aggregate(total=Sum("amount"))["total"] or ZERO)
    if taken + amount > most:
        raise refusals.SupplementTooLarge(field="amount", most=format_yuan(most), taken=format_yuan(taken))


def _check_prolonging(contract: Contract, prolonged_to: dt.date | None, today: dt.date) -> None:
    if prolonged_to is None:
        return
    is_long = all(getattr(contract, name) for name in checks.GROUNDS)
    months = checks.longest_term(contract.division, today, is_long=is_long)
    if prolonged_to <= contract.last_day or prolonged_to > months_later(contract.starts_on, months):
        reason = _("The new end lies after the present one and within %(months)s months of the beginning.")
        raise refusals.SupplementUnfit(field="prolonged_to", reason=reason % {"months": months})


def agree_supplement(*, by: User, now: dt.datetime, supplement: Supplement) -> Supplement:
    """Sign a supplement for the organization.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    return lifecycle.move(supplement, "agree", by=by, now=now)


def approve_supplement(*, by: User, now: dt.datetime, supplement: Supplement) -> Supplement:
    """Put a supplement into force, by a third person: its money becomes an instalment that waits for the residents.

    Raises:
        ContractNotRunning, OrganizationHindered.
        ContractAboveHold: less is held than the contract would give.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    lifecycle.require(supplement, "approve", by=by)
    with transaction.atomic():
        contract = checks.running(supplement.contract)
        require_good_standing(contract.organization, timezone.localdate(now))
        row = lifecycle.move(supplement, "approve", by=by, now=now)
        if row.amount:
            checks.check_more(contract, row.amount, row.reason, by=by, now=now)
            last = contract.instalments.order_by("-number").values_list("number", flat=True).first() or 0
            Instalment.objects.create(
                contract=contract,
                number=last + 1,
                percent=Decimal(0),
                amount=row.amount,
                condition=Condition.ACCEPTANCE,
                supplement=row,
            )
        if row.prolonged_to is not None:
            contract.prolonged_to = row.prolonged_to
            contract.save(update_fields=["prolonged_to"])
    return row


def decline_supplement(*, by: User, now: dt.datetime, supplement: Supplement, reason: str) -> Supplement:
    """Decline a supplement, with the reason.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        PersonalNumbersFound.
    """
    refuse_personal_numbers(reason=reason)
    return lifecycle.move(supplement, "decline", by=by, now=now, reason=reason)


# --- Ending early


def propose_settlement(
    *, by: User, now: dt.datetime, contract: Contract, ground: str, done: str, work_value: Decimal
) -> Settlement:
    """Reckon a contract that is to end early: what was done and is worth; what was paid above it goes back.

    Another person ends the contract by it. Proposed again, it replaces what was proposed before.

    Raises:
        NotAllowed: `by` does not contract for the place.
        ContractNotRunning.
        SettlementUnfit: nothing is said, or the work is worth more than the contract.
        PersonalNumbersFound.
    """
    refuse_personal_numbers(done=done)
    with transaction.atomic():
        row = checks.running(contract)
        if not by.has_perm("projects.manage_contract", row):
            raise NotAllowed
        if ground not in EARLY:
            raise refusals.SettlementUnfit(field="ground", reason=_("Name why the contract ends."))
        if not done.strip():
            raise refusals.SettlementUnfit(field="done", reason=_("Write what was done."))
        if not 0 <= work_value <= total_of(row):
            raise refusals.SettlementUnfit(
                field="work_value", reason=_("What was done is worth no more than the contract.")
            )
        return _reckoned(row, by, now, ground=ground, done=done.strip(), work_value=work_value)


def _reckoned(contract: Contract, by: User, now: dt.datetime, **said: Any) -> Settlement:
    settlement = Settlement.objects.filter(contract=contract).first() or Settlement(contract=contract)
    for name, value_ in said.items():
        setattr(settlement, name, value_)
    settlement.paid = paid_of(contract)
    settlement.refund = max(settlement.paid - settlement.work_value, ZERO)
    settlement.proposed_at, settlement.proposed_by = now, by
    settlement.full_clean()
    settlement.save()
    after = {name: getattr(settlement, name) for name in ("ground", "work_value", "paid", "refund")}
    audit.record(by=by, verb="projects.settlement.proposed", row=settlement, now=now, after=after)
    outbox.emit(by=by, topic="projects.settlement.proposed", row=contract, now=now)
    return settlement


def reckon_unused(*, by: User, now: dt.datetime, contract: Contract) -> Settlement:
    """Reckon a grant whose project is over: what was paid and not spent goes back before the contract is closed.

    Counted is the spending that was confirmed. Reckoned again, it replaces what was reckoned before.

    Raises:
        NotAllowed: `by` does not contract for the place.
        SettlementUnfit: no grant, not accepted, spending that nobody has checked, nothing left, or it was paid back.
    Basis: rules of venture grants found elsewhere (unused money is refunded after the final review and the audit).
    """
    with transaction.atomic():
        row = checks.locked(contract)
        if not by.has_perm("projects.manage_contract", row):
            raise NotAllowed
        if row.grant_id is None or row.status != ContractStatus.ACCEPTED:
            reason = _(
                "What is left of a grant is reckoned when its project was accepted, before the contract is closed."
            )
            raise refusals.SettlementUnfit(field="ground", reason=reason)
        if rest_settled(row) is not None:
            reason = _(
                "The rest was settled after the evaluation was failed. Who signs for the street settles it anew."
            )
            raise refusals.SettlementUnfit(field="ground", reason=reason)
        if count := row.expenditures.filter(status=ExpenditureStatus.ENTERED).count():
            reason = _("Confirm or reject first the spending that was entered: %(count)s invoices wait.")
            raise refusals.SettlementUnfit(field="ground", reason=reason % {"count": count})
        if unused_of(row) <= 0 or Settlement.objects.filter(contract=row, refunded_on__isnull=False).exists():
            raise refusals.SettlementUnfit(field="ground", reason=_("Nothing is to be paid back."))
        said = _("Invoices of %(spent)s yuan were confirmed.") % {"spent": format_yuan(confirmed_of(row))}
        return _reckoned(row, by, now, ground=Ground.UNUSED, done=said, work_value=confirmed_of(row))


def withhold_rest(
    *, by: User, now: dt.datetime, contract: Contract, reason: str, work_value: Decimal | None = None
) -> Settlement:
    """Decide that the rest of an accepted contract is not paid because its evaluation was failed, with a reason that is public.

    Who signs for the street decides; another person closes the contract by it. Where the work is worth less than what was
    paid, the difference comes back first. Decided again, it replaces what was decided before.

    Raises:
        NotAllowed: `by` does not sign for the street.
        ReasonMissing, PersonalNumbersFound: the reason.
        NothingHeldByGrade: the contract was not accepted, no evaluation of it was failed, or the rest is paid all the same.
        PaymentsOpen: another instalment is not paid, or a payment is under way.
        SettlementUnfit: the work would be worth more than what was paid, or money came back already.
    Basis: Ministry of Finance order 102 on government purchase of services (the result decides payment).
    """
    said = reason.strip()
    with transaction.atomic():
        row = checks.locked(contract)
        if not by.has_perm("projects.sign_contract", row):
            raise NotAllowed
        if not said:
            raise lifecycle.ReasonMissing(field="reason")
        refuse_personal_numbers(reason=said)
        unpaid, others = unpaid_of(row), unpaid_of(row, apart_from_the_rest=True)
        if row.status != ContractStatus.ACCEPTED or not may_decide(row, again=True) or len(unpaid) == len(others):
            raise NothingHeldByGrade
        if count := len(others) or under_way(row):
            raise PaymentsOpen(count=count)
        paid = paid_of(row)
        most = min(paid, confirmed_of(row)) if row.grant_id is not None else paid
        worth = most if work_value is None else work_value
        if not 0 <= worth <= most:
            text = _(
                "What was done is worth at most the %(most)s yuan that were paid, and of a grant confirmed as spent."
            )
            raise refusals.SettlementUnfit(field="work_value", reason=text % {"most": format_yuan(most)})
        came_back = Settlement.objects.filter(contract=row, refunded_on__isnull=False).first()
        if came_back is not None and (came_back.paid, came_back.work_value) != (paid, worth):
            text = _("Money came back already, for work worth %(worth)s yuan. Enter that sum.")
            raise refusals.SettlementUnfit(
                field="work_value", reason=text % {"worth": format_yuan(came_back.work_value)}
            )
        return _reckoned(row, by, now, ground=Ground.FAILED, done=said, work_value=worth)


def record_refund(
    *, by: User, now: dt.datetime, settlement: Settlement, refunded_on: dt.date, reference: str
) -> Settlement:
    """Write down that the organization has paid back what it owed, once.

    Raises:
        NotAllowed: `by` does not contract for the place.
        RefundUnfit: nothing is owed, the contract has not ended, it was paid back, or day or number are missing.
        TransferNumberLong: the number.
    """
    with transaction.atomic():
        contract = checks.locked(settlement.contract)
        if not by.has_perm("projects.manage_contract", contract):
            raise NotAllowed
        row = Settlement.objects.select_for_update(of=("self",)).get(pk=settlement.pk)
        if not row.is_owed:
            raise refusals.RefundUnfit(field="reference", reason=_("Nothing is to be paid back."))
        over = contract.closed_at or contract.accepted_at or row.proposed_at
        ended = timezone.localdate(over)
        _check_number(reference)
        if not reference.strip() or not ended <= refunded_on <= timezone.localdate(now):
            raise refusals.RefundUnfit(
                field="reference", reason=_("Enter the number of the transfer and a day since the end of the contract.")
            )
        row.refunded_on, row.refund_reference, row.refund_recorded_by = refunded_on, reference.strip(), by
        row.save(update_fields=["refunded_on", "refund_reference", "refund_recorded_by"])
        after = {"refund": row.refund, "refunded_on": refunded_on, "reference": row.refund_reference}
        audit.record(by=by, verb="projects.settlement.refunded", row=row, now=now, after=after)
        outbox.emit(by=by, topic="projects.settlement.refunded", row=contract, now=now)
    return row


# --- Public money


def _check_number(reference: str) -> None:
    """Refuse the number of a transfer that is longer than the register of public payments takes it."""
    count = len(reference.strip())
    if count > LONGEST_NUMBER:
        raise refusals.TransferNumberLong(field="reference", most=LONGEST_NUMBER, count=count)


def approve_award_payment(*, by: User, now: dt.datetime, payment: AwardPayment) -> AwardPayment:
    """Approve a payment out of public money; never by who asked for it.

    Raises:
        OrganizationHindered: the organization may take no part.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    lifecycle.require(payment, "approve", by=by)
    with transaction.atomic():
        contract = checks.locked(payment.contract)
        require_good_standing(contract.organization, timezone.localdate(now))
        return lifecycle.move(payment, "approve", by=by, now=now)


def record_award_payment(
    *, by: User, now: dt.datetime, payment: AwardPayment, paid_on: dt.date, reference: str
) -> AwardPayment:
    """Write down that the treasury has paid, under which number; the sum counts against the budget line of the award.

    Raises:
        OrganizationHindered: the organization may take no part.
        TransferMissing, TransferNumberLong: the day or the number.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    lifecycle.require(payment, "record_paid", by=by)
    with transaction.atomic():
        contract = checks.locked(payment.contract)
        require_good_standing(contract.organization, timezone.localdate(now))
        fresh = AwardPayment.objects.get(pk=payment.pk)
        today = timezone.localdate(now)
        first = timezone.localdate(fresh.approved_at) if fresh.approved_at else today
        _check_number(reference)
        if not reference.strip() or not first <= paid_on <= today:
            raise refusals.TransferMissing(field="reference", first=first, last=today)
        changes = {"paid_on": paid_on, "reference": reference.strip()}
        row = lifecycle.move(payment, "record_paid", by=by, now=now, changes=changes)
        checks.record_against_line(contract, row, by=by, now=now)
    return row


def cancel_award_payment(*, by: User, now: dt.datetime, payment: AwardPayment, reason: str) -> AwardPayment:
    """Cancel a payment that has not been made; its instalment may be asked for again.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(payment, "cancel", by=by, now=now, reason=reason)
