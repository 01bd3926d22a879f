"""Posting small services and taking them, up to the moment at which both sides have said yes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from consultation.matters.models import Matter
from funds.ledger.points import points_in
from funds.spending.lifecycle import RequestStatus
from funds.spending.models import SpendingRequest
from governance import lifecycle
from governance.accounts.models import User, UserKind
from governance.accounts.queries import system_actor
from governance.audit import operations as audit
from governance.errors import constraint_of
from governance.money import ZERO
from governance.outbox import operations as outbox
from projects.contracts.queries import bound_of
from projects.evaluation.operations import new_token
from projects.market import refusals
from projects.market.lifecycle import BEGUN, MATCHED, MatchStatus, ServiceStatus
from projects.market.locking import locked_match, locked_service
from projects.market.models import (
    MarketBlock,
    MicroService,
    PosterKind,
    ServiceMatch,
    Settlement,
    Side,
)
from projects.market.policy import (
    CHOICE,
    HIGHEST_POINTS,
    HIGHEST_PRICE,
    OPEN_POSTS,
    OPEN_TAKES,
    PURCHASE_HIGHEST,
    PURCHASE_YEAR,
    TAKE_DAYS,
    Choice,
    take_by_of,
)
from projects.market.queries import (
    ALIVE,
    are_apart,
    bought_of,
    misses_of,
    payer_of,
    posted_for,
    promised_of,
    residence_of,
)
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import organizations_of, require_good_standing
from socialorgs.register.strengths.queries import able_to, fields_of

LONGEST = dt.timedelta(hours=24)
FARTHEST = dt.timedelta(days=180)
PEOPLE = (UserKind.RESIDENT, UserKind.STAFF)


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed to by whoever takes a service."""

    side: str
    field: str
    title: str
    text: str
    place: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    contact: str = ""
    places: int = 1
    capability: str = ""
    choice: str = ""
    settlement: str = Settlement.FREE
    price: Decimal = ZERO
    points: int = 0
    request: SpendingRequest | None = None
    matter: Matter | None = None


# --- Posting


def post_service(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    terms: Terms,
    organization: SocialOrganization | None = None,
    is_for_community: bool = False,
) -> MicroService:
    """Post a small service that is wanted or offered: for oneself, for one's community as its staff, or for an organization.

    Raises:
        MarketForResidents, NotYourCommunity: a person who is no confirmed grown-up resident, or not of this place.
        PosterUnfit: the person does not act for the community or the organization.
        OrganizationHindered: the organization may take no part.
        ServiceDatesUnfit, PriceUnfit, RequestUnfit, CapabilityUnfit, PersonalNumbersFound: what is posted cannot be so.
        TooManyOpen, MissedTooOften: the person has too much open, or did not come too often.
    Basis: report S2 (community market: communities post, organizations, agencies and volunteers take).
    """
    today = timezone.localdate(now)
    kind = _poster_kind(by, division, organization, today, is_for_community=is_for_community)
    refuse_personal_numbers(title=terms.title, text=terms.text, place=terms.place)
    _check_dates(terms, now)
    with transaction.atomic():
        # Two posts of one person take turns, so that neither slips past the cap.
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        if kind == PosterKind.RESIDENT:
            open_ones = MicroService.objects.filter(posted_by=by, poster_kind=kind, status__in=["POSTED", "FILLED"])
            _check_flood(open_ones.count(), value(OPEN_POSTS, division, today))
            _check_misses(by, division, now)
        _check_price(terms, division, kind, today)
        _check_capability(terms, division, today)
        row = MicroService(
            **{**_columns(terms), "choice": terms.choice or value(CHOICE, division, today)},
            division=division,
            poster_kind=kind,
            organization=organization,
            take_by=take_by_of(now, terms.starts_at, value(TAKE_DAYS, division, today)),
            code=new_token(by=by),
            posted_at=now,
            posted_by=by,
        )
        row.full_clean(exclude={"code", "contact"})
        row.save()
        after = {"title": row.title, "side": row.side, "settlement": row.settlement, "places": row.places}
        audit.record(by=by, verb="projects.micro_service.posted", row=row, now=now, after=after)
        outbox.emit(by=by, topic="projects.micro_service.posted", row=row, now=now)
    return row


