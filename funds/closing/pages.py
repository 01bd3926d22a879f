"""The closing of a fund for everybody: its steps, what hinders, and what people do next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from communities.territory.models import Division
from funds.charity.lifecycle import FUND, FundStatus
from funds.charity.models import CommunityFund
from funds.charity.operations import close_fund
from funds.closing import operations, queries
from funds.closing.forms import AuditForm, BalanceUseForm, BeginForm, CloseForm, ContactForm, ReportForm
from funds.closing.lifecycle import FUND_CLOSURE, ClosureStatus
from funds.closing.models import FundClosure
from funds.closing.moving import lead
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import Act, Tried, steps_of, take_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import BaseForm
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User
    from governance.lifecycle import Offer


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the closing as the page lists it."""

    label: StrOrPromise
    done_at: dt.datetime | None
    is_next: bool


def _begin(row: CommunityFund, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.begin_closing(by=by, fund=row, now=now, today=clock.today(), **data)


def _finish(row: CommunityFund, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return close_fund(by=by, fund=row, reason=data["reason"], now=now)


def _step(name: str) -> Any:
    def run(row: CommunityFund, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
        return lead(_closure(row), name, by=by, now=now, today=clock.today(), data=data)

    return run


def _closure(fund: CommunityFund) -> FundClosure:
    return get_object_or_404(FundClosure.objects.for_detail(), fund=fund)


def _label(name: str) -> StrOrPromise:
    return FUND_CLOSURE.by_name[name].label


BEGIN, FINISH = "begin", "close"


def _acts(closure: FundClosure | None) -> dict[str, Act]:
    """Return what can be done with a closing, or with a fund that is not being closed."""
    proposal: Callable[..., BaseForm] = partial(BalanceUseForm, closure=closure)
    return {
        BEGIN: Act(FUND.by_name["begin_closing"].label, _begin, BeginForm, is_grave=True),
        "audit": Act(_label("audit"), _step("audit"), AuditForm),
        "propose": Act(_label("propose"), _step("propose"), proposal),
        "put_up": Act(_label("put_up"), _step("put_up"), ContactForm),
        "transfer": Act(_label("transfer"), _step("transfer"), is_grave=True),
        "report": Act(_label("report"), _step("report"), ReportForm),
        FINISH: Act(FUND.by_name["close"].label, _finish, CloseForm, is_grave=True),
    }


STAGES: tuple[tuple[str, StrOrPromise, str], ...] = (
    (ClosureStatus.BEGUN, _("Intake is stopped"), "begun_at"),
    (ClosureStatus.AUDITED, _("Contracts are settled and the fund is audited"), "audited_at"),
    (ClosureStatus.PROPOSED, _("The use of the balance is proposed"), "proposed_at"),
    (ClosureStatus.POSTED, _("The proposal is posted for objections"), "posted_at"),
    (ClosureStatus.CLEARED, _("The publicity is over"), "cleared_at"),
    (ClosureStatus.TRANSFERRED, _("The balance is transferred"), "transferred_at"),
    (ClosureStatus.REPORTED, _("The final report is given"), "reported_at"),
)


def _stages(closure: FundClosure | None, fund: CommunityFund) -> list[Stage]:
    """Return every step with when it was done; what was undone by an objection counts as open."""
    order = [status for status, _label, _column in STAGES]
    reached = order.index(closure.status) if closure else -1
    stages = [
        Stage(label, getattr(closure, column) if place <= reached else None, place == reached + 1)
        for place, (_status, label, column) in enumerate(STAGES)
    ]
    return [*stages, Stage(_("The fund is closed"), fund.closed_at, reached == len(order) - 1 and not fund.closed_at)]


def _fund(request: HttpRequest, pk: int) -> CommunityFund:
    return get_object_or_404(CommunityFund.objects.visible_to(request.user).for_list(), pk=pk)


@require_safe
def fund_closing(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the steps of a fund's closing, what hinders the next one, and what this person can do."""
    return _page(request, _fund(request, pk))


def _page(request: HttpRequest, fund: CommunityFund, tried: Tried | None = None) -> HttpResponse:
    closure = FundClosure.objects.for_detail().filter(fund=fund).first()
    offers = _offers(request, fund, closure)
    names = [BEGIN if offer.move.name == "begin_closing" else offer.move.name for offer in offers if offer.is_open]
    may_begin = closure is None and _may_begin(request, fund)
    home = reverse("funds:fund-closing", args=[fund.pk])
    is_open = closure is None or closure.status in {ClosureStatus.BEGUN, ClosureStatus.CLEARED}
    hindrances = queries.hindrances_of(fund, clock.today()) if is_open and fund.status != FundStatus.CLOSED else []
    context = {
        "fund": fund,
        "trail": [*Division.objects.ancestors(fund.division), fund],
        "closure": closure,
        "stages": _stages(closure, fund),
        "hindrances": hindrances,
        "steps": steps_of(_acts(closure), [*([BEGIN] if may_begin else []), *names], f"{home}acts/", tried),
        "closed": [offer for offer in offers if not offer.is_open],
    }
    return render(request, "funds/closing/detail.html", context, status=400 if tried else 200)


def _may_begin(request: HttpRequest, fund: CommunityFund) -> bool:
    is_living = fund.status in {FundStatus.ACTIVE, FundStatus.RECTIFYING}
    return is_living and request.user.has_perm("funds.sign_fund_agreement", fund)


def _offers(request: HttpRequest, fund: CommunityFund, closure: FundClosure | None) -> list[Offer]:
    """Return the next steps to those who handle the fund, open or closed with the reason."""
    user = request.user
    if not user.is_authenticated or closure is None or not user.has_perm("funds.view_fund_file", fund):
        return []
    closure.fund = fund
    by = acting_user(request)
    last = lifecycle.available(fund, by) if closure.status == ClosureStatus.REPORTED else []
    return [*lifecycle.available(closure, by), *last]


@require_POST
def fund_closing_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Do the step; what is refused stays filled in with the reason."""
    fund = _fund(request, pk)
    home = reverse("funds:fund-closing", args=[fund.pk])
    acts = _acts(FundClosure.objects.select_related("fund").filter(fund=fund).first())
    if name not in acts:
        raise Http404
    if not request.user.is_authenticated:
        return redirect_to_login(home)
    tried = take_step(request, acts[name], name, fund)
    return redirect(home) if tried is None else _page(request, _fund(request, pk), tried)
