"""Policies and orders of giving back: entering, deciding, paying, receiving; and asking for a planning run."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from communities.policy.models import PolicyDocument
from communities.policy.queries import value
from communities.territory.models import Division
from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund
from funds.enterprises.models import CommunityEnterprise
from funds.enterprises.refusals import MayNotDistribute
from funds.ledger.models import Account, JournalKind
from funds.ledger.operations import Line, post_journal
from funds.reinvestment.lifecycle import OrderStatus
from funds.reinvestment.models import (
    DistributionPolicy,
    PolicyDestination,
    PolicyTier,
    ReinvestmentOrder,
    StandingDecision,
)
from funds.reinvestment.planner import pending_state
from funds.reinvestment.policy import DUE_DAYS, REMIND_DAYS, SHARE, Direction, PolicyBase, Route
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.calendar.days import add_days
from governance.errors import Conflict, Invalid, NotNow
from governance.jobs import operations as jobs
from governance.jobs.marks import mark
from governance.jobs.models import Job
from governance.money import ZERO, SplitDoesNotSum
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from governance.accounts.models import User

PLAN = "reinvestment.plan"
PLAN_PART = "reinvestment.plan.part"
LOOK_BACK = dt.timedelta(days=2)
"""How far back the planner looks every minute; the nightly run looks at everything."""

LIVING_FUNDS = (FundStatus.ACTIVE, FundStatus.RECTIFYING)


class TiersUnfit(Invalid):
    """The tiers do not run from zero upwards without gaps, or a share is no part of 1."""

    code = "tiers_unfit"
    message = _(
        "The tiers must run from 0 upwards without gaps or overlaps, the last one without an end, "
        "each with a share between 0 and 1."
    )


class FixedAmountMissing(Invalid):
    """A policy over a fixed amount names none."""

    code = "fixed_amount_missing"
    message = _("Please give the fixed amount.")


class DestinationTwice(Invalid):
    """One fund stands twice among the destinations."""

    code = "destination_twice"
    message = _("“%(fund)s” is named twice among the destinations.")


class FundNotOpen(NotNow):
    """The fund takes no money now."""

    code = "fund_not_open"
    message = _("“%(fund)s” takes no money at present: it is %(status)s.")


class PolicyOverlaps(Conflict):
    """Another approved policy of the same enterprise or place covers some of the same days."""

    code = "policy_overlaps"
    message = _("Another approved policy covers some of these days. Retire it with an end date first.")


class EndBeforeBeginning(Invalid):
    """A period ends before it begins."""

    code = "validity_ends_before_beginning"
    message = _("The end %(end)s lies before the beginning %(beginning)s.")


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


class DateImpossible(Invalid):
    """A date lies in the future, or before what it follows."""

    code = "date_impossible"
    message = _("The date %(day)s cannot be right: it must lie between %(first)s and %(last)s.")


class EvidenceMissing(Invalid):
    """The route of the order asks for evidence that was not given."""

    code = "evidence_missing"
    message = _("%(what)s")


class AmountDiffers(NotNow):
    """What arrived is not what was ordered."""

    code = "amount_differs"
    message = _("The bank line is over %(booked)s yuan and the order over %(ordered)s yuan; they must be equal.")


class ReceiptNumberMissing(Invalid):
    """A receipt has a number (Basis: Charity Law art. 38)."""

    code = "receipt_number_missing"
    message = _("Please give the number of the receipt.")


@dataclass(frozen=True, slots=True)
class Tier:
    """The share of the base from `lower` up to `upper` yuan; None: without end."""

    lower: Decimal
    upper: Decimal | None
    share: Decimal


@dataclass(frozen=True, slots=True)
class Destination:
    """A fund and its share of what is given back."""

    fund: CommunityFund
    share: Decimal


# --- Policies and standing decisions


def enter_policy(
    *,
    by: User,
    place: CommunityEnterprise | Division,
    base: str,
    document: PolicyDocument,
    valid_from: dt.date,
    now: dt.datetime,
    destinations: Sequence[Destination],
    tiers: Sequence[Tier] = (),
    fixed_amount: Decimal | None = None,
    minimum_amount: Decimal = ZERO,
    cap_amount: Decimal | None = None,
    route: str = Route.DONATION,
    valid_to: dt.date | None = None,
) -> DistributionPolicy:
    """Enter the next version of the policy of an enterprise, or of a place, as a draft.

    Without tiers, and with another base than a fixed amount, one tier with the district's usual share
    (`reinvest.share`) is entered.

    Raises:
        NotAllowed: no street or district staff of the place.
        MayNotDistribute: the enterprise is a social service agency.
        SplitDoesNotSum, DestinationTwice, FundNotOpen: the destinations.
        TiersUnfit, FixedAmountMissing, EndBeforeBeginning: the rest.
    """
    enterprise = place if isinstance(place, CommunityEnterprise) else None
    division = place if isinstance(place, Division) else place.division
    require(by, "funds.enter_distribution_policy", division)
    if enterprise is not None and not enterprise.may_distribute:
        raise MayNotDistribute(field="enterprise", enterprise=enterprise.name)
    _check_destinations(destinations)
    if base == PolicyBase.FIXED_AMOUNT:
        if fixed_amount is None:
            raise FixedAmountMissing(field="fixed_amount")
        tiers = ()
    else:
        fixed_amount = None
        tiers = tiers or [Tier(ZERO, None, value(SHARE, division, valid_from))]
        _check_tiers(tiers)
    if valid_to is not None and valid_to <= valid_from:
        raise EndBeforeBeginning(field="valid_to", end=valid_to, beginning=valid_from)
    with transaction.atomic():
        Division.objects.select_for_update(of=("self",), no_key=True).get(pk=division.pk)
        scope = Q(enterprise=enterprise) if enterprise else Q(enterprise=None, division=division)
        latest = DistributionPolicy.objects.filter(scope).aggregate(latest=Max("version"))["latest"] or 0
        policy = DistributionPolicy(
            enterprise=enterprise,
            division=division,
            version=latest + 1,
            base=base,
            fixed_amount=fixed_amount,
            minimum_amount=minimum_amount,
            cap_amount=cap_amount,
            route=route,
            valid_from=valid_from,
            valid_to=valid_to,
            document=document,
            entered_at=now,
            entered_by=by,
        )
        policy.full_clean()
        policy.save()
        PolicyTier.objects.bulk_create(
            PolicyTier(policy=policy, lower=tier.lower, upper=tier.upper, share=tier.share) for tier in tiers
        )
        PolicyDestination.objects.bulk_create(
            PolicyDestination(policy=policy, fund=line.fund, share=line.share) for line in destinations
        )
        after = {"base": base, "valid_from": valid_from, "version": policy.version}
        audit.record(by=by, verb="funds.distribution_policy.entered", row=policy, now=now, after=after)
    return policy


def _check_destinations(destinations: Sequence[Destination]) -> None:
    total = sum((line.share for line in destinations), Decimal(0))
    if total != 1 or any(line.share <= 0 for line in destinations):
        raise SplitDoesNotSum(field="destinations", total=total, expected=1)
    seen = set()
    for line in destinations:
        if line.fund.pk in seen:
            raise DestinationTwice(field="destinations", fund=line.fund.name)
        seen.add(line.fund.pk)
        _check_fund(line.fund)


def _check_fund(fund: CommunityFund) -> None:
    if fund.status not in LIVING_FUNDS:
        raise FundNotOpen(fund=fund.name, status=fund.get_status_display())


def _check_tiers(tiers: Sequence[Tier]) -> None:
    bound: Decimal | None = ZERO
    for tier in sorted(tiers, key=lambda tier: tier.lower):
        runs_on = tier.lower == bound and (tier.upper is None or tier.upper > tier.lower)
        if not runs_on or not 0 <= tier.share <= 1:
            raise TiersUnfit(field="tiers")
        bound = tier.upper
    if bound is not None:
        raise TiersUnfit(field="tiers")


def approve_policy(*, by: User, policy: DistributionPolicy, now: dt.datetime) -> DistributionPolicy:
    """Put a policy in force, by another person than the one who entered it.

    Raises:
        PolicyOverlaps: another approved policy covers some of its days.
        MoveForbidden, SamePerson, MoveClosed, MoveHindered: as for every move.
    """
    try:
        with transaction.atomic():
            return lifecycle.move(policy, "approve", by=by, now=now)
    except IntegrityError as error:
        if "distributionpolicy_one_at_a_time" in str(error):
            raise PolicyOverlaps from error
        raise


def retire_policy(
    *, by: User, policy: DistributionPolicy, valid_to: dt.date, reason: str, now: dt.datetime
) -> DistributionPolicy:
    """End a policy; it still counts for periods that ended before `valid_to`.

    Raises:
        EndBeforeBeginning: `valid_to` lies before its beginning; the same day takes it back wholly.
        ReasonMissing, MoveForbidden, MoveClosed: as for every move.
    """
    lifecycle.require(policy, "retire", by=by)
    if valid_to < policy.valid_from:
        raise EndBeforeBeginning(field="valid_to", end=valid_to, beginning=policy.valid_from)
    return lifecycle.move(policy, "retire", by=by, now=now, reason=reason, changes={"valid_to": valid_to})


def record_standing_decision(
    *,
    by: User,
    enterprise: CommunityEnterprise,
    document: PolicyDocument,
    decided_on: dt.date,
    valid_from: dt.date,
    now: dt.datetime,
    today: dt.date,
    valid_to: dt.date | None = None,
    amount_limit: Decimal | None = None,
) -> StandingDecision:
    """Record a residents' decision that covers the orders of an enterprise for a period, up to an amount each.

    Raises:
        NotAllowed: no community or street staff of the place.
        DateImpossible: decided in the future.
        EndBeforeBeginning: the period ends before it begins.
    """
    require(by, "funds.record_standing_decision", enterprise)
    if decided_on > today:
        raise DateImpossible(field="decided_on", day=decided_on, first=enterprise.founded_on, last=today)
    if valid_to is not None and valid_to <= valid_from:
        raise EndBeforeBeginning(field="valid_to", end=valid_to, beginning=valid_from)
    row = StandingDecision(
        enterprise=enterprise,
        document=document,
        decided_on=decided_on,
        valid_from=valid_from,
        valid_to=valid_to,
        amount_limit=amount_limit,
        recorded_at=now,
        recorded_by=by,
    )
    row.full_clean()
    with transaction.atomic():
        row.save()
        after = {"decided_on": decided_on, "valid_from": valid_from, "valid_to": valid_to, "amount_limit": amount_limit}
        audit.record(by=by, verb="funds.standing_decision.recorded", row=row, now=now, after=after)
    return row


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
    _check_fund(order.fund)
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
) -> ReinvestmentOrder:
    """Record that the money of an order has left, with the evidence of its route.

    Raises:
        EvidenceMissing: a donation needs the number of the bank slip, the other routes a description of the papers.
        DateImpossible: paid before the order was proposed, or in the future.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    _check_evidence(order, payment_reference, evidence)
    _check_day(order, "paid_on", paid_on, today)
    changes = {"paid_on": paid_on, "payment_reference": payment_reference.strip(), "evidence": evidence.strip()}
    return lifecycle.move(order, "record_payment", by=by, now=now, changes=changes)


