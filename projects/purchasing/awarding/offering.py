"""Organizations offer, and a committee judges what they offer: sealed before, each member alone, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.notices.policy import read_file
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import values
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.calendar.days import written_until
from governance.money import format_yuan
from projects.evaluation.gating import require_not_failed
from projects.purchasing.awarding import refusals
from projects.purchasing.awarding.files.operations import put_papers, stored_or_gone
from projects.purchasing.awarding.lifecycle import OfferStatus
from projects.purchasing.awarding.models import (
    CommitteeSeat,
    OfferScore,
    PurchaseAward,
    PurchaseOffer,
    SeatKind,
)
from projects.purchasing.awarding.queries import has_begun_to_score, tied_to
from projects.purchasing.inviting.queries import may_offer
from projects.purchasing.inviting.refusals import NotInvited
from projects.purchasing.lifecycle import PurchaseStatus, unexamined
from projects.purchasing.models import Purchase, PurchaseCriterion
from projects.purchasing.policy import (
    EXPERT_SHARE,
    OTHER_COMMITTEE,
    TENDER_COMMITTEE,
    Procedure,
)
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import require_good_standing

if TYPE_CHECKING:
    from governance.accounts.models import User


def locked_purchase(pk: int) -> Purchase:
    """Return a purchase, locked, with what the rules ask about."""
    rows = Purchase.objects.select_for_update(of=("self",))
    return rows.select_related("buyer", "landing", "item", "budget_line").get(pk=pk)


def locked_award(award: PurchaseAward) -> PurchaseAward:
    """Return the award, locked, with what the rules ask about."""
    rows = PurchaseAward.objects.select_for_update(of=("self",))
    return rows.select_related("purchase__item", "organization", "buyer", "landing", "budget_line", "notice").get(
        pk=award.pk
    )


def _afresh(offer: PurchaseOffer) -> PurchaseOffer:
    """Return the offer as it stands, with its purchase and its organization."""
    rows = PurchaseOffer.objects.select_related("purchase__buyer", "organization__division")
    return rows.get(pk=offer.pk)


# --- Offers


@dataclass(frozen=True, slots=True)
class Offered:
    """What an organization offers."""

    amount: Decimal
    plan: str
    team: str = ""
    files: Sequence[tuple[str, bytes]] = ()


def draft_offer(
    *, by: User, now: dt.datetime, purchase: Purchase, organization: SocialOrganization, offered: Offered
) -> PurchaseOffer:
    """Begin an offer of an organization for an announced purchase; kept as a draft until it is handed in.

    Raises:
        NotAllowed: `by` does not act for the organization.
        OrganizationHindered, OrganizationFailed: the organization may take no part.
        NotInvited: others were asked by name.
        NoOffersTaken, OfferKnown, OfferAmountUnfit, OfferIncomplete, PersonalNumbersFound, TooManyPapers.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: a paper may not be stored.
    """
    require(by, "projects.make_offer", organization)
    require_good_standing(organization, timezone.localdate(now))
    require_not_failed(organization, purchase.buyer, timezone.localdate(now))
    papers = [read_file(*one) for one in offered.files]
    with stored_or_gone() as kept, transaction.atomic():
        row = locked_purchase(purchase.pk)
        _check_open(row, now)
        if not may_offer(row, [organization.pk]):
            raise NotInvited(organization=organization.name)
        _check_offered(row, offered)
        if row.offers.filter(organization=organization).exclude(status=OfferStatus.WITHDRAWN).exists():
            raise refusals.OfferKnown(organization=organization.name)
        offer = PurchaseOffer(
            purchase=row,
            organization=organization,
            amount=offered.amount,
            plan=offered.plan.strip(),
            team=offered.team.strip(),
            drafted_at=now,
            drafted_by=by,
        )
        offer.full_clean()
        offer.save(force_insert=True)
        put_papers(by=by, now=now, offer=offer, files=papers, kept=kept)
        after = {"purchase": row.number}
        audit.record(by=by, verb="projects.purchase_offer.drafted", row=offer, now=now, after=after)
    return offer


def revise_offer(*, by: User, now: dt.datetime, offer: PurchaseOffer, offered: Offered) -> PurchaseOffer:
    """Change a draft; papers are put to those that it has.

    Raises:
        NotAllowed: `by` does not act for the organization.
        OfferNotDraft: it was handed in. OfferAmountUnfit, OfferIncomplete, PersonalNumbersFound, TooManyPapers.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: a paper may not be stored.
    """
    require(by, "projects.make_offer", offer)
    papers = [read_file(*one) for one in offered.files]
    with stored_or_gone() as kept, transaction.atomic():
        _check_offered(locked_purchase(offer.purchase_id), offered)
        rows = PurchaseOffer.objects.select_for_update(of=("self",)).select_related("purchase__buyer")
        row = rows.get(pk=offer.pk)
        if row.status != OfferStatus.DRAFT:
            raise refusals.OfferNotDraft(status=row.get_status_display())
        row.amount, row.plan, row.team = offered.amount, offered.plan.strip(), offered.team.strip()
        row.save(update_fields=["amount", "plan", "team"])
        put_papers(by=by, now=now, offer=row, files=papers, kept=kept)
        audit.record(by=by, verb="projects.purchase_offer.revised", row=row, now=now)
    return row


def _check_open(row: Purchase, now: dt.datetime) -> None:
    if row.status != PurchaseStatus.CALLED or row.offers_until is None:
        raise refusals.NoOffersTaken(purchase=row.title)
    if now >= row.offers_until:
        raise refusals.OffersClosed(purchase=row.title, until=written_until(row.offers_until))


def _check_offered(row: Purchase, offered: Offered) -> None:
    if not 0 < offered.amount <= row.amount:
        raise refusals.OfferAmountUnfit(field="amount", ceiling=format_yuan(row.amount))
    if not offered.plan.strip():
        raise refusals.OfferIncomplete(field="plan")
    refuse_personal_numbers(plan=offered.plan, team=offered.team)


def submit_offer(*, by: User, now: dt.datetime, offer: PurchaseOffer) -> PurchaseOffer:
    """Hand an offer in, sealed until the offers are opened.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        NoOffersTaken: too late; the draft stays. OrganizationHindered, OrganizationFailed: it may take no part.
    Basis: Government Procurement Law art. 22.
    """
    lifecycle.require(offer, "submit", by=by)
    with transaction.atomic():
        row = locked_purchase(offer.purchase_id)
        offer = _afresh(offer)
        if offer.status == OfferStatus.DRAFT:
            _check_open(row, now)
            require_good_standing(offer.organization, timezone.localdate(now))
            require_not_failed(offer.organization, row.buyer, timezone.localdate(now))
        return lifecycle.move(offer, "submit", by=by, now=now)


def recall_offer(*, by: User, now: dt.datetime, offer: PurchaseOffer) -> PurchaseOffer:
    """Take an offer back to change it, while offers are taken.

    Raises:
        MoveForbidden, MoveClosed: as for every move. NoOffersTaken: too late.
    """
    return _take_back(by, now, offer, "recall")


def withdraw_offer(*, by: User, now: dt.datetime, offer: PurchaseOffer) -> PurchaseOffer:
    """Withdraw an offer, while offers are taken.

    Raises:
        MoveForbidden, MoveClosed: as for every move. NoOffersTaken: too late.
    """
    return _take_back(by, now, offer, "withdraw")


def _take_back(by: User, now: dt.datetime, offer: PurchaseOffer, name: str) -> PurchaseOffer:
    lifecycle.require(offer, name, by=by)
    with transaction.atomic():
        row = locked_purchase(offer.purchase_id)
        offer = _afresh(offer)
        if offer.status == OfferStatus.SUBMITTED:
            _check_open(row, now)
        return lifecycle.move(offer, name, by=by, now=now)


def qualify_offer(*, by: User, now: dt.datetime, offer: PurchaseOffer) -> PurchaseOffer:
    """Admit an opened offer to the judging.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        OffersSealed: the offers are not open. OrganizationHindered, OrganizationFailed: the organization may take no part.
    Basis: Government Procurement Law art. 22, 23.
    """
    lifecycle.require(_afresh(offer), "qualify", by=by)
    with transaction.atomic():
        row = locked_purchase(offer.purchase_id)
        _check_opened(row)
        require_good_standing(offer.organization, timezone.localdate(now))
        require_not_failed(offer.organization, row.buyer, timezone.localdate(now))
        return lifecycle.move(offer, "qualify", by=by, now=now)


def reject_offer(*, by: User, now: dt.datetime, offer: PurchaseOffer, reason: str) -> PurchaseOffer:
    """Do not admit an opened offer, with the reason, which its organization reads.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move. OffersSealed: the offers are not open.
    """
    lifecycle.require(_afresh(offer), "reject", by=by)
    with transaction.atomic():
        _check_opened(locked_purchase(offer.purchase_id))
        return lifecycle.move(offer, "reject", by=by, now=now, reason=reason, changes={"remark": reason.strip()})


def _check_opened(row: Purchase) -> None:
    if row.status != PurchaseStatus.OPENED:
        raise refusals.OffersSealed(status=row.get_status_display())


# --- The committee


def appoint_committee(
    *, by: User, now: dt.datetime, purchase: Purchase, members: Sequence[tuple[User, str]]
) -> list[CommitteeSeat]:
    """Appoint who judges the opened offers, in place of those appointed before, as long as nobody has scored.

    Raises:
        NotAllowed: `by` does not buy for the place. OffersSealed: the offers are not open.
        CommitteeUnfit: too few, an even number, too few experts, somebody twice, or `by` among them.
        JudgeTied: somebody is tied to an organization that has made an offer. CommitteeComplete: somebody has scored.
    Basis: Ministry of Finance order 87 art. 47; Regulations for the Government Procurement Law art. 9.
    """
    require(by, "projects.appoint_committee", purchase)
    today = timezone.localdate(now)
    with transaction.atomic():
        row = locked_purchase(purchase.pk)
        _check_opened(row)
        if has_begun_to_score(row):
            raise refusals.CommitteeComplete
        _check_committee(row, by, members, today)
        offering = SocialOrganization.objects.filter(offers__in=row.offers.handed_in()).select_related("division")
        organizations = list(offering.order_by("pk"))
        for person, _kind in members:
            if tied := tied_to(person, organizations, today):
                raise refusals.JudgeTied(person=person, organization=tied.name)
        row.seats.all().delete()
        seats = [
            CommitteeSeat(purchase=row, user=person, kind=SeatKind(kind), appointed_at=now, appointed_by=by)
            for person, kind in members
        ]
        CommitteeSeat.objects.bulk_create(seats)
        after = {"members": len(seats)}
        audit.record(by=by, verb="projects.purchase.committee_appointed", row=row, now=now, after=after)
    return seats


def _check_committee(row: Purchase, by: User, members: Sequence[tuple[User, str]], today: dt.date) -> None:
    rule = TENDER_COMMITTEE if row.procedure == Procedure.OPEN_TENDER else OTHER_COMMITTEE
    least, part = values((rule, EXPERT_SHARE), row.buyer, today)
    experts = sum(kind == SeatKind.EXPERT for _person, kind in members)
    if len(members) < least or len(members) % 2 == 0:
        reason = _("The committee needs an odd number of members, at least %(least)s.") % {"least": least}
    elif experts < len(members) * part:
        reason = _("At least %(part)s of the committee are experts.") % {"part": part}
    elif len({person.pk for person, _kind in members}) < len(members):
        reason = _("Somebody is named twice.")
    elif by in [person for person, _kind in members]:
        reason = _("Who appoints the committee does not sit in it.")
    else:
        return
    raise refusals.CommitteeUnfit(field="members", reason=reason)


def score_offers(
    *, by: User, now: dt.datetime, purchase: Purchase, points: Mapping[tuple[int, int], Decimal]
) -> CommitteeSeat:
    """Hand in one's points for each admitted offer under each criterion but the price; they stand from then on.

    `points` by the keys of offer and criterion.

    Raises:
        NotInTheCommittee, ScoresKnown: not by this person, or not again.
        OffersSealed, OffersUnexamined: it is too early or too late. JudgeTied: meanwhile tied to a bidder.
        ScoresUnfit: a score is missing, too much, or for something else.
    Basis: Ministry of Finance order 87 art. 55.
    """
    with transaction.atomic():
        row = locked_purchase(purchase.pk)
        seat = CommitteeSeat.objects.select_for_update(of=("self",)).filter(purchase=row, user=by).first()
        if seat is None:
            raise refusals.NotInTheCommittee
        if seat.scored_at is not None:
            raise refusals.ScoresKnown
        _check_opened(row)
        check_examined(row)
        offers = list(row.offers.filter(status=OfferStatus.QUALIFIED).select_related("organization__division"))
        if tied := tied_to(by, [offer.organization for offer in offers], timezone.localdate(now)):
            raise refusals.JudgeTied(person=by, organization=tied.name)
        criteria = {one.pk: one for one in row.criteria.filter(is_price=False)}
        _check_points(points, offers, criteria)
        OfferScore.objects.bulk_create(
            OfferScore(seat=seat, offer_id=offer, criterion_id=criterion, points=given)
            for (offer, criterion), given in points.items()
        )
        seat.scored_at = now
        seat.save(update_fields=["scored_at"])
        audit.record(by=by, verb="projects.purchase.offers_scored", row=row, now=now, after={"offers": len(offers)})
    return seat


def _check_points(
    points: Mapping[tuple[int, int], Decimal],
    offers: Sequence[PurchaseOffer],
    criteria: Mapping[int, PurchaseCriterion],
) -> None:
    wanted = {(offer.pk, criterion) for offer in offers for criterion in criteria}
    if set(points) != wanted:
        reason = _("Give each admitted offer points under each criterion.")
        raise refusals.ScoresUnfit(reason=reason)
    for (_offer, criterion), given in points.items():
        most = criteria[criterion].points
        if not 0 <= given <= most:
            reason = _("“%(criterion)s” is given 0 to %(most)s points.")
            raise refusals.ScoresUnfit(reason=reason % {"criterion": criteria[criterion].name, "most": most})


def check_examined(row: Purchase) -> None:
    """Refuse to go on while an opened offer was neither admitted nor not."""
    if count := unexamined(row):
        raise refusals.OffersUnexamined(count=count)
