"""Records of services, posts that were bought, venues operated and awards won."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.notices.models import Visibility
from communities.notices.operations import store_photo
from communities.notices.policy import read_file
from communities.people.policy import refuse_personal_numbers
from communities.territory.models import Division
from communities.venues.models import Venue
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import NotAllowed
from governance.outbox import operations as outbox
from projects.contracts import checks
from projects.contracts.judging.models import Deliverable
from projects.contracts.models import Contract, ContractKind
from projects.contracts.services import refusals
from projects.contracts.services.models import (
    FORBIDDEN_SINCE,
    PostKind,
    ProjectAward,
    PurchasedPosts,
    ServiceKind,
    ServiceRecord,
    VenueOperation,
)

if TYPE_CHECKING:
    from governance.accounts.models import User
    from socialorgs.register.models import SocialOrganization

HOURS_OF_A_WEEK = 168


def record_service(
    *,
    by: User,
    now: dt.datetime,
    contract: Contract,
    kind: str,
    served_on: dt.date,
    place: str,
    people: int,
    hours: Decimal = Decimal(0),
    deliverable: Deliverable | None = None,
    note: str = "",
) -> ServiceRecord:
    """Record what was done on one day for how many people, without names; the community confirms it.

    Raises:
        NotAllowed: `by` does not act for the organization.
        ContractNotRunning, ServiceDayUnfit, ServiceUnfit, PersonalNumbersFound.
    Basis: report S3 (services for the elderly).
    """
    refuse_personal_numbers(note=note, place=place)
    if not by.has_perm("projects.act_for_implementer", contract):
        raise NotAllowed
    with transaction.atomic():
        row = checks.signed(contract)
        if not row.starts_on <= served_on <= min(row.last_day, timezone.localdate(now)):
            raise refusals.ServiceDayUnfit(
                field="served_on", begins=row.starts_on, ends=row.last_day, today=timezone.localdate(now)
            )
        if people < 1 or hours < 0 or kind not in ServiceKind.values or not place.strip():
            raise refusals.ServiceUnfit(field="people", reason=_("Enter where it was and how many people came."))
        if deliverable is not None and deliverable.contract_id != row.pk:
            raise refusals.ServiceUnfit(field="deliverable", reason=_("This item belongs to another contract."))
        record = ServiceRecord(
            contract=row,
            kind=kind,
            deliverable=deliverable,
            served_on=served_on,
            place=place.strip(),
            people=people,
            hours=hours,
            note=note.strip(),
            entered_at=now,
            entered_by=by,
        )
        record.full_clean()
        record.save()
        after = {"kind": kind, "served_on": served_on, "people": people}
        audit.record(by=by, verb="projects.service_record.entered", row=record, now=now, after=after)
    return record


def confirm_service(*, by: User, now: dt.datetime, record: ServiceRecord) -> ServiceRecord:
    """Confirm for the community that the service was done, by another person than recorded it.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    return lifecycle.move(record, "confirm", by=by, now=now)


