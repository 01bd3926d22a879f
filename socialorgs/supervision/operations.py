"""Reports of a year from the reminder to the conclusion, what is to be mended, and the lists that follow."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.outbox import operations as outbox
from socialorgs.register import operations as register
from socialorgs.register.models import (
    AnnualInspection,
    CreditList,
    CreditListing,
    InspectionConclusion,
    SocialOrganization,
)
from socialorgs.supervision.lifecycle import RectificationStatus, ReportStatus
from socialorgs.supervision.models import CreditRepair, RectificationOrder, StandingAlert, YearReport
from socialorgs.supervision.policy import (
    LEAST_DAYS,
    MENDING_DAYS,
    MENDING_MOST_DAYS,
    MENDING_REMIND,
    MISSES,
    REMIND_EVERY,
    SUBMIT_BY_MONTH,
    month_end,
)
from socialorgs.supervision.queries import repair_from, unreported
from socialorgs.supervision.refusals import (
    AlertNoted,
    ConclusionNeedsMending,
    DaysUnfit,
    InspectionOfAnother,
    ListingOver,
    RepairTooEarly,
    RepairUnderWay,
    ReportIncomplete,
)

if TYPE_CHECKING:
    from communities.policy.policy import Parameter
    from governance.accounts.models import User

AT_ONCE = 1000
"""Reports opened by one statement, and rows reminded in one run."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a body reports of a year."""

    members_count: int
    staff_count: int
    income: Decimal
    expenses: Decimal
    meetings: int
    activities: str
    has_party_organization: bool = False
    keeps_charter: bool = False
    changes: str = ""


def open_reports(*, by: User, now: dt.datetime) -> int:
    """Ask every registered body for the report of the year that is over; twice or late it changes nothing.

    The clock's work, a thousand bodies a statement. Who is asked late has some days all the same.
    Basis: Interim Regulations on Registration of Private Non-enterprise Units art. 23.
    """
    today = timezone.localdate(now)
    year, made = today.year - 1, 0
    days: dict[int, dt.date] = {}
    while True:
        bodies = list(unreported(year).select_related("division").order_by("pk")[:AT_ONCE])
        for body in bodies:
            if body.division_id not in days:
                last = month_end(today.year, value(SUBMIT_BY_MONTH, body.division, today))
                least = today + dt.timedelta(days=value(LEAST_DAYS, body.division, today))
                days[body.division_id] = max(last, least)
        rows = [
            YearReport(organization=body, year=year, due_on=days[body.division_id], opened_at=now) for body in bodies
        ]
        with transaction.atomic():
            opened = YearReport.objects.bulk_create(rows, ignore_conflicts=True)
            if not opened:
                return made
            audit.record(
                by=by,
                verb="socialorgs.year_report.opened",
                row=rows[0].organization,
                now=now,
                after={"year": year, "count": len(opened)},
            )
        made += len(opened)


def submit_report(*, by: User, now: dt.datetime, report: YearReport, said: Said) -> YearReport:
    """Submit the report of a year for a body; late ones, too.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        ReportIncomplete: nothing is said of what it did.
        PersonalNumbersFound.
    """
    lifecycle.require(report, "submit", by=by)
    plain: dict[str, Any] = {key: text.strip() if isinstance(text, str) else text for key, text in asdict(said).items()}
    if not plain["activities"]:
        raise ReportIncomplete(field="activities")
    for field in ("income", "expenses"):
        if plain[field] < 0:
            raise ReportIncomplete(field=field)
    refuse_personal_numbers(activities=plain["activities"], changes=plain["changes"])
    return lifecycle.move(report, "submit", by=by, now=now, changes={**plain, "remark": ""})


