"""Asking a fund for money, resolving on it, holding it, paying it, releasing what is left.

Locks are taken in one order: decision, request, payment, fund, organization, book.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from communities.notices import operations as notices
from communities.notices.models import Attachment, ObjectionOutcome
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from consultation.decisions.models import Decision
from funds.charity.models import CommunityFund
from funds.ledger.models import Account, JournalKind
from funds.ledger.operations import Line
from funds.spending import queries, refusals
from funds.spending.asking import cited_decision, next_number, paying_fund, spending_fund, write_request
from funds.spending.holding import check_payable, check_plan, hold_of, pool_of, post, standing_still, use_of
from funds.spending.lifecycle import RequestStatus
from funds.spending.models import FundResolution, Payment, Purpose, ResolutionVote, SpendingRequest, Stand
from funds.spending.policy import LADDER, step_for
from funds.spending.resolving import check_papers, members_on, notice_text, step_of, verdict_on, votes_of
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


def _ready(row: SpendingRequest | Payment, name: str, by: User) -> None:
    """Refuse a move before its work begins; the mover asks again when it makes it."""
    step = lifecycle.of(row).by_name[name]
    if not by.has_perm(step.permission, row):
        raise lifecycle.MoveForbidden(move=step.label)
    if row.status not in step.sources:
        raise lifecycle.MoveClosed(move=step.label, status=row.get_status_display())
    if not lifecycle.may(row, step, by):
        raise lifecycle.SamePerson(move=step.label)


def _locked(request: SpendingRequest) -> SpendingRequest:
    rows = SpendingRequest.objects.select_for_update(of=("self",))
    return rows.select_related("fund__division", "fund__book", "organization", "pool").get(pk=request.pk)


# --- Requests --------------------------------------------------------------------------------------------------------


def enter_request(
    *,
    by: User,
    now: dt.datetime,
    fund: CommunityFund,
    decision: Decision,
    title: str,
    purpose: str,
    plan: str,
    beneficiaries: str,
    amount: Decimal,
    lines: Sequence[tuple[str, Decimal]],
    quotes: Sequence[Attachment] = (),
    pool: Account | None = None,
    organization: SocialOrganization | None = None,
) -> SpendingRequest:
    """Draft a request for money of a fund, for what a final decision of its place asks.

    Without a pool the free money is asked for.

    Raises:
        NotAllowed: no community staff or street staff of the fund's place.
        FundNotSpending, DecisionNotFinal, DecisionElsewhere, AmountAboveDecision.
        RequestAmountMissing, LinesMissing, LinesDoNotAddUp, PoolUnfit, QuoteUnseen, PersonalNumbersFound.
    Basis: Charity Law art. 40, 56; Hunan guide on community charity funds 2025 (trial).
    """
    require(by, "funds.enter_spending_request", fund)
    with transaction.atomic():
        cited = cited_decision(decision, fund, amount)
        locked = spending_fund(fund)
        row = SpendingRequest(
            number=next_number(locked, timezone.localdate(now)),
            fund=locked,
            decision=cited,
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
        write_request(row, lines, quotes, by)
        after = {"number": row.number, "amount": amount, "purpose": purpose, "decision": cited.pk}
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
    quotes: Sequence[Attachment] = (),
    pool: Account | None = None,
    organization: SocialOrganization | None = None,
) -> SpendingRequest:
    """Change a draft or a returned request; fund, decision and number stay. Quotes are added to those there are.

    Raises:
        NotAllowed: no community staff or street staff of the fund's place.
        RequestNotOpen: it is on its way.
        FundNotSpending … PersonalNumbersFound: as for `enter_request`.
    """
    with transaction.atomic():
        decision = Decision.objects.get(pk=request.decision_id)
        cited = cited_decision(decision, request.fund, amount, request)
        row = _locked(request)
        require(by, "funds.enter_spending_request", row)
        if row.status not in OPEN:
            raise refusals.RequestNotOpen(status=row.get_status_display())
        spending_fund(row.fund)
        before = {"amount": row.amount, "purpose": row.purpose}
        row.decision, row.title, row.purpose, row.plan = cited, title.strip(), purpose, plan.strip()
        row.beneficiaries, row.amount, row.pool, row.organization = beneficiaries.strip(), amount, pool, organization
        write_request(row, lines, quotes, by)
        after = {"amount": amount, "purpose": purpose}
        audit.record(by=by, verb="funds.spending_request.edited", row=row, now=now, before=before, after=after)
    return row


def attach_quote(*, by: User, now: dt.datetime, request: SpendingRequest, name: str, content: bytes) -> SpendingRequest:
    """Store an offer (报价) for the staff of the place and attach it to a draft or a returned request.

    Raises:
        NotAllowed: no community staff or street staff of the fund's place.
        RequestNotOpen: the request is on its way.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: the file may not be stored.
    """
    with transaction.atomic():
        row = _locked(request)
        require(by, "funds.enter_spending_request", row)
        if row.status not in OPEN:
            raise refusals.RequestNotOpen(status=row.get_status_display())
        file = notices.store_attachment(by=by, now=now, division=row.fund.division, name=name, content=content)
        row.quotes.add(file)
        audit.record(by=by, verb="funds.spending_request.quoted", row=row, now=now, after={"file": file.pk})
    return row


def submit_request(*, by: User, now: dt.datetime, request: SpendingRequest) -> SpendingRequest:
    """Submit a request; the step of the ladder that holds on this day goes with it.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        FundNotSpending: the fund is not active.
        DecisionNotFinal, AmountAboveDecision: the decision was overturned, or others have asked since.
        QuotesMissing: the ladder asks for more offers.
    """
    with transaction.atomic():
        cited_decision(Decision.objects.get(pk=request.decision_id), request.fund, request.amount, request)
        row = _locked(request)
        _ready(row, "submit", by)
        fund = spending_fund(row.fund)
        steps = value(LADDER, fund.division, timezone.localdate(now))
        step = step_for(steps, row.amount)
        count = row.quotes.count()
        if count < step.least_quotes:
            amount = format_yuan(row.amount)
            raise refusals.QuotesMissing(field="quotes", amount=amount, least=step.least_quotes, count=count)
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
) -> SpendingRequest:
    """Record how the fund's committee voted, and lead the request on as its rule judges.

    `stands` names for each membership the vote and, for who withdraws, the reason; members left out were absent. With
    a majority the request is resolved, without one rejected; without a quorum the attempt is recorded and the request
    stays. The smallest uses are decided by the chair alone, so often a month as the ladder allows.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        CommitteeMissing, MeetingDayUnfit, NotAMember, StandUnknown, RecusalReasonMissing.
        MustWithdraw: a member voted who entered the request or acts for the organization to be paid.
        SupervisorOpinionMissing, PartyConsentMissing, ResidentsMeetingMissing: what the ladder asks for.
        ChairLimitReached; RuleUnknown, RuleNotConfirmed: the rule of the ladder.
    Basis: Hunan guide on community charity funds 2025 (trial); Charity Law art. 40.
    """
    with transaction.atomic():
        row = _locked(request)
        _ready(row, "resolve", by)
        fund = spending_fund(row.fund)
        step = step_of(row)
        checked_on = timezone.localdate(row.checked_at) if row.checked_at else today
        if not checked_on <= met_on <= today:
            raise refusals.MeetingDayUnfit(field="met_on", first=checked_on, last=today, day=met_on)
        refuse_personal_numbers(supervisor_opinion=supervisor_opinion, minutes=minutes)
        check_papers(row, step, supervisor_opinion, party_consent, residents_meeting)
        members = members_on(fund, met_on)
        votes = votes_of(row, members, stands, met_on)
        verdict = verdict_on(row, step, members, votes, met_on)
        counted = Counter(stand for stand, _reason in votes.values())
        resolution = FundResolution(
            request=row,
            attempt=row.resolutions.count() + 1,
            met_on=met_on,
            rule=verdict.rule,
            entitled=len(members),
            present=len(members) - counted[Stand.ABSENT],
            in_favor=counted[Stand.FOR],
            against=counted[Stand.AGAINST],
            abstained=counted[Stand.ABSTAIN],
            recused=counted[Stand.RECUSED],
            has_quorum=verdict.has_quorum,
            is_passed=verdict.is_passed,
            reason=verdict.reason,
            supervisor_opinion=supervisor_opinion.strip(),
            minutes=minutes.strip(),
            party_consent=party_consent.strip(),
            residents_meeting=residents_meeting.strip(),
            recorded_at=now,
            recorded_by=by,
        )
        resolution.full_clean()
        resolution.save()
        ResolutionVote.objects.bulk_create(
            ResolutionVote(resolution=resolution, membership_id=member, stand=stand, reason=reason)
            for member, (stand, reason) in votes.items()
        )
        after = {"attempt": resolution.attempt, "quorum": verdict.has_quorum, "passed": verdict.is_passed}
        audit.record(by=by, verb="funds.resolution.recorded", row=resolution, now=now, after=after)
        if not verdict.has_quorum:
            outbox.emit(by=by, topic="funds.resolution.without_quorum", row=resolution, now=now)
            return row
        name = "resolve" if verdict.is_passed else "reject"
        return lifecycle.move(row, name, by=by, now=now, reason=verdict.reason)


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
        _ready(row, "put_up", by)
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
        FundNotSpending: the fund is not active.
        InsufficientAvailable: the pool does not have the money.
        BookNotOpen, PeriodIsClosed, DateOutsideBook: the book takes nothing today.
        OrganizationHindered: the organization to be paid may take no part.
    Basis: Charity Law art. 58.
    """
    with transaction.atomic():
        row = _locked(request)
        _ready(row, "approve", by)
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
        _ready(row, name, by)
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
) -> Payment:
    """Plan one instalment out of what is held for a request.

    A person who gets hardship relief is not published unless `is_payee_public` says so.

    Raises:
        NotAllowed: no community staff or street staff of the fund's place.
        RequestNotApproved, FundNotSpending.
        RequestAmountMissing, PayeeMissing, PersonalNumbersFound.
        PaymentAboveHold, InstalmentTaken.
        TiedMemberVoted: a member who acts for the organization has voted on the request.
    """
    with transaction.atomic():
        row = _locked(request)
        require(by, "funds.request_payment", row)
        if row.status != RequestStatus.APPROVED:
            raise refusals.RequestNotApproved(status=row.get_status_display())
        paying_fund(row.fund)
        name = payee.strip() or (organization.name if organization else "")
        check_plan(row, name, amount, note)
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
    """
    with transaction.atomic():
        row = _locked_payment(payment)
        _ready(row, "request", by)
        paying_fund(row.request.fund)
        return lifecycle.move(row, "request", by=by, now=now)


def approve_payment(*, by: User, now: dt.datetime, payment: Payment) -> Payment:
    """Approve a payment; never by who asked for it or for the money.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        FundNotSpending: the fund is neither active nor being closed.
        OrganizationHindered: the organization may take no part.
        PaymentAboveHold: less is held than is to be paid.
    """
    with transaction.atomic():
        row = _locked_payment(payment)
        _ready(row, "approve", by)
        check_payable(row, by, "approve", timezone.localdate(now))
        return lifecycle.move(row, "approve", by=by, now=now)


def record_paid(
    *, by: User, now: dt.datetime, today: dt.date, payment: Payment, paid_on: dt.date, bank_reference: str
) -> Payment:
    """Record that the charity has paid: one voucher of that day moves the amount from the hold to its use.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move; who approved the request does not pay it either.
        FundNotSpending: the fund is neither active nor being closed.
        OrganizationHindered: the organization may take no part.
        PaidDayUnfit, BankReferenceMissing, BankReferenceTaken.
        PaymentAboveHold, InsufficientAvailable: less is held than was paid.
        BookNotOpen, PeriodIsClosed, DateOutsideBook: the book takes nothing on that day.
    """
    with transaction.atomic():
        row = _locked_payment(payment)
        _ready(row, "record_paid", by)
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
            posted_on=paid_on,
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
