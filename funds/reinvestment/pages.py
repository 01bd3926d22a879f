"""Orders for everybody: how an amount came about, where it stands; and for the enterprise to confirm and to pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.territory.models import Division
from funds.reinvestment import operations
from funds.reinvestment.filters import OrderFilter
from funds.reinvestment.forms import PaymentForm, TrialForm
from funds.reinvestment.lifecycle import ARRIVED
from funds.reinvestment.models import DistributionPolicy, ReinvestmentOrder
from funds.reinvestment.owing import debt_of
from funds.reinvestment.policy import Direction
from funds.reinvestment.queries import PICTURE_WIDTH, explain, explain_order, picture
from funds.reinvestment.reach import enterprises_of
from funds.reinvestment.trial import try_policy
from funds.reinvestment.trial_drawing import draw
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import keyset_page, make_move

if TYPE_CHECKING:
    from django.http import HttpRequest

    from funds.reinvestment.trial import Scope, Trial
    from governance.accounts.models import User

LOOK_BACK = 5
"""Years that a policy is tried on unless others are asked for."""
MOST_PLACES = 200
PAY = "record_payment"
PAGE_MOVES = {"confirm"}
"""Moves that a button of the page makes; the others are made on the desk, or on a page of their own."""


@require_safe
def order_list(request: HttpRequest) -> HttpResponse:
    """List the orders that this person may see, newest first; what waits for the person stands above."""
    user = request.user
    narrowed = OrderFilter(request.GET, ReinvestmentOrder.objects.visible_to(user).for_list())
    rows = narrowed.qs if narrowed.is_valid() else ReinvestmentOrder.objects.none()
    waiting = ReinvestmentOrder.objects.awaiting(user).for_list().order_by("pk")[:20] if user.is_authenticated else []
    context = {"page": keyset_page(rows, request), "waiting": waiting}
    return render(request, "funds/reinvestment/order_list.html", context)


def _order(request: HttpRequest, pk: int) -> ReinvestmentOrder:
    """Return the order if this person may see it."""
    return get_object_or_404(ReinvestmentOrder.objects.visible_to(request.user).for_detail(), pk=pk)


@require_safe
def order_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an order: its derivation line by line, its picture, where it stands and what the enterprise can do."""
    order = _order(request, pk)
    user = request.user
    is_concerned = user.is_authenticated and order.enterprise_id in enterprises_of(user)
    offers = lifecycle.available(order, acting_user(request)) if is_concerned else []
    context = {
        "order": order,
        "run": order.run,
        "lines": explain(order.run),
        "own_sentence": explain_order(order),
        "debt": debt_of(order, with_vouchers=True) if order.direction == Direction.RETURN else None,
        "segments": picture(order.run),
        "picture_width": PICTURE_WIDTH,
        "trail": list(Division.objects.ancestors(order.enterprise.division)),
        "offers": [offer for offer in offers if offer.move.name in PAGE_MOVES],
        "may_pay": any(offer.is_open and offer.move.name == "record_payment" for offer in offers),
        "may_name_uses": order.status in ARRIVED and user.has_perm("funds.record_reinvestment_use", order),
        "shows_papers": user.is_authenticated
        and (user.has_perm("funds.view_order_file", order) or user.has_perm("funds.pay_order", order)),
    }
    return render(request, "funds/reinvestment/order_detail.html", context)


@require_POST
def order_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the move that a button of the order's page asks for."""
    order = _order(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(order.get_absolute_url())
    name = request.POST.get("move", "")
    if name not in PAGE_MOVES:
        raise Http404
    return make_move(request, order, name)


@require_http_methods(["GET", "HEAD", "POST"])
def order_payment(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the enterprise's accountant record the payment with its evidence."""
    order = _order(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not request.user.has_perm("funds.pay_order", order):
        raise Http404
    offer = next((one for one in lifecycle.available(order, acting_user(request)) if one.move.name == PAY), None)
    if request.method != "POST" and not (offer and offer.is_open):
        closed = lifecycle.MoveClosed(move=lifecycle.of(order).by_name[PAY].label, status=order.get_status_display())
        messages.error(request, str(offer.reason if offer else closed))
        return redirect(order)
    form = PaymentForm(request.POST or None, initial={"paid_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            operations.record_payment(
                by=acting_user(request), order=order, now=clock.now(), today=clock.today(), **form.cleaned_data
            )
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("The payment is recorded. The charity confirms its arrival."))
            return redirect(order)
    return render(request, "funds/reinvestment/order_payment.html", {"order": order, "form": form})


def scopes_of(policy: DistributionPolicy, user: User) -> dict[str, Scope]:
    """Return what a policy may be tried on: its enterprise, the places above and just below it, within one's rights.

    Four queries, whatever there is.
    """
    found: dict[str, Scope] = {}
    if policy.enterprise:
        found[f"enterprise-{policy.enterprise_id}"] = policy.enterprise
    below = Division.objects.filter(parent=policy.division).order_by("path", "pk")[:MOST_PLACES]
    for place in [*reversed(Division.objects.ancestors(policy.division)), *below]:
        found[f"division-{place.pk}"] = place
    return {key: scope for key, scope in found.items() if user.has_perm("funds.try_distribution_policy", scope)}


@require_safe
def what_if(request: HttpRequest, pk: int) -> HttpResponse:
    """Try the policy: a picture of ordered and tried by year and by enterprise, with the tables under them."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    rows = DistributionPolicy.objects.visible_to(request.user).for_list()
    policy = get_object_or_404(rows, pk=pk)
    user = acting_user(request)
    scopes = scopes_of(policy, user)
    if not scopes:
        raise PermissionDenied
    year = clock.today().year
    usual = {"scope": next(iter(scopes)), "first_year": year - LOOK_BACK, "last_year": year}
    form = TrialForm({**usual, **request.GET.dict()}, scopes=scopes)
    trial = _tried(form, policy, user, scopes) if form.is_valid() else None
    context = {
        "policy": policy,
        "form": form,
        "trial": trial,
        "by_year": draw((str(found.year), found) for found in trial.years) if trial else None,
        "by_enterprise": draw((f"{row.enterprise} {row.year}", row) for row in trial.rows) if trial else None,
    }
    return render(request, "funds/reinvestment/what_if.html", context)


def _tried(form: TrialForm, policy: DistributionPolicy, user: User, scopes: dict[str, Scope]) -> Trial | None:
    """Run the trial that the form asks for; a refusal goes into the form."""
    asked = dict(form.cleaned_data)
    try:
        return try_policy(by=user, policy=policy, scope=scopes[asked.pop("scope")], **asked)
    except DomainError as refusal:
        put_into(form, refusal)
        return None
