"""Interest and management fees: entered by one person of the keeper of the account, posted by another."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund
from funds.charity.policy import FEE_CAP
from funds.ledger.models import FREE, Account, AccountKind, Journal, JournalKind
from funds.ledger.operations import Line, open_account, post_journal
from funds.packs.queries import pack_on, rule_of
from funds.upkeep.lifecycle import UpkeepStatus
from funds.upkeep.models import UpkeepEntry, UpkeepKind
from funds.upkeep.policy import fee_of
from funds.upkeep.queries import given_between
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow
from governance.money import ZERO

if TYPE_CHECKING:
    from governance.accounts.models import User

OPEN = (FundStatus.AGREED, FundStatus.ACTIVE, FundStatus.RECTIFYING)


class DaysUnfit(Invalid):
    """Whole days that are over."""

    code = "upkeep_days_unfit"
    message = _("Enter a first and a last day; the last day must be over.")


class DaysTaken(Conflict):
    """No day is charged or paid twice."""

    code = "upkeep_days_taken"
    message = _("%(kind)s of “%(fund)s” was already entered for some of these days (%(first)s to %(last)s).")


class InterestUnfit(Invalid):
    """Interest has an amount and the bank's reference."""

    code = "interest_unfit"
    message = _("Enter an amount above zero and the reference on the bank statement.")


class NoFee(NotNow):
    """Nothing is to be charged."""

    code = "upkeep_no_fee"
    message = _("%(reason)s")


class FeeChanged(NotNow):
    """What was given in these days is another sum than when the fee was computed."""

    code = "upkeep_fee_changed"
    message = _("The fee is now %(amount)s yuan. Withdraw this entry and enter it again.")


class FundNotOpen(NotNow):
    """The fund has no agreement yet or is being closed."""

    code = "upkeep_fund_not_open"
    message = _("“%(fund)s” is “%(status)s”; neither interest nor fees are entered.")


def enter_interest(
    *,
    by: User,
    fund: CommunityFund,
    covers_from: dt.date,
    covers_to: dt.date,
    amount: Decimal,
    reference: str,
    now: dt.datetime,
) -> UpkeepEntry:
    """Enter the interest that the bank has paid on a fund's money for whole days.

    Raises:
        NotAllowed: not of those who keep the account.
        FundNotOpen, DaysUnfit, DaysTaken, InterestUnfit.
    """
    require(by, "funds.enter_upkeep", fund)
    if amount <= 0 or not reference.strip():
        raise InterestUnfit(field="reference" if amount > 0 else "amount")
    row = UpkeepEntry(
        kind=UpkeepKind.INTEREST,
        covers_from=covers_from,
        covers_to=covers_to,
        amount=amount,
        reference=reference.strip(),
    )
    return _enter(row, fund, by=by, now=now)


def enter_fee(
    *, by: User, fund: CommunityFund, covers_from: dt.date, covers_to: dt.date, now: dt.datetime
) -> UpkeepEntry:
    """Compute the management fee on the money given on these days, by the rate of the fund's agreement.

    Raises:
        NotAllowed: not of those who keep the account.
        NoFee: public money, an agreement without a fee, or nothing given in these days.
        FundNotOpen, DaysUnfit, DaysTaken.
    Basis: Charity Law art. 61.
    """
    require(by, "funds.enter_upkeep", fund)
    base, rate = _terms(fund, covers_from, covers_to, timezone.localdate(now))
    row = UpkeepEntry(
        kind=UpkeepKind.FEE,
        covers_from=covers_from,
        covers_to=covers_to,
        base=base,
        rate=rate,
        amount=fee_of(base, rate),
    )
    if row.amount <= 0:
        raise NoFee(field="covers_to", reason=_("Nothing was given on these days on which a fee is taken."))
    return _enter(row, fund, by=by, now=now)


def _terms(fund: CommunityFund, first: dt.date, last: dt.date, today: dt.date) -> tuple[Decimal, Decimal]:
    """Return what was given and the rate in force, which never exceeds the cap of the fund's rules."""
    if fund.is_budget:
        raise NoFee(field="fund", reason=_("No management fee is taken of public money."))
    cap = rule_of(FEE_CAP, pack_on(fund.rule_pack, today), fund.division, today)
    rate = min(fund.fee_rate, cap)
    if rate <= 0:
        raise NoFee(field="fund", reason=_("The agreement and the rules of the fund set no management fee."))
    return given_between(fund, first, last), rate