def _columns(terms: Terms) -> dict[str, object]:
    """Return the columns of the terms, texts without blanks around them; rows stay rows."""
    plain = {name: getattr(terms, name) for name in terms.__slots__}
    return {name: found.strip() if isinstance(found, str) else found for name, found in plain.items()}


def _poster_kind(
    by: User, division: Division, organization: SocialOrganization | None, today: dt.date, *, is_for_community: bool
) -> str:
    """Return for whom this is posted, or refuse."""
    if division.tier != Tier.COMMUNITY or division.status != DivisionStatus.ACTIVE:
        raise refusals.NotYourCommunity(field="division", place=division.name)
    if is_for_community:
        if organization is not None or not by.has_perm("communities.enter_resident", division):
            raise refusals.PosterUnfit
        return PosterKind.COMMUNITY
    if organization is not None:
        if organization.pk not in organizations_of(by):
            raise refusals.PosterUnfit
        require_good_standing(organization, today)
        return PosterKind.ORGANIZATION
    require_home(by=by, division=division, today=today)
    return PosterKind.RESIDENT


def require_home(*, by: User, division: Division, today: dt.date) -> None:
    """Refuse who does not live in a place, or is no confirmed grown-up resident: nobody posts for themselves elsewhere.

    Raises:
        MarketForResidents, NotYourCommunity: who it is, or where they live.
    """
    home = residence_of(by, today)
    if home is None:
        raise refusals.MarketForResidents
    if home.division_id != division.pk:
        raise refusals.NotYourCommunity(field="division", place=home.division.name)


def _check_dates(terms: Terms, now: dt.datetime) -> None:
    if not dt.timedelta(0) < terms.ends_at - terms.starts_at <= LONGEST:
        raise refusals.ServiceDatesUnfit(
            field="ends_at", reason=_("A small service lasts more than nothing and at most a day.")
        )
    if terms.starts_at <= now:
        raise refusals.ServiceDatesUnfit(field="starts_at", reason=_("The service must begin in the future."))
    if terms.starts_at > now + FARTHEST:
        raise refusals.ServiceDatesUnfit(
            field="starts_at", reason=_("The service must begin within the next half year.")
        )


def _check_flood(count: int, most: int) -> None:
    if count >= most:
        raise refusals.TooManyOpen(count=count, most=most)


def _check_misses(person: User, division: Division, now: dt.datetime) -> None:
    missed, most, days = misses_of(person, division, now)
    if most and missed >= most:
        raise refusals.MissedTooOften(count=missed, days=days)


def _check_price(terms: Terms, division: Division, kind: str, today: dt.date) -> None:
    """Refuse a price that does not fit its way of being settled."""
    costs = {
        Settlement.FREE: terms.price == 0 and terms.points == 0,
        Settlement.POINTS: terms.price == 0 and terms.points > 0,
    }.get(Settlement(terms.settlement), terms.price > 0 and terms.points == 0)
    if not costs:
        raise refusals.PriceUnfit(
            field="points" if terms.settlement == Settlement.POINTS else "price",
            reason=_("Give a price in yuan, or points, or neither, as the way of settling it says."),
        )
    if terms.settlement == Settlement.POINTS:
        most = value(HIGHEST_POINTS, division, today)
        if terms.points > most:
            raise refusals.PriceUnfit(field="points", reason=_("No more than %(most)s points.") % {"most": most})
        if kind == PosterKind.ORGANIZATION:
            raise refusals.PriceUnfit(field="settlement", reason=_("Points are for people, not for organizations."))
        if kind == PosterKind.COMMUNITY and terms.side == Side.OFFER:
            raise refusals.PointsNobodys(field="settlement")
    limit = {Settlement.OUTSIDE: HIGHEST_PRICE, Settlement.FUND: PURCHASE_HIGHEST}.get(Settlement(terms.settlement))
    if limit is not None and terms.price > (highest := value(limit, division, today)):
        raise refusals.PriceUnfit(
            field="price", reason=_("No more than %(most)s yuan as a small service.") % {"most": highest}
        )
    _check_request(terms, division, kind)


