"""Where the money of a request lies and what a payment must be.

Used by `funds.spending.operations` only.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from communities.people.policy import refuse_personal_numbers
from funds.charity.models import CommunityFund
from funds.ledger.models import FREE, Account, AccountKind, Journal
from funds.ledger.operations import Line, open_account, post_journal
from funds.spending import queries, refusals
from funds.spending.asking import paying_fund
from funds.spending.lifecycle import ReliefStatus, RequestStatus
from funds.spending.models import Payment, Purpose, SpendingRequest
from funds.spending.papers.models import EmergencyRelief
from funds.spending.uses import check_use
from governance import lifecycle
from governance.money import format_yuan
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import require_good_standing

if TYPE_CHECKING:
    from governance.accounts.models import User


SOUND = (ReliefStatus.AWAITING, ReliefStatus.RATIFIED)
"""Emergency relief that may be paid: ratified, or still within its days."""


def standing_still(organization: SocialOrganization) -> SocialOrganization:
    """Return the organization, locked: nobody lists or revokes it before the money is written."""
    return SocialOrganization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization.pk)


def pool_of(row: SpendingRequest, fund: CommunityFund) -> Account:
    return row.pool or Account.objects.get(book=fund.book_id, code=FREE)


def hold_of(row: SpendingRequest, *, by: User, now: dt.datetime) -> Account:
    """Return the hold of a request, opened on first use."""
    with override(settings.LANGUAGE_CODE):
        name = _("Held for %(number)s") % {"number": row.number}
    return open_account(by=by, book=row.fund.book, code=row.hold_code, kind=AccountKind.HOLD, name=name, now=now)


def use_of(row: SpendingRequest, *, by: User, now: dt.datetime) -> Account:
    """Return the account for uses of the request's purpose, opened on first use."""
    with override(settings.LANGUAGE_CODE):
        name = str(Purpose(row.purpose).label)
    code = f"use:{row.purpose.lower()}"
    return open_account(by=by, book=row.fund.book, code=code, kind=AccountKind.SINK, name=name, now=now)


MEMO_LENGTH = 200


def post(
    row: SpendingRequest, *, by: User, now: dt.datetime, posted_on: dt.date, kind: str, key: str, line: Line
) -> Journal:
    """Post one voucher of a request; its summary names the request and nobody."""
    memo = f"{row.number} {row.title}"[:MEMO_LENGTH]
    return post_journal(
        by=by, book=row.fund.book, kind=kind, key=key, posted_on=posted_on, memo=memo, lines=[line], now=now
    )


def check_plan(row: SpendingRequest, payee: str, amount: Decimal, note: str) -> None:
    if amount <= 0:
        raise refusals.RequestAmountMissing(field="amount")
    if not payee:
        raise refusals.PayeeMissing(field="payee")
    refuse_personal_numbers(payee=payee, note=note)
    planned = queries.planned_for(row)
    if planned + amount > row.amount:
        shown = {"held": row.amount, "planned": planned, "amount": amount}
        raise refusals.PaymentAboveHold(field="amount", **{name: format_yuan(shown[name]) for name in shown})


def check_free(row: SpendingRequest, amount: Decimal) -> None:
    """Refuse to plan what a contract in force is to pay: it would be paid before it is due, or twice."""
    promised = queries.promised_for(row)
    left = row.amount - queries.planned_for(row) - promised
    if promised and amount > left:
        raise refusals.PaymentPromised(field="amount", promised=format_yuan(promised), left=format_yuan(left))


def check_payable(row: Payment, by: User, name: str, day: dt.date) -> None:
    """Refuse a payment that may not go on: hands, fund, request, standing of the payee, money held."""
    request = row.request
    own = {request.entered_by_id, request.submitted_by_id}
    if by.pk in own or (name == "record_paid" and by.pk == request.approved_by_id):
        raise lifecycle.SamePerson(move=lifecycle.of(row).by_name[name].label)
    paying_fund(request.fund)
    if request.status != RequestStatus.APPROVED:
        raise refusals.RequestNotApproved(status=request.get_status_display())
    check_use(request, day, row.note, row.payee)
    relief = EmergencyRelief.objects.filter(request=request).exclude(status__in=SOUND).first()
    if relief is not None:
        raise refusals.ReliefUnratified(number=request.number)
    if row.organization is not None:
        require_good_standing(standing_still(row.organization), day)
    held = queries.held_for(request)
    if row.amount > held:
        amounts = {"held": format_yuan(held), "planned": format_yuan(queries.planned_for(request))}
        raise refusals.PaymentAboveHold(amount=format_yuan(row.amount), **amounts)
