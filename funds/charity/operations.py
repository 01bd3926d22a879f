"""Charities and their officers, funds from application to closure, donations from pledge to publication."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.bodies import operations as bodies
from communities.bodies.models import Body, BodyKind, BodyMembership, Seat
from communities.bodies.policy import years_later
from communities.people.policy import refuse_personal_numbers
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from funds.charity import seating
from funds.charity.committee import Seated, fault_in_office, fault_of, shape_of
from funds.charity.founding import check_hosts, name_by_pattern, pack_for
from funds.charity.lifecycle import FundStatus
from funds.charity.models import CharityAppointment, CommunityFund, FundCategory, FundKind, HostCharity
from funds.charity.policy import (
    COMMITTEE_IS_ODD,
    COMMITTEE_MINIMUM,
    COMMITTEE_TERM_YEARS,
    FEE_CAP,
    FEE_RATE,
    HOST_RAISES_PUBLICLY,
    OPENING_MINIMUM,
    fund_name,
)
from funds.ledger.operations import close_book, open_book
from funds.packs.queries import pack_on, rule_of
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow
from socialorgs.register.policy import read_credit_code

if TYPE_CHECKING:
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


class AgreementOver(Invalid):
    """An agreement that is signed still runs."""

    code = "agreement_over"
    message = _("The last day of the agreement, %(day)s, is over.")


class FeeAboveCap(Invalid):
    """The agreement sets no management fee above what the rules allow."""

    code = "fee_above_cap"
    message = _("The rules allow a management fee of at most %(cap)s of a donation; %(fee)s is too much.")


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
    charity: HostCharity | None,
    division: Division,
    purpose: str,
    now: dt.datetime,
    kind: str = FundKind.SPEND_DOWN,
    name: str = "",
    short_name: str = "",
    category: str = FundCategory.CHARITY,
    partner: str = "",
    rule_pack: str = "",
) -> CommunityFund:
    """Apply for a fund: the fund in its first state with an empty book.

    Without a name the pattern of the guides is used: charity, street, community, 慈善基金. Without a rule pack the one that
    the place has set. The smallest committee, the smallest opening amount and the management fee are those in force on
    this day. A budget fund (public money) lies with no charity and may belong to the district, too.

    Raises:
        NotAllowed: nobody who may apply for this kind of fund in the place.
        PlaceWithoutFund: the division is no running street or community, nor a district for a budget fund.
        CharityUnfit, PartnerUnfit, RulePackUnknown: what is named does not fit the kind of fund.
        FundNameTaken: another fund has the name.
    Basis: guides on community charity funds (Hubei 2023, Hunan 2025).
    """
    is_budget = category == FundCategory.BUDGET
    require(by, "funds.apply_for_budget_fund" if is_budget else "funds.apply_for_fund", division)
    tiers = {Tier.STREET, Tier.COMMUNITY} | ({Tier.DISTRICT} if is_budget else set())
    if division.status != DivisionStatus.ACTIVE or division.tier not in tiers:
        raise PlaceWithoutFund(field="division", place=division.name)
    today = timezone.localdate(now)
    pack = pack_for(rule_pack.strip(), division, today)
    check_hosts(
        charity, partner.strip(), category, needs_certificate=rule_of(HOST_RAISES_PUBLICLY, pack, division, today)
    )
    with transaction.atomic():
        if charity is None:
            Division.objects.select_for_update(of=("self",), no_key=True).get(pk=division.pk)
        else:
            HostCharity.objects.select_for_update(of=("self",), no_key=True).get(pk=charity.pk)
        full_name = name.strip() or name_by_pattern(charity, division)
        if CommunityFund.objects.filter(name=full_name).exists():
            raise FundNameTaken(field="name", name=full_name)
        row = CommunityFund(
            name=full_name,
            short_name=short_name.strip() or (name.strip()[:60] if is_budget else fund_name("", division.short_name)),
            category=category,
            charity=charity,
            partner=partner.strip(),
            rule_pack=pack.key if pack else "",
            division=division,
            purpose=purpose.strip(),
            kind=kind,
            committee_minimum=rule_of(COMMITTEE_MINIMUM, pack, division, today),
            committee_is_odd=rule_of(COMMITTEE_IS_ODD, pack, division, today),
            opening_minimum=rule_of(OPENING_MINIMUM, pack, division, today),
            fee_rate=rule_of(FEE_RATE, pack, division, today),
            applied_by=by,
            applied_at=now,
        )
        row.full_clean(exclude=["book"])
        number = CommunityFund.objects.filter(charity=charity, division=division).count() + 1
        code = f"fund-{charity.pk if charity else 'budget'}-{division.pk}-{number}"
        row.book = open_book(by=by, code=code, name=full_name, division=division, opened_on=today, now=now)
        row.save()
        after = {"name": full_name, "category": category, "charity": charity and charity.pk, "book": code}
        audit.record(
            by=by,
            verb="funds.fund.applied",
            row=row,
            now=now,
            after={**after, "rule_pack": row.rule_pack},
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
        SeatHindered, SeatWithoutOrganization, SeatOfNoOrganization: see `seating.require_seatable`.
    Basis: Hunan guide on community charity funds 2025; nobody both votes and supervises.
    """
    require(by, "funds.name_committee", fund)
    with transaction.atomic():
        locked = CommunityFund.objects.select_for_update(of=("self",)).get(pk=fund.pk)
        if locked.status in {FundStatus.CLOSING, FundStatus.CLOSED}:
            raise CommitteeNotNow(status=locked.get_status_display())
        pack, place = pack_on(locked.rule_pack, valid_from), locked.division
        if reason := fault_of(seats, shape_of(locked, pack, valid_from)):
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
            term_to=years_later(valid_from, rule_of(COMMITTEE_TERM_YEARS, pack, place, valid_from)),
            now=now,
        )
        for seated in seats:
            seating.fill(by=by, now=now, body=body, seated=seated, valid_from=valid_from)
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


