"""Mirroring the registrar's record: entries, their check and end, credit lists, inspections, who acts for a body."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from communities.people.policy import refuse_personal_numbers
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division
from governance import lifecycle
from governance.accounts.masking import mask_name
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Stale
from governance.outbox import operations as outbox
from socialorgs.register.entering import take_over, write
from socialorgs.register.lifecycle import ENDED, OrganizationStatus
from socialorgs.register.models import (
    AnnualInspection,
    CreditListing,
    InspectionConclusion,
    OrganizationAppointment,
    SocialOrganization,
)
from socialorgs.register.queries import OrganizationHindered, require_good_standing
from socialorgs.register.refusals import (
    AlreadyActs,
    AppointmentEnded,
    ConclusionUnknown,
    EndUnfit,
    InspectionKnown,
    InspectionYearUnfit,
    ListingEnded,
    ListingKnown,
    ListingUnfit,
    OrganizationEnded,
    RegisterPlaceClosed,
)

if TYPE_CHECKING:
    from governance.accounts.models import User

__all__ = ["OrganizationHindered", "require_good_standing"]
"""What other rooms also find here: the gate, which only reads."""


def _locked(organization: SocialOrganization) -> SocialOrganization:
    """Return the organization, locked against whoever checks its standing for a contract or a payment."""
    rows = SocialOrganization.objects.select_for_update(of=("self",), no_key=True).select_related("division")
    return rows.get(pk=organization.pk)


def enter_organization(
    *,
    by: User,
    now: dt.datetime,
    name: str,
    organization_type: str,
    standing: str,
    division: Division,
    head_name: str,
    founded_on: dt.date,
    credit_code: str = "",
    filing_number: str = "",
    service_class: str = "",
    registrar: str = "",
    supervising_body: str = "",
    contact: str = "",
    members_count: int | None = None,
    capital: Decimal | None = None,
    scope: str = "",
) -> SocialOrganization:
    """Enter an organization as the registrar or the street has recorded it; another person checks the entry.

    Raises:
        NotAllowed: neither staff of the place nor of the district.
        RegisterPlaceClosed: the place is closed.
        CodeMissing, CreditCode…, CodeTaken: a registered body without a right code of its own.
        CodeOfAFiledBody, FilingNumberMissing, FilingNumberTaken, FiledBodyHasNoForm, TooFewMembers: a filed body that
            is none.
        FoundedLater, PersonalNumbersFound.
    Basis: Regulations on Registration of Social Associations; GB 32100-2015.
    """
    require(by, "socialorgs.enter_organization", division)
    if division.status != DivisionStatus.ACTIVE:
        raise RegisterPlaceClosed(field="division", place=division.name)
    row = SocialOrganization(division=division, entered_by=by, entered_at=now)
    given = {
        "name": name,
        "organization_type": organization_type,
        "standing": standing,
        "credit_code": credit_code,
        "filing_number": filing_number,
        "service_class": service_class,
        "registrar": registrar,
        "supervising_body": supervising_body,
        "head_name": head_name,
        "contact": contact,
        "members_count": members_count,
        "capital": capital,
        "scope": scope,
        "founded_on": founded_on,
    }
    with transaction.atomic():
        take_over(row, given, timezone.localdate(now))
        write(row)
        after = {"name": row.name, "standing": row.standing, "code": row.credit_code or row.filing_number}
        audit.record(by=by, verb="socialorgs.organization.entered", row=row, now=now, after=after)
        outbox.emit(by=by, topic="socialorgs.organization.entered", row=row, now=now)
    return row


def edit_organization(
    *,
    by: User,
    now: dt.datetime,
    organization: SocialOrganization,
    name: str,
    organization_type: str,
    standing: str,
    head_name: str,
    founded_on: dt.date,
    credit_code: str = "",
    filing_number: str = "",
    service_class: str = "",
    registrar: str = "",
    supervising_body: str = "",
    contact: str = "",
    members_count: int | None = None,
    capital: Decimal | None = None,
    scope: str = "",
    version: str = "",
) -> SocialOrganization:
    """Change the entry of an organization after the registrar's record; place and state stay, history is kept.

    Entries that were checked are changed by who may check them. `version` is that of the row when it was read, empty to
    skip the comparison.

    Raises:
        Stale: somebody else has changed it since.
        NotAllowed: the entry is checked and `by` may not check entries, or is not staff of the place.
        OrganizationEnded: it is deregistered or revoked.
        CodeMissing … PersonalNumbersFound: as for `enter_organization`.
    """
    given = {
        "name": name,
        "organization_type": organization_type,
        "standing": standing,
        "credit_code": credit_code,
        "filing_number": filing_number,
        "service_class": service_class,
        "registrar": registrar,
        "supervising_body": supervising_body,
        "head_name": head_name,
        "contact": contact,
        "members_count": members_count,
        "capital": capital,
        "scope": scope,
        "founded_on": founded_on,
    }
    with transaction.atomic():
        row = _locked(organization)
        is_checked = row.status != OrganizationStatus.ENTERED
        require(by, f"socialorgs.{'verify' if is_checked else 'enter'}_organization", row)
        if version and version != row.version:
            raise Stale
        _require_alive(row)
        before = {column: getattr(row, column) for column in given}
        take_over(row, given, timezone.localdate(now))
        changed = [column for column in given if getattr(row, column) != before[column]]
        if changed:
            write(row)
            audit.record(
                by=by,
                verb="socialorgs.organization.edited",
                row=row,
                now=now,
                before={column: _masked(column, before[column]) for column in changed},
                after={column: _masked(column, getattr(row, column)) for column in changed},
            )
    return row


def _masked(column: str, found: Any) -> Any:
    """Return a value as the trail may hold it."""
    if column == "head_name":
        return mask_name(found)
    return bool(found) if column == "contact" else found


def _require_alive(row: SocialOrganization) -> None:
    if row.status in ENDED:
        raise OrganizationEnded(organization=row.name, status=row.get_status_display())


def verify_organization(*, by: User, now: dt.datetime, organization: SocialOrganization) -> SocialOrganization:
    """Confirm that an entry agrees with the registrar's record; from then on it is public.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    return lifecycle.move(organization, "verify", by=by, now=now)


