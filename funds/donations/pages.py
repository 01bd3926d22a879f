"""Donations for everybody: how to give to a fund, who has given, one's own gifts, certificates."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from funds.appeals.models import Appeal
from funds.charity.models import TAKING, CommunityFund, DonationStation
from funds.donations import corrections, operations
from funds.donations.certificate import print_certificate, with_code
from funds.donations.forms import (
    CodeForm,
    ConsentForm,
    DonationForm,
    FundGoodsForm,
    PledgeForm,
    PurposeForm,
    ReasonForm,
    ReceiptForm,
    ReceivedForm,
    RefundForm,
)
from funds.donations.lifecycle import DONATION
from funds.donations.models import ARRIVED, Donation
from funds.donations.promises import MatchingPromise
from funds.donations.queries import given_to
from funds.donations.rules import donor_name_for
from funds.support.queries import sources_of
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import Act, keyset_page, steps_of, take_step

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest

    from governance.accounts.models import User
    from governance.pages import Tried

LATEST_GOODS = 20


class FundDonationForm(DonationForm):
    """A donation of money to the fund on whose page it is recorded."""

    class Meta(DonationForm.Meta):
        fields = tuple(name for name in DonationForm.Meta.fields if name != "fund")  # type: ignore[assignment]  # as Django takes it


def _moved(name: str) -> Any:
    def run(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return lifecycle.move(row, name, by=by, now=now, reason=data.get("reason", ""))

    return run


def _change_purpose(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    file = data.pop("consent")
    return corrections.propose_purpose_change(
        by=by, donation=row, now=now, consent_name=file.name, consent=file.read(), **data
    )


ACTS = {
    "receive": Act(
        DONATION.by_name["receive"].label,
        lambda row, by, now, data: operations.receive_donation(by=by, donation=row, now=now, **data),
        ReceivedForm,
    ),
    "issue_receipt": Act(
        DONATION.by_name["issue_receipt"].label,
        lambda row, by, now, data: operations.issue_receipt(by=by, donation=row, now=now, **data),
        ReceiptForm,
    ),
    "publish": Act(DONATION.by_name["publish"].label, _moved("publish")),
    "withdraw": Act(DONATION.by_name["withdraw"].label, _moved("withdraw"), ReasonForm, is_grave=True),
    "refund": Act(
        DONATION.by_name["refund"].label,
        lambda row, by, now, data: corrections.refund_donation(by=by, donation=row, now=now, **data),
        is_grave=True,
    ),
}
MORE = {
    "certify": (
        "funds.certify_donation",
        Act(
            _("Issue the certificate of thanks"),
            lambda row, by, now, data: corrections.issue_certificate(by=by, donation=row, now=now, **data),
        ),
    ),
    "consent": (
        "funds.change_donor_consent",
        Act(
            _("Change the consent to being named"),
            lambda row, by, now, data: corrections.change_consent(by=by, donation=row, now=now, **data),
            ConsentForm,
        ),
    ),
    "change-purpose": ("funds.receive_donation", Act(_("Change the agreed use"), _change_purpose, PurposeForm)),
    "propose-refund": (
        "funds.receive_donation",
        Act(
            _("Propose a refund"),
            lambda row, by, now, data: corrections.propose_refund(by=by, donation=row, now=now, **data),
            RefundForm,
            is_grave=True,
        ),
    ),
}
GIVING = {
    "pledge": (
        "funds.pledge_donation",
        Act(
            _("Pledge a gift"),
            lambda row, by, now, data: operations.pledge_donation(by=by, fund=row, now=now, **data),
            PledgeForm,
        ),
    ),
    "record": (
        "funds.record_donation",
        Act(
            _("Record a donation"),
            lambda row, by, now, data: operations.record_donation(by=by, fund=row, now=now, **data),
            FundDonationForm,
        ),
    ),
    "goods": (
        "funds.record_donation",
        Act(
            _("Record goods"),
            lambda row, by, now, data: operations.record_goods(by=by, fund=row, now=now, **data),
            FundGoodsForm,
        ),
    ),
}


def _fund(request: HttpRequest, pk: int) -> CommunityFund:
    return get_object_or_404(CommunityFund.objects.visible_to(request.user).for_list(), pk=pk)


@require_safe
def fund_donations(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how to give to a fund, what has been given, and the donors who let themselves be named."""
    return _wall(request, _fund(request, pk))


def _wall(request: HttpRequest, fund: CommunityFund, tried: Tried | None = None) -> HttpResponse:
    today = clock.today()
    shown = Donation.objects.filter(fund=fund, status="PUBLISHED").for_list()
    named = shown.of_money().filter(is_name_public=True)
    appeals = Appeal.objects.filter(fund=fund, status="OPEN").for_list()
    context = {
        "fund": fund,
        "trail": [*Division.objects.ancestors(fund.division), fund],
        "given": given_to(fund),
        "sources": sources_of(fund.book),
        "page": keyset_page(named, request),
        "goods": list(shown.filter(channel="GOODS").prefetch_related("goods")[:LATEST_GOODS]),
        "appeals": list(appeals),
        "promises": list(MatchingPromise.objects.filter(fund=fund, status="FUNDED", ends_on__gte=today).for_list()),
        "stations": list(
            DonationStation.objects.filter(charity=fund.charity_id).open_on(today).for_list()[:LATEST_GOODS]
        ),
        "steps": _giving(request, fund, tried),
        "may_take_in": request.user.is_authenticated and request.user.has_perm("funds.take_donations_in", fund),
        "may_appeal": request.user.is_authenticated and request.user.has_perm("funds.draft_appeal", fund),
        "is_taking": fund.status in TAKING and not fund.is_budget,
    }
    return render(request, "funds/donations/fund.html", context, status=400 if tried else 200)


