"""Barring a body from taking part for a time, by two hands; what holds is asked by `register.queries.hindrances`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.calendar.days import MONTHS, months_later
from governance.errors import Conflict, Invalid
from socialorgs.register.barring.lifecycle import BanStatus
from socialorgs.register.barring.models import ParticipationBan
from socialorgs.register.models import SocialOrganization
from socialorgs.register.policy import BAN_MONTHS

if TYPE_CHECKING:
    from governance.accounts.models import User


class BanTooLong(Invalid):
    """A ban ends after its beginning and within the months that the rules allow."""

    code = "ban_too_long"
    message = _("The ban ends after %(first)s and by %(last)s at the latest.")


class BanKnown(Conflict):
    """The decision was entered before."""

    code = "ban_known"
    message = _("Decision %(number)s has already been entered for this organization.")


def propose_ban(
    *,
    by: User,
    now: dt.datetime,
    organization: SocialOrganization,
    ground: str,
    reason: str,
    decision_number: str,
    starts_on: dt.date,
    ends_on: dt.date,
) -> ParticipationBan:
    """Propose that a body take no part from a day to another; nothing holds before another person confirms it.

    Raises:
        NotAllowed: neither of the street nor of the district.
        BanTooLong: the period runs backwards, or beyond the months that the rules allow.
        BanKnown: the decision was entered before.
        PersonalNumbersFound.
    Basis: Government Procurement Law art. 77.
    """
    require(by, "socialorgs.propose_ban", organization)
    last = _last_day(organization, starts_on, now)
    if not starts_on < ends_on <= last:
        raise BanTooLong(field="ends_on", first=starts_on, last=last)
    with transaction.atomic():
        locked, number = _locked(organization), decision_number.strip()
        if _entered(locked, number) is not None:
            raise BanKnown(field="decision_number", number=number)
        return _propose(
            by, now, locked, ground=ground, reason=reason, number=number, starts_on=starts_on, ends_on=ends_on
        )


def propose_after_breach(
    *,
    by: User,
    now: dt.datetime,
    organization: SocialOrganization,
    ground: str,
    reason: str,
    decision_number: str,
    years: int,
) -> ParticipationBan:
    """Propose that a body take no part for so many years from today on, because it broke what it had undertaken.

    Called by the operation that ends the contract or the grant, which has asked whether this person may; its number is
    the number of the decision. Never longer than the rules allow; a ban that was entered under that number stays as it is.

    Raises:
        PersonalNumbersFound.
    Basis: Measures for Purchase of Services by Governments art. 31; rules of grant rounds (barred for a time).
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        locked = _locked(organization)
        if (known := _entered(locked, decision_number)) is not None:
            return known
        until = min(months_later(today, years * MONTHS), _last_day(locked, today, now))
        return _propose(
            by, now, locked, ground=ground, reason=reason, number=decision_number, starts_on=today, ends_on=until
        )


def _last_day(organization: SocialOrganization, starts_on: dt.date, now: dt.datetime) -> dt.date:
    return months_later(starts_on, value(BAN_MONTHS, organization.division, timezone.localdate(now)))


def _locked(organization: SocialOrganization) -> SocialOrganization:
    return SocialOrganization.objects.select_for_update(of=("self",), no_key=True).get(pk=organization.pk)


def _entered(organization: SocialOrganization, number: str) -> ParticipationBan | None:
    return organization.bans.filter(decision_number=number).exclude(status=BanStatus.REFUSED).first()


def _propose(
    by: User,
    now: dt.datetime,
    organization: SocialOrganization,
    *,
    ground: str,
    reason: str,
    number: str,
    starts_on: dt.date,
    ends_on: dt.date,
) -> ParticipationBan:
    refuse_personal_numbers(reason=reason)
    row = ParticipationBan(
        organization=organization,
        ground=ground,
        reason=reason.strip(),
        decision_number=number,
        starts_on=starts_on,
        ends_on=ends_on,
        proposed_by=by,
        proposed_at=now,
    )
    row.full_clean()
    row.save()
    after = {"ground": ground, "starts_on": starts_on, "ends_on": ends_on, "decision_number": number}
    audit.record(by=by, verb="socialorgs.ban.proposed", row=row, now=now, after=after)
    return row


def refuse_ban(*, by: User, now: dt.datetime, ban: ParticipationBan, reason: str) -> ParticipationBan:
    """Do not impose a ban that somebody proposed.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(ban, "refuse", by=by, now=now, reason=reason, changes={"remark": reason.strip()})
