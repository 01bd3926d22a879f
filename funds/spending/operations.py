"""Asking a fund for money, resolving on it, holding it, paying it, releasing what is left.

Locks are taken in one order: decision, request, payment, fund, organization, book.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from communities.notices import operations as notices
from communities.notices.models import ObjectionOutcome
from communities.people.policy import refuse_personal_numbers
from consultation.decisions.models import Decision
from consultation.matters.models import Matter
from consultation.topics.models import Topic
from funds.charity.models import CommunityFund
from funds.ledger.models import Account, JournalKind
from funds.ledger.operations import Line
from funds.ledger.queries import open_day
from funds.spending import queries, refusals
from funds.spending.asking import Source, cited_source, next_number, paying_fund, ready, spending_fund, write_request
from funds.spending.holding import check_free, check_payable, check_plan, hold_of, pool_of, post, standing_still, use_of
from funds.spending.lifecycle import RequestStatus
from funds.spending.models import Duty, Payment, Purpose, SpendingRequest
from funds.spending.quoting import check_quotes
from funds.spending.resolving import Meeting, hold_meeting, notice_text, step_of
from funds.spending.uses import Rules, check_use
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.jobs.marks import mark
from governance.money import format_yuan
from governance.outbox import operations as outbox
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import require_good_standing

if TYPE_CHECKING:
    from governance.accounts.models import User

OPEN = (RequestStatus.DRAFT, RequestStatus.RETURNED)


def _locked(request: SpendingRequest) -> SpendingRequest:
    rows = SpendingRequest.objects.select_for_update(of=("self",))
    return rows.select_related("fund__division", "fund__book", "organization", "pool").get(pk=request.pk)


# --- Requests --------------------------------------------------------------------------------------------------------


def enter_request(
    *,
    by: User,
    now: dt.datetime,
    fund: CommunityFund,
    title: str,
    purpose: str,
    plan: str,
    beneficiaries: str,
    amount: Decimal,
    lines: Sequence[tuple[str, Decimal]],
    decision: Decision | None = None,
    topic: Topic | None = None,
    matter: Matter | None = None,
    duty: str = Duty.NOBODY,
    is_emergency: bool = False,
    pool: Account | None = None,
    organization: SocialOrganization | None = None,
) -> SpendingRequest:
    """Draft a request for money of a fund, for what a final decision of its place asks.

    A small use, and emergency relief, may cite the topic or the need that it comes from instead. Without a pool the
    free money is asked for. Whether the rules of the fund permit the use is judged when it is submitted.

    Raises:
        NotAllowed: no community staff or street staff of the fund's place.
        FundNotSpending, DecisionNotFinal, DecisionElsewhere, AmountAboveDecision.
        SourceMissing, SourceElsewhere, DecisionMissing, EmergencyUnfit.
        RequestAmountMissing, LinesMissing, LinesDoNotAddUp, PoolUnfit, PersonalNumbersFound.
    Basis: Charity Law art. 40, 56; Hunan guide on community charity funds 2025 (trial).
    """
    require(by, "funds.enter_spending_request", fund)
    with transaction.atomic():
        source = Source(decision, topic, matter, is_emergency)
        cited = cited_source(source, fund, amount, timezone.localdate(now))
        locked = spending_fund(fund)
        row = SpendingRequest(
            number=next_number(locked, timezone.localdate(now)),
            fund=locked,
            decision=cited,
            topic=topic,
            matter=matter,
            duty=duty,
            is_emergency=is_emergency,
            title=title.strip(),
            purpose=purpose,
            plan=plan.strip(),
            beneficiaries=beneficiaries.strip(),
            amount=amount,
            pool=pool,
            organization=organization,
            entered_by=by,
            entered_at=now,
        )
        write_request(row, lines)
        after = {"number": row.number, "amount": amount, "purpose": purpose, "decision": row.decision_id}
        audit.record(by=by, verb="funds.spending_request.entered", row=row, now=now, after=after)
    return row


def edit_request(
    *,
    by: User,
    now: dt.datetime,
    request: SpendingRequest,
    title: str,
    purpose: str,
    plan: str,
    beneficiaries: str,
    amount: Decimal,
    lines: Sequence[tuple[str, Decimal]],
    duty: str = Duty.NOBODY,
    pool: Account | None = None,
    organization: SocialOrganization | None = None,
) -> SpendingRequest:
    """Change a draft or a returned request; fund, what it comes from and number stay.

    Raises:
        NotAllowed: no community staff or street staff of the fund's place.
        RequestNotOpen: it is on its way.
        FundNotSpending … PersonalNumbersFound: as for `enter_request`.
    """
    with transaction.atomic():
        cited = cited_source(Source.of(request), request.fund, amount, timezone.localdate(now), request)
        row = _locked(request)
        require(by, "funds.enter_spending_request", row)
        if row.status not in OPEN:
            raise refusals.RequestNotOpen(status=row.get_status_display())
        spending_fund(row.fund)
        before = {"amount": row.amount, "purpose": row.purpose}
        row.decision, row.title, row.purpose, row.plan = cited, title.strip(), purpose, plan.strip()
        row.beneficiaries, row.amount, row.pool, row.organization = beneficiaries.strip(), amount, pool, organization
        row.duty = duty
        write_request(row, lines)
        after = {"amount": amount, "purpose": purpose}
        audit.record(by=by, verb="funds.spending_request.edited", row=row, now=now, before=before, after=after)
    return row


def submit_request(*, by: User, now: dt.datetime, request: SpendingRequest) -> SpendingRequest:
    """Submit a request; the step of the ladder that holds on this day goes with it.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        FundNotSpending: the fund is not active.
        DecisionNotFinal, AmountAboveDecision: the decision was overturned, or others have asked since.
        PurposeNotPermitted, UseProhibited, RestrictedElsewhere, DonorBenefits: the rules of the fund do not permit it.
        OrganizationHindered: the organization to be paid may take no part.
        QuotesMissing, QuoteNotChosen, QuoteReasonMissing, QuoteAboveRequest: the offers were not compared as asked.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        cited_source(Source.of(request), request.fund, request.amount, today, request)
        row = _locked(request)
        ready(row, "submit", by)
        row.fund = fund = spending_fund(row.fund)
        check_use(row, today)
        if row.organization is not None:
            require_good_standing(standing_still(row.organization), today)
        step = Rules(fund, today).step_for(row.amount)
        check_quotes(row, step)
        # What an earlier round has left behind no longer counts.
        earlier = ("checked_at", "checked_by", "resolved_at", "resolved_by", "posted_at", "cleared_at", "notice")
        changes = {**dict.fromkeys(earlier), "ladder_step": step.data}
        return lifecycle.move(row, "submit", by=by, now=now, changes=changes)