def _giving(request: HttpRequest, fund: CommunityFund, tried: Tried | None = None) -> list[Any]:
    """Return the ways in which this person may bring a donation in."""
    if not request.user.is_authenticated or fund.status not in TAKING or fund.is_budget:
        return []
    url = reverse("funds:fund-donations", args=[fund.pk])
    acts = {name: act for name, (permission, act) in _ways(fund).items() if request.user.has_perm(permission, fund)}
    return steps_of(acts, acts, url, tried)


def _ways(fund: CommunityFund) -> dict[str, tuple[str, Act]]:
    """Return the ways of giving to a fund; a pledge may be for what residents raise among themselves."""
    permission, act = GIVING["pledge"]
    appeals = Appeal.objects.filter(fund=fund, status="OPEN", kind="RESIDENTS").order_by("-pk")
    if not appeals.exists():
        return GIVING
    return {**GIVING, "pledge": (permission, replace(act, form=partial(PledgeForm, appeals=appeals)))}


@require_POST
@login_required
def fund_give(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Pledge or record a donation; what is refused stays filled in with the reason."""
    fund = _fund(request, pk)
    permission, act = _ways(fund).get(name, ("", None))
    if act is None:
        raise Http404
    if not request.user.has_perm(permission, fund):
        raise PermissionDenied
    made: list[Donation] = []

    def run(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        made.append(act.run(row, by, now, data))  # type: ignore[arg-type]  # the acts of giving return donations
        return made[0]

    tried = take_step(request, Act(act.label, run, act.form), name, fund)
    return _wall(request, fund, tried) if tried else HttpResponseRedirect(made[0].get_absolute_url())


def _donation(request: HttpRequest, pk: int) -> Donation:
    return get_object_or_404(Donation.objects.visible_to(request.user).for_detail(), pk=pk)


@require_safe
def donation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one donation as far as it is open to this person, with what they can do."""
    return _page(request, _donation(request, pk))


def _page(request: HttpRequest, row: Donation, tried: Tried | None = None) -> HttpResponse:
    user = request.user
    handles = user.is_authenticated and user.has_perm("funds.view_donation_file", row)
    offers = lifecycle.available(row, acting_user(request)) if handles else []
    url = reverse("funds:donation-detail", args=[row.pk])
    steps = steps_of(ACTS, [offer.move.name for offer in offers if offer.is_open], url, tried)
    if handles:
        more = {name: act for name, (code, act) in MORE.items() if user.has_perm(code, row) and _fits(name, row)}
        steps += steps_of(more, more, url, tried)
    context = {
        "row": row,
        "trail": [*Division.objects.ancestors(row.division), row.fund],
        "donor": donor_name_for(user, row),
        "handles": handles,
        "knows": user.is_authenticated and user.has_perm("funds.view_donor", row),
        "is_own": user.is_authenticated and row.donor_id == user.pk,
        "steps": steps,
        "closed": [offer for offer in offers if not offer.is_open],
        "match": getattr(row, "match", None),
    }
    return render(request, "funds/donations/detail.html", context, status=400 if tried else 200)


def _fits(name: str, row: Donation) -> bool:
    """Tell whether an act makes sense for the donation at all."""
    if name == "consent":
        return bool(row.donor_name)
    if name == "certify":
        return row.status in ARRIVED and not row.certificate_code
    is_open_use = row.channel != "GOODS" and row.appeal_id is None
    return row.status in ARRIVED and (name != "change-purpose" or is_open_use)


@require_POST
@login_required
def donation_step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step that the page offers; what is refused stays filled in with the reason."""
    row = _donation(request, pk)
    act = ACTS[name] if name in ACTS else MORE.get(name, ("", None))[1]
    if act is None:
        raise Http404
    tried = take_step(request, act, name, row)
    return _page(request, _donation(request, pk), tried) if tried else HttpResponseRedirect(row.get_absolute_url())


@login_required
@require_safe
def own_donations(request: HttpRequest) -> HttpResponse:
    """List the gifts that this person has pledged."""
    page = keyset_page(Donation.objects.filter(donor=acting_user(request)).for_list(), request)
    return render(request, "funds/donations/mine.html", {"page": page})


@login_required
@require_safe
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the certificate of thanks to those who may know the donor."""
    row = _donation(request, pk)
    if not row.certificate_code:
        raise Http404
    if not request.user.has_perm("funds.view_donor", row):
        raise PermissionDenied
    answer = HttpResponse(print_certificate(row), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="certificate-{row.pk}.pdf"'
    return answer


@require_safe
def certificate_look_up(request: HttpRequest) -> HttpResponse:
    """Ask for the code of a certificate, and lead to what it stands for."""
    form = CodeForm(request.GET or None)
    if form.is_valid():
        found = with_code(form.cleaned_data["code"]).first()
        if found is not None:
            return redirect("funds:certificate-check", code=found.certificate_code)
        form.add_error("code", _("No certificate bears this code."))
    return render(request, "funds/donations/look_up.html", {"form": form})


@require_safe
def certificate_check(request: HttpRequest, code: str) -> HttpResponse:
    """Tell everybody what a certificate stands for: the donor only as consented, and whether it still holds."""
    row = get_object_or_404(with_code(code))
    context = {"row": row, "holds": row.status in ARRIVED, "goods": list(row.goods.all())}
    return render(request, "funds/donations/check.html", context)
