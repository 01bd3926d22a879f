"""What a fund owes an enterprise: a correction takes money back that the fund has already spent.

The pool never goes below zero. The debt is acknowledged by a voucher from an account of its own (`source:owed:<order>`)
to the enterprises' source, so that the income of the fund is right from that day. Money that comes in later is set
aside on a hold (`hold:owed:<order>`), the oldest debt first, and paid from there. The database refuses to pay more than
is owed.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from funds.ledger.models import FREE, Account, AccountKind, Journal, JournalKind, Transfer
from funds.ledger.operations import InsufficientAvailable, Line, open_account, post_journal
from funds.ledger.queries import open_day
from funds.reinvestment.adopting import DateImpossible
from funds.reinvestment.lifecycle import OrderStatus
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.operations import NothingArrived
from funds.reinvestment.policy import aside_code, debt_code
from funds.reinvestment.queries import given_so_far
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import DomainError, Invalid, NotNow
from governance.jobs.marks import mark
from governance.money import ZERO, format_yuan

if TYPE_CHECKING:
    from governance.accounts.models import User

logger = logging.getLogger(__name__)

VOUCHERS_SHOWN = 50


class NothingOwed(NotNow):
    """The fund owes nothing of this order."""

    code = "nothing_owed"
    message = gettext_lazy("The fund owes nothing of %(order)s: it is %(status)s.")


class MoreThanOwed(Invalid):
    """More is paid than is owed."""

    code = "more_than_owed"
    message = gettext_lazy("The fund still owes %(left)s yuan; %(amount)s yuan cannot be paid back.")


class SlipMissing(Invalid):
    """A payment has the number of its bank slip."""

    code = "slip_missing"
    message = gettext_lazy("Please give the number of the bank slip.")


@dataclass(frozen=True, slots=True)
class Debt:
    """What a fund owes of one order, in yuan, and the vouchers that say so."""

    owed: Decimal
    paid: Decimal
    set_aside: Decimal
    vouchers: list[Journal] = field(default_factory=list)

    @property
    def left(self) -> Decimal:
        """What is still to be paid."""
        return self.owed - self.paid


def debt_of(order: ReinvestmentOrder, *, with_vouchers: bool = False) -> Debt | None:
    """Return what the fund owes of an order, None when it never owed anything; one query, two with the vouchers."""
    rows = Account.objects.filter(book=order.fund.book_id, code__in=[debt_code(order.pk), aside_code(order.pk)])
    found = {account.code: account for account in rows.select_related("balance")}
    if debt_code(order.pk) not in found:
        return None
    balance, aside = found[debt_code(order.pk)].balance, found.get(aside_code(order.pk))
    vouchers: list[Journal] = []
    if with_vouchers:
        touched = Q(source__in=found.values()) | Q(target__in=found.values())
        keys = Transfer.objects.filter(touched).values("journal")
        vouchers = list(Journal.objects.filter(pk__in=keys).order_by("sequence")[:VOUCHERS_SHOWN])
    return Debt(balance.given, balance.received, aside.balance.amount if aside else ZERO, vouchers)


def acknowledge_debt(*, by: User, order: ReinvestmentOrder, now: dt.datetime, today: dt.date) -> ReinvestmentOrder:
    """Acknowledge that the fund owes what an order takes back, and set aside what it has.

    Raises:
        MoveHindered: no return, or the fund has the money.
        NothingArrived: the fund has not been given what is taken back.
        BookNotOpen, PeriodIsClosed, IntakeSuspended, OutgoSuspended: as for every posting.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    lifecycle.require(order, "owe", by=by)
    with transaction.atomic():
        locked = _locked(order.pk)
        if given_so_far(locked) < locked.amount:
            raise NothingArrived(enterprise=locked.enterprise.name, amount=format_yuan(locked.amount))
        with override(settings.LANGUAGE_CODE):
            name = _("Owed to %(enterprise)s (%(order)s)") % {
                "enterprise": locked.enterprise,
                "order": locked.reference,
            }
        book = locked.fund.book
        debt = open_account(
            by=by, book=book, code=debt_code(locked.pk), kind=AccountKind.SOURCE, name=name[:120], now=now
        )
        source = Account.objects.get(book=book, code="source:enterprise")
        journal = _post(
            locked,
            by=by,
            now=now,
            posted_on=today,
            kind=JournalKind.REFUND,
            key="",
            line=Line(debt, source, locked.amount),
        )
        ReinvestmentOrder.objects.filter(pk=locked.pk).update(journal=journal)
        mark("reinvestment.owe.posted")
        locked = lifecycle.move(locked, "owe", by=by, now=now)
        _set_aside(locked, by=by, now=now, today=today)
    return locked


def set_aside_for_debts(*, by: User, now: dt.datetime, today: dt.date) -> int:
    """Set aside what funds with debts have received since, the oldest debt first; return how many vouchers were posted.

    Each debt in its own transaction; a fund whose money is stopped waits.
    """
    posted = 0
    for pk in ReinvestmentOrder.objects.filter(status=OrderStatus.OWED).order_by("pk").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                posted += _set_aside(_locked(pk), by=by, now=now, today=today) is not None
        except DomainError as refusal:
            logger.info("debt waits", extra={"order": pk, "reason": refusal.code})
    return posted


