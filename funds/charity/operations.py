"""Charities and their officers, funds from application to closure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.bodies import operations as bodies
from communities.bodies.models import Body, BodyKind, Seat
from communities.policy.queries import value
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from funds.charity.lifecycle import FundStatus
from funds.charity.models import (
    CharityAppointment,
    CommunityFund,
    FundKind,
    HostCharity,
)
from funds.charity.policy import (
    COMMITTEE_IS_ODD,
    COMMITTEE_MINIMUM,
    COMMITTEE_TERM_YEARS,
    OPENING_MINIMUM,
    fund_name,
)
from funds.ledger.operations import open_book
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow
from socialorgs.register.policy import read_credit_code

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


class CharityKnown(Conflict):
    """The credit code belongs to a charity of the register."""

    code = "charity_known"
    message = _("Credit code %(text)s already belongs to another charity of the register.")


class AlreadyAppointedForCharity(Conflict):
    """The person already acts for the charity."""

    code = "already_appointed_for_charity"
    message = _("%(person)s already acts for %(charity)s.")


class PlaceWithoutFund(NotNow):
    """Only a running street or community has a fund."""

    code = "place_without_fund"
    message = _("%(place)s is not a street or community in operation and cannot have a fund.")


class FundNameTaken(Conflict):
    """Another fund has this name."""

    code = "fund_name_taken"
    message = _("There is already a fund “%(name)s”. Choose another name.")


class CommitteeUnfit(Invalid):
    """The committee is not made up as the rules ask."""

    code = "committee_unfit"
    message = _("%(reason)s")


class CommitteeNotNow(NotNow):
    """A fund that is closed needs no committee."""

    code = "committee_not_now"
    message = _("The fund is “%(status)s” and gets no new committee.")


class AgreementNumberMissing(Invalid):
    """The agreement is signed under its number."""

    code = "agreement_number_missing"
    message = _("Enter the number of the agreement.")


@dataclass(frozen=True, slots=True)
class Seated:
    """One person of a committee to be named; `user` where the person has a log-in."""

    name: str
    seat: str
    user: User | None = None
    is_chair: bool = False


# --- Charities -------------------------------------------------------------------------------------------------------


def enter_charity(
    *,
    by: User,
    name: str,
    credit_code: str,
    division: Division,
    now: dt.datetime,
    has_public_fundraising: bool = False,
    fundraising_valid_to: dt.date | None = None,
    contact: str = "",
) -> HostCharity:
    """Enter a charity in whose account community funds may lie.

    Raises:
        NotAllowed: not of the district's lead department.
        CreditCodeRounded, CreditCodeLength, CreditCodeCharacter, CreditCodeCheck, CharityKnown.
    """
    require(by, "funds.edit_charity", division)
    row = HostCharity(
        name=name.strip(),
        credit_code=read_credit_code(credit_code),
        division=division,
        has_public_fundraising=has_public_fundraising,
        fundraising_valid_to=fundraising_valid_to,
        contact=contact,
    )
    row.full_clean(validate_unique=False)
    try:
        with transaction.atomic():
            row.save()
            after = {"name": row.name, "credit_code": row.credit_code}
            audit.record(by=by, verb="funds.charity.entered", row=row, now=now, after=after)
    except IntegrityError as error:
        raise CharityKnown(field="credit_code", text=row.credit_code) from error
    return row


def appoint_for_charity(
    *, by: User, charity: HostCharity, user: User, valid_from: dt.date, now: dt.datetime
) -> CharityAppointment:
    """Appoint a person to act for a charity from a day on.

    Raises:
        NotAllowed: not of the district's lead department.
        AlreadyAppointedForCharity: the person acts for it.
    """
    require(by, "funds.edit_charity", charity)
    with transaction.atomic():
        locked = HostCharity.objects.select_for_update(of=("self",), no_key=True).get(pk=charity.pk)
        if locked.appointments.filter(user=user, valid_to=None).exists():
            raise AlreadyAppointedForCharity(field="user", person=str(user), charity=locked.name)
        row = CharityAppointment(charity=locked, user=user, valid_from=valid_from)
        row.full_clean()
        row.save()
        after = {"user": user.pk, "valid_from": valid_from}
        audit.record(by=by, verb="funds.charity_appointment.made", row=row, now=now, after=after)
    return row


# --- Funds -----------------------------------------------------------------------------------------------------------


def apply_for_fund(
    *,
    by: User,
    charity: HostCharity,
    division: Division,
    purpose: str,
    now: dt.datetime,
    kind: str = FundKind.SPEND_DOWN,
    name: str = "",
    short_name: str = "",
) -> CommunityFund:
    """Apply for a community fund at a host charity: the fund in its first state with an empty book.

    Without a name the pattern of the guides is used: charity, street, community, 慈善基金. The smallest committee and
    the smallest opening amount are those in force on this day.

    Raises:
        NotAllowed: no community staff or street staff of the place.
        PlaceWithoutFund: the division is no running street or community.
        FundNameTaken: another fund has the name.
    Basis: guides on community charity funds (Hubei 2023, Hunan 2025).
    """
    require(by, "funds.apply_for_fund", division)
    if division.status != DivisionStatus.ACTIVE or division.tier not in {Tier.STREET, Tier.COMMUNITY}:
        raise PlaceWithoutFund(field="division", place=division.name)
    today = timezone.localdate(now)
    places = [division.parent.short_name] if division.tier == Tier.COMMUNITY and division.parent else []
    full_name = name.strip() or fund_name(charity.name, *places, division.short_name)
    with transaction.atomic():
        HostCharity.objects.select_for_update(of=("self",), no_key=True).get(pk=charity.pk)
        if CommunityFund.objects.filter(name=full_name).exists():
            raise FundNameTaken(field="name", name=full_name)
        number = CommunityFund.objects.filter(charity=charity, division=division).count() + 1
        row = CommunityFund(
            name=full_name,
            short_name=short_name.strip() or fund_name("", division.short_name),
            charity=charity,
            division=division,
            purpose=purpose.strip(),
            kind=kind,
            committee_minimum=value(COMMITTEE_MINIMUM, division, today),
            opening_minimum=value(OPENING_MINIMUM, division, today),
            applied_by=by,
            applied_at=now,
        )
        row.full_clean(exclude=["book"])
        code = f"fund-{charity.pk}-{division.pk}-{number}"
        row.book = open_book(by=by, code=code, name=full_name, division=division, opened_on=today, now=now)
        row.save()
        after = {"name": full_name, "charity": charity.pk, "book": code}
        audit.record(
            by=by,
            verb="funds.fund.applied",
            row=row,
            now=now,
            after=after,
            basis="Guides on community charity funds (Hubei 2023, Hunan 2025)",
        )
    return row


def name_committee(
    *, by: User, fund: CommunityFund, seats: Sequence[Seated], valid_from: dt.date, now: dt.datetime
) -> Body:
    """Name the committee of a fund for its term; one that is in office steps down on that day.

    Raises:
        NotAllowed: no community staff or street staff of the place.
        CommitteeNotNow: the fund is closing or closed.
        CommitteeUnfit: too few or an even number of members, no supervisor, not one chair, a person twice.
    Basis: Hunan guide on community charity funds 2025; nobody both votes and supervises.
    """
    require(by, "funds.name_committee", fund)
    with transaction.atomic():
        locked = CommunityFund.objects.select_for_update(of=("self",)).get(pk=fund.pk)
        if locked.status in {FundStatus.CLOSING, FundStatus.CLOSED}:
            raise CommitteeNotNow(status=locked.get_status_display())
        is_odd = value(COMMITTEE_IS_ODD, locked.division, valid_from)
        if any(seated.seat not in Seat.values for seated in seats):
            raise CommitteeUnfit(field="seats", reason=_("A seat is unknown."))
        if reason := _committee_fault(seats, locked.committee_minimum, is_odd=is_odd):
            raise CommitteeUnfit(field="seats", reason=reason)
        old = locked.committee
        for membership in old.memberships.filter(valid_to=None).order_by("pk") if old else []:
            bodies.end_membership(by=by, membership=membership, on=valid_from, reason=str(_("new term")), now=now)
        body = bodies.create_body(
            by=by,
            kind=BodyKind.FUND_COMMITTEE,
            name=locked.short_name,
            division=locked.division,
            term_number=old.term_number + 1 if old else 1,
            term_from=valid_from,
            term_to=_years_later(valid_from, value(COMMITTEE_TERM_YEARS, locked.division, valid_from)),
            now=now,
        )
        for seated in seats:
            bodies.add_member(
                by=by,
                body=body,
                name=seated.name,
                seat=seated.seat,
                user=seated.user,
                is_chair=seated.is_chair,
                valid_from=valid_from,
                now=now,
            )
        locked.committee = body
        locked.save(update_fields=["committee"])
        after = {"committee": body.pk, "term": body.term_number, "seats": len(seats)}
        audit.record(
            by=by,
            verb="funds.fund.committee_named",
            row=locked,
            now=now,
            after=after,
            basis="Hunan guide on community charity funds 2025 (trial)",
        )
    return body


def _committee_fault(seats: Sequence[Seated], minimum: int, *, is_odd: bool) -> StrOrPromise | None:
    """Return what is wrong with a committee, None when it may sit."""
    voting = [seated for seated in seats if seated.seat != Seat.SUPERVISOR]
    if len(voting) < minimum:
        return _("The committee has %(voting)s members and needs at least %(minimum)s.") % {
            "voting": len(voting),
            "minimum": minimum,
        }
    if is_odd and len(voting) % 2 == 0:
        return _("The committee has %(voting)s members; the number must be odd.") % {"voting": len(voting)}
    if len(voting) == len(seats):
        return _("The committee needs at least one supervisor.")
    if [seated.seat == Seat.SUPERVISOR for seated in seats if seated.is_chair] != [False]:
        return _("Exactly one voting member must be the chair.")
    return _two_seats(seats)


def _two_seats(seats: Sequence[Seated]) -> StrOrPromise | None:
    """Return who would hold two seats, None when nobody does."""
    people = Counter(seated.user.pk if seated.user else seated.name for seated in seats)
    if twice := [person for person, count in people.items() if count > 1]:
        names = {seated.name for seated in seats if (seated.user.pk if seated.user else seated.name) in twice}
        return _("%(names)s: nobody holds two seats in one committee.") % {"names": "、".join(sorted(names))}
    return None


def _years_later(day: dt.date, years: int) -> dt.date:
    """Return the same day so many years on; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


def sign_agreement(*, by: User, fund: CommunityFund, agreement_number: str, now: dt.datetime) -> CommunityFund:
    """Sign the charity's agreement on a fund under its number.

    Raises:
        AgreementNumberMissing: no number.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    if not agreement_number.strip():
        raise AgreementNumberMissing(field="agreement_number")
    changes = {"agreement_number": agreement_number.strip()}
    return lifecycle.move(fund, "sign_agreement", by=by, now=now, changes=changes)


def activate_fund(*, by: User, fund: CommunityFund, now: dt.datetime) -> CommunityFund:
    """Consent to a fund and open it today.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        MoveHindered: the committee is not complete, or the opening amount is not pledged.
    """
    return lifecycle.move(fund, "activate", by=by, now=now, changes={"opened_on": timezone.localdate(now)})
