"""Uses of funds for everybody: what was asked, who resolved it, what is held and paid; and what people do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.http import require_POST, require_safe

from communities.notices.models import Attachment
from communities.territory.models import Division
from consultation.decisions.models import Decision
from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund
from funds.spending import operations, queries, quoting
from funds.spending.filters import RequestFilter
from funds.spending.forms import PaidForm, PaymentForm, RequestForm, written
from funds.spending.lifecycle import PAYMENT, REFUND, SPENDING_REQUEST, PaymentStatus, RefundStatus, RequestStatus
from funds.spending.models import Payment, SpendingRequest
from funds.spending.moving import WITH_A_FORM, lead_payment, lead_refund, lead_request, spare_moves
from funds.spending.papers import desk
from funds.spending.papers.desk import resolution_form
from funds.spending.papers.forms import QuoteForm, WatchedResolutionForm
from funds.spending.papers.models import Refund
from funds.spending.residents import part_of_residents
from funds.spending.rules import payee_for
from funds.spending.uses import Rules, check_use, told_rules
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError
from governance.pages import Act, Refusals, RowForm, Tried, back, keyset_page, steps_of, take_step

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.http import HttpRequest, HttpResponse

    from governance.accounts.models import User
    from governance.lifecycle import Offer


@require_safe
def request_list(request: HttpRequest) -> HttpResponse:
    """List the requests that this person may see, newest first."""
    narrowed = RequestFilter(request.GET, SpendingRequest.objects.visible_to(request.user).for_list())
    rows = narrowed.qs if narrowed.is_valid() else SpendingRequest.objects.none()
    text = request.GET.get("fund", "")
    funds = CommunityFund.objects.visible_to(request.user)
    fund = funds.filter(pk=int(text[:18])).first() if text.isdecimal() else None
    place = None if fund else _place(request.GET.get("division", ""))
    context = {
        "place": place,
        "trail": list(Division.objects.ancestors(place)) if place else [],
        "filter": narrowed,
        "page": keyset_page(rows, request),
        "fund": fund,
        "may_enter": fund is not None and request.user.has_perm("funds.enter_spending_request", fund),
    }
    return render(request, "funds/spending/list.html", context)


def _place(text: str) -> Division | None:
    """Return the place that the address asks for, if there is one."""
    return Division.objects.filter(pk=int(text[:18])).first() if text.isdecimal() else None


@require_safe
def fund_uses(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a fund's money may and may not be used for, who decides on how much, and how residents take part."""
    fund = get_object_or_404(CommunityFund.objects.visible_to(request.user).select_related("division"), pk=pk)
    rules = Rules(fund, clock.today())
    context = {"fund": fund, "trail": [*Division.objects.ancestors(fund.division), fund], "uses": told_rules(rules)}
    return render(request, "funds/spending/uses.html", context)


@require_safe
def request_of_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead from a decision to the form by which the fund of its place is asked for money."""
    decision = get_object_or_404(Decision.objects.visible_to(request.user).select_related("division"), pk=pk)
    funds = CommunityFund.objects.visible_to(request.user).filter(division=decision.division)
    fund = funds.filter(status=FundStatus.ACTIVE).order_by("pk").first()
    if fund is None:
        messages.error(request, _("%(place)s has no community fund in operation.") % {"place": decision.division.name})
        return redirect(decision)
    return redirect(f"{reverse('funds:fund-request-new', args=[fund.pk])}?decision={decision.pk}")


def _request(request: HttpRequest, pk: int) -> SpendingRequest:
    return get_object_or_404(SpendingRequest.objects.visible_to(request.user).for_detail(), pk=pk)


@require_safe
def request_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a request: its decision, its budget, the committee's votes, what is held, paid and left."""
    return _page(request, _request(request, pk))


