"""Orders for everybody: how an amount came about, where it stands; and for the enterprise to confirm and to pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.territory.models import Division
from funds.reinvestment import operations
from funds.reinvestment.filters import OrderFilter
from funds.reinvestment.forms import PaymentForm
from funds.reinvestment.models import ReinvestmentOrder, enterprises_of
from funds.reinvestment.queries import PICTURE_WIDTH, explain, picture
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import keyset_page, make_move

if TYPE_CHECKING:
    from django.http import HttpRequest

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
        "segments": picture(order.run),
        "picture_width": PICTURE_WIDTH,
        "trail": list(Division.objects.ancestors(order.enterprise.division)),
        "offers": [offer for offer in offers if offer.move.name in PAGE_MOVES],
        "may_pay": any(offer.is_open and offer.move.name == "record_payment" for offer in offers),
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