def reject_service(*, by: User, now: dt.datetime, record: ServiceRecord, reason: str) -> ServiceRecord:
    """Reject a record, with the reason; it does not count.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(record, "reject", by=by, now=now, reason=reason)


def record_posts(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    kind: str,
    posts: int,
    amount: Decimal,
    starts_on: dt.date,
    ends_on: dt.date,
    agency_name: str = "",
    agency: SocialOrganization | None = None,
    contract: Contract | None = None,
    filled: int = 0,
    results: str = "",
    source: str = "",
) -> PurchasedPosts:
    """Record posts that a street bought from an agency; since March 2020 only with their service contract and its results.

    Older ones are history and stay as they were (a warning is shown, nothing is refused).

    Raises:
        NotAllowed: `by` does not contract for the place.
        PostsForbidden: begun since March 2020 without contract or results.
        PostsUnfit, PersonalNumbersFound.
    Basis: Ministry of Finance order 102 art. 10; report S3.
    """
    refuse_personal_numbers(results=results, agency_name=agency_name)
    if not by.has_perm("projects.manage_contract", division):
        raise NotAllowed
    if starts_on >= FORBIDDEN_SINCE and (contract is None or not results.strip()):
        raise refusals.PostsForbidden(field="contract")
    if ends_on <= starts_on or posts < 1 or not 0 <= filled <= posts or amount <= 0 or kind not in PostKind.values:
        raise refusals.PostsUnfit(
            field="posts", reason=_("Enter posts, those filled among them, an amount and a term that runs forward.")
        )
    with transaction.atomic():
        if contract is not None:
            found = checks.locked(contract)
            if found.kind != ContractKind.POSTS or found.division_id != division.pk or amount > found.amount:
                reason = _("The contract is about something else, about another place, or gives less.")
                raise refusals.PostsUnfit(field="contract", reason=reason)
            if PurchasedPosts.objects.filter(contract=found).exists():
                raise refusals.PostsUnfit(field="contract", reason=_("The posts of this contract have been recorded."))
            agency = found.organization
        name = agency.name if agency is not None else agency_name.strip()
        if not name:
            raise refusals.PostsUnfit(field="agency_name", reason=_("Name the agency."))
        row = PurchasedPosts(
            division=division,
            contract=contract,
            kind=kind,
            agency=agency,
            agency_name=name,
            posts=posts,
            filled=filled,
            amount=amount,
            starts_on=starts_on,
            ends_on=ends_on,
            results=results.strip(),
            source=source.strip(),
            entered_at=now,
            entered_by=by,
        )
        row.full_clean()
        row.save()
        after = {"kind": kind, "posts": posts, "amount": amount, "starts_on": starts_on}
        audit.record(by=by, verb="projects.posts.recorded", row=row, now=now, after=after)
    return row


def fill_posts(*, by: User, now: dt.datetime, purchased: PurchasedPosts, filled: int) -> PurchasedPosts:
    """Write down how many of the posts are filled now.

    Raises:
        NotAllowed: `by` neither contracts for the place nor acts for the agency.
        PostsUnfit: more than were bought.
    """
    with transaction.atomic():
        row = PurchasedPosts.objects.select_for_update(of=("self",)).select_related("division").get(pk=purchased.pk)
        for_agency = row.contract is not None and by.has_perm("projects.act_for_implementer", row.contract)
        if not (for_agency or by.has_perm("projects.manage_contract", row.division)):
            raise NotAllowed
        if not 0 <= filled <= row.posts:
            raise refusals.PostsUnfit(field="filled", reason=_("At most %(posts)s are bought.") % {"posts": row.posts})
        before = {"filled": row.filled}
        row.filled = filled
        row.save(update_fields=["filled"])
        audit.record(by=by, verb="projects.posts.filled", row=row, now=now, before=before, after={"filled": filled})
    return row


def describe_venue(
    *,
    by: User,
    now: dt.datetime,
    contract: Contract,
    venue: Venue,
    hours_a_week: int,
    opening_hours: str,
    services: str,
    free_services: str = "",
    handed_over: str = "",
) -> VenueOperation:
    """Say which venue a contract is about: when it is open, what is used there, what is free, what was handed over.

    Before the contract is offered, once.

    Raises:
        NotAllowed: `by` does not contract for the place.
        VenueUnfit: the contract is about something else, or past its draft; the venue is of another place or was given
            up; or the hours cannot be.
        PersonalNumbersFound.
    Basis: report S1 (organizations operate service centres).
    """
    refuse_personal_numbers(services=services, free_services=free_services, handed_over=handed_over)
    with transaction.atomic():
        row = checks.locked(contract)
        if not by.has_perm("projects.manage_contract", row):
            raise NotAllowed
        if row.kind != ContractKind.VENUE or VenueOperation.objects.filter(contract=row).exists():
            reason = _("The contract is not about a venue, or its venue has been described.")
            raise refusals.VenueUnfit(field="venue", reason=reason)
        if row.status != "DRAFT":
            raise refusals.VenueUnfit(field="venue", reason=_("What is offered stays as it is."))
        if not venue.division.path.startswith(row.division.path) or venue.closed_on is not None:
            raise refusals.VenueUnfit(field="venue", reason=_("The venue is of another place, or was given up."))
        if not 1 <= hours_a_week <= HOURS_OF_A_WEEK:
            raise refusals.VenueUnfit(field="hours_a_week", reason=_("Enter from 1 to 168 hours a week."))
        operation = VenueOperation(
            contract=row,
            venue=venue,
            hours_a_week=hours_a_week,
            opening_hours=opening_hours.strip(),
            services=services.strip(),
            free_services=free_services.strip(),
            handed_over=handed_over.strip(),
            entered_at=now,
            entered_by=by,
        )
        operation.full_clean()
        operation.save()
        audit.record(by=by, verb="projects.venue.described", row=operation, now=now, after={"venue": venue.pk})
    return operation


def enter_award(
    *,
    by: User,
    now: dt.datetime,
    contract: Contract,
    title: str,
    level: str,
    granted_by: str,
    granted_on: dt.date,
    is_brand: bool = False,
    why: str = "",
    certificate: tuple[str, bytes] | None = None,
) -> ProjectAward:
    """Enter an award that a project won, by its organization or the street; another person confirms it before it is public.

    Raises:
        NotAllowed: `by` neither acts for the organization nor contracts for the place.
        AwardDayUnfit, AwardKnown, PersonalNumbersFound.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: the certificate may not be stored.
    Basis: report S0 (brand projects and awards).
    """
    refuse_personal_numbers(title=title, why=why)
    read = read_file(*certificate) if certificate is not None else None
    stored = None
    try:
        with transaction.atomic():
            row = checks.locked(contract)
            award = ProjectAward(
                contract=row,
                title=title.strip(),
                level=level,
                granted_by=granted_by.strip(),
                granted_on=granted_on,
                is_brand=is_brand,
                why=why.strip(),
                entered_at=now,
                entered_by=by,
            )
            _check_award(by, award, timezone.localdate(now))
            if read is not None:
                stored = store_photo(by=by, now=now, division=row.division, photo=read, visibility=Visibility.PUBLIC)
                award.certificate = stored
            award.full_clean()
            award.save()
            audit.record(by=by, verb="projects.award.entered", row=award, now=now, after={"title": award.title})
            outbox.emit(by=by, topic="projects.award.entered", row=row, now=now)
    except BaseException:
        if stored is not None:
            stored.file.delete(save=False)
        raise
    return award


def _check_award(by: User, award: ProjectAward, today: dt.date) -> None:
    row = award.contract
    if not (by.has_perm("projects.act_for_implementer", row) or by.has_perm("projects.manage_contract", row)):
        raise NotAllowed
    if row.signed_on is None or not row.signed_on <= award.granted_on <= today:
        raise refusals.AwardDayUnfit(field="granted_on", signed=row.signed_on or "—", today=today)
    known = row.awards.filter(title=award.title, granted_by=award.granted_by).exclude(status="REJECTED")
    if known.exists():
        raise refusals.AwardKnown(field="title", granted_by=award.granted_by)


def confirm_award(*, by: User, now: dt.datetime, award: ProjectAward) -> ProjectAward:
    """Confirm an award after looking at its certificate, by another person than entered it.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    return lifecycle.move(award, "confirm", by=by, now=now)


def reject_award(*, by: User, now: dt.datetime, award: ProjectAward, reason: str) -> ProjectAward:
    """Reject an award that cannot be confirmed, with the reason.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(award, "reject", by=by, now=now, reason=reason)
