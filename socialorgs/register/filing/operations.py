"""Filing a community organization, confirming it year by year, its step up to registration, its classes."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow
from socialorgs.register import operations as register
from socialorgs.register.filing.models import (
    Filing,
    FilingConfirmation,
    FilingCounter,
    OrganizationClass,
)
from socialorgs.register.filing.policy import SCHEMES, Scheme, names_in, number_of
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import OrganizationType, SocialOrganization, Standing
from socialorgs.register.policy import FILED_LEAST_MEMBERS
from socialorgs.register.refusals import RegisterPlaceClosed, TooFewMembers

if TYPE_CHECKING:
    from governance.accounts.models import User


class NotACommunity(Invalid):
    """A group is filed where it acts: in a community."""

    code = "filing_not_in_a_community"
    message = _("A group is filed in its community; %(place)s is none.")


class FilingNameTaken(Conflict):
    """Another group of the community bears the name."""

    code = "filing_name_taken"
    message = _("There is already an organization “%(name)s” in this community.")


class NotFiled(NotNow):
    """What is asked belongs to filed organizations."""

    code = "organization_not_filed"
    message = _("“%(organization)s” is no active filed organization.")


class YearUnfit(Invalid):
    """A year is confirmed once it is over, and only if the organization existed in it."""

    code = "confirmation_year_unfit"
    message = _("The year %(year)s is not over, or the organization did not exist in it.")


class YearReported(Conflict):
    """A year is reported once, unless the report was returned."""

    code = "confirmation_year_reported"
    message = _("The year %(year)s has been reported already.")


class ClassUnknown(Invalid):
    """The word is none of the scheme's classes here."""

    code = "organization_class_unknown"
    message = _("“%(word)s” is none of the classes of “%(scheme)s” here.")


@dataclass(frozen=True, slots=True)
class Described:
    """What a group says of itself when it asks to be filed; members stand one a line."""

    name: str
    form: str
    service_class: str
    purpose: str
    activity_place: str
    head_name: str
    contact: str
    members: str
    rules_text: str

    def plain(self) -> dict[str, str]:
        """Return the columns as they are stored."""
        found = {key: str(text).strip() for key, text in asdict(self).items()}
        return {**found, "members": "\n".join(names_in(self.members))}


def _check(division: Division, described: Described, today: dt.date, *, but: Filing | None = None) -> dict[str, str]:
    """Refuse what cannot be filed, and return the columns."""
    plain = described.plain()
    if division.tier != Tier.COMMUNITY:
        raise NotACommunity(field="division", place=division.name)
    if division.status != DivisionStatus.ACTIVE:
        raise RegisterPlaceClosed(field="division", place=division.name)
    shown = ("name", "purpose", "activity_place", "rules_text", "members")
    refuse_personal_numbers(**{key: plain[key] for key in shown})
    least = value(FILED_LEAST_MEMBERS, division, today)
    if len(names_in(plain["members"])) < least:
        raise TooFewMembers(field="members", least=least)
    others = Filing.objects.filter(division=division, name=plain["name"]).exclude(status__in=["REFUSED", "WITHDRAWN"])
    known = SocialOrganization.objects.filter(division=division, name=plain["name"]).exclude(
        status__in=["DEREGISTERED", "REVOKED"]
    )
    if but is not None:
        others = others.exclude(pk=but.pk)
    if others.exists() or known.exists():
        raise FilingNameTaken(field="name", name=plain["name"])
    return plain


def submit_filing(*, by: User, now: dt.datetime, division: Division, described: Described) -> Filing:
    """Ask that a group be filed in its community.

    Raises:
        NotAllowed: not signed in.
        NotACommunity, RegisterPlaceClosed, TooFewMembers, FilingNameTaken, PersonalNumbersFound.
    Basis: Opinions on Cultivating Community Social Organizations.
    """
    require(by, "socialorgs.submit_filing", division)
    plain = _check(division, described, timezone.localdate(now))
    row = Filing(division=division, submitted_by=by, submitted_at=now, **plain)
    row.full_clean()
    with transaction.atomic():
        row.save()
        after = {"name": row.name, "members": row.members_count}
        audit.record(by=by, verb="socialorgs.filing.submitted", row=row, now=now, after=after)
    return row


