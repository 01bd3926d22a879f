"""Reads over offers and awards: how offers stand, who is tied, what was paid, what became of handed-over services."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, FilteredRelation, Q, Sum
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from communities.policy.queries import value
from governance.calendar.days import MONTHS, months_later, written_until
from governance.money import ZERO, format_yuan
from governance.pages import Told
from projects.evaluation.models import EvaluatorTie
from projects.purchasing.awarding.lifecycle import AwardStatus, OfferStatus
from projects.purchasing.awarding.models import CommitteeSeat, OfferScore, PurchaseAward, PurchaseOffer
from projects.purchasing.catalogue.models import PurchaseListItem
from projects.purchasing.lifecycle import PurchaseStatus
from projects.purchasing.models import Purchase, PurchaseCriterion
from projects.purchasing.policy import TIE_YEARS, mean, price_points
from socialorgs.register.models import OrganizationAppointment, SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class OfferOutcome(models.TextChoices):
    """What came of an offer, as its organization asks: not where its examination ended, but who was chosen."""

    DRAFTED = "DRAFTED", pgettext_lazy("offer", "not handed in yet")
    LATE = "LATE", pgettext_lazy("offer", "not handed in in time")
    SEALED = "SEALED", pgettext_lazy("offer", "handed in, sealed")
    JUDGED = "JUDGED", pgettext_lazy("offer", "admitted, being judged")
    EXAMINED = "EXAMINED", pgettext_lazy("offer", "opened, being examined")
    REFUSED = "REFUSED", pgettext_lazy("offer", "not admitted")
    WON = "WON", pgettext_lazy("offer", "chosen")
    LOST = "LOST", pgettext_lazy("offer", "not chosen")
    OVERTURNED = "OVERTURNED", pgettext_lazy("offer", "award set aside")
    FAILED = "FAILED", pgettext_lazy("offer", "purchase failed")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("offer", "withdrawn")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an offer: the outcome, what comes next in words, and where it is read."""

    code: OfferOutcome
    next: str = ""
    url: str = ""

    @property
    def label(self) -> str:
        """The outcome in words."""
        return str(self.code.label)

    @property
    def badge(self) -> str:
        """The class of its badge."""
        return {OfferOutcome.WON: "good", OfferOutcome.LATE: "wait"}.get(self.code, self.code)


