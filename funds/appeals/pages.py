"""Appeals for everybody: what is raised for what, how far it came, which accounts are owed and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from communities.policy.queries import value
from communities.territory.models import Division
from funds.appeals import operations
from funds.appeals.filters import AppealFilter
from funds.appeals.forms import EndForm, FundAppealForm, ReportForm
from funds.appeals.lifecycle import APPEAL
from funds.appeals.models import Appeal, AppealReport
from funds.appeals.policy import PLATFORMS, platform_of
from funds.charity.models import CommunityFund
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.pages import Act, keyset_page, steps_of, take_step

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

    from governance.accounts.models import User
    from governance.pages import Tried


def _open(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return operations.open_appeal(by=by, appeal=row, now=now)


def _end(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.end_appeal(by=by, appeal=row, reason=data["reason"], now=now)


def _account(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del data
    return lifecycle.move(row, "account", by=by, now=now)


def _withdraw(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return lifecycle.move(row, "withdraw", by=by, now=now, reason=data["reason"])


def _show(row: Any, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.show_report(by=by, report=row, text=data["text"], now=now)


ACTS = {
    "open": Act(APPEAL.by_name["open"].label, _open),
    "end": Act(APPEAL.by_name["end"].label, _end, EndForm, is_grave=True),
    "account": Act(APPEAL.by_name["account"].label, _account),
    "withdraw": Act(APPEAL.by_name["withdraw"].label, _withdraw, EndForm, is_grave=True),
}
SHOW = Act(_("Show the account"), _show, ReportForm)
DRAFT = Act(
    _("Draft an appeal"),
    lambda row, by, now, data: operations.draft_appeal(by=by, fund=row, now=now, **data),
    FundAppealForm,
)


@require_safe
def appeal_list(request: HttpRequest) -> HttpResponse:
    """List the appeals, newest first."""
    narrowed = AppealFilter(request.GET, Appeal.objects.visible_to(request.user).for_list())
    rows = narrowed.qs if narrowed.is_valid() else Appeal.objects.none()
    return render(request, "funds/appeals/list.html", {"filter": narrowed, "page": keyset_page(rows, request)})


def _appeal(request: HttpRequest, pk: int) -> Appeal:
    return get_object_or_404(Appeal.objects.visible_to(request.user).for_detail(), pk=pk)


@require_safe
def appeal_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an appeal with its progress, its right, its accounts and what can be done now."""
    return _page(request, _appeal(request, pk))


def _page(request: HttpRequest, appeal: Appeal, tried: Tried | None = None) -> HttpResponse:
    user, today = request.user, clock.today()
    offers = lifecycle.available(appeal, acting_user(request)) if user.is_authenticated else []
    reports = list(AppealReport.objects.filter(appeal=appeal).for_list())
    owed = next((report for report in reports if report.published_at is None and report.covers_to < today), None)
    may_show = owed is not None and user.is_authenticated and user.has_perm("funds.show_appeal_report", owed)
    url = reverse("funds:appeal-detail", args=[appeal.pk])
    steps = steps_of(ACTS, [offer.move.name for offer in offers if offer.is_open], url, tried)
    if may_show:
        steps += steps_of({"show": SHOW}, ["show"], url, tried)
    context = {
        "appeal": appeal,
        "trail": [*Division.objects.ancestors(appeal.division), appeal.fund],
        "platform": platform_of(appeal.platform_url, value(PLATFORMS, appeal.division, today)),
        "reports": reports,
        "today": today,
        "owed": owed,
        "steps": steps,
        "closed": [offer for offer in offers if not offer.is_open],
        "is_running": appeal.status == "OPEN" and appeal.starts_on <= today <= appeal.ends_on,
    }
    return render(request, "funds/appeals/detail.html", context, status=400 if tried else 200)


@require_POST
@login_required
def appeal_step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step that the page offers; what is refused stays filled in with the reason."""
    appeal = _appeal(request, pk)
    row: Any = appeal
    act = ACTS.get(name)
    if name == "show":
        act, row = SHOW, appeal.reports.filter(published_at=None).order_by("due_on", "pk").first()
    if act is None or row is None:
        raise Http404
    tried = take_step(request, act, name, row)
    return _page(request, _appeal(request, pk), tried) if tried else HttpResponseRedirect(appeal.get_absolute_url())


@login_required
def appeal_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft an appeal for a fund."""
    fund = get_object_or_404(CommunityFund.objects.visible_to(request.user).for_list(), pk=pk)
    if not request.user.has_perm("funds.draft_appeal", fund):
        raise Http404
    tried = take_step(request, DRAFT, "draft", fund) if request.method == "POST" else None
    if request.method == "POST" and tried is None:
        return HttpResponseRedirect(reverse("funds:appeal-list") + f"?fund={fund.pk}")
    form = tried[1] if tried else FundAppealForm(auto_id="draft-%s")
    context = {
        "title": DRAFT.label,
        "row": fund,
        "form": form,
        "trail": [*Division.objects.ancestors(fund.division), fund],
    }
    return render(request, "funds/appeals/form.html", context, status=400 if tried else 200)