def _check_request(terms: Terms, division: Division, kind: str) -> None:
    """Refuse a purchase without an approved request of the place that still has the money."""
    if terms.settlement != Settlement.FUND:
        if terms.request is not None:
            raise refusals.RequestUnfit(field="request", reason=_("Only what a fund pays for names its request."))
        return
    if terms.request is None or kind != PosterKind.COMMUNITY or terms.side != "NEED":
        raise refusals.RequestUnfit(
            field="request", reason=_("A fund pays for what its community wants; name the approved request.")
        )
    request = SpendingRequest.objects.select_for_update(of=("self",)).select_related("fund").get(pk=terms.request.pk)
    if request.fund.division_id != division.pk or request.status != RequestStatus.APPROVED:
        raise refusals.RequestUnfit(
            field="request", reason=_("The request is not approved, or belongs to another place.")
        )
    left = request.amount - bound_of(request) - promised_of(request.pk)
    if terms.price * terms.places > left:
        raise refusals.RequestUnfit(
            field="request", reason=_("Only %(left)s yuan of the request are not promised yet.") % {"left": left}
        )


def _check_capability(terms: Terms, division: Division, today: dt.date) -> None:
    """Refuse to ask for a capability that bodies of the place do not state, or where no body could take it."""
    if not terms.capability:
        return
    if terms.capability not in fields_of(division, today):
        raise refusals.CapabilityUnfit(field="capability", reason=_("There is no such field of capabilities here."))
    if terms.side != Side.NEED or terms.settlement == Settlement.POINTS:
        raise refusals.CapabilityUnfit(
            field="capability",
            reason=_("A capability is asked of organizations; it is for what is wanted, not for points."),
        )


def cancel_service(*, by: User, now: dt.datetime, service: MicroService, reason: str) -> MicroService:
    """Cancel one's posting with the reason; takings that have not begun end with it.

    Raises:
        MarketNotNow: somebody has signed in.
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    lifecycle.require(service, "cancel", by=by)
    return _end(by, now, service, "cancel", reason)


def remove_service(*, by: User, now: dt.datetime, service: MicroService, reason: str) -> MicroService:
    """Take down what has no place on the market, as staff of the place, with the reason.

    Raises:
        MarketNotNow: somebody has signed in.
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    lifecycle.require(service, "remove", by=by)
    return _end(by, now, service, "remove", reason)


def _end(by: User, now: dt.datetime, service: MicroService, name: str, reason: str) -> MicroService:
    refuse_personal_numbers(reason=reason)
    with transaction.atomic():
        row = locked_service(service.pk)
        running = list(row.matches.filter(status__in=ALIVE).select_for_update(of=("self",)).order_by("pk"))
        if any(match.status in BEGUN for match in running):
            raise refusals.MarketNotNow(reason=_("Somebody has signed in already; it can no longer be cancelled."))
        ended = lifecycle.move(row, name, by=by, now=now, reason=reason, changes={"ended_reason": reason.strip()})
        system = system_actor()
        for match in running:
            match.service = ended
            changes = {"ended_reason": reason.strip()}
            lifecycle.move(match, "cancel", by=system, now=now, reason=reason, changes=changes)
        return ended


# --- Taking