def check_request(*, by: User, now: dt.datetime, request: SpendingRequest) -> SpendingRequest:
    """Confirm for the community that the request is complete and serves its decision.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    return lifecycle.move(request, "check", by=by, now=now)


def send_back_request(*, by: User, now: dt.datetime, request: SpendingRequest, reason: str) -> SpendingRequest:
    """Return a request to who has entered it.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(request, "send_back", by=by, now=now, reason=reason)


def withdraw_request(*, by: User, now: dt.datetime, request: SpendingRequest, reason: str) -> SpendingRequest:
    """Withdraw a request before the committee has resolved on it.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(request, "withdraw", by=by, now=now, reason=reason)


# --- Resolution ------------------------------------------------------------------------------------------------------


def record_resolution(
    *,
    by: User,
    now: dt.datetime,
    today: dt.date,
    request: SpendingRequest,
    met_on: dt.date,
    stands: Mapping[int, tuple[str, str]],
    supervisor_opinion: str,
    minutes: str = "",
    party_consent: str = "",
    residents_meeting: str = "",
    supervisor: int | None = None,
) -> SpendingRequest:
    """Record how the fund's committee voted, and lead the request on as its rule judges.

    `stands` names for each membership the vote and, for who withdraws, the reason; members left out were absent. With
    a majority the request is resolved, without one rejected; without a quorum the attempt is recorded and the request
    stays. The smallest uses are decided by the chair alone, so often a month as the ladder allows.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        CommitteeMissing, CommitteeEven, MeetingDayUnfit, NotAMember, StandUnknown, RecusalReasonMissing.
        MustWithdraw: a member voted who entered the request or acts for the organization to be paid.
        SupervisorOpinionMissing, PartyConsentMissing, ResidentsMeetingMissing: what the ladder asks for.
        ChairLimitReached; RuleUnknown, RuleNotConfirmed: the rule of the ladder.
    Basis: Hunan guide on community charity funds 2025 (trial); Charity Law art. 40.
    """
    with transaction.atomic():
        row = _locked(request)
        ready(row, "resolve", by)
        fund = spending_fund(row.fund)
        step = step_of(row)
        resolution = hold_meeting(
            row,
            Meeting(met_on, stands, supervisor_opinion, minutes, party_consent, residents_meeting, supervisor),
            fund=fund,
            step=step,
            by=by,
            now=now,
            today=today,
        )
        if not resolution.has_quorum:
            outbox.emit(by=by, topic="funds.resolution.without_quorum", row=resolution, now=now)
            return row
        name = "resolve" if resolution.is_passed else "reject"
        return lifecycle.move(row, name, by=by, now=now, reason=resolution.reason)


# --- Publicity -------------------------------------------------------------------------------------------------------


def post_request(
    *, by: User, now: dt.datetime, today: dt.date, request: SpendingRequest, contact: str = ""
) -> SpendingRequest:
    """Post a resolved request for the days of its step; what the ladder posts monthly is public and cleared at once.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        NoticeNotYours, PersonalNumbersFound, YearUnknown: as for every notice.
    Basis: Charity Law art. 72.
    """
    with transaction.atomic():
        row = _locked(request)
        step = step_of(row) if row.step else None
        if step is None or not step.publicity_days:
            return lifecycle.move(row, "list_monthly", by=by, now=now, changes={"cleared_at": now})
        ready(row, "put_up", by)
        with override(settings.LANGUAGE_CODE):
            drafted = notices.draft_notice(
                by=by,
                now=now,
                title=_("Use of %(fund)s: %(title)s") % {"fund": row.fund.short_name, "title": row.title},
                body=notice_text(row, today),
                division=row.fund.division,
                minimum_days=step.publicity_days,
                day_kind=step.publicity_kind,
                contact=contact.strip() or _("Office of %(place)s") % {"place": row.fund.division.name},
                basis=_("Charity Law art. 72; spending ladder of the fund"),
            )
        notice = notices.post_notice(by=by, now=now, notice=drafted)
        return lifecycle.move(row, "put_up", by=by, now=now, changes={"notice": notice})


def settle_posted_requests(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Clear every posted request whose notice has closed, return those with an upheld objection; their ids.

    Each in its own transaction. Harmless when repeated.
    """
    settled = []
    for key in list(SpendingRequest.objects.awaiting_settlement(today).order_by("pk").values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                row = _locked(SpendingRequest(pk=key))
                answered = row.notice.objections.filter(outcome=ObjectionOutcome.UPHELD) if row.notice else None
                is_stopped = answered is not None and answered.exists()
                name = "return_after_objection" if is_stopped else "clear"
                lifecycle.move(row, name, by=by, now=now)
                mark("spending.settle.moved")
        except lifecycle.MoveClosed:
            continue  # another clock was faster
        mark("spending.settle.committed")
        settled.append(key)
    return settled


# --- Hold and release ------------------------------------------------------------------------------------------------


def approve_request(*, by: User, now: dt.datetime, today: dt.date, request: SpendingRequest) -> SpendingRequest:
    """Approve a cleared request and hold its money: one voucher moves it from the pool to the request's own hold.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        ApprovalByCharity: the ladder wants an officer of the charity.
        PurposeNotPermitted, UseProhibited, RestrictedElsewhere, DonorBenefits: the rules of the fund have changed.
        FundNotSpending: the fund is not active.
        InsufficientAvailable: the pool does not have the money.
        BookNotOpen, PeriodIsClosed, DateOutsideBook: the book takes nothing today.
        OrganizationHindered: the organization to be paid may take no part.
    Basis: Charity Law art. 58.
    """
    with transaction.atomic():
        row = _locked(request)
        ready(row, "approve", by)
        check_use(row, today)
        if step_of(row).needs_charity_check and not by.has_perm("funds.check_for_charity", row):
            raise refusals.ApprovalByCharity(amount=format_yuan(row.amount))
        fund = spending_fund(row.fund)
        if row.organization is not None:
            require_good_standing(standing_still(row.organization), today)
        hold = hold_of(row, by=by, now=now)
        journal = post(
            row,
            by=by,
            now=now,
            posted_on=today,
            kind=JournalKind.HOLD,
            key=f"request:{row.pk}:hold",
            line=Line(pool_of(row, fund), hold, row.amount),
        )
        return lifecycle.move(row, "approve", by=by, now=now, changes={"hold_journal": journal})


def accept_request(*, by: User, now: dt.datetime, request: SpendingRequest, findings: str) -> SpendingRequest:
    """Record that what was paid for has been looked at and found in order (验收); by nobody who asked for the money.

    Raises:
        NotAllowed: neither a supervisor of the fund nor staff of the place.
        SamePerson: they have asked for the money.
        AcceptanceNotNow: nothing is held any more, or it was accepted before.
        AcceptanceMissing, PersonalNumbersFound.
    """
    with transaction.atomic():
        row = _locked(request)
        require(by, "funds.accept_spending_request", row)
        if by.pk in {row.entered_by_id, row.submitted_by_id}:
            raise lifecycle.SamePerson(move=_("Record the acceptance"))
        if row.status != RequestStatus.APPROVED or row.accepted_at is not None:
            raise refusals.AcceptanceNotNow(status=row.get_status_display())
        if not findings.strip():
            raise refusals.AcceptanceMissing(field="findings")
        refuse_personal_numbers(findings=findings)
        row.acceptance, row.accepted_at, row.accepted_by = findings.strip(), now, by
        row.save(update_fields=["acceptance", "accepted_at", "accepted_by"])
        audit.record(
            by=by, verb="funds.spending_request.accepted", row=row, now=now, after={"findings": row.acceptance}
        )
        outbox.emit(by=by, topic="funds.spending_request.accepted", row=row, now=now)
    return row


def complete_request(*, by: User, now: dt.datetime, today: dt.date, request: SpendingRequest) -> SpendingRequest:
    """Complete a request whose payments are done, and release what is left to the pool it came from.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        PaymentsUnderWay: a payment is neither paid nor cancelled.
        BookNotOpen, PeriodIsClosed: the book takes nothing today.
    """
    return _finish(request, "complete", by=by, now=now, today=today)


def stop_request(
    *, by: User, now: dt.datetime, today: dt.date, request: SpendingRequest, reason: str
) -> SpendingRequest:
    """Stop an approved request and release what is left to the pool it came from.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        PaymentsUnderWay: a payment is neither paid nor cancelled.
        BookNotOpen, PeriodIsClosed: the book takes nothing today.
    """
    return _finish(request, "stop", by=by, now=now, today=today, reason=reason)


def _finish(
    request: SpendingRequest, name: str, *, by: User, now: dt.datetime, today: dt.date, reason: str = ""
) -> SpendingRequest:
    """End a request; its money is released also while the fund is put right or wound up."""
    with transaction.atomic():
        row = _locked(request)
        ready(row, name, by)
        if count := row.payments.under_way().count():
            raise refusals.PaymentsUnderWay(count=count)
        changes = {}
        if left := queries.held_for(row):
            changes["release_journal"] = post(
                row,
                by=by,
                now=now,
                posted_on=today,
                kind=JournalKind.RELEASE,
                key=f"request:{row.pk}:release",
                line=Line(hold_of(row, by=by, now=now), pool_of(row, row.fund), left),
            )
        return lifecycle.move(row, name, by=by, now=now, reason=reason, changes=changes)


# --- Payments --------------------------------------------------------------------------------------------------------


def plan_payment(
    *,
    by: User,
    now: dt.datetime,
    request: SpendingRequest,
    number: int,
    amount: Decimal,
    payee: str,
    organization: SocialOrganization | None = None,
    note: str = "",
    is_payee_public: bool | None = None,
    is_promised: bool = False,
) -> Payment:
    """Plan one instalment out of what is held for a request; `is_promised` when a contract calls for it.

    A person who gets hardship relief is not published unless `is_payee_public` says so. A payee with the name of an
    organization of the register is that organization.

    Raises:
        NotAllowed: no community staff or street staff of the fund's place.
        RequestNotApproved, FundNotSpending.
        RequestAmountMissing, PayeeMissing, PersonalNumbersFound.
        PaymentAboveHold, InstalmentTaken.
        PaymentPromised: a contract pays what is left by its instalments.
        UseProhibited, RestrictedElsewhere, DonorBenefits: what it is for, or who gets it.
        OrganizationHindered: the organization may take no part.
        TiedMemberVoted: a member who acts for the organization has voted on the request.
    """
    with transaction.atomic():
        row = _locked(request)
        require(by, "funds.request_payment", row)
        if row.status != RequestStatus.APPROVED:
            raise refusals.RequestNotApproved(status=row.get_status_display())
        paying_fund(row.fund)
        organization = organization or SocialOrganization.objects.filter(name=payee.strip()).order_by("pk").first()
        name = payee.strip() or (organization.name if organization else "")
        check_plan(row, name, amount, note)
        if not is_promised:
            check_free(row, amount)
        check_use(row, timezone.localdate(now), note, name)
        if organization is not None:
            require_good_standing(standing_still(organization), timezone.localdate(now))
        if organization is not None and (member := queries.tied_voter(row, organization, timezone.localdate(now))):
            raise refusals.TiedMemberVoted(field="organization", organization=organization.name, member=member)
        if row.payments.live().filter(number=number).exists():
            raise refusals.InstalmentTaken(field="number", number=number)
        payment = Payment(
            request=row,
            number=number,
            amount=amount,
            payee=name,
            organization=organization,
            is_payee_public=row.purpose != Purpose.RELIEF if is_payee_public is None else is_payee_public,
            note=note.strip(),
            planned_by=by,
            planned_at=now,
        )
        payment.full_clean()
        payment.save()
        after = {"request": row.number, "number": number, "amount": amount}
        audit.record(by=by, verb="funds.payment.planned", row=payment, now=now, after=after)
        outbox.emit(by=by, topic="funds.payment.planned", row=payment, now=now)
    return payment


def _locked_payment(payment: Payment) -> Payment:
    """Return the payment, locked after its request."""
    request = _locked(SpendingRequest(pk=payment.request_id))
    row = Payment.objects.select_for_update(of=("self",)).select_related("organization").get(pk=payment.pk)
    row.request = request
    return row


def request_payment(*, by: User, now: dt.datetime, payment: Payment) -> Payment:
    """Ask for a planned payment; from now on its amount and payee stay.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        FundNotSpending: the fund is neither active nor being closed.
        OrganizationHindered: the organization may take no part.
    """
    with transaction.atomic():
        row = _locked_payment(payment)
        ready(row, "request", by)
        paying_fund(row.request.fund)
        if row.organization is not None:
            require_good_standing(standing_still(row.organization), timezone.localdate(now))
        return lifecycle.move(row, "request", by=by, now=now)


def approve_payment(*, by: User, now: dt.datetime, payment: Payment) -> Payment:
    """Approve a payment; never by who asked for it or for the money.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        FundNotSpending: the fund is neither active nor being closed.
        OrganizationHindered: the organization may take no part.
        UseProhibited, RestrictedElsewhere, DonorBenefits: the rules of the fund do not permit it.
        ReliefUnratified: emergency relief that the committee has refused or not judged in time.
        PaymentAboveHold: less is held than is to be paid.
    """
    with transaction.atomic():
        row = _locked_payment(payment)
        ready(row, "approve", by)
        check_payable(row, by, "approve", timezone.localdate(now))
        return lifecycle.move(row, "approve", by=by, now=now)


def record_paid(
    *, by: User, now: dt.datetime, today: dt.date, payment: Payment, paid_on: dt.date, bank_reference: str
) -> Payment:
    """Record that the charity has paid: one voucher of that day moves the amount from the hold to its use.

    A payment of a month that is closed by now is posted today.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move; who approved the request does not pay it either.
        FundNotSpending: the fund is neither active nor being closed.
        OrganizationHindered: the organization may take no part.
        PaidDayUnfit, BankReferenceMissing, BankReferenceTaken.
        PaymentAboveHold, InsufficientAvailable: less is held than was paid.
        BookNotOpen, DateOutsideBook: the book takes nothing on that day.
    """
    with transaction.atomic():
        row = _locked_payment(payment)
        ready(row, "record_paid", by)
        check_payable(row, by, "record_paid", today)
        approved_on = timezone.localdate(row.approved_at) if row.approved_at else today
        if not approved_on <= paid_on <= today:
            raise refusals.PaidDayUnfit(field="paid_on", first=approved_on, last=today, day=paid_on)
        reference = bank_reference.strip()
        if not reference:
            raise refusals.BankReferenceMissing(field="bank_reference")
        if Payment.objects.filter(request__fund=row.request.fund_id, bank_reference=reference).exists():
            raise refusals.BankReferenceTaken(field="bank_reference", reference=reference)
        hold, use = hold_of(row.request, by=by, now=now), use_of(row.request, by=by, now=now)
        journal = post(
            row.request,
            by=by,
            now=now,
            posted_on=open_day(row.request.fund.book, paid_on, today),
            kind=JournalKind.PAYMENT,
            key=f"request:{row.request_id}:payment:{row.number}",
            line=Line(hold, use, row.amount),
        )
        changes = {"paid_on": paid_on, "bank_reference": reference, "journal": journal}
        return lifecycle.move(row, "record_paid", by=by, now=now, changes=changes)


def cancel_payment(*, by: User, now: dt.datetime, payment: Payment, reason: str) -> Payment:
    """Cancel a payment that has not left the fund; its instalment may be planned again.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(payment, "cancel", by=by, now=now, reason=reason)