def outcomes_of(offers: Sequence[PurchaseOffer], now: dt.datetime) -> dict[int, Outcome]:
    """Return what came of offers, by their keys; one query. Purchases must be read along.

    Only what was published counts: an award that is proposed is nobody's business outside the buyer.
    """
    rows = PurchaseAward.objects.filter(
        purchase__in={offer.purchase_id for offer in offers}, confirmed_at__isnull=False
    )
    standing = FilteredRelation("contracts", condition=~Q(contracts__status="TERMINATED"))
    rows = rows.alias(standing=standing).annotate(
        contract_status=F("standing__status"), contract_signed=F("standing__signed_on"), contract_key=F("standing__pk")
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows.select_related("notice", "organization", "buyer").order_by("pk"):
        found[row.purchase_id].append(row)
    return {offer.pk: _outcome(offer, found.get(offer.purchase_id, []), now) for offer in offers}


def _outcome(offer: PurchaseOffer, awards: list[Any], now: dt.datetime) -> Outcome:
    if offer.status == OfferStatus.DRAFT:
        return _drafted(offer.purchase, now)
    if offer.status in ENDED:
        return Outcome(ENDED[offer.status], offer.remark)
    standing = next((row for row in awards if row.status != AwardStatus.SET_ASIDE), None)
    if standing is not None:
        return _awarded(offer, standing, now)
    if any(row.offer_id == offer.pk for row in awards):
        return Outcome(OfferOutcome.OVERTURNED, "", awards[-1].get_absolute_url())
    return _under_way(offer)


ENDED: dict[str, OfferOutcome] = {
    OfferStatus.WITHDRAWN: OfferOutcome.WITHDRAWN,
    OfferStatus.REJECTED: OfferOutcome.REFUSED,
}


def _drafted(purchase: Purchase, now: dt.datetime) -> Outcome:
    until = written_until(purchase.offers_until) if purchase.offers_until is not None else ""
    if purchase.status == PurchaseStatus.CALLED and purchase.offers_until is not None and now < purchase.offers_until:
        return Outcome(OfferOutcome.DRAFTED, _("Hand it in by %(until)s; a draft does not count.") % {"until": until})
    return Outcome(OfferOutcome.LATE, _("Offers were taken until %(until)s.") % {"until": until})


def _under_way(offer: PurchaseOffer) -> Outcome:
    if offer.purchase.status == PurchaseStatus.FAILED:
        return Outcome(OfferOutcome.FAILED, _("The buyer has declared the purchase failed."))
    if offer.status == OfferStatus.SUBMITTED:
        if offer.purchase.opened_at is not None:
            return Outcome(OfferOutcome.EXAMINED, _("The buyer examines whether it is admitted."))
        until = written_until(offer.purchase.offers_until) if offer.purchase.offers_until is not None else ""
        return Outcome(OfferOutcome.SEALED, _("It stays sealed until %(until)s, then it is opened.") % {"until": until})
    return Outcome(OfferOutcome.JUDGED, _("The result is published as a notice and told here."))


def _awarded(offer: PurchaseOffer, award: Any, now: dt.datetime) -> Outcome:
    url = award.get_absolute_url()
    if award.offer_id != offer.pk:
        said = _("Awarded to %(organization)s for %(amount)s yuan.")
        given = {"organization": award.organization.name, "amount": format_yuan(award.amount)}
        if award.status == AwardStatus.PUBLISHED:
            given["until"] = award.notice.ends_on
            said = _(
                "Awarded to %(organization)s for %(amount)s yuan. Objections can be raised until %(until)s, in the notice."
            )
        return Outcome(OfferOutcome.LOST, said % given, url)
    if award.contract_signed is not None:
        said = _("The contract was signed on %(day)s.") % {"day": award.contract_signed}
        return Outcome(OfferOutcome.WON, said, reverse("projects:contract-detail", args=[award.contract_key]))
    given = {"buyer": award.buyer.name, "day": award.sign_by}
    if award.contract_key is not None:
        said = _("The contract is drafted; it is to be signed with %(buyer)s by %(day)s.") % given
        return Outcome(OfferOutcome.WON, said, reverse("projects:contract-detail", args=[award.contract_key]))
    if award.status == AwardStatus.PUBLISHED:
        given["until"] = award.notice.ends_on
        said = _("Objections can be raised until %(until)s; then the contract is signed with %(buyer)s by %(day)s.")
    elif award.sign_by < timezone.localdate(now):
        said = _("The contract was to be signed with %(buyer)s by %(day)s: ask the buyer.")
    else:
        said = _("Sign the contract with %(buyer)s by %(day)s.")
    return Outcome(OfferOutcome.WON, said % given, url)


def stage_of(offer: PurchaseOffer) -> str:
    """Return where an offer stands for who examines and judges it; no query where the purchase was read along."""
    if offer.status == OfferStatus.SUBMITTED and offer.purchase.opened_at is not None:
        return str(OfferOutcome.EXAMINED.label)
    return str(offer.get_status_display())


def has_begun_to_score(purchase: Purchase) -> bool:
    """Tell whether a member of the committee has handed scores in: it stays as it is from then on; one query."""
    return bool(purchase.seats.filter(scored_at__isnull=False).exists())


def seats_to_score(user: User) -> models.QuerySet[CommitteeSeat]:
    """Return the seats of a person in committees that may score now and wait for this person."""
    rows = CommitteeSeat.objects.filter(user=user, scored_at=None, purchase__status=PurchaseStatus.OPENED)
    rows = rows.exclude(purchase__offers__status=OfferStatus.SUBMITTED)
    return rows.select_related("purchase").order_by("pk")


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

    def __str__(self) -> str:
        """Name the organization with its points and its price."""
        given = {
            "organization": self.offer.organization.name,
            "points": self.total,
            "amount": format_yuan(self.offer.amount),
        }
        return _("%(organization)s: %(points)s points, %(amount)s yuan") % given


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
    first = months_later(day, -MONTHS * years)
    running = Q(valid_to=None) | Q(valid_to__gt=first)
    acted = OrganizationAppointment.objects.filter(running, organization__in=known, user=user)
    tied = EvaluatorTie.objects.filter(running, organization__in=known, user=user)
    keys = [*acted.values_list("organization", flat=True), *tied.values_list("organization", flat=True)]
    return known[min(keys)] if keys else None


def paid_of(award: PurchaseAward) -> Decimal:
    """Return what was paid for an award; one query."""
    return award.payments.aggregate(total=Sum("amount"))["total"] or ZERO


def owed_of(award: PurchaseAward) -> Decimal | None:
    """Return what may be paid in all for what contracts on an award did before they ended early; None if none did; one query.

    What is owed is what their settlements say; the room above holds the foreign key.
    """
    worth = Greatest("settlement__work_value", "settlement__paid")
    found: Decimal | None = award.contracts.filter(status="TERMINATED").aggregate(total=Sum(worth))["total"]
    return found


def awards_of_items(items: Sequence[PurchaseListItem]) -> dict[int, list[PurchaseAward]]:
    """Return the final awards by which services handed over are carried out, by item; one query."""
    found: dict[int, list[PurchaseAward]] = defaultdict(list)
    rows = PurchaseAward.objects.final().filter(purchase__handed_item__in=items).for_list()
    for row in rows:
        found[row.purchase.handed_item_id or 0].append(row)
    return found


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Of one class of a list: its items, those that were handed over by a final award, and for how much in all."""

    name: str
    items: int
    handed_over: int
    amount: Decimal

    @property
    def percent(self) -> str:
        """The part that was handed over, cut to a tenth, so that not all is never shown as 100."""
        share = Decimal(self.handed_over * 1000 // self.items) / 10 if self.items else ZERO
        return f"{share:f}"


def hand_overs_of(items: Sequence[PurchaseListItem]) -> list[ClassFigures]:
    """Return by class, in the order of the codes, what of a list was handed over, all classes last; one query."""
    awards = PurchaseAward.objects.final().filter(purchase__handed_item__in=items).order_by()
    totals = awards.values_list("purchase__handed_item").annotate(total=Sum(F("amount") + F("supplement")))
    given = dict(totals)
    by_class: dict[str, list[PurchaseListItem]] = defaultdict(list)
    for item in items:
        by_class[item.class_shown].append(item)
    found = [_figures(name, rows, given) for name, rows in by_class.items()]
    return [*found, _figures(_("all classes"), items, given)]


def _figures(name: str, items: Sequence[PurchaseListItem], given: dict[int | None, Decimal]) -> ClassFigures:
    handed = [given[item.pk] for item in items if item.pk in given]
    return ClassFigures(name, len(items), len(handed), sum(handed, ZERO))


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