def forward_report(*, by: User, now: dt.datetime, report: YearReport, opinion: str) -> YearReport:
    """Give the supervising side's first opinion and pass the report on to the registrar.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        ReasonMissing: no opinion.
    """
    lifecycle.require(report, "forward", by=by)
    if not opinion.strip():
        raise lifecycle.ReasonMissing(field="opinion")
    refuse_personal_numbers(opinion=opinion)
    return lifecycle.move(report, "forward", by=by, now=now, changes={"opinion": opinion.strip()})


def send_report_back(*, by: User, now: dt.datetime, report: YearReport, reason: str) -> YearReport:
    """Return a report to the body, which has some days to correct it.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    today = timezone.localdate(now)
    least = today + dt.timedelta(days=value(LEAST_DAYS, report.division, today))
    due = max(report.due_on or least, least)
    changes = {"remark": reason.strip(), "due_on": due, "reminders": 0, "reminded_on": None}
    return lifecycle.move(report, "send_back", by=by, now=now, reason=reason, changes=changes)


def conclude_report(
    *, by: User, now: dt.datetime, report: YearReport, conclusion: str, mend: str = "", days: int | None = None
) -> YearReport:
    """Enter the conclusion on a year as the inspection of the register; who did not pass is told what to mend.

    What is to be mended becomes the draft of an order, which another person issues.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        ConclusionUnknown, InspectionKnown: the register's own refusals.
        ConclusionNeedsMending: it did not pass, and nothing is to be mended.
        DaysUnfit.
    Basis: Interim Regulations on Registration of Private Non-enterprise Units art. 23.
    """
    lifecycle.require(report, "conclude", by=by)
    if conclusion in InspectionConclusion.values and conclusion != InspectionConclusion.PASSED and not mend.strip():
        raise ConclusionNeedsMending(field="mend")
    with transaction.atomic():
        fresh = YearReport.objects.select_for_update(of=("self",)).select_related("organization").get(pk=report.pk)
        if fresh.status != ReportStatus.FORWARDED:
            return lifecycle.move(fresh, "conclude", by=by, now=now)
        inspection = register.record_inspection(
            by=by,
            now=now,
            organization=fresh.organization,
            year=fresh.year,
            conclusion=conclusion,
            concluded_on=timezone.localdate(now),
        )
        moved = lifecycle.move(
            fresh, "conclude", by=by, now=now, changes={"inspection": inspection}, payload={"conclusion": conclusion}
        )
        if conclusion != InspectionConclusion.PASSED:
            draft_rectification(
                by=by,
                now=now,
                organization=fresh.organization,
                findings=f"{fresh.year} {inspection.get_conclusion_display()}",
                demands=mend,
                days=days,
                inspection=inspection,
            )
        return moved


def draft_rectification(
    *,
    by: User,
    now: dt.datetime,
    organization: SocialOrganization,
    findings: str,
    demands: str,
    days: int | None = None,
    inspection: AnnualInspection | None = None,
) -> RectificationOrder:
    """Draft what a body has to mend, after an inspection or when it acts beyond its charter; another issues it.

    Raises:
        NotAllowed: neither of the street nor of the district.
        DaysUnfit, InspectionOfAnother, ReasonMissing, PersonalNumbersFound.
    """
    require(by, "socialorgs.draft_rectification", organization)
    today = timezone.localdate(now)
    given = value(MENDING_DAYS, organization.division, today) if days is None else days
    most = value(MENDING_MOST_DAYS, organization.division, today)
    if not 1 <= given <= most:
        raise DaysUnfit(field="days", most=most)
    if inspection is not None and inspection.organization_id != organization.pk:
        raise InspectionOfAnother(field="inspection")
    for field, text in (("findings", findings), ("demands", demands)):
        if not text.strip():
            raise lifecycle.ReasonMissing(field=field)
    refuse_personal_numbers(findings=findings, demands=demands)
    row = RectificationOrder(
        organization=organization,
        inspection=inspection,
        findings=findings.strip(),
        demands=demands.strip(),
        days=given,
        drafted_by=by,
        drafted_at=now,
    )
    row.full_clean()
    with transaction.atomic():
        row.save()
        after = {"organization": organization.pk, "days": given}
        audit.record(by=by, verb="socialorgs.rectification.drafted", row=row, now=now, after=after)
    return row


def issue_rectification(*, by: User, now: dt.datetime, order: RectificationOrder) -> RectificationOrder:
    """Issue a drafted order under its number; the days begin on the day after.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    today = timezone.localdate(now)
    due = today + dt.timedelta(days=order.days)
    changes = {"number": f"ZG-{today.year}-{order.pk:05d}", "due_on": due}
    return lifecycle.move(order, "issue", by=by, now=now, changes=changes, payload={"due_on": due.isoformat()})