def resubmit_filing(*, by: User, now: dt.datetime, filing: Filing, described: Described) -> Filing:
    """Submit a returned filing again, corrected.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        TooFewMembers, FilingNameTaken, PersonalNumbersFound …: as for `submit_filing`.
    """
    lifecycle.require(filing, "resubmit", by=by)
    plain = _check(filing.division, described, timezone.localdate(now), but=filing)
    return lifecycle.move(filing, "resubmit", by=by, now=now, changes={**plain, "remark": ""})


def recommend_filing(*, by: User, now: dt.datetime, filing: Filing, opinion: str) -> Filing:
    """Give the community's opinion, so that the street may file the group.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        ReasonMissing: no opinion.
    """
    lifecycle.require(filing, "recommend", by=by)
    if not opinion.strip():
        raise lifecycle.ReasonMissing(field="opinion")
    refuse_personal_numbers(opinion=opinion)
    return lifecycle.move(filing, "recommend", by=by, now=now, changes={"opinion": opinion.strip()})


def send_filing_back(*, by: User, now: dt.datetime, filing: Filing, reason: str) -> Filing:
    """Return a filing to its head, who may correct it.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(filing, "send_back", by=by, now=now, reason=reason, changes={"remark": reason.strip()})


def refuse_filing(*, by: User, now: dt.datetime, filing: Filing, reason: str) -> Filing:
    """Refuse a filing for good.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(filing, "refuse", by=by, now=now, reason=reason, changes={"remark": reason.strip()})


def file_filing(*, by: User, now: dt.datetime, filing: Filing) -> Filing:
    """File a group under the street's next number: from then on it is an organization of the register.

    Entered by who recommended it, checked by who files it; its head may act for it at once.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        TooFewMembers, FilingNumberTaken: what the register asks of a filed body.
    Basis: Opinions on Cultivating Community Social Organizations.
    """
    lifecycle.require(filing, "file", by=by)
    today = timezone.localdate(now)
    with transaction.atomic():
        fresh = Filing.objects.select_for_update(of=("self",)).select_related("division__parent").get(pk=filing.pk)
        recommender = fresh.recommended_by
        if recommender is None or by in (recommender, fresh.submitted_by):
            return lifecycle.move(fresh, "file", by=by, now=now)
        number = _next_number(fresh.division.parent or fresh.division, today.year)
        organization = register.enter_organization(
            by=recommender,
            now=now,
            name=fresh.name,
            organization_type=OrganizationType.COMMUNITY_ORGANIZATION,
            standing=Standing.FILED,
            division=fresh.division,
            head_name=fresh.head_name,
            founded_on=today,
            filing_number=number,
            service_class=fresh.service_class,
            contact=fresh.contact,
            members_count=fresh.members_count,
            scope=fresh.purpose,
        )
        organization = lifecycle.move(organization, "verify", by=by, now=now)
        if by.has_perm("socialorgs.appoint_for_organization", organization):
            register.appoint_for_organization(
                by=by, now=now, organization=organization, user=fresh.submitted_by, valid_from=today
            )
        changes = {"number": number, "organization": organization}
        return lifecycle.move(fresh, "file", by=by, now=now, changes=changes, payload={"number": number})


def _next_number(street: Division, year: int) -> str:
    """Return the street's next number of a year; whoever files at the same moment waits."""
    FilingCounter.objects.get_or_create(division=street, year=year)
    counter = FilingCounter.objects.select_for_update().get(division=street, year=year)
    place = street.short_name or street.name
    while True:
        counter.last += 1
        number = number_of(place, year, counter.last)
        if not SocialOrganization.objects.filter(filing_number=number).exists():
            break
    counter.save(update_fields=["last"])
    return number


