"""The public account of a fund (on the screen, as a sheet, the check of a printed head), and the money of a place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.ledger.filters import JournalFilter
from funds.ledger.models import Journal
from funds.ledger.policy import GENESIS
from funds.statements.account import account_of, check_head, print_account
from funds.statements.journals import SHOWN, journal_filter
from funds.statements.place import journals_of, statistics_of
from funds.statements.policy import PeriodUnknown, read_span
from governance.calendar import clock
from governance.pages import keyset_page, printed
from governance.visitors import kept_for_visitors

if TYPE_CHECKING:
    from django.http import HttpRequest

    from funds.statements.policy import Span

BEYOND = 10**15
YEARS = 5
UPWARDS = "division__parent__parent__parent__parent"


def _fund(request: HttpRequest, pk: int) -> CommunityFund:
    """Return the fund if this person may see it, with its place up to the province."""
    rows = CommunityFund.objects.visible_to(request.user).for_detail().select_related(UPWARDS)
    return get_object_or_404(rows, pk=pk)


def _trail(place: Division | None) -> list[Division]:
    """Return the places from the top down to one that was read with those above it; no query."""
    found: list[Division] = []
    while place is not None:
        found.insert(0, place)
        place = place.parent
    return found


@kept_for_visitors
@require_safe
def fund_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the public account of a fund: what lies in it, where it came from and went, what came of each use."""
    fund = _fund(request, pk)
    span, refusal = _period(request)
    shown = account_of(fund, clock.today(), span)
    context = {
        **shown,
        "trail": _trail(fund.division),
        "refusal": refusal,
        "filter": journal_filter(None, fund.book, shown["accounts"]),
    }
    return render(request, "funds/statements/fund_detail.html", context, status=400 if refusal else 200)


def _period(request: HttpRequest) -> tuple[Span | None, str]:
    """Return the period that is asked for, or why there is none; nothing for all time."""
    text = request.GET.get("period", "")
    try:
        return (read_span(text) if text else None), ""
    except PeriodUnknown as refusal:
        return None, str(refusal)


@require_safe
def account_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the account as a PDF for the notice board, with the head of the chain as a code to be scanned."""
    fund = _fund(request, pk)
    shows = ("account", fund.pk, fund.book.sequence, fund.book.head_hash, clock.today())
    make = partial(print_account, fund, clock.today(), clock.now())
    return printed(request, shows, make, name=f"{fund.book.code}-{clock.today():%Y%m%d}.pdf")


@require_safe
def head(request: HttpRequest, pk: int, sequence: int, noted: str) -> HttpResponse:
    """Tell whether a head of the chain that somebody has on paper still stands in the chain."""
    fund = _fund(request, pk)
    if sequence > BEYOND:
        raise Http404
    found = check_head(fund.book, sequence, noted)
    is_empty = sequence == 0 and noted == GENESIS
    context = {
        "fund": fund,
        "trail": [*_trail(fund.division), fund],
        "found": found,
        "is_empty": is_empty,
        "holds": is_empty or found.holds,
    }
    return render(request, "funds/statements/head.html", context)


@require_safe
def place_money(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what came, went and is left in all community funds of a place, each figure leading to its rows."""
    found = get_object_or_404(Division, pk=pk)
    span, refusal = _period(request)
    today = clock.today()
    context = {
        **statistics_of(found, span),
        "place": found,
        "trail": list(Division.objects.ancestors(found)),
        "span": span,
        "refusal": refusal,
        "years": list(range(today.year, today.year - YEARS, -1)),
    }
    return render(request, "funds/statements/place.html", context, status=400 if refusal else 200)


@require_safe
def place_journals(request: HttpRequest, pk: int) -> HttpResponse:
    """List the vouchers behind the figures of a place."""
    found = get_object_or_404(Division, pk=pk)
    narrowed = JournalFilter(request.GET, journals_of(found))
    rows = narrowed.qs if narrowed.is_valid() else Journal.objects.none()
    context = {
        "place": found,
        "trail": list(Division.objects.ancestors(found)),
        "controls": [narrowed.form[name] for name in SHOWN],
        "page": keyset_page(rows, request),
    }
    return render(request, "funds/statements/place_journals.html", context)
