"""Emergency relief: granted by two members and a supervisor before the committee meets, ratified by it in time, or marked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from communities.people.policy import refuse_personal_numbers
from funds.spending import queries, refusals
from funds.spending.asking import paying_fund, ready, spending_fund
from funds.spending.lifecycle import PaymentStatus, RefundStatus, ReliefStatus, is_an_emergency
from funds.spending.models import Payment, SpendingRequest
from funds.spending.papers.models import EmergencyRelief, Refund
from funds.spending.policy import EMERGENCY_CAP, EMERGENCY_DAYS
from funds.spending.resolving import Meeting, hold_meeting, members_on, step_of, supervisor_on
from funds.spending.uses import Rules, check_use
from governance import lifecycle
from governance.money import ZERO, format_yuan
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from communities.bodies.models import BodyMembership
    from funds.charity.models import CommunityFund
    from governance.accounts.models import User


def grant_relief(
    *,
    by: User,
    now: dt.datetime,
    request: SpendingRequest,
    household: str,
    urgency: str,
    members: tuple[int, int],
    supervisor_opinion: str,
    supervisor: int | None = None,
) -> SpendingRequest:
    """Grant emergency relief for a checked request: the money may be held and paid before the committee has met.

    Two members and a supervisor answer for it. The committee ratifies it within the days that the fund's rules set;
    what it refuses or has not judged by then is marked and escalated, and no more of it is paid.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, MoveHindered: as for every move.
        UrgencyMissing, SupervisorOpinionMissing, PersonalNumbersFound.
        CommitteeMissing, CommitteeEven, ReliefByWhom: who answers for it.
        MustWithdraw, HouseholdInterested: one of them has an interest of their own.
        EmergencyUnfit, HouseholdRelieved: the cap for one household.
        ReliefUnratified: earlier relief of the fund was not ratified in time, or refused and not given back.
        PurposeNotPermitted, UseProhibited, RestrictedElsewhere, DonorBenefits.
    Basis: default of this platform; the fund's own rules prevail.
    """
    today = timezone.localdate(now)
    told = " ".join(household.split())
    with transaction.atomic():
        rows = SpendingRequest.objects.select_for_update(of=("self",))
        row = rows.select_related("fund__division", "fund__book", "organization", "pool").get(pk=request.pk)
        ready(row, "relieve", by)
        if reason := is_an_emergency(row):
            raise lifecycle.MoveHindered(reason=reason)
        if not told or not urgency.strip():
            raise refusals.UrgencyMissing(field="urgency" if told else "household")
        if not supervisor_opinion.strip():
            raise refusals.SupervisorOpinionMissing(field="supervisor_opinion")
        refuse_personal_numbers(household=told, urgency=urgency, supervisor_opinion=supervisor_opinion)
        row.fund = fund = spending_fund(row.fund)
        first, second, watching = _answering(row, members, supervisor, told, today)
        check_use(row, today, told)
        rules = Rules(fund, today)
        cap = rules.value(EMERGENCY_CAP)
        _within_cap(row, fund, told, cap)
        if late := unsettled_relief(fund):
            raise refusals.ReliefUnratified(number=late.request.number)
        relief = EmergencyRelief(
            request=row,
            household=told,
            urgency=urgency.strip(),
            amount=row.amount,
            cap=cap,
            first_member=first,
            second_member=second,
            supervisor=watching,
            supervisor_opinion=supervisor_opinion.strip(),
            due_on=today + dt.timedelta(days=rules.value(EMERGENCY_DAYS)),
            granted_at=now,
            granted_by=by,
        )
        relief.full_clean()
        relief.save()
        return lifecycle.move(row, "relieve", by=by, now=now, changes={"cleared_at": now})


def _answering(
    row: SpendingRequest, members: tuple[int, int], supervisor: int | None, household: str, today: dt.date
) -> tuple[BodyMembership, BodyMembership, BodyMembership]:
    """Return the two members and the supervisor who answer for relief, none of them with an interest in it."""
    fund = row.fund
    sitting = {member.pk: member for member in members_on(fund, today)}
    named = [sitting[key] for key in dict.fromkeys(members) if key in sitting]
    watching = supervisor_on(fund, today, supervisor)
    if len(named) != len(members) or watching is None:
        raise refusals.ReliefByWhom(field="members" if watching else "supervisor", day=today)
    tied = queries.must_withdraw(row, named, row.organization, today)
    for member in (*named, watching):
        if member.pk in tied:
            raise refusals.MustWithdraw(field="members", member=member.name, reason=tied[member.pk])
        if member.name in household:
            raise refusals.HouseholdInterested(field="household", member=member.name)
    return named[0], named[1], watching


def _within_cap(row: SpendingRequest, fund: CommunityFund, household: str, cap: Decimal) -> None:
    if row.amount > cap:
        raise refusals.EmergencyUnfit(field="amount", cap=format_yuan(cap))
    earlier = EmergencyRelief.objects.open().filter(request__fund=fund, household=household)
    granted = earlier.aggregate(total=Sum("amount"))["total"] or ZERO
    if granted + row.amount > cap:
        shown = {"granted": granted, "amount": row.amount, "cap": cap}
        raise refusals.HouseholdRelieved(field="household", **{name: format_yuan(shown[name]) for name in shown})


def unsettled_relief(fund: CommunityFund) -> EmergencyRelief | None:
    """Return relief of a fund that was not ratified in time, or refused while its money is not back; at most two queries."""
    rows = EmergencyRelief.objects.filter(request__fund=fund).select_related("request").order_by("pk")
    if late := rows.filter(status=ReliefStatus.OVERDUE).first():
        return late
    for relief in rows.filter(status=ReliefStatus.REFUSED):
        paid = Payment.objects.filter(request=relief.request_id, status=PaymentStatus.PAID).aggregate(
            total=Sum("amount")
        )["total"]
        back = Refund.objects.filter(payment__request=relief.request_id, status=RefundStatus.POSTED)
        if (paid or ZERO) > (back.aggregate(total=Sum("amount"))["total"] or ZERO):
            return relief
    return None


def judge_relief(
    *,
    by: User,
    now: dt.datetime,
    today: dt.date,
    relief: EmergencyRelief,
    met_on: dt.date,
    stands: Mapping[int, tuple[str, str]],
    supervisor_opinion: str,
    minutes: str = "",
    party_consent: str = "",
    residents_meeting: str = "",
    supervisor: int | None = None,
) -> EmergencyRelief:
    """Record how the committee judged emergency relief: ratified with a majority, refused without, neither without quorum.

    From then on the use is public, without the household. What is refused is paid no further; what was paid is to be
    given back.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        What `operations.record_resolution` refuses of a meeting.
    """
    meeting = Meeting(met_on, stands, supervisor_opinion, minutes, party_consent, residents_meeting, supervisor)
    with transaction.atomic():
        requests = SpendingRequest.objects.select_for_update(of=("self",))
        row = requests.select_related("fund__division", "fund__book", "organization").get(pk=relief.request_id)
        fresh = EmergencyRelief.objects.select_for_update(of=("self",)).get(pk=relief.pk)
        fresh.request = row
        ready(fresh, "ratify", by)
        row.fund = fund = paying_fund(row.fund)
        resolution = hold_meeting(row, meeting, fund=fund, step=step_of(row), by=by, now=now, today=today)
        if not resolution.has_quorum:
            outbox.emit(by=by, topic="funds.resolution.without_quorum", row=resolution, now=now)
            return fresh
        if row.posted_at is None:
            row.posted_at = now
            row.save(update_fields=["posted_at"])
        name = "ratify" if resolution.is_passed else "refuse"
        changes = {"resolution": resolution}
        return lifecycle.move(fresh, name, by=by, now=now, reason=resolution.reason, changes=changes)


def escalate_relief(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Mark emergency relief that the committee has not judged within its days; their ids. Harmless when repeated."""
    marked = []
    due = EmergencyRelief.objects.filter(status=ReliefStatus.AWAITING, due_on__lt=today)
    for relief in list(due.order_by("pk")):
        try:
            lifecycle.move(relief, "escalate", by=by, now=now)
        except lifecycle.MoveClosed:
            continue  # the committee was faster
        marked.append(relief.pk)
    return marked
