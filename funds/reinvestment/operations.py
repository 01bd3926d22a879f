"""Policies and orders of giving back: entering, deciding, paying, receiving; and asking for a planning run."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.policy.queries import value
from funds.ledger.models import FREE, Account, JournalKind
from funds.ledger.operations import Line, post_journal
from funds.ledger.queries import balance_of, open_day
from funds.reinvestment.adopting import (
    DateImpossible,
    Destination,
    DestinationTwice,
    EndBeforeBeginning,
    FixedAmountMissing,
    FundNotOpen,
    PolicyOverlaps,
    Tier,
    TiersUnfit,
    approve_policy,
    check_fund,
    enter_policy,
    record_standing_decision,
    retire_policy,
)
from funds.reinvestment.lifecycle import OrderStatus
from funds.reinvestment.models import (
    DistributionPolicy,
    ReinvestmentOrder,
    StandingDecision,
)
from funds.reinvestment.papers.checks import Paper, check_files, read_papers
from funds.reinvestment.papers.models import OrderPaper
from funds.reinvestment.papers.operations import store_papers
from funds.reinvestment.planner import pending_state
from funds.reinvestment.policy import DUE_DAYS, PAPERS_OF, REMIND_DAYS, Direction, Route
from funds.reinvestment.queries import given_so_far
from governance import lifecycle
from governance.calendar.days import add_days
from governance.errors import Invalid, NotNow
from governance.jobs import operations as jobs
from governance.jobs.marks import mark
from governance.jobs.models import Job
from governance.money import format_yuan
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from governance.accounts.models import User

__all__ = [
    "PLAN",
    "PLAN_PART",
    "AmountDiffers",
    "ConsentMissing",
    "DateImpossible",
    "DecisionDoesNotCover",
    "Destination",
    "DestinationTwice",
    "EndBeforeBeginning",
    "EvidenceMissing",
    "FixedAmountMissing",
    "FundLacksTheMoney",
    "FundNotOpen",
    "NothingArrived",
    "PolicyOverlaps",
    "ReceiptNumberMissing",
    "Tier",
    "TiersUnfit",
    "approve_order",
    "approve_policy",
    "enter_policy",
    "issue_receipt",
    "mark_overdue",
    "receive_by_bank_line",
    "receive_order",
    "record_payment",
    "record_standing_decision",
    "remind",
    "request_planning",
    "resolve_order",
    "retire_policy",
]

PLAN = "reinvestment.plan"
PLAN_PART = "reinvestment.plan.part"
LOOK_BACK = dt.timedelta(days=2)
"""How far back the planner looks every minute; the nightly run looks at everything."""


class ConsentMissing(Invalid):
    """Neither a residents' decision nor a standing decision is named."""

    code = "consent_missing"
    message = _("Name the residents' decision with its date, or choose a standing decision that covers this order.")


class DecisionDoesNotCover(Invalid):
    """The standing decision is of another enterprise, another time, or up to a smaller amount."""

    code = "decision_does_not_cover"
    message = _(
        "The standing decision does not cover this order: it must be of this enterprise, in force on %(day)s, "
        "and reach up to %(amount)s yuan."
    )


class EvidenceMissing(Invalid):
    """The route of the order asks for evidence that was not given."""

    code = "evidence_missing"
    message = _("%(what)s")


class NothingArrived(NotNow):
    """The money that is to be taken back has not come into the fund."""

    code = "nothing_arrived"
    message = _(
        "What “%(enterprise)s” has given to the fund so far is less than %(amount)s yuan. "
        "Wait until the order before this one is paid, or cancel both."
    )


class FundLacksTheMoney(NotNow):
    """The fund has spent what is to be taken back."""

    code = "fund_lacks_the_money"
    message = _(
        "The fund has only %(free)s of the %(amount)s yuan free. Acknowledge that it owes them; "
        "money that comes in later is set aside for it."
    )


class AmountDiffers(NotNow):
    """What arrived is not what was ordered."""

    code = "amount_differs"
    message = _("The bank line is over %(booked)s yuan and the order over %(ordered)s yuan; they must be equal.")


