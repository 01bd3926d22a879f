"""Activities, hours, and the points that verified hours earn in the ledger of their community."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from communities.territory.models import Division
from funds.ledger.models import Journal, JournalKind
from funds.ledger.operations import Line, post_journal
from funds.ledger.points import account_of, book_of, source_of
from governance import lifecycle
from governance.accounts.models import User, UserKind
from governance.audit import operations as audit
from governance.errors import DomainError, NotAllowed, constraint_of
from projects.contracts.lifecycle import ContractStatus
from projects.contracts.models import Contract
from projects.evaluation.operations import new_token
from projects.evaluation.queries import plain_token
from projects.volunteering import refusals
from projects.volunteering.lifecycle import ActivityStatus, HourStatus
from projects.volunteering.models import HourSource, ServiceHour, VolunteerActivity
from projects.volunteering.policy import (
    DAILY_CAP,
    EARLY_MINUTES,
    LATE_MINUTES,
    MINUTES_PER_POINT,
    minutes_served,
    points_for,
    within_the_day,
)
from projects.volunteering.queries import minutes_on
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger(__name__)

LONGEST_ACTIVITY = dt.timedelta(hours=24)
PEOPLE = (UserKind.RESIDENT, UserKind.STAFF)


def _locked(activity: VolunteerActivity) -> VolunteerActivity:
    rows = VolunteerActivity.objects.select_for_update(of=("self",))
    return rows.select_related("division", "organization").get(pk=activity.pk)


# --- Activities


def plan_activity(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    title: str,
    place: str,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    places: int,
    risk_notice: str = "",
    is_risky: bool = False,
    is_insured: bool = False,
    contract: Contract | None = None,
    organization: SocialOrganization | None = None,
) -> VolunteerActivity:
    """Plan an activity; staff of the place may, and the organization of a contract that runs there.

    Raises:
        NotAllowed: `by` organizes nothing here.
        ActivityDatesUnfit: it runs backwards, longer than a day, or lies in the past.
        ActivityNotYours: the contract is about something else.
        PersonalNumbersFound.
    """
    organizes = contract is not None and by.has_perm("projects.act_for_implementer", contract)
    if not by.has_perm("projects.manage_activity", division) and not organizes:
        raise NotAllowed
    _check_contract(contract, organization, division)
    refuse_personal_numbers(title=title, place=place, risk_notice=risk_notice)
    if not dt.timedelta(0) < ends_at - starts_at <= LONGEST_ACTIVITY:
        raise refusals.ActivityDatesUnfit(
            field="ends_at", reason=_("An activity lasts more than nothing and at most a day.")
        )
    if ends_at <= now:
        raise refusals.ActivityDatesUnfit(field="ends_at", reason=_("The activity would lie in the past."))
    row = VolunteerActivity(
        title=title.strip(),
        division=division,
        contract=contract,
        organization=organization,
        place=place.strip(),
        starts_at=starts_at,
        ends_at=ends_at,
        places=places,
        risk_notice=risk_notice.strip(),
        is_risky=is_risky,
        is_insured=is_insured,
        code=new_token(by=by),
        planned_at=now,
        planned_by=by,
    )
    with transaction.atomic():
        row.full_clean(exclude={"code"})
        row.save()
        after = {"title": row.title, "starts_at": starts_at, "places": places, "is_risky": is_risky}
        audit.record(by=by, verb="projects.activity.planned", row=row, now=now, after=after)
    return row


def _check_contract(contract: Contract | None, organization: SocialOrganization | None, division: Division) -> None:
    """Refuse a contract that is not of this organization and place, or that does not run."""
    if contract is None:
        return
    of_it = organization is not None and contract.organization_id == organization.pk
    if not of_it or contract.division_id != division.pk or contract.status != ContractStatus.RUNNING:
        raise refusals.ActivityNotYours(field="contract")


def open_activity(*, by: User, now: dt.datetime, activity: VolunteerActivity) -> VolunteerActivity:
    """Open an activity for sign-in; a risky one only when its volunteers are insured and told of the risks.

    Raises:
        InsuranceMissing.
        MoveForbidden, MoveClosed: as for every move.
    Basis: Regulations on Volunteer Service art. 17.
    """
    lifecycle.require(activity, "open", by=by)
    with transaction.atomic():
        row = _locked(activity)
        if row.is_risky and not (row.is_insured and row.risk_notice):
            raise refusals.InsuranceMissing
        return lifecycle.move(row, "open", by=by, now=now)


def end_activity(*, by: User, now: dt.datetime, activity: VolunteerActivity) -> VolunteerActivity:
    """End an activity; who has not signed out by its planned end is taken to have served until then, with a flag.

    Raises:
        HoursOpen: volunteers are signed in and the planned end has not come.
        MoveForbidden, MoveClosed: as for every move.
    """
    lifecycle.require(activity, "end", by=by)
    with transaction.atomic():
        row = _locked(activity)
        waiting = list(row.hours.filter(status=HourStatus.SIGNED_IN).order_by("pk"))
        if waiting and now < row.ends_at:
            raise refusals.HoursOpen(count=len(waiting))
        for hours in waiting:
            _end_by_plan(by, now, hours)
        return lifecycle.move(row, "end", by=by, now=now)


def cancel_activity(*, by: User, now: dt.datetime, activity: VolunteerActivity, reason: str) -> VolunteerActivity:
    """Cancel an activity at which nobody has served, with the reason.

    Raises:
        HoursOpen: somebody has signed in.
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    lifecycle.require(activity, "cancel", by=by)
    refuse_personal_numbers(reason=reason)
    with transaction.atomic():
        row = _locked(activity)
        served = row.hours.exclude(status=HourStatus.REJECTED).count()
        if served:
            raise refusals.HoursOpen(count=served)
        return lifecycle.move(row, "cancel", by=by, now=now, reason=reason)


