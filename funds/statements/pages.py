"""What everybody may read about a fund's money: its account, its vouchers, its statements, and the file to check them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.ledger.filters import JournalFilter
from funds.ledger.models import Journal
from funds.spending.queries import holds_of
from funds.statements import queries
from funds.statements.download import journals_csv, json_lines
from funds.statements.drawing import draw, draw_months
from funds.statements.policy import flow_of, statement_of
from governance.calendar import clock
from governance.pages import keyset_page

if TYPE_CHECKING:
    from django.http import HttpRequest

LATEST = 10
VERIFIER = Path(__file__).with_name("verify_ledger.py")


def _fund(request: HttpRequest, pk: int) -> CommunityFund:
    """Return the fund if this person may see it."""
    return get_object_or_404(CommunityFund.objects.visible_to(request.user).for_detail(), pk=pk)


@require_safe
def fund_list(request: HttpRequest) -> HttpResponse:
    """List the funds with what lies in them."""
    funds = CommunityFund.objects.visible_to(request.user).for_list()
    page = keyset_page(funds, request)
    money = queries.money_of_books(fund.book_id for fund in page.rows)
    rows = [(fund, money[fund.book_id]) for fund in page.rows]
    return render(request, "funds/statements/fund_list.html", {"page": page, "rows": rows})


@require_safe
def fund_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the public account of a fund: who runs it, what lies in it, where it came from and went."""
    fund = _fund(request, pk)
    today = clock.today()
    accounts = queries.accounts_of(fund.book)
    moves = queries.movements(fund.book, accounts)
    streams = flow_of(moves)
    months = queries.months_of(fund.book, today)
    context = {
        "fund": fund,
        "trail": list(Division.objects.ancestors(fund.division)),
        "money": queries.money_in(accounts),
        "statement": statement_of(moves),
        "picture": draw(streams),
        "streams": streams,
        "months": draw_months(months),
        "has_months": any(month.balance for month in months),
        "holds": holds_of(fund, accounts),
        "journals": list(queries.causes().filter(book=fund.book).order_by("-sequence")[:LATEST]),
        "this_year": today.year,
    }
    return render(request, "funds/statements/fund_detail.html", context)


@require_safe
def journal_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the vouchers of a fund, narrowed by kind and date."""
    fund = _fund(request, pk)
    narrowed = JournalFilter(request.GET, queries.causes().filter(book=fund.book))
    rows = narrowed.qs if narrowed.is_valid() else Journal.objects.none()
    page = keyset_page(rows, request, key="sequence")
    context = {"fund": fund, "filter": narrowed, "page": page, "trail": [*_places(fund), fund]}
    return render(request, "funds/statements/journal_list.html", context)


@require_safe
def journal_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one voucher with its lines, its hash, what it reverses and what caused it."""
    rows = Journal.objects.visible_to(request.user).for_detail()
    journal = get_object_or_404(rows.select_related("book__fund", *queries.CAUSES), pk=pk)
    fund = getattr(journal.book, "fund", None)
    trail = [*_places(journal), fund] if fund else _places(journal)
    return render(request, "funds/statements/journal_detail.html", {"journal": journal, "fund": fund, "trail": trail})


def _places(row: Any) -> list[Division]:
    """Return the places from the top down to the row's; one query."""
    return list(Division.objects.ancestors(row.division))


@require_safe
def ledger_json(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Send the whole ledger of a fund for the verifier."""
    fund = _fund(request, pk)
    lines = json_lines(fund.book, clock.now())
    answer = StreamingHttpResponse(lines, content_type="application/x-ndjson; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{fund.book.code}.jsonl"'
    return answer


@require_safe
def ledger_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Send the vouchers of a fund for a spreadsheet, narrowed as the list is."""
    fund = _fund(request, pk)
    narrowed = JournalFilter(request.GET, Journal.objects.filter(book=fund.book).for_list())
    rows = narrowed.qs if narrowed.is_valid() else Journal.objects.none()
    header: list[object] = [
        *(_("Voucher"), _("Date"), _("Kind"), _("Summary"), _("From"), _("To"), _("Amount (yuan)")),
        *(_("Reverses"), _("Hash")),
    ]
    answer = StreamingHttpResponse(journals_csv(rows, header), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{fund.book.code}.csv"'
    return answer


@require_safe
def verifier(request: HttpRequest) -> FileResponse:
    """Send the program with which anybody can check a ledger."""
    del request
    return FileResponse(
        VERIFIER.open("rb"), as_attachment=True, filename=VERIFIER.name, content_type="text/x-python; charset=utf-8"
    )