class ReceiptNumberMissing(Invalid):
    """A receipt has a number (Basis: Charity Law art. 38)."""

    code = "receipt_number_missing"
    message = _("Please give the number of the receipt.")


# --- Planning


def request_planning(*, by: User, now: dt.datetime, today: dt.date) -> list[Job]:
    """Queue the planning jobs that are due; asked every minute, harmless when asked twice.

    One run a day, and one after each newly approved policy, looks at all declarations; one for each change looks at
    those that were audited lately. The jobs' keys say so, so that two clocks queue each of them once.
    """
    approvals = DistributionPolicy.objects.aggregate(last=Max("approved_at"))["last"]
    stamp = approvals.isoformat() if approvals else "none"
    queued = [_enqueue(by, now, f"all-{today}-{stamp}", {})]
    since = now - LOOK_BACK
    count, state = pending_state(since)
    if count:
        queued.append(_enqueue(by, now, f"late-{today}-{state}", {"since": since.isoformat()}))
    return queued


def _enqueue(by: User, now: dt.datetime, key: str, parameters: dict[str, Any]) -> Job:
    return jobs.enqueue(by=by, kind=PLAN, now=now, key=f"{PLAN}:{key}", parameters=parameters)


# --- Orders


def resolve_order(
    *,
    by: User,
    order: ReinvestmentOrder,
    now: dt.datetime,
    today: dt.date,
    decision_reference: str = "",
    decided_on: dt.date | None = None,
    standing_decision: StandingDecision | None = None,
) -> ReinvestmentOrder:
    """Record the residents' decision behind an order: one of its own with its date, or a standing one that covers it.

    Raises:
        ConsentMissing: neither is named, or the date is missing.
        DateImpossible: decided in the future.
        DecisionDoesNotCover: the standing decision is not for this order.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    reference = decision_reference.strip()
    if standing_decision is not None:
        if not standing_decision.covers(order, today):
            raise DecisionDoesNotCover(field="standing_decision", day=today, amount=order.amount)
        decided_on = standing_decision.decided_on
    elif not reference or decided_on is None:
        raise ConsentMissing(field="decision_reference")
    elif decided_on > today:
        raise DateImpossible(field="decided_on", day=decided_on, first=order.enterprise.founded_on, last=today)
    changes = {"decision_reference": reference, "decided_on": decided_on, "standing_decision": standing_decision}
    return lifecycle.move(order, "resolve", by=by, now=now, changes=changes)


def approve_order(*, by: User, order: ReinvestmentOrder, now: dt.datetime, today: dt.date) -> ReinvestmentOrder:
    """Approve an order for the street; it is due so many days later (`reinvest.due_days`).

    Raises:
        FundNotOpen: the fund takes no money now.
        MoveForbidden, SamePerson, MoveClosed, MoveHindered: as for every move.
    """
    check_fund(order.fund)
    due_on = add_days(today, value(DUE_DAYS, order.enterprise.division, today)).on
    return lifecycle.move(order, "approve", by=by, now=now, changes={"due_on": due_on})


def record_payment(
    *,
    by: User,
    order: ReinvestmentOrder,
    paid_on: dt.date,
    now: dt.datetime,
    today: dt.date,
    payment_reference: str = "",
    evidence: str = "",
    papers: Sequence[Paper] = (),
) -> ReinvestmentOrder:
    """Record that the money of an order has left, with the evidence of its route: in words, as files, or both.

    Raises:
        EvidenceMissing: a donation needs the number of the bank slip; the other routes a description of the papers, or a
            file of each.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: a file may not be stored; nothing is recorded.
        PaperRepeated, TooManyPapers: as for `attach_order_paper`.
        DateImpossible: paid before the order was proposed, or in the future.
        NothingArrived, FundLacksTheMoney: it takes back from a fund what has not come, or has been spent.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    lifecycle.require(order, "record_payment", by=by)
    _check_evidence(order, payment_reference, evidence, {paper.kind for paper in papers})
    _check_day(order, "paid_on", paid_on, today)
    _check_return(order)
    read = read_papers(papers)
    changes = {"paid_on": paid_on, "payment_reference": payment_reference.strip(), "evidence": evidence.strip()}
    with transaction.atomic():
        paid = lifecycle.move(order, "record_payment", by=by, now=now, changes=changes)
        store_papers(by=by, order=paid, papers=read, now=now)
    return paid


