"""Offers of organizations, the points of the committee, awards with their agreement on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.territory.models import Division
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import Act, Tried, handed_out, keyset_page, printed, sent, steps_of, take_step, told_of
from governance.printing import render as render_pdf
from projects.evaluation.gating import failures_of
from projects.purchasing.awarding import offering
from projects.purchasing.awarding.files.models import OfferFile
from projects.purchasing.awarding.files.operations import take_paper
from projects.purchasing.awarding.forms import OfferChangeForm, OfferForm, ReasonForm, ScoreForm
from projects.purchasing.awarding.lifecycle import OFFER, AwardStatus, OfferStatus
from projects.purchasing.awarding.models import CommitteeSeat, PurchaseAward, PurchaseOffer
from projects.purchasing.awarding.queries import outcomes_of, paid_of, stage_of
from projects.purchasing.inviting.queries import able_for, invitations_for
from projects.purchasing.lifecycle import unexamined
from projects.purchasing.models import Purchase
from socialorgs.register.queries import hindered, organizations_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from django.http import HttpRequest

    from governance.accounts.models import User

BAD_REQUEST = 400
MOST_SHOWN = 50


def _plain(operation: Any) -> Any:
    def run(row: PurchaseOffer, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return operation(by=by, now=now, offer=row, **data)

    return run


def _label(name: str) -> Any:
    return OFFER.by_name[name].label


ACTS = {
    "submit": Act(_label("submit"), _plain(offering.submit_offer)),
    "recall": Act(_label("recall"), _plain(offering.recall_offer)),
    "withdraw": Act(_label("withdraw"), _plain(offering.withdraw_offer), is_grave=True),
    "qualify": Act(_label("qualify"), _plain(offering.qualify_offer)),
    "reject": Act(_label("reject"), _plain(offering.reject_offer), ReasonForm, is_grave=True),
}


@login_required
@require_safe
def my_offers(request: HttpRequest) -> HttpResponse:
    """Show the offers of one's organizations, what came of them, what they are asked for, and whose offers one is to judge."""
    own = PurchaseOffer.objects.filter(organization__in=organizations_of(request.user)).for_list()
    seats = CommitteeSeat.objects.filter(user=request.user.pk).select_related("purchase__buyer").order_by("-pk")
    asked = invitations_for(request.user, clock.now())
    page = keyset_page(own, request)
    found = outcomes_of(page.rows, clock.now())
    context = {
        "page": page,
        "offers": [(offer, found[offer.pk]) for offer in page.rows],
        "seats": seats[:MOST_SHOWN],
        "asked": asked[:MOST_SHOWN],
    }
    return render(request, "projects/purchasing/my_offers.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def offer_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin an offer for an announced purchase; what is refused stays filled in.

    Whom register, lists or grades keep from the purchase is told all of it first and gets no form to fill in vain: no
    offer of such a body is taken, not as a draft either.
    """
    purchase = get_object_or_404(Purchase.objects.announced().for_list(), pk=pk)
    own = organizations_of(request.user)
    if not own:
        raise PermissionDenied
    if request.method != "POST" and (known := _made(own, purchase)):
        return redirect(known)
    today = clock.today()
    kept, failed = hindered(own, today), failures_of(own, purchase.buyer, today)
    able = own if request.method == "POST" else [key for key in own if key not in kept and key not in failed]
    form = OfferForm(sent(request), request.FILES or None, organizations=able)
    if request.method == "POST" and form.is_valid():
        try:
            row = offering.draft_offer(
                by=acting_user(request),
                now=clock.now(),
                purchase=purchase,
                organization=form.cleaned_data["organization"],
                offered=form.offered(),
            )
            return redirect(row)
        except DomainError as refusal:
            put_into(form, refusal)
    told = [*kept.values(), *(failure.refusal for failure in failed.values())]
    held = told if request.method != "POST" else []
    return _form(request, form, purchase, _("Make an offer"), held=held, is_vain=not able)


def _made(own: Collection[int], purchase: Purchase) -> PurchaseOffer | None:
    """Return the offer that stands for the one organization somebody acts for, if it was made; one query."""
    rows = PurchaseOffer.objects.filter(purchase=purchase, organization__in=own).exclude(status=OfferStatus.WITHDRAWN)
    return rows.first() if len(own) == 1 else None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def offer_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the draft of an offer; what is refused stays filled in."""
    row = _find(request, pk)
    if not request.user.has_perm("projects.make_offer", row) or row.status != OfferStatus.DRAFT:
        raise Http404
    given = {"amount": row.amount, "plan": row.plan, "team": row.team}
    form = OfferChangeForm(sent(request), request.FILES or None, initial=given)
    if request.method == "POST" and form.is_valid():
        try:
            offering.revise_offer(by=acting_user(request), now=clock.now(), offer=row, offered=form.offered())
            return redirect(row)
        except DomainError as refusal:
            put_into(form, refusal)
    return _form(request, form, row.purchase, _("Change the offer"))


def _form(request: HttpRequest, form: Any, purchase: Purchase, title: Any, **more: Any) -> HttpResponse:
    context = {"form": form, "purchase": purchase, "title": title, **more}
    status = BAD_REQUEST if form.errors else None
    return render(request, "projects/purchasing/offer_form.html", context, status=status)


def _find(request: HttpRequest, pk: int) -> PurchaseOffer:
    return get_object_or_404(PurchaseOffer.objects.visible_to(request.user).for_list(), pk=pk)


@login_required
@require_safe
def offer_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an offer to its organization and, once opened, to the buyer and the committee."""
    return _page(request, _find(request, pk))


def _page(request: HttpRequest, row: PurchaseOffer, tried: Tried | None = None) -> HttpResponse:
    offers = lifecycle.available(row, acting_user(request))
    names = [offer.move.name for offer in offers if offer.is_open]
    is_own = request.user.has_perm("projects.make_offer", row)
    purchase = row.purchase
    judges = bool(purchase.field) and purchase.opened_at is not None and not is_own
    context = {
        "offer": row,
        "papers": list(row.files.select_related("attachment")),
        "judges": judges,
        "is_able": judges and able_for(purchase, clock.today()).filter(pk=row.organization_id).exists(),
        "steps": steps_of(ACTS, names, f"{row.get_absolute_url()}acts/", tried),
        "may_change": is_own and row.status == OfferStatus.DRAFT,
        "stage": stage_of(row),
        "outcome": outcomes_of([row], clock.now())[row.pk] if is_own else None,
    }
    return render(request, "projects/purchasing/offer.html", context, status=BAD_REQUEST if tried else None)


@login_required
@require_safe
def offer_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Hand out a paper of an offer to whoever may see the offer."""
    paper = get_object_or_404(OfferFile.objects.select_related("attachment"), offer=_find(request, pk), attachment=file)
    stored = paper.attachment
    return handed_out(stored.file, name=stored.name, content_type=stored.content_type)


@require_POST
def offer_paper_taken(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Take a paper from the draft of an offer."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("projects:purchase-offer-detail", args=[pk]))
    offer = _find(request, pk)
    paper = get_object_or_404(
        OfferFile.objects.select_related("attachment", "offer__organization"), offer=offer, attachment=file
    )

    def run(row: PurchaseOffer, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        del data
        take_paper(by=by, now=now, file=paper)
        return row

    tried = take_step(request, Act(_("Take the paper out"), run), "take", offer)
    return redirect(offer) if tried is None else _page(request, _find(request, pk), tried)


@require_POST
def offer_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step; what is refused stays filled in with the reason."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("projects:purchase-offer-detail", args=[pk]))
    row = _find(request, pk)
    if name not in ACTS:
        raise Http404
    tried = take_step(request, ACTS[name], name, row)
    return redirect(row) if tried is None else _page(request, _find(request, pk), tried)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def offers_score(request: HttpRequest, pk: int) -> HttpResponse:
    """Give points to the admitted offers, alone and once; what others gave is not shown."""
    seats = CommitteeSeat.objects.filter(user=request.user.pk).select_related("purchase__buyer")
    seat = get_object_or_404(seats, purchase=pk)
    purchase = seat.purchase
    offers = list(purchase.offers.filter(status=OfferStatus.QUALIFIED).select_related("organization").order_by("pk"))
    criteria = list(purchase.criteria.filter(is_price=False))
    form = ScoreForm(sent(request), offers=offers, criteria=criteria)
    if request.method == "POST" and form.is_valid():
        try:
            offering.score_offers(by=acting_user(request), now=clock.now(), purchase=purchase, points=form.points())
            return redirect(purchase)
        except DomainError as refusal:
            put_into(form, refusal)
    context = {
        "form": form,
        "purchase": purchase,
        "offers": offers,
        "seat": seat,
        "unexamined": 0 if seat.scored_at else unexamined(purchase),
    }
    return render(request, "projects/purchasing/score.html", context, status=BAD_REQUEST if form.errors else None)


def _award(request: HttpRequest, pk: int) -> PurchaseAward:
    return get_object_or_404(PurchaseAward.objects.visible_to(request.user).for_detail(), pk=pk)


@require_safe
def award_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an award, what the three parties undertake, and what was paid of public money."""
    award = _award(request, pk)
    context = {
        "award": award,
        "place": award.landing,
        "trail": list(Division.objects.ancestors(award.landing)),
        "payments": list(award.payments.order_by("-pk")[:MOST_SHOWN]),
        "paid": paid_of(award),
        "told": (told := told_of(award, request.user)),
        "sign_is_late": award.status == AwardStatus.FINAL
        and award.sign_by is not None
        and award.sign_by < clock.today()
        and not told,
    }
    return render(request, "projects/purchasing/award.html", context)


@require_safe
def award_paper(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Hand out the notice of the award, or the draft of the agreement of the three parties, on A4."""
    award = _award(request, pk)
    shows = (kind, award.pk, award.status, award.supplement)

    def make() -> bytes:
        return render_pdf(f"projects/purchasing/{kind}_paper.html", {"award": award, "printed_on": clock.today()})

    return printed(request, shows, make, name=f"{award.number}-{kind}.pdf")