def _check_evidence(order: ReinvestmentOrder, payment_reference: str, evidence: str) -> None:
    """Refuse a payment without the papers of its route (Basis: report S0)."""
    if order.route == Route.DONATION and not payment_reference.strip():
        raise EvidenceMissing(field="payment_reference", what=_("Please give the number of the bank slip."))
    if order.route == Route.DIVIDEND and not evidence.strip():
        what = _("Name the resolution, the dividend slip and the entry in the committee's account.")
        raise EvidenceMissing(field="evidence", what=what)
    if order.route == Route.DIRECT and not evidence.strip():
        raise EvidenceMissing(field="evidence", what=_("Name the contract, the invoice and the acceptance."))


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
        InsufficientAvailable, BookNotOpen, PeriodIsClosed: as for every posting.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    _check_day(order, "received_on", received_on, today)
    with transaction.atomic():
        if order.route == Route.DONATION and order.direction == Direction.RETURN:
            order = _locked(order)
            _post(order, by, received_on, now)
        return lifecycle.move(order, "receive", by=by, now=now, changes={"received_on": received_on})


def receive_by_bank_line(
    *, by: User, order: ReinvestmentOrder, amount: Decimal, booked_on: dt.date, now: dt.datetime
) -> ReinvestmentOrder:
    """Post what the charity's bank line shows into the fund's free pool and receive the order, in one transaction.

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
        _check_fund(locked.fund)
        _post(locked, by, booked_on, now)
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
