"""Orders for everybody: how an amount came about, where it stands; and for the enterprise to confirm and to pay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.territory.models import Division
from funds.reinvestment import operations
from funds.reinvestment.filters import OrderFilter
from funds.reinvestment.forms import OrderPaperForm, PaymentForm, TrialForm
from funds.reinvestment.lifecycle import ARRIVED, FRUITLESS
from funds.reinvestment.models import DistributionPolicy, ReinvestmentOrder
from funds.reinvestment.owing import debt_of
from funds.reinvestment.papers.models import OrderPaper
from funds.reinvestment.papers.operations import attach_order_paper
from funds.reinvestment.policy import PAPERS_OF, Direction
from funds.reinvestment.queries import PICTURE_WIDTH, explain, explain_order, picture
from funds.reinvestment.reach import enterprises_of
from funds.reinvestment.trial import try_policy
from funds.reinvestment.trial_drawing import draw
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import handed_out, keyset_page, make_move

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
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
    return _page(request, _order(request, pk))


def _page(request: HttpRequest, order: ReinvestmentOrder, tried: OrderPaperForm | None = None) -> HttpResponse:
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
        **_papers(user, order, tried),
    }
    return render(request, "funds/reinvestment/order_detail.html", context, status=400 if tried else 200)


def _papers(user: User | AnonymousUser, order: ReinvestmentOrder, tried: OrderPaperForm | None) -> dict[str, Any]:
    """Return the files of an order, what its route still misses and the form for more; one query for who may see them."""
    if not user.is_authenticated or not user.has_perm("funds.view_order_paper", order):
        return {"shows_papers": False}
    rows = list(order.papers.select_related("file").order_by("pk"))
    known = {row.kind for row in rows}
    is_open = order.status not in FRUITLESS and user.has_perm("funds.attach_order_paper", order)
    return {
        "shows_papers": True,
        "papers": rows,
        "missing": [kind.label for kind in PAPERS_OF[order.route] if kind not in known],
        "paper_form": (tried or OrderPaperForm()) if is_open else None,
    }


@require_POST
def order_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach a file to an order; what is refused is said beside the form."""
    order = _order(request, pk)
    if not request.user.is_authenticated:
        return redirect_to_login(order.get_absolute_url())
    if not request.user.has_perm("funds.attach_order_paper", order):
        raise PermissionDenied
    form = OrderPaperForm(request.POST, request.FILES)
    if form.is_valid():
        kind, file = form.cleaned_data["kind"], form.cleaned_data["file"]
        told: dict[str, Any] = {"by": acting_user(request), "order": order, "now": clock.now()}
        try:
            attach_order_paper(**told, kind=kind, name=file.name, content=file.read())
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("The file was attached."))
            return redirect(order)
    return _page(request, order, form)


@login_required
@require_safe
def order_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Hand a paper of an order out to those who handle it: its enterprise, its charity, the staff of the place."""
    order = _order(request, pk)
    if not request.user.has_perm("funds.view_order_paper", order):
        raise PermissionDenied
    row = get_object_or_404(OrderPaper.objects.select_related("file"), order=order, file=file).file
    return handed_out(row.file, name=row.name, content_type=row.content_type)


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
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = PaymentForm(*sent, order=order, initial={"paid_on": clock.today()})
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
    context = {"order": order, "form": form}
    return render(request, "funds/reinvestment/order_payment.html", context, status=400 if form.is_bound else 200)


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