def _check_evidence(order: ReinvestmentOrder, payment_reference: str, evidence: str, given: set[str]) -> None:
    """Refuse a payment without the papers of its route, in words or as files (Basis: report S0)."""
    if order.route == Route.DONATION:
        if not payment_reference.strip():
            raise EvidenceMissing(field="payment_reference", what=_("Please give the number of the bank slip."))
        return
    attached = set(OrderPaper.objects.filter(order=order).values_list("kind", flat=True))
    if evidence.strip() or set(PAPERS_OF[order.route]) <= attached | given:
        return
    what = _("Name the resolution, the dividend slip and the entry in the committee's account, or attach all three.")
    if order.route == Route.DIRECT:
        what = _("Name the contract, the invoice and the acceptance, or attach all three.")
    raise EvidenceMissing(field="evidence", what=what)


def _check_return(order: ReinvestmentOrder) -> None:
    """Refuse to pay back from a fund what has not come into it, or what it no longer has."""
    if order.direction != Direction.RETURN or order.route != Route.DONATION:
        return
    if given_so_far(order) < order.amount:
        raise NothingArrived(enterprise=order.enterprise.name, amount=format_yuan(order.amount))
    free = balance_of(Account.objects.select_related("balance").get(book=order.fund.book_id, code=FREE))
    if free < order.amount:
        raise FundLacksTheMoney(free=format_yuan(free), amount=format_yuan(order.amount))


def _check_day(order: ReinvestmentOrder, field: str, day: dt.date, today: dt.date) -> None:
    first = order.proposed_at.date()
    if not first <= day <= today:
        raise DateImpossible(field=field, day=day, first=first, last=today)


def receive_order(
    *, by: User, order: ReinvestmentOrder, received_on: dt.date, now: dt.datetime, today: dt.date
) -> ReinvestmentOrder:
    """Confirm that the money of an order has arrived where no bank line of the charity can show it.

    Dividends and direct payments reach no fund and post nothing. Money that goes back to the enterprise leaves the
    fund's free pool now.

    Raises:
        MoveHindered: money given to the fund, which a bank line must show.
        DateImpossible: before the order was proposed, or in the future.
        FilesMissing: the district wants the papers of the route as files.
        NothingArrived, FundLacksTheMoney: it takes back from a fund what has not come, or has been spent.
        BookNotOpen, PeriodIsClosed: as for every posting.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    lifecycle.require(order, "receive", by=by)
    _check_day(order, "received_on", received_on, today)
    if order.direction == Direction.GIVE:
        check_files(order, today)
    with transaction.atomic():
        if order.route == Route.DONATION and order.direction == Direction.RETURN:
            order = _locked(order)
            _check_return(order)
            _post(order, by, received_on, now)
        return lifecycle.move(order, "receive", by=by, now=now, changes={"received_on": received_on})


def receive_by_bank_line(
    *, by: User, order: ReinvestmentOrder, amount: Decimal, booked_on: dt.date, now: dt.datetime
) -> ReinvestmentOrder:
    """Post what the charity's bank line shows into the fund's free pool and receive the order, in one transaction.

    Posted on the bank's day, or today when the month of that day is closed already: the order keeps the bank's day.
    Called by `funds.banking`, where the match is confirmed.

    Raises:
        AmountDiffers: the bank line is over another amount.
        FundNotOpen: the fund takes no money now.
        BookNotOpen, PeriodIsClosed, DateOutsideBook: as for every posting.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    with transaction.atomic():
        locked = _locked(order)
        if locked.amount != amount:
            raise AmountDiffers(booked=amount, ordered=locked.amount)
        check_fund(locked.fund)
        _post(locked, by, open_day(locked.fund.book, booked_on, timezone.localdate(now)), now)
        mark("reinvestment.receive.posted")
        return lifecycle.move(locked, "receive", by=by, now=now, changes={"received_on": booked_on})