def _enter(row: UpkeepEntry, fund: CommunityFund, *, by: User, now: dt.datetime) -> UpkeepEntry:
    if not row.covers_from <= row.covers_to < timezone.localdate(now):
        raise DaysUnfit(field="covers_to")
    with transaction.atomic():
        row.fund, row.entered_by, row.entered_at = _open(fund), by, now
        taken = row.fund.upkeep.exclude(status=UpkeepStatus.WITHDRAWN).filter(
            kind=row.kind, covers_from__lte=row.covers_to, covers_to__gte=row.covers_from
        )
        if known := taken.order_by("pk").first():
            label = UpkeepKind(row.kind).label
            raise DaysTaken(
                field="covers_from",
                kind=label,
                fund=row.fund.short_name,
                first=known.covers_from,
                last=known.covers_to,
            )
        row.full_clean(exclude=["journal"])
        row.save()
        after = {"fund": row.fund_id, "kind": row.kind, "amount": row.amount}
        audit.record(by=by, verb="funds.upkeep_entry.entered", row=row, now=now, after=after)
    return row


def _open(fund: CommunityFund) -> CommunityFund:
    rows = CommunityFund.objects.select_for_update(of=("self",), no_key=True).select_related("book", "division")
    locked = rows.get(pk=fund.pk)
    if locked.status not in OPEN:
        raise FundNotOpen(fund=locked.short_name, status=locked.get_status_display())
    return locked


def post_upkeep(*, by: User, entry: UpkeepEntry, posted_on: dt.date, now: dt.datetime) -> UpkeepEntry:
    """Post what another person has entered: interest into the free pool, a fee out of it.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        FeeChanged: a donation of these days came or went back since.
        FundNotOpen, InsufficientAvailable, BookNotOpen, PeriodIsClosed, DateOutsideBook.
        IntakeSuspended, OutgoSuspended: the flow of the book is suspended.
    Basis: Charity Law art. 61.
    """
    lifecycle.require(entry, "confirm", by=by)
    with transaction.atomic():
        fund = _open(entry.fund)
        fresh = UpkeepEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
        fresh.fund = fund
        move = lifecycle.of(fresh).by_name["confirm"]
        if fresh.status not in move.sources:
            raise lifecycle.MoveClosed(move=move.label, status=fresh.get_status_display())
        if not lifecycle.may(fresh, move, by):
            raise lifecycle.SamePerson(move=move.label)
        if fresh.kind == UpkeepKind.FEE:
            amount = fee_of(given_between(fund, fresh.covers_from, fresh.covers_to), fresh.rate or ZERO)
            if amount != fresh.amount:
                raise FeeChanged(amount=amount)
        journal = _journal(fresh, by=by, posted_on=posted_on, now=now)
        return lifecycle.move(fresh, "confirm", by=by, now=now, changes={"posted_on": posted_on, "journal": journal})


def _journal(row: UpkeepEntry, *, by: User, posted_on: dt.date, now: dt.datetime) -> Journal:
    book = row.fund.book
    accounts = {account.code: account for account in Account.objects.filter(book=book, code__in=INTEREST_WAY)}
    with override(settings.LANGUAGE_CODE):
        said = {"kind": UpkeepKind(row.kind).label, "first": row.covers_from, "last": row.covers_to}
        memo = gettext("%(kind)s, %(first)s to %(last)s") % said
        name = str(UpkeepKind.FEE.label)
    if row.kind == UpkeepKind.INTEREST:
        kind, line = JournalKind.INTEREST, Line(accounts["source:interest"], accounts[FREE], row.amount)
    else:
        use = open_account(by=by, book=book, code="use:fee", kind=AccountKind.SINK, name=name, now=now)
        kind, line = JournalKind.FEE, Line(accounts[FREE], use, row.amount)
    return post_journal(
        by=by,
        book=book,
        kind=kind,
        key=f"upkeep:{row.pk}",
        posted_on=posted_on,
        memo=memo,
        lines=[line],
        now=now,
    )


INTEREST_WAY = ("source:interest", FREE)
"""The accounts of a book that interest and fees touch besides the use."""
