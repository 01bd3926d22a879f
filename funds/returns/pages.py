"""The yearly report on giving back, for everybody: page, CSV, XLSX, PDF; and what an order's money solved."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from communities.territory.models import Division, Tier
from funds.enterprises.models import CommunityEnterprise
from funds.reinvestment.models import ReinvestmentOrder
from funds.returns import operations
from funds.returns.forms import ReportForm, UseForm
from funds.returns.paper import as_csv, as_pdf, as_xlsx
from funds.returns.queries import report_of
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.errors import DomainError, put_into
from governance.pages import printed, sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from funds.returns.queries import Report, Scope

MOST_PLACES = 300
LONGEST_KEY = 18
"""Digits of a key that the database can hold."""
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def scopes_of(asked: str) -> dict[str, Scope]:
    """Return the places with enterprises, from the district down, and the enterprise asked for; three queries."""
    homes = list(Division.objects.filter(enterprises__isnull=False).distinct().order_by("path", "pk")[:MOST_PLACES])
    above = {key for home in homes for key in home.ancestor_ids}
    shown = [Tier.DISTRICT, Tier.STREET, Tier.COMMUNITY]
    places = Division.objects.filter(pk__in=above, tier__in=shown).order_by("tier", "path", "pk")
    found: dict[str, Scope] = {f"division-{place.pk}": place for place in places}
    kind, _dash, key = asked.partition("-")
    if kind == "enterprise" and key.isascii() and key.isdecimal() and len(key) <= LONGEST_KEY:
        rows = CommunityEnterprise.objects.filter(pk=int(key)).exclude(status="PLANNED")
        if enterprise := rows.select_related("division").first():
            found[asked] = enterprise
    return found


def _asked(request: HttpRequest) -> tuple[ReportForm, Report | None]:
    """Return the form and, where it can be answered, the report."""
    scopes = scopes_of(request.GET.get("scope", ""))
    usual = {"scope": next(iter(scopes), ""), "year": clock.today().year - 1}
    form = ReportForm({**usual, **request.GET.dict()}, scopes=scopes)
    if not form.is_valid():
        return form, None
    try:
        return form, report_of(scopes[form.cleaned_data["scope"]], form.cleaned_data["year"], request.user)
    except DomainError as refusal:
        put_into(form, refusal)
        return form, None


@require_safe
def giving_back(request: HttpRequest) -> HttpResponse:
    """Show the report: the picture from the profit to what was solved, and the rows behind it."""
    form, report = _asked(request)
    query = f"scope={form.data['scope']}&year={form.data['year']}" if report else ""
    return render(request, "funds/returns/report.html", {"form": form, "report": report, "query": query})


@require_safe
def giving_back_file(request: HttpRequest, kind: str) -> HttpResponse:
    """Return the report as a file."""
    _form, report = _asked(request)
    if report is None:
        raise Http404
    if kind == "pdf":
        make = partial(as_pdf, report, now=clock.now())
        return printed(request, (report.scope.pk, report), make, name=f"giving-back-{report.year}.pdf")
    written: dict[str, Callable[[Report], bytes]] = {"csv": as_csv, "xlsx": as_xlsx}
    answer = HttpResponse(written[kind](report), content_type=KINDS[kind])
    answer["Content-Disposition"] = f'attachment; filename="giving-back-{report.year}.{kind}"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def order_use(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the staff of the place name what the money of an order has solved."""
    rows = ReinvestmentOrder.objects.visible_to(request.user).for_list()
    order = get_object_or_404(rows, pk=pk)
    if not request.user.has_perm("funds.record_reinvestment_use", order):
        raise Http404
    form = UseForm(sent(request), order=order)
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = form.cleaned_data
        try:
            operations.record_use(by=acting_user(request), order=order, now=clock.now(), **given)
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("The problem solved is named."))
            return redirect("funds:order-use", pk=order.pk)
    uses = order.uses.select_related("matter").order_by("pk")
    context = {"order": order, "form": form, "uses": uses}
    return render(request, "funds/returns/order_use.html", context, status=400 if form.is_bound else 200)