def report_year(
    *,
    by: User,
    now: dt.datetime,
    organization: SocialOrganization,
    year: int,
    members_count: int,
    activities: int,
    report: str,
) -> FilingConfirmation:
    """Report what a filed organization did in a year that is over, so that the street may confirm it.

    Raises:
        NotAllowed: neither for the organization nor of the community.
        NotFiled, YearUnfit, YearReported, TooFewMembers, PersonalNumbersFound.
    """
    require(by, "socialorgs.report_filed_organization", organization)
    refuse_personal_numbers(report=report)
    today = timezone.localdate(now)
    with transaction.atomic():
        locked = SocialOrganization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization.pk)
        if locked.standing != Standing.FILED or locked.status != OrganizationStatus.ACTIVE:
            raise NotFiled(organization=locked.name)
        if not locked.founded_on.year <= year < today.year:
            raise YearUnfit(field="year", year=year)
        least = value(FILED_LEAST_MEMBERS, locked.division, today)
        if members_count < least:
            raise TooFewMembers(field="members_count", least=least)
        if locked.confirmations.filter(year=year).exclude(status="RETURNED").exists():
            raise YearReported(field="year", year=year)
        row = FilingConfirmation(
            organization=locked,
            year=year,
            members_count=members_count,
            activities=activities,
            report=report.strip(),
            reported_at=now,
            reported_by=by,
        )
        row.full_clean()
        row.save()
        after = {"year": year, "members_count": members_count, "activities": activities}
        audit.record(by=by, verb="socialorgs.filing_confirmation.reported", row=row, now=now, after=after)
        return row


def send_year_back(*, by: User, now: dt.datetime, confirmation: FilingConfirmation, reason: str) -> FilingConfirmation:
    """Return the report of a year; another may follow.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    changes = {"remark": reason.strip()}
    return lifecycle.move(confirmation, "send_back", by=by, now=now, reason=reason, changes=changes)


def upgrade_organization(
    *,
    by: User,
    now: dt.datetime,
    organization: SocialOrganization,
    organization_type: str,
    credit_code: str,
    registrar: str,
    capital: Decimal | None = None,
) -> SocialOrganization:
    """Record that the registrar has registered a body that was only filed; it keeps its number and its history.

    Raises:
        NotAllowed: neither of the street nor of the district.
        NotFiled: it is not filed, or is no more.
        CodeMissing, CreditCode…, CodeTaken: not a right code of its own.
    """
    require(by, "socialorgs.upgrade_organization", organization)
    with transaction.atomic():
        row = SocialOrganization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization.pk)
        if row.standing != Standing.FILED or row.status != OrganizationStatus.ACTIVE:
            raise NotFiled(organization=row.name)
        return register.edit_organization(
            by=by,
            now=now,
            organization=row,
            name=row.name,
            organization_type=organization_type,
            standing=Standing.REGISTERED,
            head_name=row.head_name,
            founded_on=row.founded_on,
            credit_code=credit_code,
            filing_number=row.filing_number or "",
            service_class=row.service_class,
            registrar=registrar,
            supervising_body=row.supervising_body,
            contact=row.contact,
            members_count=row.members_count,
            capital=row.capital if capital is None else capital,
            scope=row.scope,
        )


def classify_organization(
    *, by: User, now: dt.datetime, organization: SocialOrganization, scheme: str, word: str
) -> OrganizationClass:
    """Sort an organization into a class of one scheme; a class of the same scheme is replaced.

    Raises:
        NotAllowed: not staff of the place.
        ClassUnknown: the scheme has no such class in this place today.
    """
    require(by, "socialorgs.classify_organization", organization)
    classes = value(SCHEMES[scheme], organization.division, timezone.localdate(now))
    if word not in classes:
        raise ClassUnknown(field="word", word=word, scheme=Scheme(scheme).label)
    given = {"word": word, "classified_at": now, "classified_by": by}
    try:
        with transaction.atomic():
            before = OrganizationClass.objects.filter(organization=organization, scheme=scheme).first()
            row, _made = OrganizationClass.objects.update_or_create(
                organization=organization, scheme=scheme, defaults=given
            )
            audit.record(
                by=by,
                verb="socialorgs.organization.classified",
                row=organization,
                now=now,
                before={scheme: before.word} if before else {},
                after={scheme: word},
            )
    except IntegrityError as error:
        raise ClassUnknown(field="word", word=word, scheme=scheme) from error
    return row
