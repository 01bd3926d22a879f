"""Purchases on the phone: what is announced, what came of it, where the money comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from communities.territory.models import Division
from governance.calendar import clock
from governance.errors import DomainError
from governance.pages import back_with, keyset_page
from projects.purchasing.asking.queries import asked_about, challenges_to, questions_on
from projects.purchasing.awarding.lifecycle import AwardStatus, OfferStatus
from projects.purchasing.awarding.models import CommitteeSeat, PurchaseAward, PurchaseOffer
from projects.purchasing.awarding.queries import OfferOutcome, ranked, stage_of
from projects.purchasing.filters import PurchaseFilter
from projects.purchasing.inviting.queries import invited_to
from projects.purchasing.lifecycle import ANSWERING, BEFORE_THE_CALL, PurchaseStatus
from projects.purchasing.models import Purchase
from projects.purchasing.policy import BY_INVITATION, NegativeGround
from projects.purchasing.queries import year_total
from projects.purchasing.sheet import purchases_sheet
from socialorgs.register.queries import organizations_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

MOST_SHOWN = 50
WITHDRAWN = OfferStatus.WITHDRAWN
PLACES_ABOVE = "landing__parent__parent__parent__parent"
"""The place that carries a purchase out with those above it, for the way down to its page."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def purchase_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the purchases that are carried out in a place and below it, newest first."""
    place = get_object_or_404(Division, pk=pk)
    rows = Purchase.objects.visible_to(request.user).in_division(place).for_list()
    narrowed = PurchaseFilter(request.GET, rows)
    page = keyset_page(narrowed.qs if narrowed.is_valid() else Purchase.objects.none(), request)
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)),
        "page": page,
        "filter": narrowed,
    }
    return render(request, "projects/purchasing/purchases.html", context)


@require_safe
def purchase_register(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the purchases of a place as a workbook, as far as one may see them, narrowed as the list is."""
    place = get_object_or_404(Division, pk=pk)
    narrowed = PurchaseFilter(request.GET, Purchase.objects.visible_to(request.user).in_division(place))
    rows = narrowed.qs if narrowed.is_valid() else Purchase.objects.none()
    try:
        answer = HttpResponse(purchases_sheet(rows), content_type=XLSX)
    except DomainError as refusal:
        return back_with(request, refusal)
    answer["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=_("Purchases in %(place)s.xlsx") % {"place": place.name}
    )
    return answer


@require_safe
def open_calls(request: HttpRequest) -> HttpResponse:
    """Show what takes offers at present, anywhere; two queries."""
    rows = Purchase.objects.taking_offers(clock.now()).for_list()
    acts = bool(organizations_of(request.user))
    context = {"page": keyset_page(rows, request), "acts_for_one": acts}
    return render(request, "projects/purchasing/calls.html", context)


@require_safe
def purchase_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a purchase: need, item, money, procedure, announcement, offers as far as they may be seen, award."""
    rows: QuerySet[Any] = Purchase.objects.visible_to(request.user).for_detail().select_related(PLACES_ABOVE)
    seats = CommitteeSeat.objects.filter(purchase=OuterRef("pk"))
    own_seats = seats.filter(user=request.user.pk)
    rows = rows.annotate(
        is_unscored=Exists(seats.filter(scored_at=None)),
        is_judge=Exists(own_seats),
        owes_scores=Exists(own_seats.filter(scored_at=None)),
    )
    purchase = get_object_or_404(asked_about(rows), pk=pk)
    offers = PurchaseOffer.objects.visible_to(request.user).filter(purchase=purchase).for_list()
    awards = PurchaseAward.objects.visible_to(request.user).filter(purchase=purchase).for_list()
    reads = request.user.has_perm("projects.view_purchase_file", purchase)
    now = clock.now()
    invited = invited_to(purchase) if purchase.procedure in BY_INVITATION else []
    takes = (
        purchase.status == PurchaseStatus.CALLED and purchase.offers_until is not None and now < purchase.offers_until
    )
    mine = organizations_of(request.user)
    own = mine if takes else []
    shown, awarded = list(offers[:MOST_SHOWN]), list(awards[:MOST_SHOWN])
    ranks = reads and purchase.opened_at is not None and not purchase.is_unscored
    context = {
        "purchase": purchase,
        "place": purchase.landing,
        "trail": purchase.landing.way,
        "offers": [(offer, _standing_in(offer, awarded)) for offer in shown],
        "own_offer": next((one for one in shown if one.organization_id in own and one.status != WITHDRAWN), None),
        "awards": awarded,
        "takes_offers": takes,
        "may_offer": takes and bool({body.pk for body in invited}.intersection(own) if invited else own),
        "by_invitation": bool(invited),
        "invited": invited if reads else [],
        "may_invite": purchase.procedure in BY_INVITATION
        and purchase.status in BEFORE_THE_CALL
        and request.user.has_perm("projects.plan_purchase", purchase),
        "reads": reads,
        "year": year_total(purchase) if reads else None,
        "standings": ranked(purchase, _rivals(shown, awarded)) if ranks else [],
        "grounds": [ground.label for ground in NegativeGround] if purchase.checked_at else [],
        "may_score": purchase.owes_scores and purchase.status == PurchaseStatus.OPENED,
        "questions": questions_on(purchase, request.user),
        "may_ask": purchase.status in ANSWERING and bool(mine),
        "may_answer": reads and request.user.has_perm("projects.plan_purchase", purchase),
        "challenges": challenges_to(purchase, clock.today()) if purchase.is_challenged else [],
        "today": clock.today(),
    }
    return render(request, "projects/purchasing/purchase.html", context)


def _standing_in(offer: PurchaseOffer, awards: list[PurchaseAward]) -> tuple[str, str]:
    """Return where an admitted offer stands, with the class of its badge: chosen or not, once the award is published."""
    published = [award for award in awards if award.confirmed_at is not None and award.status != AwardStatus.SET_ASIDE]
    if offer.status != OfferStatus.QUALIFIED or not published:
        return stage_of(offer), str(offer.status)
    is_chosen = any(award.offer_id == offer.pk for award in published)
    return str((OfferOutcome.WON if is_chosen else OfferOutcome.LOST).label), "good" if is_chosen else ""


def _rivals(offers: list[PurchaseOffer], awards: list[PurchaseAward]) -> list[PurchaseOffer]:
    """Return the admitted offers whose award was not set aside; they are ranked once every member has scored."""
    gone = {award.offer_id for award in awards if award.status == AwardStatus.SET_ASIDE}
    return [offer for offer in offers if offer.status == OfferStatus.QUALIFIED and offer.pk not in gone]