@require_POST
def request_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Do what the page offers besides moves and payments; what is refused stays filled in with the reason."""
    row = _request(request, pk)
    if name not in desk.ACTS:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(row.get_absolute_url())
    if not request.user.has_perm(desk.ACTS[name].permission, row):
        raise PermissionDenied
    tried = take_step(request, _act(row, name), name, row)
    return redirect(row) if tried is None else _page(request, _request(request, pk), tried)


def _act(row: SpendingRequest, name: str) -> Act:
    found = desk.ACTS[name]
    return Act(found.label, found.run, found.form(row))


def _page(request: HttpRequest, row: SpendingRequest, tried: Tried | None = None) -> HttpResponse:
    user = request.user
    handles = user.is_authenticated and user.has_perm("funds.view_spending_file", row)
    is_open = row.status in operations.OPEN and user.has_perm("funds.enter_spending_request", row)
    offers = lifecycle.available(row, acting_user(request)) if handles or is_open else []
    seen = [payment for payment in row.payments.all() if handles or payment.status == PaymentStatus.PAID]
    shown = [_shown(payment, row, request) for payment in seen]
    names = desk.offered(row, user) if handles or is_open else []
    home = f"{reverse('funds:request-detail', args=[row.pk])}acts/"
    relief = getattr(row, "relief", None)
    context = {
        "row": row,
        "trail": [*Division.objects.ancestors(row.division), row.fund],
        "steps": steps_of({name: _act(row, name) for name in names}, names, home, tried),
        "relief": relief if handles or (relief is not None and relief.judged_at is not None) else None,
        "against": _against(row) if is_open else "",
        "part": part_of_residents(row),
        "list_url": f"{reverse('funds:request-list')}?fund={row.fund_id}",
        "handles": handles,
        "offers": _buttons(row, offers),
        "may_resolve": any(offer.is_open and offer.move.name == "resolve" for offer in offers),
        "is_open": is_open,
        "quotes": list(row.quotes.all()),
        "files": _seen_files(row, user),
        "payments": shown,
        "may_plan": row.status == RequestStatus.APPROVED and user.has_perm("funds.request_payment", row),
        "paid": sum(payment.amount for payment in seen if payment.status == PaymentStatus.PAID),
        "refunded": sum(refund["row"].amount for payment in shown for refund in payment["refunds"] if _is_back(refund)),
        "held": queries.held_for(row) if row.hold_journal_id else None,
        "resolutions": row.resolutions.all(),
        "demands": row.step.demands if row.step and relief is None else [],
    }
    return render(request, "funds/spending/detail.html", context, status=400 if tried else 200)


def _seen_files(row: SpendingRequest, user: User | AnonymousUser) -> set[int]:
    """Return which of the files of the offers this person may open; one query where there are any."""
    keys = [quote.file_id for quote in row.quotes.all()]
    return set(Attachment.objects.visible_to(user).filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()


def _against(row: SpendingRequest) -> str:
    """Return what the rules of the fund have against an open request, so that nobody submits it in vain."""
    try:
        check_use(row, clock.today())
    except DomainError as refusal:
        return str(refusal)
    return ""


def _buttons(row: SpendingRequest, offers: list[Offer]) -> list[Offer]:
    """Return the moves that one button makes."""
    left_out = {"resolve", "relieve", *spare_moves(row)}
    return [offer for offer in offers if offer.move.name not in left_out]


def _shown(payment: Payment, row: SpendingRequest, request: HttpRequest) -> dict[str, Any]:
    """Return a payment with its payee as this person may know it and with what they can do."""
    payment.request = row
    user = request.user
    may_see = user.is_authenticated and user.has_perm("funds.view_spending_file", row)
    offers = lifecycle.available(payment, acting_user(request)) if may_see else []
    return {
        "row": payment,
        "payee": payee_for(user, payment),
        "reference": payment.bank_reference if may_see else "",
        "refunds": [
            _shown_refund(refund, payment, request) for refund in payment.refunds.all() if _tells(refund, may_see)
        ],
        "offers": [offer for offer in offers if offer.move.name != "record_paid"],
        "may_pay": any(offer.is_open and offer.move.name == "record_paid" for offer in offers),
    }


def _is_back(refund: dict[str, Any]) -> bool:
    return bool(refund["row"].status == RefundStatus.POSTED)


def _tells(refund: Refund, may_see: bool) -> bool:  # noqa: FBT001 - one switch of one helper
    """Tell whether a refund is shown: what is back to everybody, the rest to who handles the fund."""
    return refund.status == RefundStatus.POSTED or may_see


def _shown_refund(refund: Refund, payment: Payment, request: HttpRequest) -> dict[str, Any]:
    """Return a refund with what this person can do with it."""
    refund.payment = payment
    is_open = request.user.is_authenticated and refund.status == RefundStatus.RECORDED
    return {"row": refund, "offers": lifecycle.available(refund, acting_user(request)) if is_open else []}


class RequestMove(LoginRequiredMixin, Refusals, View):
    """Make a move of a request that a button asks for."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        """Make it through its operation and return to the page; a refusal becomes a message."""
        row = get_object_or_404(SpendingRequest.objects.visible_to(request.user), pk=pk)
        name = request.POST.get("move", "")
        if name not in SPENDING_REQUEST.by_name or name in WITH_A_FORM:
            raise Http404
        by, reason = acting_user(request), request.POST.get("reason", "")
        lead_request(row, name, by=by, now=clock.now(), today=clock.today(), reason=reason)
        messages.success(request, str(SPENDING_REQUEST.by_name[name].label))
        return back(request, row.get_absolute_url())


class PaymentMove(LoginRequiredMixin, Refusals, View):
    """Make a move of a payment that a button asks for."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        """Make it through its operation and return to the page; a refusal becomes a message."""
        row = get_object_or_404(Payment.objects.visible_to(request.user), pk=pk)
        name, reason = request.POST.get("move", ""), request.POST.get("reason", "")
        if name not in PAYMENT.by_name or name in WITH_A_FORM:
            raise Http404
        lead_payment(row, name, by=acting_user(request), now=clock.now(), reason=reason)
        messages.success(request, str(PAYMENT.by_name[name].label))
        return back(request, row.get_absolute_url())


class RefundMove(LoginRequiredMixin, Refusals, View):
    """Make a move of a refund that a button asks for."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseRedirect:
        """Make it through its operation and return to the page; a refusal becomes a message."""
        row = get_object_or_404(Refund.objects.visible_to(request.user).for_list(), pk=pk)
        name, reason = request.POST.get("move", ""), request.POST.get("reason", "")
        if name not in REFUND.by_name:
            raise Http404
        lead_refund(row, name, by=acting_user(request), now=clock.now(), reason=reason)
        messages.success(request, str(REFUND.by_name[name].label))
        return back(request, row.get_absolute_url())