def drop_rectification(*, by: User, now: dt.datetime, order: RectificationOrder, reason: str) -> RectificationOrder:
    """Drop a draft that is not issued.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(order, "drop", by=by, now=now, reason=reason, changes={"remark": reason.strip()})


def report_rectification(*, by: User, now: dt.datetime, order: RectificationOrder, report: str) -> RectificationOrder:
    """Report for a body what it has mended.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        ReportIncomplete: nothing is said.
        PersonalNumbersFound.
    """
    lifecycle.require(order, "report", by=by)
    if not report.strip():
        raise ReportIncomplete(field="report")
    refuse_personal_numbers(report=report)
    return lifecycle.move(order, "report", by=by, now=now, changes={"report": report.strip()})


def send_rectification_back(
    *, by: User, now: dt.datetime, order: RectificationOrder, reason: str, days: int
) -> RectificationOrder:
    """Say that it is not mended yet, and give further days; the reminders so far go on counting.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as for every move.
        DaysUnfit.
    """
    lifecycle.require(order, "send_back", by=by)
    today = timezone.localdate(now)
    most = value(MENDING_MOST_DAYS, order.division, today)
    if not 1 <= days <= most:
        raise DaysUnfit(field="days", most=most)
    changes = {"remark": reason.strip(), "due_on": today + dt.timedelta(days=days), "reminded_on": None}
    return lifecycle.move(order, "send_back", by=by, now=now, reason=reason, changes=changes)


def remind_late(*, by: User, now: dt.datetime) -> int:
    """Remind the bodies whose report or rectification is late, and propose the list at the third miss.

    The clock's work: the day itself is still in time, the day after is the first miss, then one every so many days.
    Returns how many were reminded. Harmless when repeated.
    """
    reports = YearReport.objects.filter(status__in=[ReportStatus.DUE, ReportStatus.RETURNED])
    orders = RectificationOrder.objects.filter(status=RectificationStatus.ISSUED)
    late = _remind(reports, REMIND_EVERY, "socialorgs.year_report.reminded", by, now)
    return late + _remind(orders, MENDING_REMIND, "socialorgs.rectification.reminded", by, now)


def _remind(rows: Any, every: Parameter[int], verb: str, by: User, now: dt.datetime) -> int:
    today = timezone.localdate(now)
    waits: dict[int, tuple[int, int]] = {}
    done = 0
    with transaction.atomic():
        late = rows.filter(due_on__lt=today).select_related("organization__division")
        for row in late.select_for_update(of=("self",), skip_locked=True).order_by("due_on", "pk"):
            place = row.organization.division
            if place.pk not in waits:
                waits[place.pk] = (value(every, place, today), value(MISSES, place, today))
            days, most = waits[place.pk]
            last = row.reminded_on if row.reminded_on and row.reminded_on > row.due_on else None
            if last is not None and today < last + dt.timedelta(days=days):
                continue
            changes = {"reminders": row.reminders + 1, "reminded_on": today}
            if row.reminders + 1 >= most:
                lifecycle.move(row, "miss", by=by, now=now, changes=changes)
            else:
                row.reminders, row.reminded_on = row.reminders + 1, today
                row.save(update_fields=["reminders", "reminded_on"])
                audit.record(by=by, verb=verb, row=row, now=now, after=changes)
                outbox.emit(by=by, topic=verb, row=row, now=now, payload={"reminders": row.reminders})
            done += 1
    return done


def list_for_miss(
    *, by: User, now: dt.datetime, row: YearReport | RectificationOrder, decision_number: str, reason: str
) -> YearReport | RectificationOrder:
    """Put a body that has missed its day three times on the list of abnormal activity, by the registrar's decision.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        ReasonMissing; ListingKnown: the decision was entered before.
    Basis: Measures for Credit Information of Social Organizations.
    """
    lifecycle.require(row, "put_on_list", by=by)
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    with transaction.atomic():
        listing = register.record_listing(
            by=by,
            now=now,
            organization=row.organization,
            credit_list=CreditList.ABNORMAL,
            decision_number=decision_number,
            reason=reason,
            listed_on=timezone.localdate(now),
        )
        return lifecycle.move(row, "put_on_list", by=by, now=now, changes={"listing": listing})


def apply_for_repair(*, by: User, now: dt.datetime, listing: CreditListing, mended: str) -> CreditRepair:
    """Ask for a body that a listing be lifted; where nothing was mended, only once its months are over.

    Raises:
        NotAllowed: nobody who acts for the body.
        ListingOver, RepairTooEarly, RepairUnderWay, PersonalNumbersFound.
    Basis: Measures for Credit Information of Social Organizations.
    """
    require(by, "socialorgs.apply_for_repair", listing)
    refuse_personal_numbers(mended=mended)
    today = timezone.localdate(now)
    with transaction.atomic():
        fresh = (
            CreditListing.objects.select_for_update(of=("self",))
            .select_related("organization__division")
            .get(pk=listing.pk)
        )
        if fresh.removed_on is not None:
            raise ListingOver(day=fresh.removed_on)
        if not mended.strip() and today < (earliest := repair_from(fresh, today)):
            raise RepairTooEarly(field="mended", day=earliest)
        if fresh.repairs.filter(status="APPLIED").exists():
            raise RepairUnderWay
        row = CreditRepair(
            organization=fresh.organization, listing=fresh, mended=mended.strip(), applied_by=by, applied_at=now
        )
        row.full_clean()
        row.save()
        audit.record(by=by, verb="socialorgs.credit_repair.applied", row=row, now=now, after={"listing": fresh.pk})
        return row


def approve_repair(*, by: User, now: dt.datetime, repair: CreditRepair) -> CreditRepair:
    """Lift the listing that a body has had repaired: it ends today.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        ListingEnded: it was ended meanwhile.
    """
    with transaction.atomic():
        moved = lifecycle.move(repair, "approve", by=by, now=now)
        reason = moved.mended or moved.get_status_display()
        register.end_listing(
            by=by, now=now, listing=moved.listing, removed_on=timezone.localdate(now), reason=str(reason)
        )
        return moved


def refuse_repair(*, by: User, now: dt.datetime, repair: CreditRepair, reason: str) -> CreditRepair:
    """Refuse a repair; the listing goes on.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(repair, "refuse", by=by, now=now, reason=reason, changes={"remark": reason.strip()})


def note_alert(*, by: User, now: dt.datetime, alert: StandingAlert, measures: str) -> StandingAlert:
    """Say what is done about work whose body has lost its standing; the alert waits for nobody any more.

    Raises:
        NotAllowed: not of the street or the district.
        AlertNoted, ReasonMissing.
    """
    require(by, "socialorgs.note_alert", alert)
    if not measures.strip():
        raise lifecycle.ReasonMissing(field="measures")
    with transaction.atomic():
        row = StandingAlert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
        if row.noted_at is not None:
            raise AlertNoted
        row.noted_at, row.noted_by, row.measures = now, by, measures.strip()
        row.save(update_fields=["noted_at", "noted_by", "measures"])
        audit.record(by=by, verb="socialorgs.alert.noted", row=row, now=now, after={"measures": row.measures})
        return row