# --- Hours


def sign_in(*, by: User, now: dt.datetime, activity: VolunteerActivity, code: str) -> ServiceHour:
    """Sign in to an open activity with the code that stands at the place.

    Raises:
        VolunteerUnfit: `by` is not a person.
        SignInCodeWrong, SignInNotNow, ActivityFull.
        SignedInAlready, HoursOverlap: recorded here or elsewhere at this time.
    Basis: Regulations on Volunteer Service art. 19.
    """
    if by.kind not in PEOPLE:
        raise refusals.VolunteerUnfit
    with transaction.atomic():
        row = _locked(activity)
        if not secrets.compare_digest(plain_token(code).encode(), row.code.encode()):
            raise refusals.SignInCodeWrong(field="code")
        first = row.starts_at - dt.timedelta(minutes=value(EARLY_MINUTES, row.division, timezone.localdate(now)))
        if row.status != ActivityStatus.OPEN or not first <= now < row.ends_at:
            raise refusals.SignInNotNow(first=_clock(first), last=_clock(row.ends_at))
        if row.hours.exclude(status=HourStatus.REJECTED).count() >= row.places:
            raise refusals.ActivityFull(places=row.places)
        hours = ServiceHour(activity=row, volunteer=by, source=HourSource.QR, recorded_by=by, signed_in_at=now)
        _insert(hours)
        audit.record(by=by, verb="projects.service_hour.signed_in", row=hours, now=now, after={"source": hours.source})
    return hours