def _locked(order: ReinvestmentOrder) -> ReinvestmentOrder:
    rows = ReinvestmentOrder.objects.select_for_update(of=("self",)).select_related("fund__book", "enterprise")
    return rows.get(pk=order.pk)


def _post(order: ReinvestmentOrder, by: User, posted_on: dt.date, now: dt.datetime) -> None:
    """Post the order once, its key is the order, and note the voucher on it; whether it may be is the move's affair."""
    book = order.fund.book
    accounts = {account.code: account for account in Account.objects.filter(book=book)}
    outside, pool = accounts["source:enterprise"], accounts["pool:free"]
    gives = order.direction == Direction.GIVE
    journal = post_journal(
        by=by,
        book=book,
        kind=JournalKind.REINVESTMENT if gives else JournalKind.REFUND,
        key=f"order:{order.pk}",
        posted_on=posted_on,
        memo=f"{order.enterprise.name} {order.reference}",
        lines=[Line(outside, pool, order.amount) if gives else Line(pool, outside, order.amount)],
        now=now,
    )
    ReinvestmentOrder.objects.filter(pk=order.pk).update(journal=journal)


def issue_receipt(*, by: User, order: ReinvestmentOrder, receipt_number: str, now: dt.datetime) -> ReinvestmentOrder:
    """Record the number of the receipt that the charity has issued.

    Raises:
        ReceiptNumberMissing: no number.
        MoveForbidden, MoveClosed: as for every move.
    """
    if not receipt_number.strip():
        raise ReceiptNumberMissing(field="receipt_number")
    changes = {"receipt_number": receipt_number.strip()}
    return lifecycle.move(order, "issue_receipt", by=by, now=now, changes=changes)


def mark_overdue(*, by: User, now: dt.datetime, today: dt.date) -> int:
    """Mark the approved orders whose due day is over, each in its own transaction; return how many."""
    marked = 0
    for pk in ReinvestmentOrder.objects.filter(status=OrderStatus.APPROVED, due_on__lt=today).values_list(
        "pk", flat=True
    ):
        order = ReinvestmentOrder.objects.get(pk=pk)
        try:
            lifecycle.move(order, "lapse", by=by, now=now)
        except lifecycle.MoveClosed:
            continue  # paid in the meantime
        mark("reinvestment.overdue.marked")
        marked += 1
    return marked


def remind(*, by: User, now: dt.datetime, today: dt.date) -> int:
    """Remind enterprises of orders that fall due (`reinvest.remind_days` before); return how many reminders went out.

    Each stage is sent once: the claim on the order and the event are one transaction.
    """
    sent = 0
    orders = ReinvestmentOrder.objects.filter(status=OrderStatus.APPROVED, due_on__gte=today)
    for order in orders.select_related("enterprise__division").order_by("pk").iterator(chunk_size=500):
        left = (order.due_on - today).days if order.due_on else 0
        stages = [stage for stage in value(REMIND_DAYS, order.enterprise.division, today) if stage >= left]
        if stages and _claim_reminder(order, min(stages), left, by, now):
            sent += 1
    return sent


def _claim_reminder(order: ReinvestmentOrder, stage: int, left: int, by: User, now: dt.datetime) -> bool:
    with transaction.atomic():
        unsent = ReinvestmentOrder.objects.filter(Q(reminded_days=None) | Q(reminded_days__gt=stage), pk=order.pk)
        if not unsent.filter(status=OrderStatus.APPROVED).update(reminded_days=stage):
            return False
        outbox.emit(by=by, topic="funds.order.reminder", row=order, now=now, payload={"days_left": left})
        mark("reinvestment.remind.emitted")
    return True
