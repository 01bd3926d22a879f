"""Statements of funds and places on the screen, as files and on paper; vouchers on paper for those who keep the books."""

from __future__ import annotations

import dataclasses
import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from communities.territory.models import Division, Tier
from funds.charity.models import CommunityFund
from funds.ledger.models import Journal
from funds.statements import queries
from funds.statements.account import named_accounts
from funds.statements.area import statement_of_area
from funds.statements.drawing import draw
from funds.statements.flow import flow_of
from funds.statements.periods import asked_span, choices
from funds.statements.policy import Span, read_span, statement_of
from funds.statements.sheet import Sheet, as_csv, as_xlsx, sheet_of, sheet_of_area
from funds.statements.vouchers import address_of, print_vouchers, printable, voucher_of, vouchers_in
from governance.calendar import clock
from governance.errors import Invalid
from governance.pages import printed
from governance.printing import render as print_paper

if TYPE_CHECKING:
    from django.http import HttpRequest

FUNDS_A_PAGE = 50
DIGITS = 9
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NumberUnknown(Invalid):
    """The number to begin with is none."""

    code = "voucher_number_unknown"
    message = _("“%(text)s” is not the number of a voucher.")


def _fund(request: HttpRequest, pk: int) -> CommunityFund:
    """Return the fund if this person may see it."""
    return get_object_or_404(CommunityFund.objects.visible_to(request.user).for_detail(), pk=pk)


def _asked(request: HttpRequest, today: dt.date) -> tuple[Span, str]:
    """Return the period that is asked for and no reason, or this year and why the other is none."""
    try:
        return asked_span(request.GET.dict(), today), ""
    except Invalid as error:
        return read_span(str(today.year)), str(error)


def _fund_sheet(request: HttpRequest, pk: int) -> tuple[CommunityFund, Sheet, queries.Head]:
    fund = _fund(request, pk)
    span = asked_span(request.GET.dict(), clock.today())
    head = queries.head_of(fund.book, span.known_on)
    found = statement_of(queries.movements(fund.book, queries.accounts_of(fund.book), span, head.sequence))
    return fund, sheet_of(fund.name, span, found, head, queries.corrections_in(fund.book, span, head.sequence)), head