class SpendingForm(RowForm):
    """A form about a request, unless it says otherwise."""

    template_name = "funds/form.html"

    def find(self, request: HttpRequest, pk: int) -> Any:
        """Return the request that the form is about."""
        return _request(request, pk)


class RequestNew(SpendingForm):
    """Ask a fund for money."""

    form_class = RequestForm
    permission = "funds.enter_spending_request"
    title = _("Ask the fund for money")

    def find(self, request: HttpRequest, pk: int) -> Any:
        """Return the fund."""
        rows = CommunityFund.objects.visible_to(request.user).select_related("division__parent", "book")
        return get_object_or_404(rows, pk=pk)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the decisions, pools and organizations of the fund's place."""
        return {**super().get_form_kwargs(), "fund": self.row}

    def get_initial(self) -> dict[str, Any]:
        """Begin with the decision that the address names."""
        text = self.request.GET.get("decision", "")
        return {"decision": text} if text.isdecimal() else {}

    def done(self, form: Any) -> Any:
        """Draft the request."""
        by = acting_user(self.request)
        told = {"by": by, "now": clock.now(), "fund": self.row}
        return self.attempt(form, operations.enter_request, **told, **form.cleaned_data)


class RequestEdit(SpendingForm):
    """Change a draft or a returned request."""

    form_class = RequestForm
    permission = "funds.enter_spending_request"
    title = _("Change the request")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the pools and organizations of the fund's place."""
        return {**super().get_form_kwargs(), "fund": self.row.fund, "request": self.row}

    def get_initial(self) -> dict[str, Any]:
        """Begin with what stands there."""
        return written(self.row)

    def done(self, form: Any) -> Any:
        """Change the request."""
        told = {"by": acting_user(self.request), "now": clock.now(), "request": self.row}
        return self.attempt(form, operations.edit_request, **told, **form.cleaned_data)


class QuoteNew(SpendingForm):
    """Attach an offer."""

    form_class = QuoteForm
    permission = "funds.enter_spending_request"
    title = _("Attach a quote")

    def done(self, form: Any) -> Any:
        """Store and attach the file."""
        file, data = form.cleaned_data["file"], form.cleaned_data
        told = {"by": acting_user(self.request), "now": clock.now(), "request": self.row}
        offer = {"supplier": data["supplier"], "amount": data["amount"], "name": file.name, "content": file.read()}
        quote = self.attempt(form, quoting.attach_quote, **told, **offer)
        return self.row if quote else None


class Resolution(SpendingForm):
    """Record how the committee voted."""

    form_class = WatchedResolutionForm
    permission = "funds.record_resolution"
    title = _("Record the committee's resolution")

    def get_form(self, form_class: Any = None) -> Any:
        """Name the members who have a vote today, and who watches over them."""
        del form_class
        build = resolution_form(self.row)
        sent = (self.request.POST, self.request.FILES) if self.request.method == "POST" else ()
        return build(*sent)

    def done(self, form: Any) -> Any:
        """Record the votes; the rule judges."""
        told = {"by": acting_user(self.request), "now": clock.now(), "today": clock.today(), "request": self.row}
        return self.attempt(form, operations.record_resolution, **told, **form.cleaned_data)


class PaymentNew(SpendingForm):
    """Plan one instalment."""

    form_class = PaymentForm
    permission = "funds.request_payment"
    title = _("Plan a payment")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the organizations of the place."""
        return {**super().get_form_kwargs(), "request": self.row}

    def get_initial(self) -> dict[str, Any]:
        """Begin with the next instalment and the organization that the request names."""
        return {"number": self.row.payments.count() + 1, "organization": self.row.organization_id}

    def done(self, form: Any) -> Any:
        """Plan the payment."""
        told = {"by": acting_user(self.request), "now": clock.now(), "request": self.row}
        return self.attempt(form, operations.plan_payment, **told, **form.cleaned_data)


class PaymentPaid(SpendingForm):
    """Record that the money has left."""

    form_class = PaidForm
    permission = "funds.record_paid"
    title = _("Record as paid")

    def find(self, request: HttpRequest, pk: int) -> Any:
        """Return the payment."""
        return get_object_or_404(Payment.objects.visible_to(request.user).for_list(), pk=pk)

    def get_initial(self) -> dict[str, Any]:
        """Begin with today."""
        return {"paid_on": clock.today()}

    def done(self, form: Any) -> Any:
        """Record the payment and post it."""
        told = {"by": acting_user(self.request), "now": clock.now(), "today": clock.today(), "payment": self.row}
        return self.attempt(form, operations.record_paid, **told, **form.cleaned_data)
