"""The award is proposed, published, and final when its objection days are over.

Locks are taken in one order: purchase, then offer or award, then the budget line as the database's own walls take it.
"""

from __future__ import annotations

import datetime as dt
import logging
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from communities.notices import operations as notices
from communities.notices.lifecycle import NoticeStatus
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from governance import lifecycle
from governance.audit import operations as audit
from governance.calendar.days import DayKind, add_days
from governance.errors import DomainError
from governance.money import ZERO, format_yuan
from projects.evaluation.gating import require_not_failed
from projects.purchasing.awarding import refusals
from projects.purchasing.awarding.lifecycle import AwardStatus, OfferStatus
from projects.purchasing.awarding.models import (
    PurchaseAward,
    PurchaseOffer,
)
from projects.purchasing.awarding.offering import check_examined, locked_award, locked_purchase
from projects.purchasing.awarding.policy import Duties, usual_duties
from projects.purchasing.awarding.queries import Standing, standings
from projects.purchasing.catalogue.models import PublicBudgetLine
from projects.purchasing.lifecycle import PurchaseStatus
from projects.purchasing.models import Purchase
from projects.purchasing.policy import (
    LEAST_OFFERS,
    OBJECTION_DAYS,
    OTHER_COMMITTEE,
    PUBLISH_DAYS,
    SIGN_DAYS,
    TENDER_COMMITTEE,
    Procedure,
    competes,
)
from projects.purchasing.queries import left_of
from projects.purchasing.refusals import PurchaseAboveLine
from socialorgs.register.queries import require_good_standing

if TYPE_CHECKING:
    from governance.accounts.models import User

logger = logging.getLogger(__name__)


# --- The award


def propose_award(
    *,
    by: User,
    now: dt.datetime,
    purchase: Purchase,
    offer: PurchaseOffer,
    reason: str,
    duties: Duties | None = None,
) -> PurchaseAward:
    """Propose the award to the offer with the most points, or, where nobody competes, to an admitted one.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        OffersUnexamined, TooFewAdmitted, ScoresMissing: it is too early, or the competition has failed.
        OfferNotAdmitted, OfferNotFirst, AwardReasonMissing, PersonalNumbersFound: it cannot be this offer, or not so.
        OrganizationHindered, OrganizationFailed: the organization may take no part.
        PurchaseAboveLine: after an award that fell, the purchase binds less than this offer costs.
    Basis: Regulations for the Government Procurement Law art. 43.
    """
    lifecycle.require(purchase, "propose", by=by)
    today = timezone.localdate(now)
    with transaction.atomic():
        row = locked_purchase(purchase.pk)
        if row.status != PurchaseStatus.OPENED:
            lifecycle.move(row, "propose", by=by, now=now)
        if not reason.strip():
            raise refusals.AwardReasonMissing(field="reason")
        refuse_personal_numbers(reason=reason)
        check_examined(row)
        standing = _standing_of(row, offer, today)
        _check_money(row, standing.offer.amount)
        require_good_standing(standing.offer.organization, today)
        require_not_failed(standing.offer.organization, row.buyer, today)
        award = _award(row, standing, reason, duties)
        award.proposed_at, award.proposed_by = now, by
        award.publish_by = add_days(today, value(PUBLISH_DAYS, row.buyer, today), DayKind.WORKING).on
        award.full_clean()
        award.save(force_insert=True)
        after = {"organization": award.organization_id, "amount": award.amount, "points": award.points}
        audit.record(by=by, verb="projects.purchase_award.proposed", row=award, now=now, after=after)
        lifecycle.move(row, "propose", by=by, now=now)
    return award


def _standing_of(row: Purchase, offer: PurchaseOffer, today: dt.date) -> Standing:
    """Return where the offer stands, if the award may go to it."""
    found = standings(row)
    mine = next((one for one in found if one.offer.pk == offer.pk), None)
    if mine is None:
        raise refusals.OfferNotAdmitted(field="offer")
    if not competes(row.procedure):
        return mine
    needed = value(LEAST_OFFERS, row.buyer, today)
    admitted = row.offers.filter(status=OfferStatus.QUALIFIED).count()
    if admitted < needed:
        raise refusals.TooFewAdmitted(count=admitted, needed=needed)
    missing = row.seats.filter(scored_at=None).count()
    if missing or not row.seats.exists():
        least = value(TENDER_COMMITTEE if row.procedure == Procedure.OPEN_TENDER else OTHER_COMMITTEE, row.buyer, today)
        raise refusals.ScoresMissing(count=missing or least)
    if mine is not found[0]:
        raise refusals.OfferNotFirst(field="offer", organization=found[0].offer.organization.name)
    return mine


def _check_money(row: Purchase, amount: Decimal) -> None:
    """Refuse to award more than the purchase binds: its line may have been used since a first award fell."""
    if row.bound is not None and amount > row.bound:
        shown = {"left": format_yuan(row.bound), "amount": format_yuan(amount)}
        raise PurchaseAboveLine(line=str(row.budget_line), **shown)


def _award(row: Purchase, standing: Standing, reason: str, duties: Duties | None) -> PurchaseAward:
    with override(settings.LANGUAGE_CODE):
        agreed = duties or usual_duties()
    offer = standing.offer
    return PurchaseAward(
        number=f"{row.number}-A{row.awards.count() + 1}",
        purchase=row,
        offer=offer,
        organization=offer.organization,
        buyer=row.buyer,
        landing=row.landing,
        budget_line=row.budget_line,
        amount=offer.amount,
        points=standing.total if competes(row.procedure) else None,
        reason=reason.strip(),
        service=row.service,
        buyer_duties=agreed.buyer,
        landing_duties=agreed.landing,
        organization_duties=agreed.organization,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )


def publish_award(*, by: User, now: dt.datetime, award: PurchaseAward, contact: str) -> PurchaseAward:
    """Confirm an award by a second person and publish it; objections are taken for the days of the law.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        OrganizationHindered, OrganizationFailed: it may take no part any more: set the award aside.
        PersonalNumbersFound: the notice holds numbers of persons.
    Basis: Regulations for the Government Procurement Law art. 43; Government Procurement Law art. 46, 52.
    """
    lifecycle.require(award, "publish", by=by)
    today = timezone.localdate(now)
    with transaction.atomic():
        locked_purchase(award.purchase_id)
        row = locked_award(award)
        if row.status != AwardStatus.PROPOSED or row.proposed_by_id == by.pk:
            return lifecycle.move(row, "publish", by=by, now=now)
        require_good_standing(row.organization, today)
        require_not_failed(row.organization, row.buyer, today)
        with override(settings.LANGUAGE_CODE):
            title = _("Award: %(title)s") % {"title": row.purchase.title}
            body = _award_text(row)
        notice = notices.draft_notice(
            by=by,
            now=now,
            title=title,
            body=body,
            division=row.buyer,
            minimum_days=value(OBJECTION_DAYS, row.buyer, today),
            day_kind=DayKind.WORKING,
            contact=contact,
            basis=OBJECTION_DAYS.basis,
        )
        notice = notices.post_notice(by=by, now=now, notice=notice)
        sign_by = add_days(today, value(SIGN_DAYS, row.buyer, today)).on
        changes = {"notice": notice, "sign_by": sign_by}
        return lifecycle.move(row, "publish", by=by, now=now, changes=changes)


def _award_text(row: PurchaseAward) -> str:
    lines = [
        _("Number: %(number)s") % {"number": row.number},
        _("Buyer: %(buyer)s; carried out in %(landing)s") % {"buyer": row.buyer.name, "landing": row.landing.name},
        _("Awarded to: %(organization)s") % {"organization": row.organization.name},
        _("Amount: %(amount)s yuan") % {"amount": format_yuan(row.amount)},
        _("Procedure: %(procedure)s") % {"procedure": row.purchase.get_procedure_display()},
    ]
    if row.points is not None:
        lines.append(_("Points: %(points)s of 100") % {"points": row.points})
    lines.append(_("Reason: %(reason)s") % {"reason": row.reason})
    return "\n".join(lines)


def set_award_aside(*, by: User, now: dt.datetime, award: PurchaseAward, reason: str) -> PurchaseAward:
    """Set an award aside; the offers are judged again, without the one that was chosen.

    A final award as well, as long as no contract stands on it: who was chosen does not sign, or was listed meanwhile. What
    the purchase binds of its budget line goes up to its ceiling again, as far as the line has it.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as for every move.
        MoveHindered: a contract stands on it, or something was paid.
    Basis: Regulations for the Government Procurement Law art. 49.
    """
    lifecycle.require(award, "set_aside", by=by)
    with transaction.atomic():
        purchase = locked_purchase(award.purchase_id)
        locked_award(award)
        is_final = purchase.status == PurchaseStatus.CONCLUDED
        row = lifecycle.move(award, "set_aside", by=by, now=now, reason=reason)
        changes = {"bound": _bound_again(purchase)} if is_final else {}
        lifecycle.move(purchase, "reopen", by=by, now=now, reason=reason, changes=changes)
    return row


def _bound_again(purchase: Purchase) -> Decimal:
    """Return what a purchase binds whose award fell: its ceiling, or what its line has left, if that is less."""
    line = PublicBudgetLine.objects.select_for_update(of=("self",), no_key=True).get(pk=purchase.budget_line_id)
    return min(Decimal(purchase.amount), max(left_of(line, apart_from=purchase), Decimal(purchase.bound or ZERO)))


def settle_awards(*, by: User, now: dt.datetime) -> list[int]:
    """Make published awards final, or set them aside, as their notices have closed; return their ids.

    Each in its own transaction; one that cannot be moved never stops the others. Harmless when repeated.
    """
    settled = []
    rows = PurchaseAward.objects.filter(status=AwardStatus.PUBLISHED, notice__closed_at__isnull=False).order_by("pk")
    for row in list(rows.select_related("notice")):
        try:
            _settle(row, by, now)
        except (DomainError, IntegrityError) as refusal:
            logger.warning("award not settled", extra={"award": row.pk, "reason": type(refusal).__name__})
            continue
        settled.append(row.pk)
    return settled


def _settle(award: PurchaseAward, by: User, now: dt.datetime) -> None:
    with transaction.atomic():
        purchase = locked_purchase(award.purchase_id)
        if award.notice is not None and award.notice.status == NoticeStatus.CLOSED_CLEAR:
            lifecycle.move(award, "settle", by=by, now=now)
            lifecycle.move(purchase, "conclude", by=by, now=now, changes={"bound": award.amount})
        else:
            lifecycle.move(award, "overturn", by=by, now=now)
            lifecycle.move(purchase, "overturn", by=by, now=now)