@require_safe
def statement(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the statement of a period, as known today or on an earlier day."""
    fund = _fund(request, pk)
    today = clock.today()
    span, refusal = _asked(request, today)
    head = queries.head_of(fund.book, span.known_on)
    moves = queries.movements(fund.book, named_accounts(fund.book), span, head.sequence)
    streams = flow_of(moves)
    places = list(Division.objects.ancestors(fund.division))
    context = {
        "fund": fund,
        "trail": [*places, fund],
        "places": [place for place in places if place.tier >= Tier.DISTRICT],
        "span": span,
        "refusal": refusal,
        "statement": statement_of(moves),
        "head": head,
        "corrections": queries.corrections_in(fund.book, span, head.sequence),
        "closed": queries.closed_months(fund.book, span),
        "prints_vouchers": request.user.is_authenticated and request.user.has_perm("funds.print_voucher", fund.book),
        "flow_picture": partial(draw, streams),
        "large_flow_picture": partial(draw, streams, is_large=True),
        "streams": streams,
        **_form_context(request, span, today),
    }
    return render(request, "funds/statements/statement.html", context, status=400 if refusal else 200)


def _form_context(request: HttpRequest, span: Span, today: dt.date) -> dict[str, Any]:
    """Return what the form of the period shows, and the parameters that its files take."""
    given = {name: request.GET.get(name, "").strip() for name in ("from", "to", "known_on")}
    names = choices(today)
    is_free = bool(given["from"] or given["to"])
    return {
        "given": given,
        "first": given["from"],
        "is_free": is_free,
        "choices": names if is_free or span.name in names else [span.name, *names],
        "query": _query_of(span),
        "today": today,
    }


def _query_of(span: Span) -> str:
    """Return the parameters that ask for a period."""
    known = f"&known_on={span.known_on.isoformat()}" if span.known_on else ""
    if "–" in span.name:
        return f"from={span.start.isoformat()}&to={span.last.isoformat()}{known}"
    return f"period={span.name}{known}"


@require_safe
def statement_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the statement of a period for a spreadsheet."""
    fund, sheet, _head = _fund_sheet(request, pk)
    return _file(as_csv(sheet), "text/csv; charset=utf-8", _name(fund.book.code, sheet, "csv"))


@require_safe
def statement_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the statement of a period as a workbook."""
    fund, sheet, _head = _fund_sheet(request, pk)
    return _file(as_xlsx(sheet), XLSX, _name(fund.book.code, sheet, "xlsx"))


@require_safe
def statement_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the statement of a period on paper size, with the head of the chain as a code."""
    fund, sheet, head = _fund_sheet(request, pk)
    context = {
        "sheet": sheet,
        "fund": fund,
        "head": head,
        "address": f"{address_of('funds:fund-statement', fund.pk)}?{_query_of(sheet.span)}",
        "printed_at": clock.now(),
    }
    make = partial(print_paper, "funds/statements/statement_paper.html", context)
    return printed(request, (sheet, fund.pk, head.sequence), make, name=_name(fund.book.code, sheet, "pdf"))


def _place(pk: int) -> Division:
    return get_object_or_404(Division.objects.filter(tier__gte=Tier.DISTRICT), pk=pk)


@require_safe
def area_statement(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the statement of all funds of a street or district."""
    place = _place(pk)
    today = clock.today()
    span, refusal = _asked(request, today)
    found = statement_of_area(place, span)
    context = {
        "place": place,
        "trail": [*Division.objects.ancestors(place)],
        "span": span,
        "refusal": refusal,
        "statement": found,
        "page": Paginator(found.lines, FUNDS_A_PAGE).get_page(request.GET.get("page")),
        **_form_context(request, span, today),
    }
    return render(request, "funds/statements/area.html", context, status=400 if refusal else 200)


def _area_sheet(request: HttpRequest, pk: int) -> tuple[Division, Sheet]:
    place = _place(pk)
    span = asked_span(request.GET.dict(), clock.today())
    return place, sheet_of_area(place.name, span, statement_of_area(place, span))


@require_safe
def area_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the statement of a place for a spreadsheet."""
    place, sheet = _area_sheet(request, pk)
    return _file(as_csv(sheet), "text/csv; charset=utf-8", _name(f"funds-{place.pk}", sheet, "csv"))


@require_safe
def area_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the statement of a place as a workbook."""
    place, sheet = _area_sheet(request, pk)
    return _file(as_xlsx(sheet), XLSX, _name(f"funds-{place.pk}", sheet, "xlsx"))


@require_safe
def area_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the statement of a place on paper size."""
    place, sheet = _area_sheet(request, pk)
    context = {
        "sheet": sheet,
        "address": f"{address_of('funds:area-statement', place.pk)}?{_query_of(sheet.span)}",
        "printed_at": clock.now(),
    }
    make = partial(print_paper, "funds/statements/statement_paper.html", context)
    return printed(request, (sheet, place.pk), make, name=_name(f"funds-{place.pk}", sheet, "pdf"))


@require_safe
@login_required
def voucher_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Send one voucher on paper, to those who keep or oversee the books."""
    journal = get_object_or_404(printable().filter(pk__in=Journal.objects.visible_to(request.user)), pk=pk)
    if not request.user.has_perm("funds.print_voucher", journal):
        raise PermissionDenied
    made = print_vouchers([voucher_of(journal)])
    return _file(made, "application/pdf", f"{journal.book.code}-{journal}.pdf", way="inline")


@require_safe
@login_required
def vouchers_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the vouchers of a fund in a period on paper, to those who keep or oversee the books."""
    fund = _fund(request, pk)
    if not request.user.has_perm("funds.print_voucher", fund.book):
        raise PermissionDenied
    span = dataclasses.replace(asked_span(request.GET.dict(), clock.today()), known_on=None)
    made = print_vouchers(vouchers_in(fund.book, span, _first_number(request)))
    return _file(made, "application/pdf", f"{fund.book.code}-{span.start}-vouchers.pdf", way="inline")


def _first_number(request: HttpRequest) -> int | None:
    text = request.GET.get("first", "").strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > DIGITS or int(text) < 1:
        raise NumberUnknown(field="first", text=text)
    return int(text)


def _name(code: str, sheet: Sheet, kind: str) -> str:
    known = f"-known-{sheet.span.known_on.isoformat()}" if sheet.span.known_on else ""
    return f"{code}-{sheet.span.name.replace('–', '_')}{known}.{kind}"


def _file(content: str | bytes, content_type: str, name: str, way: str = "attachment") -> HttpResponse:
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'{way}; filename="{quote(name)}"'
    return answer