def begin_liquidation(
    *, by: User, now: dt.datetime, organization: SocialOrganization, reason: str
) -> SocialOrganization:
    """Record that a body is being liquidated; it takes part in nothing new.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(organization, "begin_liquidation", by=by, now=now, reason=reason)


def deregister(*, by: User, now: dt.datetime, organization: SocialOrganization, reason: str) -> SocialOrganization:
    """Record the deregistration, or the end of a filing; nobody acts for the body from the next day on.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return _end(organization, "deregister", by=by, now=now, reason=reason)


def revoke(*, by: User, now: dt.datetime, organization: SocialOrganization, reason: str) -> SocialOrganization:
    """Record that the registrar has revoked the registration; nobody acts for the body from the next day on.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return _end(organization, "revoke", by=by, now=now, reason=reason)


def _end(organization: SocialOrganization, name: str, *, by: User, now: dt.datetime, reason: str) -> SocialOrganization:
    tomorrow = timezone.localdate(now) + dt.timedelta(days=1)
    with transaction.atomic():
        fresh = lifecycle.move(organization, name, by=by, now=now, reason=reason)
        for row in OrganizationAppointment.objects.select_for_update().filter(organization=fresh).order_by("pk"):
            if row.valid_to is None or row.valid_to > tomorrow:
                _end_appointment(row, max(tomorrow, row.valid_from + dt.timedelta(days=1)), by, now)
        return fresh


def record_listing(
    *,
    by: User,
    now: dt.datetime,
    organization: SocialOrganization,
    credit_list: str,
    decision_number: str,
    reason: str,
    listed_on: dt.date,
) -> CreditListing:
    """Enter that the registrar has put a body on one of its lists; public at once.

    From the same moment the body is refused by `require_good_standing` if the list is that of serious breaches.

    Raises:
        NotAllowed: not of the registrar's side.
        ListingUnfit: before the founding or in the future.
        ListingKnown: the decision was entered before.
        PersonalNumbersFound.
    Basis: Measures for Credit Information of Social Organizations.
    """
    with transaction.atomic():
        locked = _locked(organization)
        require(by, "socialorgs.record_listing", locked)
        today = timezone.localdate(now)
        if not locked.founded_on <= listed_on <= today:
            raise ListingUnfit(field="listed_on", first=locked.founded_on, last=today)
        refuse_personal_numbers(reason=reason)
        row = CreditListing(
            organization=locked,
            credit_list=credit_list,
            decision_number=decision_number.strip(),
            reason=reason.strip(),
            listed_on=listed_on,
            entered_at=now,
            entered_by=by,
        )
        if locked.listings.filter(credit_list=credit_list, decision_number=row.decision_number).exists():
            raise ListingKnown(field="decision_number", number=row.decision_number)
        row.full_clean()
        row.save()
        after = {"list": credit_list, "decision_number": row.decision_number, "listed_on": listed_on}
        audit.record(by=by, verb="socialorgs.listing.recorded", row=row, now=now, after=after)
        outbox.emit(by=by, topic="socialorgs.listing.recorded", row=row, now=now, payload={"list": credit_list})
        return row


def end_listing(
    *, by: User, now: dt.datetime, listing: CreditListing, removed_on: dt.date, reason: str
) -> CreditListing:
    """Enter that the registrar has taken a body off a list; the entry stays in its history.

    Raises:
        NotAllowed: not of the registrar's side.
        ListingEnded: it was ended before.
        EndUnfit: before the listing or in the future.
        ReasonMissing.
    """
    with transaction.atomic():
        locked = _locked(listing.organization)
        require(by, "socialorgs.record_listing", locked)
        row = CreditListing.objects.select_for_update(of=("self",)).get(pk=listing.pk)
        if not reason.strip():
            raise lifecycle.ReasonMissing(field="reason")
        if row.removed_on is not None:
            raise ListingEnded(day=row.removed_on)
        if not row.listed_on <= removed_on <= timezone.localdate(now):
            raise EndUnfit(field="removed_on", first=row.listed_on)
        row.removed_on = removed_on
        row.save(update_fields=["removed_on"])
        audit.record(
            by=by,
            verb="socialorgs.listing.ended",
            row=row,
            now=now,
            before={"removed_on": None},
            after={"removed_on": removed_on},
            reason=reason,
        )
        outbox.emit(by=by, topic="socialorgs.listing.ended", row=row, now=now)
        return row


def record_inspection(
    *,
    by: User,
    now: dt.datetime,
    organization: SocialOrganization,
    year: int,
    conclusion: str,
    concluded_on: dt.date,
) -> AnnualInspection:
    """Enter the registrar's conclusion on one year of a body.

    Raises:
        NotAllowed: not of the registrar's side.
        ConclusionUnknown.
        InspectionYearUnfit: the year was not over, or the body did not exist in it.
        InspectionKnown: the year has a conclusion.
    Basis: Interim Regulations on Registration of Private Non-enterprise Units art. 23.
    """
    with transaction.atomic():
        locked = _locked(organization)
        require(by, "socialorgs.record_inspection", locked)
        if conclusion not in InspectionConclusion.values:
            raise ConclusionUnknown(field="conclusion", text=conclusion)
        is_over = year < concluded_on.year and concluded_on <= timezone.localdate(now)
        if not is_over or year < locked.founded_on.year:
            raise InspectionYearUnfit(field="year", year=year, day=concluded_on)
        if locked.inspections.filter(year=year).exists():
            raise InspectionKnown(field="year", year=year)
        row = AnnualInspection(
            organization=locked,
            year=year,
            conclusion=conclusion,
            concluded_on=concluded_on,
            entered_at=now,
            entered_by=by,
        )
        row.full_clean()
        row.save()
        after = {"year": year, "conclusion": conclusion, "concluded_on": concluded_on}
        audit.record(by=by, verb="socialorgs.inspection.recorded", row=row, now=now, after=after)
        _tell_failed(row, by, now)
        return row


def _tell_failed(inspection: AnnualInspection, by: User, now: dt.datetime) -> None:
    """Tell who works with a body that it failed; what was passed tells nobody anything."""
    if inspection.conclusion == InspectionConclusion.FAILED:
        outbox.emit(
            by=by, topic="socialorgs.inspection.failed", row=inspection, now=now, payload={"year": inspection.year}
        )


def revise_inspection(
    *,
    by: User,
    now: dt.datetime,
    organization: SocialOrganization,
    year: int,
    conclusion: str,
    concluded_on: dt.date,
    reason: str,
) -> AnnualInspection:
    """Enter that the registrar has changed its conclusion on a year, as after a rectification.

    Raises:
        NotAllowed: not of the registrar's side.
        ConclusionUnknown, ReasonMissing.
        InspectionYearUnfit: the year has no conclusion yet, or the new one lies in the future.
    """
    with transaction.atomic():
        locked = _locked(organization)
        require(by, "socialorgs.record_inspection", locked)
        if conclusion not in InspectionConclusion.values:
            raise ConclusionUnknown(field="conclusion", text=conclusion)
        if not reason.strip():
            raise lifecycle.ReasonMissing(field="reason")
        row = locked.inspections.select_for_update(of=("self",)).filter(year=year).first()
        if row is None or not row.concluded_on <= concluded_on <= timezone.localdate(now):
            raise InspectionYearUnfit(field="year", year=year, day=concluded_on)
        before = {"conclusion": row.conclusion, "concluded_on": row.concluded_on}
        row.conclusion, row.concluded_on = conclusion, concluded_on
        row.save(update_fields=["conclusion", "concluded_on"])
        after = {"conclusion": conclusion, "concluded_on": concluded_on}
        audit.record(
            by=by,
            verb="socialorgs.inspection.revised",
            row=row,
            now=now,
            before=before,
            after=after,
            reason=reason,
        )
        if before["conclusion"] != conclusion:
            _tell_failed(row, by, now)
        return row


def appoint_for_organization(
    *, by: User, now: dt.datetime, organization: SocialOrganization, user: User, valid_from: dt.date
) -> OrganizationAppointment:
    """Appoint a person to act for an organization from a day on.

    Raises:
        NotAllowed: not staff of the street or the district.
        OrganizationEnded: it is deregistered or revoked.
        AlreadyActs: the person acts for it.
    """
    with transaction.atomic():
        locked = _locked(organization)
        require(by, "socialorgs.appoint_for_organization", locked)
        _require_alive(locked)
        if locked.appointments.filter(user=user, valid_to=None).exists():
            raise AlreadyActs(field="user", person=str(user), organization=locked.name)
        row = OrganizationAppointment(organization=locked, user=user, valid_from=valid_from)
        row.full_clean()
        row.save()
        after = {"user": user.pk, "valid_from": valid_from}
        audit.record(by=by, verb="socialorgs.organization_appointment.made", row=row, now=now, after=after)
        return row


def end_appointment(
    *, by: User, now: dt.datetime, appointment: OrganizationAppointment, valid_to: dt.date
) -> OrganizationAppointment:
    """End an appointment; `valid_to` is the first day on which the person acts no more.

    Raises:
        NotAllowed: not staff of the street or the district.
        AppointmentEnded: an end is set already that comes no later.
        EndUnfit: the appointment began on that day or later.
    """
    with transaction.atomic():
        rows = OrganizationAppointment.objects.select_for_update(of=("self",)).select_related("organization__division")
        row = rows.get(pk=appointment.pk)
        require(by, "socialorgs.appoint_for_organization", row)
        if row.valid_to is not None and row.valid_to <= valid_to:
            raise AppointmentEnded(day=row.valid_to)
        if valid_to <= row.valid_from:
            raise EndUnfit(field="valid_to", first=row.valid_from + dt.timedelta(days=1))
        return _end_appointment(row, valid_to, by, now)


def _end_appointment(
    row: OrganizationAppointment, valid_to: dt.date, by: User, now: dt.datetime
) -> OrganizationAppointment:
    before = {"valid_to": row.valid_to}
    row.valid_to = valid_to
    row.save(update_fields=["valid_to"])
    audit.record(
        by=by,
        verb="socialorgs.organization_appointment.ended",
        row=row,
        now=now,
        before=before,
        after={"valid_to": valid_to},
    )
    return row
