"""What is paid of public money for an award, and what may be added to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from communities.people.policy import refuse_personal_numbers
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import NotAllowed
from governance.money import ZERO, format_yuan
from projects.purchasing.awarding import refusals
from projects.purchasing.awarding.lifecycle import AwardStatus
from projects.purchasing.awarding.models import (
    PublicPayment,
    PurchaseAward,
)
from projects.purchasing.awarding.offering import locked_award, locked_purchase
from projects.purchasing.awarding.queries import owed_of, paid_of
from projects.purchasing.catalogue.models import PublicBudgetLine
from projects.purchasing.queries import left_of, most_added
from projects.purchasing.refusals import PurchaseAboveLine
from socialorgs.register.queries import require_good_standing

if TYPE_CHECKING:
    from governance.accounts.models import User


NOT_STANDING = ("DRAFT", "TERMINATED")
"""States of a contract on an award that binds nobody."""

# --- Public money


def grant_supplement(
    *, by: User, now: dt.datetime, award: PurchaseAward, amount: Decimal, reason: str, under_contract: bool = False
) -> PurchaseAward:
    """Add to what a final award may cost, in all at most the part of the rule, as far as its budget line goes.

    Raises:
        NotAllowed: `by` does not confirm awards of the place. AwardNotFinal, SupplementUnfit, AwardReasonMissing.
        GoesByTheContract: a contract stands on the award, and this comes not from it.
        PurchaseAboveLine: the budget line has no more.
    Basis: Government Procurement Law art. 49.
    """
    require(by, "projects.confirm_award", award)
    if not reason.strip():
        raise refusals.AwardReasonMissing(field="reason")
    with transaction.atomic():
        purchase = locked_purchase(award.purchase_id)
        row = _final(award, under_contract=under_contract)
        most = most_added(row.amount, row.buyer, timezone.localdate(now))
        left = most - row.supplement
        if not 0 < amount <= left:
            raise refusals.SupplementUnfit(field="amount", most=format_yuan(most), left=format_yuan(left))
        line = PublicBudgetLine.objects.select_for_update(of=("self",), no_key=True).get(pk=row.budget_line_id)
        rest = left_of(line, apart_from=purchase) - row.amount - row.supplement
        if amount > rest:
            raise PurchaseAboveLine(line=str(line), left=format_yuan(rest), amount=format_yuan(amount))
        before = {"supplement": row.supplement}
        row.supplement += amount
        row.save(update_fields=["supplement"])
        purchase.bound = row.amount + row.supplement
        purchase.save(update_fields=["bound"])
        after = {"supplement": row.supplement}
        verb = "projects.purchase_award.supplemented"
        audit.record(by=by, verb=verb, row=row, now=now, before=before, after=after, reason=reason)
    return row


def _final(award: PurchaseAward, *, under_contract: bool) -> PurchaseAward:
    row = locked_award(award)
    if row.status != AwardStatus.FINAL:
        raise refusals.AwardNotFinal(status=row.get_status_display())
    if not under_contract and (found := row.contracts.exclude(status__in=NOT_STANDING).order_by("pk").first()):
        raise refusals.GoesByTheContract(contract=found.number)
    return row


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment of public money as the treasury's document has it."""

    amount: Decimal
    paid_on: dt.date
    document_number: str
    purpose: str


def record_payment(
    *, by: User, now: dt.datetime, award: PurchaseAward, paid: Paid, under_contract: bool = False
) -> PublicPayment:
    """Write down a payment of public money against the budget line of a final award.

    The instalments of its contract bring theirs with them (`under_contract`). By hand goes what a contract that ended early
    still owes for what was done.

    Raises:
        NotAllowed: `by` does not buy for the place.
        OrganizationHindered: the organization may take no part: nothing is paid to it.
        AwardNotFinal, PaymentUnfit, PaymentDayUnfit, PaymentKnown.
        ContractFirst: no contract was ever signed on the award.
        GoesByTheContract: a contract stands on the award, and this comes not from it.
    Basis: Government Procurement Law art. 43 (a contract in writing); Ministry of Finance order 102 on government purchase of services art. 18, 26.
    """
    if not (by.is_system or by.has_perm("projects.record_public_payment", award)):
        raise NotAllowed
    today = timezone.localdate(now)
    refuse_personal_numbers(purpose=paid.purpose)
    with transaction.atomic():
        row = _final(award, under_contract=under_contract)
        require_good_standing(row.organization, today)
        most = row.amount + row.supplement
        if not under_contract:
            owed = owed_of(row)
            if owed is None:
                raise refusals.ContractFirst(award=row.number)
            most = min(most, owed)
        left = max(most - paid_of(row), ZERO)
        if not 0 < paid.amount <= left:
            raise refusals.PaymentUnfit(field="amount", left=format_yuan(left))
        if not timezone.localdate(row.proposed_at) <= paid.paid_on <= today:
            raise refusals.PaymentDayUnfit(field="paid_on")
        payment = PublicPayment(
            award=row,
            budget_line=row.budget_line,
            amount=paid.amount,
            paid_on=paid.paid_on,
            document_number=paid.document_number.strip(),
            purpose=paid.purpose.strip(),
            recorded_at=now,
            recorded_by=by,
        )
        if PublicPayment.objects.filter(budget_line=row.budget_line, document_number=payment.document_number).exists():
            raise refusals.PaymentKnown(field="document_number", number=payment.document_number)
        payment.full_clean()
        payment.save(force_insert=True)
        after = {"award": row.number, "amount": paid.amount, "document_number": payment.document_number}
        audit.record(by=by, verb="projects.public_payment.recorded", row=payment, now=now, after=after)
    return payment


def free_rest(*, by: User, now: dt.datetime, award: PurchaseAward) -> PurchaseAward:
    """Let the budget line have back what is not paid on an award whose contract was closed without it.

    Called by the contract. An award of which nothing was paid stays bound whole, as long as the year of its line lasts.
    """
    with transaction.atomic():
        purchase = locked_purchase(award.purchase_id)
        row = locked_award(award)
        paid, bound = paid_of(row), purchase.bound
        if bound is not None and 0 < paid < bound:
            purchase.bound = paid
            purchase.save(update_fields=["bound"])
            verb = "projects.purchase_award.rest_freed"
            audit.record(by=by, verb=verb, row=row, now=now, before={"bound": bound}, after={"bound": paid})
    return row