def _set_aside(order: ReinvestmentOrder, *, by: User, now: dt.datetime, today: dt.date) -> Journal | None:
    """Move what is free and still lacking from the pool to the hold of a locked order."""
    debt = debt_of(order)
    free = Account.objects.select_related("balance").get(book=order.fund.book_id, code=FREE)
    if order.status != OrderStatus.OWED or debt is None:
        return None
    amount = min(free.balance.amount, debt.left - debt.set_aside)
    if amount <= 0:
        return None
    with override(settings.LANGUAGE_CODE):
        name = _("Set aside for %(order)s") % {"order": order.reference}
    hold = open_account(
        by=by, book=order.fund.book, code=aside_code(order.pk), kind=AccountKind.HOLD, name=name[:120], now=now
    )
    # What has been set aside so far makes the key: the same step can't be taken twice.
    key = f"aside:{debt.paid + debt.set_aside}"
    line = Line(free, hold, amount)
    return _post(order, by=by, now=now, posted_on=today, kind=JournalKind.HOLD, key=key, line=line)


def pay_debt(
    *,
    by: User,
    order: ReinvestmentOrder,
    amount: Decimal,
    paid_on: dt.date,
    payment_reference: str,
    now: dt.datetime,
    today: dt.date,
) -> ReinvestmentOrder:
    """Record that the charity has paid back all or part of what the fund owes; the last payment closes the debt.

    The same slip over the same amount again changes nothing. A payment of a month that is closed by now is posted today.

    Raises:
        NotAllowed, SamePerson: nobody of the charity, or the person who approved the order.
        NothingOwed, MoreThanOwed, SlipMissing, DateImpossible: what was given.
        InsufficientAvailable: less is set aside.
        EffectRecordedDifferently: the slip has been recorded with another amount.
        BookNotOpen, OutgoSuspended: as for every posting.
    """
    require(by, "funds.pay_order", order)
    if by.pk in {order.approved_by_id, order.confirmed_by_id}:
        raise lifecycle.SamePerson(move=_("Pay back"))
    reference = payment_reference.strip()
    if not reference:
        raise SlipMissing(field="payment_reference")
    with transaction.atomic():
        locked = _locked(order.pk)
        debt = debt_of(locked)
        if debt is None:
            raise NothingOwed(order=locked.reference, status=locked.get_status_display())
        book, key = locked.fund.book, f"paid:{reference}"
        known = Journal.objects.filter(book=book, key=_key(locked, key)).first()
        if known is None:
            _check_payment(locked, debt, amount, paid_on, today)
        accounts = {account.code: account for account in Account.objects.filter(book=book)}
        hold = accounts.get(aside_code(locked.pk))
        if hold is None:
            raise InsufficientAvailable(account=_("Set aside"), available=format_yuan(ZERO), wanted=format_yuan(amount))
        line = Line(hold, accounts[debt_code(locked.pk)], amount)
        posted_on = open_day(book, paid_on, today)
        if known is not None and posted_on != paid_on:  # its month was closed since: the slip is that of the voucher
            posted_on = known.posted_on
        _post(locked, by=by, now=now, posted_on=posted_on, kind=JournalKind.REFUND, key=key, line=line)
        mark("reinvestment.debt.posted")
        if known is not None:
            return locked
        after = {"amount": str(amount), "payment_reference": reference, "left": str(debt.left - amount)}
        audit.record(by=by, verb="funds.order.debt_paid", row=locked, now=now, after=after)
        if amount == debt.left:
            locked = lifecycle.move(locked, "settle", by=by, now=now, changes={"received_on": paid_on})
    return locked


def _check_payment(order: ReinvestmentOrder, debt: Debt, amount: Decimal, paid_on: dt.date, today: dt.date) -> None:
    if order.status != OrderStatus.OWED:
        raise NothingOwed(order=order.reference, status=order.get_status_display())
    if not 0 < amount <= debt.left:
        raise MoreThanOwed(field="amount", left=format_yuan(debt.left), amount=format_yuan(amount))
    first = order.proposed_at.date()
    if not first <= paid_on <= today:
        raise DateImpossible(field="paid_on", day=paid_on, first=first, last=today)


def _locked(pk: int) -> ReinvestmentOrder:
    rows = ReinvestmentOrder.objects.select_for_update(of=("self",)).select_related("fund__book", "enterprise")
    return rows.get(pk=pk)


def _key(order: ReinvestmentOrder, part: str) -> str:
    return f"owed:{order.pk}:{part}" if part else f"owed:{order.pk}"


def _post(
    order: ReinvestmentOrder, *, by: User, now: dt.datetime, posted_on: dt.date, kind: str, key: str, line: Line
) -> Journal:
    """Post one voucher of a debt; its summary names the enterprise and the order."""
    return post_journal(
        by=by,
        book=order.fund.book,
        kind=kind,
        key=_key(order, key),
        posted_on=posted_on,
        memo=f"{order.enterprise.name} {order.reference}",
        lines=[line],
        now=now,
    )