def take_service(
    *,
    by: User,
    now: dt.datetime,
    service: MicroService,
    organization: SocialOrganization | None = None,
    note: str = "",
) -> ServiceMatch:
    """Take a service, for oneself or for an organization; first come, first served counts as confirmed at once.

    Raises:
        NotTakeable, AllPlacesTaken: it is not open any more.
        OwnService, KeptApart, TakenAlready: not this person.
        MarketForResidents, TakerUnfit, PosterUnfit, CapabilityMissing, OrganizationHindered: who may take what.
        TooManyOpen, MissedTooOften, PointsMissing, PurchaseSplit, PersonalNumbersFound.
    """
    refuse_personal_numbers(note=note)
    with transaction.atomic():
        row = locked_service(service.pk)
        _check_taker(by, now, row, organization)
        if row.status == ServiceStatus.FILLED:
            raise refusals.AllPlacesTaken(places=row.places)
        if not row.can_be_taken(now):
            raise refusals.NotTakeable
        at_once = row.choice == Choice.FIRST_COME
        match = ServiceMatch(
            service=row, taker=by, organization=organization, note=note.strip(), taken_at=now, status=MatchStatus.TAKEN
        )
        if at_once:
            _check_cost(match, now)
            match.status, match.confirmed_at, match.confirmed_by = MatchStatus.CONFIRMED, now, row.posted_by
        _insert(match)
        after = {"service": row.pk, "organization": match.organization_id, "status": match.status}
        audit.record(by=by, verb="projects.service_match.taken", row=match, now=now, after=after)
        outbox.emit(by=by, topic="projects.service_match.taken", row=match, now=now, payload={"status": match.status})
        if at_once:
            _fill(row, now)
    return match


def _check_taker(by: User, now: dt.datetime, row: MicroService, organization: SocialOrganization | None) -> None:
    """Refuse whoever may not take this service."""
    today = timezone.localdate(now)
    # Nobody stands on both sides: not for themselves, their organization, or the community whose staff they are.
    if posted_for(by, row):
        raise refusals.OwnService
    if are_apart(by.pk, row.posted_by_id):
        raise refusals.KeptApart
    if organization is not None:
        if organization.pk not in organizations_of(by):
            raise refusals.PosterUnfit
        require_good_standing(organization, today)
        if row.capability and not able_to(row.capability, row.division, today).filter(pk=organization.pk).exists():
            raise refusals.CapabilityMissing(
                field="organization", organization=organization.name, capability=row.capability
            )
        if row.settlement == Settlement.POINTS:
            raise refusals.TakerUnfit(field="organization", reason=_("Points are for people, not for organizations."))
        return
    if row.settlement == Settlement.FUND:
        raise refusals.TakerUnfit(field="organization", reason=_("A fund pays an organization; take it for yours."))
    if row.capability:
        raise refusals.TakerUnfit(
            field="organization", reason=_("It asks a checked capability; take it for your organization.")
        )
    if by.kind not in PEOPLE or residence_of(by, today) is None:
        raise refusals.MarketForResidents
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    taken = ServiceMatch.objects.filter(taker=by, organization=None, status__in=["TAKEN", "CONFIRMED"])
    _check_flood(taken.count(), value(OPEN_TAKES, row.division, today))
    _check_misses(by, row.division, now)


def _check_cost(match: ServiceMatch, now: dt.datetime) -> None:
    """Refuse an agreement that could not be settled: points that are not there, purchases in small pieces."""
    row, today = match.service, timezone.localdate(now)
    if row.settlement == Settlement.POINTS and (payer := payer_of(match)) is not None:
        available = points_in(row.division, payer) - _owed(payer, row.division, match)
        if available < row.points:
            raise refusals.PointsMissing(wanted=row.points, available=max(available, 0))
    if row.settlement == Settlement.FUND and match.organization is not None:
        bought = bought_of(row.division, match.organization.pk, today.year) + row.price
        most = value(PURCHASE_YEAR, row.division, today)
        if bought > most:
            raise refusals.PurchaseSplit(
                field="organization", sum=bought, most=most, organization=match.organization.name
            )


def _owed(payer: User, division: Division, apart_from: ServiceMatch) -> int:
    """Return the points that a person has promised in a community and not paid yet; one query."""
    running = ServiceMatch.objects.filter(
        status__in=["CONFIRMED", "SIGNED_IN", "DONE"], service__settlement=Settlement.POINTS, service__division=division
    ).exclude(pk=apart_from.pk)
    rows = running.select_related("service__posted_by", "taker")
    return sum(match.service.points for match in rows if (found := payer_of(match)) is not None and found == payer)


def _insert(match: ServiceMatch) -> None:
    """Insert a taking; what the database finds against it is said in words."""
    try:
        with transaction.atomic():
            match.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) == "servicematch_once_each":
            raise refusals.TakenAlready from error
        raise