def _clock(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _insert(hours: ServiceHour) -> None:
    """Insert a record; what the database finds against it is said in words."""
    try:
        with transaction.atomic():
            hours.save(force_insert=True)
    except IntegrityError as error:
        refusal = _explained(hours, error)
        if refusal is None:
            raise
        raise refusal from error


def _explained(hours: ServiceHour, error: IntegrityError) -> DomainError | None:
    constraint = constraint_of(error)
    if constraint == "servicehour_once_each":
        return refusals.SignedInAlready()
    if constraint in {"servicehour_one_place_at_a_time", "servicehour_overlaps_no_other"}:
        return refusals.HoursOverlap(person=hours.volunteer.display_name or hours.volunteer.username)
    return None


def sign_out(*, by: User, now: dt.datetime, activity: VolunteerActivity, volunteer: User | None = None) -> ServiceHour:
    """Sign out, or sign somebody out as a manager; whole minutes within the activity count, up to the cap of the day.

    Raises:
        NotSignedIn: the person is not signed in there.
        MoveForbidden: somebody else's record, and `by` does not manage the activity.
    """
    with transaction.atomic():
        hours = _locked_hours(activity.hours.filter(volunteer=volunteer or by, status=HourStatus.SIGNED_IN))
        if hours is None:
            raise refusals.NotSignedIn
        return _signed_out(by, now, hours, now)


def _locked_hours(rows: Any) -> ServiceHour | None:
    found: ServiceHour | None = (
        rows.select_for_update(of=("self",)).select_related("activity__division", "volunteer").order_by("pk").first()
    )
    return found


def _signed_out(
    by: User, now: dt.datetime, hours: ServiceHour, at: dt.datetime, *, is_end_planned: bool = False
) -> ServiceHour:
    """Write the end of a record; the person's row is locked, so that two records of a day take turns with its cap."""
    User.objects.select_for_update(no_key=True).get(pk=hours.volunteer_id)
    activity, day = hours.activity, timezone.localdate(hours.signed_in_at)
    served = minutes_served(hours.signed_in_at, at, activity.starts_at, activity.ends_at)
    cap = value(DAILY_CAP, activity.division, day)
    changes = {
        "signed_out_at": at,
        "minutes": within_the_day(served, minutes_on(hours.volunteer, day), cap),
        "is_end_planned": is_end_planned,
    }
    try:
        with transaction.atomic():
            return lifecycle.move(hours, "sign_out", by=by, now=now, changes=changes)
    except IntegrityError as error:
        refusal = _explained(hours, error)
        if refusal is None:
            raise
        raise refusal from error


def _end_by_plan(by: User, now: dt.datetime, hours: ServiceHour) -> ServiceHour:
    end = max(hours.activity.ends_at, hours.signed_in_at)
    return _signed_out(by, now, hours, end, is_end_planned=True)


def end_missing(*, by: User, now: dt.datetime) -> int:
    """Take the planned end for records that nobody has signed out of, some time after it, and flag them; say how many.

    Each in its own transaction; harmless when repeated.
    """
    open_ones = ServiceHour.objects.filter(status=HourStatus.SIGNED_IN, activity__ends_at__lt=now)
    ended = 0
    for key in list(open_ones.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            hours = _locked_hours(ServiceHour.objects.filter(pk=key, status=HourStatus.SIGNED_IN))
            if hours is None:
                continue
            wait = value(LATE_MINUTES, hours.activity.division, timezone.localdate(now))
            if hours.activity.ends_at + dt.timedelta(minutes=wait) > now:
                continue
            _end_by_plan(by, now, hours)
            ended += 1
    return ended


def enter_hours(
    *,
    by: User,
    now: dt.datetime,
    activity: VolunteerActivity,
    sheet: Sequence[tuple[User, dt.datetime, dt.datetime]],
    source: str = HourSource.SHEET,
) -> list[ServiceHour]:
    """Enter an attendance sheet: volunteer, from, to; all rows or none. Somebody else verifies them.

    Raises:
        NotAllowed: `by` does not manage the activity.
        SheetEmpty, HoursDatesUnfit, VolunteerUnfit, ActivityFull.
        SignedInAlready, HoursOverlap: somebody is recorded here or elsewhere at that time.
    """
    if not sheet:
        raise refusals.SheetEmpty(field="sheet")
    with transaction.atomic():
        row = _locked(activity)
        if not by.has_perm("projects.enter_hours", row):
            raise NotAllowed
        if row.hours.exclude(status=HourStatus.REJECTED).count() + len(sheet) > row.places:
            raise refusals.ActivityFull(places=row.places)
        return [_enter_one(by, now, row, line, source) for line in _checked(row, sheet, now)]


def _checked(
    activity: VolunteerActivity, sheet: Sequence[tuple[User, dt.datetime, dt.datetime]], now: dt.datetime
) -> Iterable[tuple[User, dt.datetime, dt.datetime]]:
    open_or_over = activity.status in (ActivityStatus.OPEN, ActivityStatus.ENDED)
    for person, begun, ended in sheet:
        if person.kind not in PEOPLE:
            raise refusals.VolunteerUnfit
        if not open_or_over or not activity.starts_at <= begun < ended <= min(activity.ends_at, now):
            raise refusals.HoursDatesUnfit(field="sheet")
    return sheet


def _enter_one(
    by: User,
    now: dt.datetime,
    activity: VolunteerActivity,
    line: tuple[User, dt.datetime, dt.datetime],
    source: str,
) -> ServiceHour:
    person, begun, ended = line
    hours = ServiceHour(activity=activity, volunteer=person, source=source, recorded_by=by, signed_in_at=begun)
    _insert(hours)
    audit.record(by=by, verb="projects.service_hour.entered", row=hours, now=now, after={"source": source})
    return _signed_out(by, now, hours, ended)


def verify_hours(*, by: User, now: dt.datetime, hours: ServiceHour) -> ServiceHour:
    """Verify a record, by another person than the volunteer and whoever recorded it.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    Basis: Regulations on Volunteer Service art. 19 (truthful records).
    """
    return lifecycle.move(hours, "verify", by=by, now=now)


def reject_hours(*, by: User, now: dt.datetime, hours: ServiceHour, reason: str) -> ServiceHour:
    """Reject a record, with the reason; it counts for nothing.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    refuse_personal_numbers(reason=reason)
    return lifecycle.move(hours, "reject", by=by, now=now, reason=reason)


# --- Points


def credit_verified(*, by: User, now: dt.datetime, today: dt.date) -> int:
    """Post the points of verified records to the books of their communities, each once, and return how many records.

    Each record in its own transaction; one that cannot be posted is left and never stops the others. A record of less
    than a point is credited without a voucher.
    Basis: report S3.
    """
    credited = 0
    waiting = ServiceHour.objects.filter(status=HourStatus.VERIFIED).order_by("pk").values_list("pk", flat=True)
    for key in list(waiting):
        try:
            credited += _credit(key, by, now, today)
        except DomainError as refusal:
            logger.warning("hours not credited", extra={"hours": key, "reason": type(refusal).__name__})
    return credited


def _credit(key: int, by: User, now: dt.datetime, today: dt.date) -> int:
    with transaction.atomic():
        hours = _locked_hours(ServiceHour.objects.filter(pk=key, status=HourStatus.VERIFIED))
        if hours is None:
            return 0
        served_on = timezone.localdate(hours.signed_in_at)
        points = points_for(hours.minutes, value(MINUTES_PER_POINT, hours.activity.division, served_on))
        journal = _post(hours, points, by, now, today) if points else None
        lifecycle.move(hours, "credit", by=by, now=now, changes={"points": points, "journal": journal})
        return 1


def _post(hours: ServiceHour, points: int, by: User, now: dt.datetime, today: dt.date) -> Journal:
    """Post the points of one record; the voucher names the record and nobody."""
    book = book_of(hours.activity.division, by, now, today)
    with override(settings.LANGUAGE_CODE):
        memo = _("Points of service record %(number)s") % {"number": hours.pk}
    source, account = source_of(book, by, now), account_of(book, hours.volunteer, by, now)
    return post_journal(
        by=by,
        book=book,
        kind=JournalKind.ALLOCATION,
        key=f"service-hour:{hours.pk}",
        posted_on=today,
        memo=memo,
        lines=[Line(source, account, Decimal(points))],
        now=now,
    )
