"""Money that a payee gives back: recorded by one person, confirmed and posted by another into the pool it came from."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from communities.people.policy import refuse_personal_numbers
from funds.ledger.models import JournalKind
from funds.ledger.operations import Line
from funds.ledger.queries import open_day
from funds.spending import refusals
from funds.spending.asking import ready
from funds.spending.holding import pool_of, post, use_of
from funds.spending.lifecycle import PaymentStatus, RefundStatus
from funds.spending.models import Payment
from funds.spending.papers.models import Refund
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.money import ZERO, format_yuan
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from governance.accounts.models import User


def _locked(payment: Payment) -> Payment:
    rows = Payment.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("request__fund__division", "request__fund__book", "request__pool").get(pk=payment.pk)


def record_refund(
    *,
    by: User,
    now: dt.datetime,
    today: dt.date,
    payment: Payment,
    amount: Decimal,
    received_on: dt.date,
    bank_reference: str,
    reason: str,
) -> Refund:
    """Record that a payee gives back a part of a payment or all of it; another person confirms and posts it.

    Raises:
        NotAllowed: neither staff of the place nor an officer of the charity.
        PaymentNotPaid, RefundAbovePayment, RequestAmountMissing, RefundDayUnfit.
        BankReferenceMissing, RefundSlipTaken, RefundReasonMissing, PersonalNumbersFound.
    Basis: Charity Law art. 58.
    """
    slip = bank_reference.strip()
    with transaction.atomic():
        row = _locked(payment)
        require(by, "funds.record_refund", row)
        if row.status != PaymentStatus.PAID or row.paid_on is None:
            raise refusals.PaymentNotPaid(status=row.get_status_display())
        if amount <= 0:
            raise refusals.RequestAmountMissing(field="amount")
        if not slip:
            raise refusals.BankReferenceMissing(field="bank_reference")
        if not reason.strip():
            raise refusals.RefundReasonMissing(field="reason")
        refuse_personal_numbers(reason=reason)
        if not row.paid_on <= received_on <= today:
            raise refusals.RefundDayUnfit(field="received_on", first=row.paid_on, last=today, day=received_on)
        back = row.refunds.exclude(status=RefundStatus.CANCELLED).aggregate(total=Sum("amount"))["total"] or ZERO
        if back + amount > row.amount:
            shown = {"paid": row.amount, "refunded": back, "amount": amount}
            raise refusals.RefundAbovePayment(field="amount", **{name: format_yuan(shown[name]) for name in shown})
        fund = row.request.fund_id
        if Refund.objects.live().filter(payment__request__fund=fund, bank_reference=slip).exists():
            raise refusals.RefundSlipTaken(field="bank_reference", reference=slip)
        refund = Refund(
            payment=row,
            amount=amount,
            received_on=received_on,
            bank_reference=slip,
            reason=reason.strip(),
            recorded_at=now,
            recorded_by=by,
        )
        refund.full_clean()
        refund.save()
        after = {"payment": str(row), "amount": amount, "received_on": received_on}
        audit.record(by=by, verb="funds.refund.recorded", row=refund, now=now, after=after, reason=refund.reason)
        outbox.emit(by=by, topic="funds.refund.recorded", row=refund, now=now)
    return refund


def post_refund(*, by: User, now: dt.datetime, refund: Refund) -> Refund:
    """Confirm a refund against the bank slip and post it: from the use back into the pool that the request drew on.

    A refund that came in a month that is closed by now is posted today.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        BookNotOpen: the book takes nothing.
    """
    with transaction.atomic():
        payment = _locked(Payment(pk=refund.payment_id))
        row = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
        row.payment = payment
        ready(row, "confirm", by)
        request = payment.request
        journal = post(
            request,
            by=by,
            now=now,
            posted_on=open_day(request.fund.book, row.received_on, timezone.localdate(now)),
            kind=JournalKind.REFUND,
            key=f"request:{request.pk}:refund:{row.pk}",
            line=Line(use_of(request, by=by, now=now), pool_of(request, request.fund), row.amount),
        )
        return lifecycle.move(row, "confirm", by=by, now=now, changes={"journal": journal})


def cancel_refund(*, by: User, now: dt.datetime, refund: Refund, reason: str) -> Refund:
    """Cancel a refund that was recorded in error.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(refund, "cancel", by=by, now=now, reason=reason)
