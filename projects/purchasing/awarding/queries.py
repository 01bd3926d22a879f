"""Reads over offers and awards: how offers stand, who is tied, what was paid, what became of handed-over services."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from communities.policy.queries import value
from governance.money import ZERO
from governance.pages import Told
from projects.evaluation.models import EvaluatorTie
from projects.purchasing.awarding.lifecycle import AwardStatus, OfferStatus
from projects.purchasing.awarding.models import OfferScore, PurchaseAward, PurchaseOffer
from projects.purchasing.catalogue.models import PurchaseListItem
from projects.purchasing.models import Purchase, PurchaseCriterion
from projects.purchasing.policy import TIE_YEARS, mean, price_points
from socialorgs.register.models import OrganizationAppointment, SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


@dataclass(frozen=True, slots=True)
class CriterionPoints:
    """The points of one offer under one criterion: the plain mean of the members, or computed from the price."""

    criterion: PurchaseCriterion
    points: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an offer stands."""

    offer: PurchaseOffer
    parts: tuple[CriterionPoints, ...]
    total: Decimal


def standings(purchase: Purchase) -> list[Standing]:
    """Return the admitted offers by their points, the most first, the lower price before the higher; three queries.

    Offers whose award was set aside are left out.
    """
    offers = PurchaseOffer.objects.filter(purchase=purchase, status=OfferStatus.QUALIFIED)
    offers = offers.exclude(awards__status=AwardStatus.SET_ASIDE).select_related("organization").order_by("pk")
    return ranked(purchase, list(offers))


def ranked(purchase: Purchase, rows: Sequence[PurchaseOffer]) -> list[Standing]:
    """Return how offers that may win stand to each other; one query, and one for criteria unless they were read along."""
    if not rows:
        return []
    criteria = list(purchase.criteria.all())
    given: dict[tuple[int, int], list[Decimal]] = defaultdict(list)
    scores = OfferScore.objects.filter(offer__in=rows).order_by("pk")
    for offer, criterion, points in scores.values_list("offer_id", "criterion_id", "points"):
        given[offer, criterion].append(points)
    lowest = min(row.amount for row in rows)
    found = []
    for row in rows:
        parts = tuple(CriterionPoints(one, _points(row, one, lowest, given)) for one in criteria)
        found.append(Standing(row, parts, sum((part.points for part in parts), ZERO)))
    return sorted(found, key=lambda one: (-one.total, one.offer.amount, one.offer.pk))


def _points(
    offer: PurchaseOffer,
    criterion: PurchaseCriterion,
    lowest: Decimal,
    given: dict[tuple[int, int], list[Decimal]],
) -> Decimal:
    if criterion.is_price:
        return price_points(offer.amount, lowest, criterion.points)
    scores = given.get((offer.pk, criterion.pk))
    return mean(scores) if scores else ZERO


def tied_to(user: User, organizations: Iterable[SocialOrganization], day: dt.date) -> SocialOrganization | None:
    """Return the first of the organizations to which a person is or was tied within the time that counts; three queries.

    Basis: Regulations for the Government Procurement Law art. 9.
    """
    known = {row.pk: row for row in organizations}
    if not known:
        return None
    years = value(TIE_YEARS, next(iter(known.values())).division, day)
    first = dt.date(day.year - years, day.month, min(day.day, 28))
    running = Q(valid_to=None) | Q(valid_to__gt=first)
    acted = OrganizationAppointment.objects.filter(running, organization__in=known, user=user)
    tied = EvaluatorTie.objects.filter(running, organization__in=known, user=user)
    keys = [*acted.values_list("organization", flat=True), *tied.values_list("organization", flat=True)]
    return known[min(keys)] if keys else None


def paid_of(award: PurchaseAward) -> Decimal:
    """Return what was paid for an award; one query."""
    return award.payments.aggregate(total=Sum("amount"))["total"] or ZERO


def awards_of_items(items: Sequence[PurchaseListItem]) -> dict[int, list[PurchaseAward]]:
    """Return the final awards by which services handed over are carried out, by item; one query."""
    found: dict[int, list[PurchaseAward]] = defaultdict(list)
    rows = PurchaseAward.objects.final().filter(purchase__handed_item__in=items).for_list()
    for row in rows:
        found[row.purchase.handed_item_id or 0].append(row)
    return found


def awards_to(organizations: Sequence[SocialOrganization], user: User | AnonymousUser) -> dict[int, list[Told]]:
    """Tell of organizations what was awarded to them; one query."""
    found: dict[int, list[Told]] = {}
    rows = PurchaseAward.objects.visible_to(user).filter(organization__in=organizations)
    rows = rows.exclude(status=AwardStatus.SET_ASIDE).select_related("purchase")
    for row in rows.order_by("-pk")[:50]:
        told = _told(row, f"{row.number} {row.purchase.title}")
        found.setdefault(row.organization_id, []).append(told)
    return found


def _told(row: PurchaseAward, name: str) -> Told:
    state: Any = row.get_status_display()
    return Told(_("Award of a purchase"), name, str(state), row.get_absolute_url(), amount=row.amount)