def _fill(row: MicroService, now: dt.datetime) -> None:
    """Close a service whose places are all taken, or open it again when one has become free in time."""
    held = row.matches.filter(status__in=sorted(MATCHED)).count()
    if row.status == ServiceStatus.POSTED and held >= row.places:
        lifecycle.move(row, "fill", by=system_actor(), now=now)
    elif row.status == ServiceStatus.FILLED and held < row.places and now < row.take_by:
        lifecycle.move(row, "reopen", by=system_actor(), now=now)


def confirm_taking(*, by: User, now: dt.datetime, match: ServiceMatch) -> ServiceMatch:
    """Say yes to whoever took one's posting: from now on it counts as a match, and both see how to reach each other.

    Raises:
        AllPlacesTaken, PointsMissing, PurchaseSplit, KeptApart.
        MarketNotNow: the service has begun.
        MoveForbidden, MoveClosed: as for every move.
    Basis: report S2 (a match is counted when both sides confirm).
    """
    lifecycle.require(match, "confirm", by=by)
    with transaction.atomic():
        row = locked_match(match)
        if row.service.status == ServiceStatus.FILLED:
            raise refusals.AllPlacesTaken(places=row.service.places)
        if now >= row.service.starts_at:
            raise refusals.MarketNotNow(reason=_("It has begun already."))
        if are_apart(row.taker_id, row.service.posted_by_id):
            raise refusals.KeptApart
        _check_cost(row, now)
        confirmed = lifecycle.move(row, "confirm", by=by, now=now)
        _fill(row.service, now)
        return confirmed


def decline_taking(*, by: User, now: dt.datetime, match: ServiceMatch, reason: str) -> ServiceMatch:
    """Say no to whoever took one's posting, with the reason, which they read.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        PersonalNumbersFound.
    """
    refuse_personal_numbers(reason=reason)
    return lifecycle.move(match, "decline", by=by, now=now, reason=reason, changes={"ended_reason": reason.strip()})


def withdraw_taking(*, by: User, now: dt.datetime, match: ServiceMatch) -> ServiceMatch:
    """Take back a taking that nobody has answered.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
    """
    return lifecycle.move(match, "withdraw", by=by, now=now)


def cancel_match(*, by: User, now: dt.datetime, match: ServiceMatch, reason: str) -> ServiceMatch:
    """Cancel an agreement before it begins, on either side, with the reason; the place is offered again in time.

    Raises:
        MarketNotNow: it has begun; then it is reported that somebody did not come.
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        PersonalNumbersFound.
    """
    lifecycle.require(match, "cancel", by=by)
    refuse_personal_numbers(reason=reason)
    with transaction.atomic():
        row = locked_match(match)
        if now >= row.service.starts_at:
            raise refusals.MarketNotNow(reason=_("It has begun already."))
        ended = lifecycle.move(row, "cancel", by=by, now=now, reason=reason, changes={"ended_reason": reason.strip()})
        _fill(row.service, now)
        return ended


# --- Keeping apart


def block_person(*, by: User, now: dt.datetime, match: ServiceMatch) -> MarketBlock:
    """Block the other side of a taking: neither sees the other's postings from now on, nor takes them.

    Raises:
        BlockUnfit: the person had nothing to do with it.
    """
    sides = {match.taker_id: match.service.posted_by_id, match.service.posted_by_id: match.taker_id}
    if by.pk not in sides:
        raise refusals.BlockUnfit
    with transaction.atomic():
        row, made = MarketBlock.objects.get_or_create(blocker=by, blocked_id=sides[by.pk], defaults={"blocked_at": now})
        if made:
            audit.record(by=by, verb="projects.market_block.made", row=row, now=now)
    return row


def unblock_person(*, by: User, now: dt.datetime, block: MarketBlock) -> None:
    """Take back one's own block.

    Raises:
        BlockUnfit: it is somebody else's.
    """
    if block.blocker_id != by.pk:
        raise refusals.BlockUnfit
    with transaction.atomic():
        audit.record(by=by, verb="projects.market_block.lifted", row=block, now=now)
        block.delete()