def fill_seat(
    *, by: User, fund: CommunityFund, seated: Seated, valid_from: dt.date, now: dt.datetime
) -> BodyMembership:
    """Fill a seat of a committee in office, as when a member has left; it is held until the committee's term ends.

    Raises:
        NotAllowed: no community staff or street staff of the place.
        CommitteeNotNamed: the fund has no committee yet.
        CommitteeNotNow: the fund is closing or closed.
        CommitteeUnfit: the seat is a supervisor's, or a committee that was complete would be so no more.
        SeatHindered, SeatWithoutOrganization, SeatOfNoOrganization: see `seating.require_seatable`.
        SeatOutsideTerm, ChairTaken, SeatAlreadyHeld, MemberAndSupervisor: as for every seat.
    """
    require(by, "funds.name_committee", fund)
    with transaction.atomic():
        rows = CommunityFund.objects.select_for_update(of=("self",), no_key=True).select_related("committee")
        locked = rows.get(pk=fund.pk)
        body = locked.committee
        if body is None:
            raise seating.CommitteeNotNamed(fund=locked.short_name)
        if locked.status in {FundStatus.CLOSING, FundStatus.CLOSED}:
            raise CommitteeNotNow(status=locked.get_status_display())
        if seated.seat == Seat.SUPERVISOR:
            raise CommitteeUnfit(field="seat", reason=_("A supervisor is named on the page of how the fund is run."))
        pack = pack_on(locked.rule_pack, valid_from)
        was_fit = fault_in_office(locked, pack, valid_from) is None
        row = seating.fill(by=by, now=now, body=body, seated=seated, valid_from=valid_from)
        if was_fit and (reason := fault_in_office(locked, pack, valid_from)):
            raise CommitteeUnfit(field="seat", reason=reason)
        organization = seated.organization and seated.organization.pk
        after = {"committee": body.pk, "seat": row.seat, "organization": organization, "valid_from": valid_from}
        audit.record(by=by, verb="funds.fund.seat_filled", row=locked, now=now, after=after)
    return row


def sign_agreement(
    *,
    by: User,
    fund: CommunityFund,
    agreement_number: str,
    now: dt.datetime,
    fee_rate: Decimal | None = None,
    ends_on: dt.date | None = None,
    terms: str = "",
) -> CommunityFund:
    """Sign the agreement on a fund under its number; for a budget fund, the document that sets its budget.

    `fee_rate` is the management fee that the agreement sets, where it is another than that of the rules; `ends_on` its
    last day, after which the clock proposes to close the fund; `terms` what it says of uses, rights, end and balance.

    Raises:
        AgreementNumberMissing: no number.
        AgreementOver: its last day is over.
        PersonalNumbersFound: the terms are public.
        FeeAboveCap: the fee is above what the rules of the fund allow.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    if not agreement_number.strip():
        raise AgreementNumberMissing(field="agreement_number")
    if ends_on is not None and ends_on < timezone.localdate(now):
        raise AgreementOver(field="agreement_ends_on", day=ends_on)
    refuse_personal_numbers(agreement_terms=terms)
    changes: dict[str, object] = {
        "agreement_number": agreement_number.strip(),
        "agreement_ends_on": ends_on,
        "agreement_terms": terms.strip(),
    }
    if fee_rate is not None:
        today = timezone.localdate(now)
        cap = rule_of(FEE_CAP, pack_on(fund.rule_pack, today), fund.division, today)
        if not 0 <= fee_rate <= cap:
            raise FeeAboveCap(field="fee_rate", cap=f"{cap.normalize():f}", fee=f"{fee_rate.normalize():f}")
        changes["fee_rate"] = fee_rate
    return lifecycle.move(fund, "sign_agreement", by=by, now=now, changes=changes)


def activate_fund(*, by: User, fund: CommunityFund, now: dt.datetime) -> CommunityFund:
    """Consent to a fund and open it today.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        MoveHindered: the committee is not complete, or the opening amount is not pledged.
    """
    return lifecycle.move(fund, "activate", by=by, now=now, changes={"opened_on": timezone.localdate(now)})


def close_fund(*, by: User, fund: CommunityFund, reason: str, now: dt.datetime) -> CommunityFund:
    """Close a fund whose closing is done, and its book with it, for good.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move of the fund and of its book.
        MoveHindered: a step of the closing is open, or money is left.
    """
    with transaction.atomic():
        row = lifecycle.move(fund, "close", by=by, now=now, reason=reason)
        close_book(by=by, book=row.book, reason=reason, now=now)
    return row
